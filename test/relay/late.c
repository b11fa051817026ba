/*
 * A busy host: more time has passed than the service may be silent, and this process did not run meanwhile. The relay's own
 * source is included; what it asks the system for is played here, so that nothing has to be timed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int slots_tried, service_end;

static int no_slot(void) {
    slots_tried++;
    return -1;
}
static int by_root(struct stat *file) {
    *file = (struct stat){0};
    return 0;
}
#define open(...) no_slot()
#define lstat(path, file) by_root(file)
#define connect(fd, where, size) ((void)(where), dup2(service_end, fd) < 0 ? -1 : 0)
#define main relay_main
#include "../../src/relay/authorized-keys.c"
#undef main
#undef open
#undef lstat
#undef connect

#define MUST(what)                                          \
    do {                                                    \
        if (!(what)) {                                      \
            fprintf(stderr, "does not hold: %s\n", #what);  \
            abort();                                        \
        }                                                   \
    } while (0)

static const unsigned char keys[] = {'E', 'I', 'C', 1, 0, 0, 0, 0, 0, 0, 0, 2, 'k', '\n'};

/* Three seconds ago the call began. */
static void three_seconds_ago(int *other_end) {
    int ends[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    service_end = ends[0], *other_end = ends[1];
    clock_gettime(CLOCK_MONOTONIC, &begun);
    begun.tv_sec -= 3;
    silent_at = SILENCE_MS, slots_tried = 0;
    MUST(elapsed() > silent_at);
}

/* The service answered while we did not run. */
static void the_answer_lies_there(void) {
    int service;
    three_seconds_ago(&service);
    MUST(write(service, keys, sizeof keys) == (ssize_t)sizeof keys);
    close(service);
    MUST(receive(service_end) == ANSWERED && answer_length == sizeof keys);
    MUST(slots_tried == 0);
}

/* We did not run before we asked: the service has had no time yet. */
static void it_was_not_asked_before(void) {
    int service;
    three_seconds_ago(&service);
    const pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        unsigned char asked[MAX_REQUEST];
        close(service_end);
        poll(&(struct pollfd){.fd = service, .events = POLLIN}, 1, -1);
        const bool heard = read(service, asked, sizeof asked) == (ssize_t)request_length;
        _exit(heard && write(service, keys, sizeof keys) == (ssize_t)sizeof keys ? 0 : 1);
    }
    close(service);
    const enum reply said = ask();
    int status;
    close(service_end);
    MUST(waitpid(child, &status, 0) == child && status == 0);
    MUST(said == ANSWERED && answer_length == sizeof keys);
    MUST(slots_tried == 0);
}

int main(void) {
    user = "alice";
    MUST(write_request());
    the_answer_lies_there();
    it_was_not_asked_before();
    return 0;
}
