/*
 * Stands in for the AuthorizedKeysCommand that decides during a trial. It does what its words say, one after another:
 *
 *     print TEXT   bytes N   close    on standard output
 *     exit N   kill SIGNAL            ends
 *     leave MS                        leaves a process behind that keeps standard output open
 *     show                            prints the arguments, the variables, and the open descriptors
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void show(char **argv) {
    for (char **word = argv; *word != NULL; word++) printf("word %s\n", *word);
    for (char **pair = environ; *pair != NULL; pair++) printf("variable %s\n", *pair);
    for (int fd = 0; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0) printf("descriptor %d\n", fd);
    for (int sig = 1; sig < 32; sig++) {
        struct sigaction now;
        if (sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN) printf("ignored %d\n", sig);
    }
}

int main(int argc, char **argv) {
    for (int at = 1; at < argc; at++) {
        const char *what = argv[at], *value = at + 1 < argc ? argv[at + 1] : "0";
        if (strcmp(what, "show") == 0) show(argv);
        else if (strcmp(what, "close") == 0) fclose(stdout);
        else {
            if (strcmp(what, "print") == 0) printf("%s", value);
            if (strcmp(what, "bytes") == 0)
                for (long left = atol(value); left > 0; left--) putchar("0123456789"[left % 10]);
            if (strcmp(what, "exit") == 0) exit(atoi(value));
            fflush(stdout);
            if (strcmp(what, "kill") == 0) kill(getpid(), atoi(value));
            if (strcmp(what, "leave") == 0 && fork() == 0) {
                usleep((useconds_t)atol(value) * 1000);
                printf("late");
                exit(0);
            }
            at++;
        }
    }
    return 0;
}
