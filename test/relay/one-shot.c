/*
 * Stands in for /usr/bin/eic-agent in the tests of the relay: writes down how it was called, does what it is told to,
 * and writes down that it ends. Static, since the root folder that it runs in is nearly empty.
 *
 *     /record/says    "MS STATUS": how long it works (-1: for ever), and its exit status. Absent: 0 0
 *     /record/log     a line as it begins, "+ PID ALARM FDS WORD...", with the words in hex; a line as it ends, "- PID"
 *
 * After `--trial` the report on its standard input follows in the log, as one more word.
 *
 * The first line is written after the slot was taken and the last one before it is given back: as many as are begun and
 * not ended in the log, at least so many slots were held.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void note(const char *line) {
    const int log = open("/record/log", O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (log < 0 || write(log, line, strlen(line)) != (ssize_t)strlen(line)) _exit(99);
    close(log);
}

int main(int argc, char **argv) {
    static char line[1 << 20];
    char *at = line;
    const unsigned seconds = alarm(0);
    alarm(seconds);
    at += sprintf(at, "+ %d %u ", (int)getpid(), seconds);
    for (int fd = 3; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0) at += sprintf(at, "%d,", fd);
    for (int i = 0; i < argc; i++) {
        *at++ = ' ';
        *at++ = '=';
        for (const char *c = argv[i]; *c != 0; c++) at += sprintf(at, "%02x", (unsigned)(unsigned char)*c);
    }
    if (argc > 0 && strcmp(argv[argc - 1], "--trial") == 0) {
        unsigned char byte;
        strcpy(at, " =");
        for (at += 2; read(STDIN_FILENO, &byte, 1) == 1;) at += sprintf(at, "%02x", (unsigned)byte);
    }
    strcpy(at, "\n");
    note(line);

    int ms = 0, status = 0;
    FILE *says = fopen("/record/says", "re");
    if (says != NULL && fscanf(says, "%d %d", &ms, &status) != 2) return 99;
    if (says != NULL) fclose(says);
    while (ms < 0) pause();
    usleep((useconds_t)ms * 1000);
    printf("from the one-shot\n");
    fflush(stdout);
    sprintf(line, "- %d\n", (int)getpid());
    note(line);
    return status;
}
