/*
 * Plays systemd's part in the tests: a socket that is there as long as this process is, and a program that is started when
 * somebody connects, and again when it has failed. systemd.socket(5), sd_listen_fds(3), Restart=on-failure of
 * systemd.service(5). Each has a session of its own, which under sched(7)'s autogroups is a share of the processor.
 *
 *     activate SOCKET BACKLOG GROUP RESTART_MS PROGRAM [ARGUMENT...]
 *
 * It says "listens", "started PID", and "ended PID status N" or "ended PID signal N", a line each.
 */
#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LISTEN_FDS_START = 3 };

static int listen_at(const char *path, int backlog, gid_t group) {
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof where.sun_path) errx(1, "%s: too long", path);
    strcpy(where.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    umask(0117);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&where, sizeof where) != 0) err(1, "%s", path);
    umask(022);
    if (chown(path, 0, group) != 0 || listen(fd, backlog) != 0) err(1, "%s", path);
    return fd;
}

static pid_t start(int listener, char **words) {
    const pid_t child = fork();
    if (child < 0) err(1, "fork");
    if (child > 0) return child;
    setsid();
    char self[16];
    snprintf(self, sizeof self, "%d", (int)getpid());
    setenv("LISTEN_PID", self, 1);
    setenv("LISTEN_FDS", "1", 1);
    /* A copy is not closed by exec; one onto itself would be. */
    const int copy = dup(listener);
    if (copy < 0 || dup2(copy, LISTEN_FDS_START) < 0) err(1, "dup");
    if (copy != LISTEN_FDS_START) close(copy);
    execvp(words[0], words);
    err(1, "%s", words[0]);
}

int main(int argc, char **argv) {
    if (argc < 6) errx(2, "activate SOCKET BACKLOG GROUP RESTART_MS PROGRAM [ARGUMENT...]");
    setvbuf(stdout, NULL, _IOLBF, 0);
    const int listener = listen_at(argv[1], atoi(argv[2]), (gid_t)atoi(argv[3]));
    const int restart_ms = atoi(argv[4]);
    printf("listens %d\n", (int)getpid());
    for (bool failed = false;;) {
        struct pollfd call = {.fd = listener, .events = POLLIN};
        if (failed) poll(NULL, 0, restart_ms);
        else if (poll(&call, 1, -1) != 1) err(1, "poll");
        const pid_t child = start(listener, argv + 5);
        printf("started %d\n", (int)child);
        int status;
        if (waitpid(child, &status, 0) != child) err(1, "waitpid");
        const bool exited = WIFEXITED(status);
        const int what = exited ? WEXITSTATUS(status) : WTERMSIG(status);
        printf("ended %d %s %d\n", (int)child, exited ? "status" : "signal", what);
        /* systemd takes these signals for a clean end, too. */
        failed = what != 0 && (exited || (what != SIGTERM && what != SIGINT && what != SIGHUP && what != SIGPIPE));
    }
}
