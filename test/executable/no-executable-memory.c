/*
 * Runs a program that the kernel ends with SIGSYS as soon as it asks for memory that is both written and executed, or for
 * executable memory that is no file's: what MemoryDenyWriteExecute= of systemd.exec(5) forbids, and what SELinux calls
 * execmem, execheap, execstack and execmod. Files mapped to be executed and not written, as the loader does it, are left
 * alone. seccomp(2); it holds for every thread, and for what the program starts.
 *
 *     no-executable-memory run PROGRAM [ARGUMENT...]
 *     no-executable-memory try NAME       asks for the one thing of that name itself, and is to be ended for it
 */
#define _GNU_SOURCE
#include <err.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The low half of an argument: both processors are little-endian, and all the flags are there. */
#define ARGUMENT(n) LOAD(args[n])
#define UNLESS(number, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, skip)
#define UNLESS_ANY(bits, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, skip)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL_WHERE(number, argument, bits) \
    UNLESS(number, 4), ARGUMENT(argument), UNLESS_ANY(bits, 1), KILL, ALLOW

/* What follows an UNLESS that did not hold is reached with the number of the call still loaded. */
static struct sock_filter filter[] = {
    LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0), KILL, LOAD(nr),
    KILL_WHERE(SYS_mprotect, 2, PROT_EXEC),
    KILL_WHERE(SYS_pkey_mprotect, 2, PROT_EXEC),
    KILL_WHERE(SYS_shmat, 2, SHM_EXEC),
    /* A file of memory could be mapped twice, once to be written and once to be executed. */
    UNLESS(SYS_memfd_create, 1), KILL,
    UNLESS(SYS_mmap, 7), ARGUMENT(2), UNLESS_ANY(PROT_EXEC, 5), UNLESS_ANY(PROT_WRITE, 1), KILL,
    ARGUMENT(3), UNLESS_ANY(MAP_ANONYMOUS, 1), KILL,
    ALLOW,
};

static void forbid(void) {
    const struct sock_fprog program = {.len = COUNT(filter), .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) err(1, "no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) err(1, "seccomp");
}

static void ask_for(const char *name) {
    const size_t size = 4096;
    const int self = PROT_READ | PROT_EXEC, both = self | PROT_WRITE, anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    static char page[8192];
    if (strcmp(name, "written and executed") == 0) mmap(NULL, size, both, MAP_PRIVATE, 0, 0);
    else if (strcmp(name, "anonymous and executed") == 0) mmap(NULL, size, self, anonymous, -1, 0);
    else if (strcmp(name, "executed later") == 0) mprotect(page, size, self);
    else if (strcmp(name, "executed later, with a key") == 0) pkey_mprotect(page, size, self, -1);
    else if (strcmp(name, "shared and executed") == 0) shmat(0, NULL, SHM_EXEC);
    else if (strcmp(name, "a file of memory") == 0) memfd_create("", 0);
    else errx(2, "%s?", name);
}

int main(int argc, char **argv) {
    if (argc < 3) errx(2, "run PROGRAM [ARGUMENT...] | try NAME");
    forbid();
    if (strcmp(argv[1], "try") == 0) {
        ask_for(argv[2]);
        return 0;
    }
    execvp(argv[2], argv + 2);
    err(1, "%s", argv[2]);
}
