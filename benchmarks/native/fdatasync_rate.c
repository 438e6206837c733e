// The disk's own rate: one thread appends a record and waits for fdatasync, again and again.
//
//   fdatasync_rate --file PATH --size BYTES --seconds S --warmup S
//
// Prints one JSON object with the fields of `load`. The file is made anew and grows, as a log does, and is deleted at the
// end. Nothing can acknowledge more messages one after the other than this, unless it skips the disk or writes where the
// file has its blocks already. Exit code 2: it could not be run.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"

static const char *path;
static size_t size = 256;
static double seconds = 5, warmup = 1;
static int fd;
static uint8_t *record;
static uint64_t written;
static struct histogram latencies;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    if (path) unlink(path);
    exit(2);
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double own_cpu_seconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double) (used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double) (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void append(void) {
    memcpy(record, &written, sizeof written); // no two records alike
    ssize_t n = write(fd, record, size);
    if (n != (ssize_t) size) fail("write to %s: %s", path, n < 0 ? strerror(errno) : "cut short");
    if (fdatasync(fd)) fail("fdatasync of %s: %s", path, strerror(errno));
    written++;
}

// Appends for a while; returns when the last record was on disk.
static int64_t append_for(double duration, bool measuring) {
    int64_t before_ns = now_ns(), end_ns = before_ns + (int64_t) (duration * 1e9);
    while (before_ns < end_ns) {
        append();
        int64_t after_ns = now_ns();
        if (measuring) histogram_record(&latencies, (uint64_t) (after_ns - before_ns));
        before_ns = after_ns;
    }
    return before_ns;
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"file", 1, 0, 'f'}, {"size", 1, 0, 'b'}, {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'u'}, {0}};
    const char *file = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
            case 'f': file = optarg; break;
            case 'b': size = (size_t) atol(optarg); break;
            case 's': seconds = atof(optarg); break;
            case 'u': warmup = atof(optarg); break;
            default: fail("usage: see the head of fdatasync_rate.c");
        }
    }
    if (!file || size < sizeof written || size > 64 << 20 || seconds <= 0) {
        fail("--file is needed; --size 8 to 67108864; --seconds above 0");
    }
    record = malloc(size);
    if (!record) fail("out of memory: a record of %zu bytes", size);
    for (size_t i = 0; i < size; i++) record[i] = (uint8_t) (i * 31 + (i >> 8));
    fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) fail("open %s: %s", file, strerror(errno));
    path = file;
    append_for(warmup, false);
    int64_t start_ns = now_ns();
    double cpu = -own_cpu_seconds();
    uint64_t before = written;
    double measured = (double) (append_for(seconds, true) - start_ns) / 1e9;
    cpu += own_cpu_seconds();
    uint64_t calls = written - before;
    unlink(path);
    printf("{\"size\":%zu,\"calls\":%" PRIu64 ",\"seconds\":%.3f,\"callsPerSecond\":%.0f,", size, calls, measured, (double) calls / measured);
    histogram_print(&latencies);
    printf("\"wrong\":0,\"unanswered\":0,\"lostConnections\":0,\"errors\":{},\"ownCpuSeconds\":%.2f}\n", cpu);
    return 0;
}
