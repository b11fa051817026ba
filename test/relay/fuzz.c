/*
 * For libFuzzer: whatever a service says, and whatever sshd passes, the relay reads and writes as docs/relay.md has it.
 * The relay's own source is included, so that its functions are reached as they ship; tools/fuzz.ts builds and runs this.
 *
 * What must hold is worked out here a second time, from the format and not from the code.
 */
#define main relay_main
#include "../../src/relay/authorized-keys.c"
#undef main

#define MUST(what)                                          \
    do {                                                    \
        if (!(what)) {                                      \
            fprintf(stderr, "does not hold: %s\n", #what);  \
            abort();                                        \
        }                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

/* How many bytes of lines a header tells of; -1 where it is none. */
static long long told_by(const unsigned char *header) {
    static const unsigned char head[] = {0x45, 0x49, 0x43, 0x01}, zeros[3];
    if (memcmp(header, head, 4) != 0 || header[4] > 3 || memcmp(header + 5, zeros, 3) != 0) return -1;
    long long told = 0;
    for (int i = 8; i < 12; i++) told = told * 256 + header[i];
    return told > 1048576 || (told != 0 && header[4] != 0) ? -1 : told;
}

/* What a connection means on which exactly these bytes came before its end. */
static enum reply by_the_format(const unsigned char *bytes, size_t size) {
    static const enum reply meant[] = {ANSWERED, FAULT, CALLED_WRONGLY, BUSY};
    if (size == 0) return CLOSED;
    return size >= 12 && told_by(bytes) == (long long)size - 12 ? meant[bytes[4]] : INVALID;
}

/* Read piece by piece: nothing is believed before the end, and what can become an answer no more is not waited for. */
static void fuzz_understanding(const unsigned char *bytes, size_t size) {
    for (size_t had = 0; had <= size; had++) {
        /* A copy of exactly that size: a look beyond it is seen by the address sanitizer. */
        unsigned char *part = malloc(had + (had == 0));
        memcpy(part, bytes, had);
        const bool lost = had >= 12 && told_by(part) < (long long)had - 12;
        MUST(parse_answer(part, had, false) == (lost ? INVALID : UNFINISHED));
        MUST(parse_answer(part, had, true) == by_the_format(part, had));
        free(part);
    }
}

/* The same through a socket, as it comes. */
static void fuzz_hearing(const unsigned char *bytes, size_t size) {
    int ends[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    MUST(send(ends[1], bytes, size, 0) == (ssize_t)size);
    close(ends[1]);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    const enum reply said = receive(ends[0]);
    MUST(said == by_the_format(bytes, size));
    if (said == ANSWERED) MUST(answer_length == size && memcmp(answer, bytes, size) == 0);
    close(ends[0]);
}

/* The input as a user and a fingerprint, up to a NUL each; the second may be absent. */
static void fuzz_request(const unsigned char *bytes, size_t size) {
    char *words = calloc(size + 2, 1);
    memcpy(words, bytes, size);
    user = words;
    const size_t u = strlen(user);
    fingerprint = u < size ? words + u + 1 : NULL;
    const size_t f = fingerprint == NULL ? 0 : strlen(fingerprint);
    memset(request, 0xaa, sizeof request);
    const bool fits = write_request();
    MUST(fits == (8 + u + f <= 1024));
    if (fits) {
        MUST(request_length == 8 + u + f && memcmp(request, "EIC\x01", 4) == 0);
        MUST((size_t)request[4] * 256 + request[5] == u);
        MUST((size_t)request[6] * 256 + request[7] == (fingerprint == NULL ? 65535 : f));
        MUST(memcmp(request + 8, words, u) == 0 && (f == 0 || memcmp(request + 8 + u, fingerprint, f) == 0));
        for (size_t at = request_length; at < sizeof request; at++) MUST(request[at] == 0xaa);
    }
    free(words);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size) {
    fuzz_understanding(bytes, size);
    if (size > 0) fuzz_hearing(bytes, size);
    fuzz_request(bytes, size);
    return 0;
}
