/*
 * /usr/libexec/eic-agent/trial USER FINGERPRINT -- COMMAND...: sshd runs it instead of COMMAND during a trial of eic-agent.
 *
 * COMMAND alone decides: its output goes to sshd as it comes, and its exit status, or the signal that ended it, becomes this
 * program's. It has ended before eic-agent is asked, so eic-agent can neither change its answer nor delay it: a process of
 * its own, for which sshd does not wait, gives a copy of the answer to the relay (docs/trial.md). Wherever something of this
 * cannot be done, COMMAND still runs, and there is only no comparison. It reads no option and no variable.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RELAY_PATH "/usr/libexec/eic-agent/authorized-keys"
/* The first byte of a report, and the maximum of the copy that follows it: both fit into a pipe that is not read yet. */
enum report { SUCCEEDED, FAILED, TOO_LONG };
enum { MAX_COPY = 32 * 1024 };
static char report[1 + MAX_COPY];
static size_t copied;
static bool is_too_long;

/* sshd discards standard error; on a terminal the reason is printed. */
static _Noreturn void stop(int status, const char *why) {
    if (isatty(STDERR_FILENO)) dprintf(STDERR_FILENO, "trial: %s\n", why);
    _exit(status);
}

/* The rule by which sshd accepts its command (safe_path() in OpenSSH's misc.c): root alone may write to it and above it. */
static bool is_safe(const char *command) {
    char path[PATH_MAX];
    struct stat found;
    if (command[0] != '/' || realpath(command, path) == NULL || stat(path, &found) != 0) return false;
    if (!S_ISREG(found.st_mode)) return false;
    for (char *part = path;; part = dirname(part)) {
        if (stat(part, &found) != 0 || found.st_uid != 0 || (found.st_mode & (S_IWGRP | S_IWOTH)) != 0) return false;
        if (strcmp(part, "/") == 0) return true;
    }
}

static _Noreturn void become(char **command) {
    execv(command[0], command);
    stop(127, "the command cannot be run"); /* as sshd's own child ends in that case */
}

/* Keeps a copy of the output, as far as it fits. */
static void copy(const char *bytes, size_t length) {
    if (length > MAX_COPY - copied) is_too_long = true;
    if (is_too_long) return;
    memcpy(report + 1 + copied, bytes, length);
    copied += length;
}

/* Passes the output to sshd. A reader that has closed the pipe ends the command as it would without this program. */
static void pass_on(int output) {
    static char bytes[64 * 1024];
    for (;;) {
        const ssize_t had = read(output, bytes, sizeof bytes);
        if (had < 0 && errno == EINTR) continue;
        if (had <= 0) return;
        for (ssize_t at = 0; at < had;) {
            const ssize_t written = write(STDOUT_FILENO, bytes + at, (size_t)(had - at));
            if (written > 0) at += written;
            else if (written == 0 || errno != EINTR) return;
        }
        copy(bytes, (size_t)had);
    }
}

/*
 * Becomes the relay, which reads the report on its standard input, in a session of its own. Returns if it cannot. Standard
 * output is /dev/null by now.
 */
static void observe(const char *user, const char *fingerprint) {
    int ends[2];
    const ssize_t length = (ssize_t)(1 + copied);
    if (setsid() < 0 || pipe(ends) != 0) return;
    if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0 || write(ends[1], report, (size_t)length) != length) return;
    if (dup2(ends[0], STDIN_FILENO) < 0 || dup2(STDOUT_FILENO, STDERR_FILENO) < 0) return;
    close(ends[0]), close(ends[1]);
    execv(RELAY_PATH, (char *const[]){"authorized-keys", (char *)user, (char *)fingerprint, "--trial", NULL});
}

/* Ends as the command did, without a second core file. */
static _Noreturn void end_as(int status) {
    if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(WTERMSIG(status), SIG_DFL);
    sigprocmask(SIG_SETMASK, &(sigset_t){0}, NULL);
    kill(getpid(), WTERMSIG(status));
    _exit(1);
}

int main(int argc, char **argv) {
    /* A file that is opened later must not become standard output. Read-only, so that writing an answer fails. */
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) _exit(1);
    if (argc < 5 || strcmp(argv[3], "--") != 0) stop(2, "USER FINGERPRINT -- COMMAND...");
    char **command = argv + 4;
    if (!is_safe(command[0])) stop(1, "the command, or a folder above it, can be written by others than root");
    signal(SIGCHLD, SIG_DFL); /* ignored, it would take the command's status away; sshd does not ignore it */
    const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int output[2];
    if (nothing < 0 || pipe2(output, O_CLOEXEC) != 0) become(command);
    const pid_t child = fork();
    if (child < 0) become(command);
    if (child == 0) {
        if (dup2(output[1], STDOUT_FILENO) < 0) _exit(1);
        become(command);
    }
    close(output[1]);
    signal(SIGPIPE, SIG_IGN);
    pass_on(output[0]);
    close(output[0]);
    dup2(nothing, STDOUT_FILENO); /* sshd sees the end of the output when the command has closed it, and not later */
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) stop(1, "the command's end is not known");
    report[0] = is_too_long ? TOO_LONG : WIFEXITED(status) && WEXITSTATUS(status) == 0 ? SUCCEEDED : FAILED;
    if (is_too_long) copied = 0;
    if (fork() == 0) {
        observe(argv[1], argv[2]);
        _exit(0);
    }
    end_as(status);
}
