/*
 * Starts programs as sshd does, one or many at once, and tells what each took. A small program of its own, because what a
 * process copies from the one that starts it costs time and counts as its memory, and because the kernel tells a parent
 * in microseconds what its child took of the processors (getrusage(2)), which Node cannot be told.
 *
 * Standard input, one order after the other:
 *   run N LF, then N times: W LF and W words, each with its NUL    starts N programs at once and waits for all
 *   clock PID LF                                                   processor time that a running process has taken
 * Standard output:
 *   started PID                          one a program, at once
 *   ended N STATUS BEGUN ENDED CPU KIB LINES    one a program: its number from 0; exit status, or 128 + signal; microseconds
 *                                        from the beginning of the order; of processor time; peak memory; lines printed
 *   done                                 all have ended
 *   clock CPU                            microseconds
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROGRAMS = 1000, MAX_WORDS = 64, MAX_LENGTH = 4096, PATIENCE_MS = 120000 };

static struct program {
    char *words[MAX_WORDS + 1];
    pid_t pid;
    long begun, ended; /* microseconds */
    long lines;
    int status;
    struct rusage took;
} programs[MAX_PROGRAMS];
static struct pollfd pipes[MAX_PROGRAMS];

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "stopwatch: %s: %s\n", what, strerror(errno));
    for (int i = 0; i < MAX_PROGRAMS; i++)
        if (programs[i].pid > 0 && programs[i].ended == 0) kill(programs[i].pid, SIGKILL);
    exit(1);
}

static long microseconds(clockid_t which) {
    struct timespec now;
    if (clock_gettime(which, &now) != 0) fail("clock_gettime");
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static long of_timeval(struct timeval time) { return time.tv_sec * 1000000 + time.tv_usec; }

static void read_words(struct program *program) {
    int count;
    if (scanf("%d", &count) != 1 || getchar() != '\n' || count < 1 || count > MAX_WORDS) fail("words");
    for (int i = 0; i < count; i++) {
        size_t size = 0;
        program->words[i] = NULL;
        if (getdelim(&program->words[i], &size, '\0', stdin) < 1) fail("a word");
    }
    program->words[count] = NULL;
}

/* As sshd has it: nothing on standard input, a pipe to read the lines from, and no reader of standard error. */
static int start(struct program *program) {
    int ends[2];
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0) fail("pipe");
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    errno = posix_spawnp(&program->pid, program->words[0], &actions, NULL, program->words, environ);
    if (errno != 0) fail(program->words[0]);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    return ends[0];
}

/* To the end of its output and then to its own, as sshd does. */
static int has_ended(struct program *program, int pipe, long origin) {
    static char bytes[65536];
    const ssize_t had = read(pipe, bytes, sizeof bytes);
    if (had < 0) fail("read");
    for (ssize_t i = 0; i < had; i++) program->lines += bytes[i] == '\n';
    if (had > 0) return 0;
    int status;
    if (wait4(program->pid, &status, 0, &program->took) != program->pid) fail("wait4");
    program->ended = microseconds(CLOCK_MONOTONIC) - origin;
    program->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 1;
}

static void run(int count) {
    if (count < 1 || count > MAX_PROGRAMS) fail("run");
    memset(programs, 0, (size_t)count * sizeof programs[0]);
    for (int i = 0; i < count; i++) read_words(&programs[i]);
    const long origin = microseconds(CLOCK_MONOTONIC);
    for (int i = 0; i < count; i++) {
        programs[i].begun = microseconds(CLOCK_MONOTONIC) - origin;
        pipes[i] = (struct pollfd){.fd = start(&programs[i]), .events = POLLIN};
    }
    for (int i = 0; i < count; i++) printf("started %d\n", programs[i].pid);
    fflush(stdout);
    for (int left = count; left > 0;) {
        if (poll(pipes, (nfds_t)count, PATIENCE_MS) < 1) fail("poll");
        for (int i = 0; i < count; i++) {
            if (pipes[i].fd < 0 || pipes[i].revents == 0 || !has_ended(&programs[i], pipes[i].fd, origin)) continue;
            close(pipes[i].fd);
            pipes[i].fd = -1; /* poll(2) passes over it */
            left--;
        }
    }
    for (int i = 0; i < count; i++) {
        const struct program *one = &programs[i];
        const long cpu = of_timeval(one->took.ru_utime) + of_timeval(one->took.ru_stime);
        printf("ended %d %d %ld %ld %ld %ld %ld\n", i, one->status, one->begun, one->ended, cpu, one->took.ru_maxrss,
               one->lines);
        for (char *const *word = one->words; *word != NULL; word++) free(*word);
    }
    puts("done");
}

static void tell_clock(int pid) {
    clockid_t clock;
    errno = clock_getcpuclockid(pid, &clock);
    if (errno != 0) fail("clock_getcpuclockid");
    printf("clock %ld\n", microseconds(clock));
}

int main(void) {
    char order[MAX_LENGTH];
    int number;
    while (fgets(order, sizeof order, stdin) != NULL) {
        if (sscanf(order, "run %d", &number) == 1) run(number);
        else if (sscanf(order, "clock %d", &number) == 1) tell_clock(number);
        else fail("an order");
        fflush(stdout);
    }
    return 0;
}
