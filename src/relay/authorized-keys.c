/*
 * /usr/libexec/eic-agent/authorized-keys USER [FINGERPRINT [-- OTHER...]]: sshd runs it for each key that is offered.
 *
 * It asks the warm service on a socket that only root can have put there, and prints the answer, whole or not at all.
 * Without an answer it becomes the one-shot program, of which at most four run at once: docs/relay.md. Exit status: 0 success,
 * with keys or without; 1 failure; 2 usage error. It reads no option and no variable. An attacker can choose argv.
 * `USER FINGERPRINT --trial`: passes on the report of a trial, on its standard input, and prints nothing (docs/trial.md).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FOLDER_PATH "/run/eic-agent"
#define SOCKET_PATH "/run/eic-agent/authorized-keys.sock"
#define SLOTS_PATH "/run/eic-agent/slots" /* the files 0 to 3, made by tmpfiles.d */
#define ONE_SHOT_PATH "/usr/bin/eic-agent"
/* Milliseconds: an unauthenticated client is waiting. On a host with a twentieth of a processor, a start takes seconds. */
enum { MAX_MS = 11900, SILENCE_MS = 2400, STARTING_MS = 6000, ONE_SHOT_NEEDS_MS = 500, ALARM_SECONDS = 13, SLOTS = 4 };
enum { EVERY_SLOT = (1 << SLOTS) - 1, THE_SOCKET = 1 << SLOTS };
/* Bytes. No answer is longer than the document that its lines come from: 1 MiB (src/metadata/fetch.ts). */
enum { REQUEST_HEADER = 8, MAX_REQUEST = 1024, ANSWER_HEADER = 12, MAX_LINES = 1024 * 1024 };
enum { REPORT_LENGTH = 4, MAX_REPORT = 1 + 32 * 1024 };
#define MAGIC "EIC\1"
enum reply { ANSWERED, FAULT, CALLED_WRONGLY, BUSY, UNFINISHED, CLOSED, INVALID }; /* 0 to 3 as in the format */
static const char *user, *fingerprint; /* NULL: no fingerprint was given */
static unsigned char request[MAX_REQUEST + REPORT_LENGTH + MAX_REPORT], answer[ANSWER_HEADER + MAX_LINES + 1];
static unsigned char report[MAX_REPORT + 1]; /* + 1, as in the answer: one that is too long */
static size_t request_length, answer_length, report_length; /* report_length: 0 if no trial is reported */
static struct timespec begun;
static int silent_at = SILENCE_MS; /* time from which a service without an answer counts as silent */
static int denied; /* EACCES: a bit for each slot, one for the socket; another attempt would only add a line to a log */

/* sshd discards standard error; on a terminal the reason is printed. */
static _Noreturn void stop(int status, const char *why) {
    if (isatty(STDERR_FILENO)) dprintf(STDERR_FILENO, "authorized-keys: %s\n", why);
    _exit(status);
}

/* Milliseconds since the call began, by the monotonic clock. */
static int elapsed(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000);
}

/* Waits for `fd` (-1: for none) at most `ms`. A call whose time is over ends here. */
static void wait_for(int fd, short events, int ms) {
    const int left = MAX_MS - elapsed();
    if (left <= 0) stop(1, "no answer in time; `eic-agent doctor` looks for the cause");
    poll(&(struct pollfd){.fd = fd, .events = events}, 1, ms < left ? ms : left); /* the caller looks again */
}

/* 50 to 150 ms, by process id: calls that were rejected at the same time do not return at the same time. */
static int retry_delay(void) { return 50 + (getpid() + elapsed()) % 101; }

/* Returns an open descriptor that holds a slot, or -1. The kernel releases the lock when the process ends. */
static int take_slot(void) {
    char path[] = SLOTS_PATH "/0";
    for (int slot = 0; slot < SLOTS; slot++, path[sizeof path - 2]++) {
        if (denied & 1 << slot) continue;
        const int fd = open(path, O_RDONLY | O_NOFOLLOW); /* no O_CLOEXEC: the one-shot program keeps it */
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
        if (errno == EACCES) denied |= 1 << slot;
        if (fd >= 0) close(fd);
    }
    return -1;
}

/* Makes the report, which has been read, standard input again. A pipe that is not read yet takes all of it. */
static bool rewind_report(void) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    const bool is_whole = write(ends[1], report, report_length) == (ssize_t)report_length;
    const bool is_input = dup2(ends[0], STDIN_FILENO) == STDIN_FILENO;
    close(ends[0]), close(ends[1]);
    return is_whole && is_input;
}

/* Becomes the one-shot program if a slot is free and enough time is left, else returns. The alarm survives execv. */
static void become_one_shot(void) {
    const int left = MAX_MS - elapsed(), slot = left < ONE_SHOT_NEEDS_MS ? -1 : take_slot();
    char within[12];
    if (slot < 0 || (report_length > 0 && !rewind_report())) return;
    snprintf(within, sizeof within, "%d", left);
    const char *trial = report_length > 0 ? "--trial" : NULL;
    const char *words[] = {"eic-agent", "authorized-keys", "--within", within, "--", user, fingerprint, trial, NULL};
    execv(ONE_SHOT_PATH, (char *const *)words);
    if (errno == EACCES) denied |= EVERY_SLOT;
    close(slot);
}

/* The one-shot program runs a chained command, which has its own time limit. */
static _Noreturn void become_chain(size_t given, char **argv) {
    const char **words = calloc(3 + given + 1, sizeof *words); /* ends with NULL */
    if (words == NULL) stop(1, "no memory");
    memcpy(words, (const char *[]){"eic-agent", "authorized-keys", "--"}, 3 * sizeof *words);
    memcpy(words + 3, argv, given * sizeof *words);
    execv(ONE_SHOT_PATH, (char *const *)words);
    stop(1, ONE_SHOT_PATH " can't be run");
}

/* Returns false if it does not fit. sshd's arguments fit: a user has at most 256 bytes, a fingerprint 50. */
static bool write_request(void) {
    const size_t u = strlen(user), f = fingerprint ? strlen(fingerprint) : 0, told = fingerprint ? f : 0xffff;
    if (u > MAX_REQUEST - REQUEST_HEADER || f > MAX_REQUEST - REQUEST_HEADER - u) return false;
    memcpy(request, (unsigned char[]){'E', 'I', 'C', 1, u >> 8 & 0xff, u & 0xff, told >> 8 & 0xff, told & 0xff}, 8);
    memcpy(request + REQUEST_HEADER, user, u);
    if (f > 0) memcpy(request + REQUEST_HEADER + u, fingerprint, f);
    request_length = REQUEST_HEADER + u + f;
    return true;
}

/* A report of a trial is a request with another letter, and the report behind it. */
static bool write_trial(void) {
    while (report_length < sizeof report) {
        const ssize_t more = read(STDIN_FILENO, report + report_length, sizeof report - report_length);
        if (more == 0) break;
        if (more < 0 && errno != EINTR) return false;
        if (more > 0) report_length += (size_t)more;
    }
    if (report_length == 0 || report_length > MAX_REPORT || !write_request()) return false;
    const size_t r = report_length;
    request[2] = 'T';
    memcpy(request + request_length, (unsigned char[]){r >> 24 & 0xff, r >> 16 & 0xff, r >> 8 & 0xff, r & 0xff}, 4);
    memcpy(request + request_length + REPORT_LENGTH, report, r);
    request_length += REPORT_LENGTH + r;
    return true;
}

/* Parses the first `had` bytes; `ended`: no more will come. Pure: libFuzzer calls it with any input. */
static enum reply parse_answer(const unsigned char *bytes, size_t had, bool ended) {
    if (had < ANSWER_HEADER) return !ended ? UNFINISHED : had == 0 ? CLOSED : INVALID;
    const unsigned char status = bytes[4];
    const size_t length = (size_t)bytes[8] << 24 | (size_t)bytes[9] << 16 | (size_t)bytes[10] << 8 | bytes[11];
    if (memcmp(bytes, MAGIC, 4) != 0 || status > BUSY || bytes[5] || bytes[6] || bytes[7]) return INVALID;
    if (length > (status == ANSWERED ? MAX_LINES : 0) || had - ANSWER_HEADER > length) return INVALID;
    return !ended ? UNFINISHED : had - ANSWER_HEADER == length ? (enum reply)status : INVALID;
}

/* Reads until the service closes the connection. If it is silent for too long, takes the first free slot. */
static enum reply receive(int service) {
    for (answer_length = 0;;) { /* reads before it checks the time: on a busy host the answer may be there */
        const ssize_t more = recv(service, answer + answer_length, sizeof answer - answer_length, 0);
        const bool later = more < 0 && (errno == EAGAIN || errno == EINTR);
        /* A service that rejects a request unread resets the connection: that ends an answer, too. */
        const enum reply said = parse_answer(answer, answer_length += more > 0 ? (size_t)more : 0, more <= 0 && !later);
        if (said != UNFINISHED) return said;
        const int patience = silent_at - elapsed();
        if (later && patience <= 0) become_one_shot();
        if (later) wait_for(service, POLLIN, patience > 0 ? patience : retry_delay());
    }
}

/* Checks that only root can have created the socket: root owns both, and no other user can write to the directory. */
static bool set_up_by_root(void) {
    struct stat folder, listening;
    if (lstat(FOLDER_PATH, &folder) != 0 || lstat(SOCKET_PATH, &listening) != 0) return false;
    return folder.st_uid == 0 && listening.st_uid == 0 && (folder.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Checks that no service runs yet: SO_PEERCRED has the last caller of listen(2), which is root (systemd) or has ended. */
static bool is_starting(int service) {
    struct ucred last = {0};
    if (getsockopt(service, SOL_SOCKET, SO_PEERCRED, &last, &(socklen_t){sizeof last}) != 0) return false;
    return last.uid == 0 || (kill(last.pid, 0) != 0 && errno == ESRCH);
}

/* One connection, one request, one answer. UNFINISHED: the listen queue of the service is full; to be retried. */
static enum reply ask(void) {
    const struct sockaddr_un where = {.sun_family = AF_UNIX, .sun_path = SOCKET_PATH};
    enum reply said = INVALID;
    errno = 0;
    const int service = set_up_by_root() ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (service >= 0 && connect(service, (const struct sockaddr *)&where, sizeof where) == 0) {
        silent_at = elapsed() + SILENCE_MS; /* the request is only sent now, even if this process is late */
        if (silent_at < STARTING_MS && is_starting(service)) silent_at = STARTING_MS;
        send(service, request, request_length, MSG_NOSIGNAL); /* all or nothing: if nothing, it is closed, or soon will be */
        said = receive(service);
    } else if (errno == EACCES) denied |= THE_SOCKET;
    else if (errno == EAGAIN && elapsed() < silent_at) said = UNFINISHED;
    if (service >= 0) close(service);
    return said;
}

/* A reader that has closed the pipe does not need the answer: not a failure, as in src/output.ts. */
static int write_answer(void) {
    signal(SIGPIPE, SIG_IGN);
    for (size_t at = ANSWER_HEADER; at < answer_length;) {
        const ssize_t written = write(STDOUT_FILENO, answer + at, answer_length - at);
        if (written > 0) at += (size_t)written;
        else if (written < 0 && errno == EAGAIN) wait_for(STDOUT_FILENO, POLLOUT, MAX_MS);
        else if (written < 0 && (errno == EPIPE || errno == ECONNRESET)) return 0;
        else if (written == 0 || errno != EINTR) stop(1, "the answer could not be written");
    }
    return 0;
}

/* Asks once: no login waits for a trial, and a busy service must not become busier by it. */
static _Noreturn void pass_report_on(const char *of, const char *offered) {
    user = of, fingerprint = offered;
    if (!write_trial()) stop(2, "the report is missing, or too long");
    const enum reply said = ask();
    if (said == INVALID || said == CLOSED) become_one_shot();
    _exit(said <= BUSY ? 0 : 1);
}

int main(int argc, char **argv) {
    /* A file that is opened later must not become standard output. Read-only, so that writing an answer fails. */
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) _exit(1);
    if (argc > 3 && strcmp(argv[3], "--") == 0) become_chain((size_t)argc - 1, argv + 1);
    sigprocmask(SIG_SETMASK, &(sigset_t){0}, NULL); /* the caller may have blocked or ignored the alarm */
    signal(SIGALRM, SIG_DFL), alarm(ALARM_SECONDS);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    if (argc == 4 && strcmp(argv[3], "--trial") == 0) pass_report_on(argv[1], argv[2]);
    if (argc < 2 || argc > 3) stop(2, "USER [FINGERPRINT [-- OTHER COMMAND...]]");
    user = argv[1], fingerprint = argv[2];
    if (!write_request()) stop(2, "USER and FINGERPRINT are too long");
    for (bool left = false;; wait_for(-1, 0, retry_delay())) { /* left: the service has ended, and systemd restarts it */
        const enum reply said = denied & THE_SOCKET ? INVALID : ask();
        if (said == ANSWERED) return write_answer();
        if (said == FAULT || said == CALLED_WRONGLY) stop((int)said, "the service gave no keys; the log says why");
        if (said == INVALID || (said == CLOSED && left)) become_one_shot();
        else if (said != UNFINISHED) silent_at = elapsed() + SILENCE_MS;
        if (said == CLOSED) left = true;
        if (denied == (EVERY_SLOT | THE_SOCKET)) stop(1, "permission denied; `eic-agent doctor` looks for the cause");
    }
}
