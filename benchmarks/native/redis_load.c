// Load on a stream of Redis in a closed loop: each connection keeps one XADD in flight and sends the next when Redis has
// answered.
//
//   redis_load --port P --connections C --size BYTES --seconds S --warmup S [--cpu-pid PID]
//
// Prints one JSON object with the fields of `load`. Deletes the stream before and afterwards. Every entry is stamped; an
// answer counts if it is an entry's id. Latency runs from before the write to the read that brought the answer. Exit code 2:
// the load could not be run.
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "cpu.h"
#include "histogram.h"
#include "loop.h"

enum { STAMP = 12, ANSWER = 512, EVENTS = 256, DRAIN_MS = 3000, WAIT_MS = 50, TIMEOUT_S = 10 };

struct client {
    int fd; // -1 once closed
    uint32_t number;
    bool in_flight;
    uint64_t sent;
    int64_t sent_ns;
    size_t held; // bytes of an answer that is not complete
    char answer[ANSWER];
};

static unsigned connections = 1, size = 256, lost, in_flight;
static double seconds = 5, warmup = 1;
static int port, pid, epoll_fd;
static bool sending, measuring;
static uint64_t calls, wrong, unanswered, errors;
static struct client *clients;
static char *command;
static size_t command_bytes, stamp_at;
static struct histogram latencies;

static int connect_redis(void) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = TIMEOUT_S};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (fd < 0 || connect(fd, (struct sockaddr *) &a, sizeof a)) die("connect to port %d: %s", port, strerror(errno));
    return fd;
}

static bool write_all(int fd, const char *bytes, size_t n) {
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes += sent;
        n -= (size_t) sent;
    }
    return true;
}

// Outside the measurement: on a connection of its own.
static void delete_stream(void) {
    static const char delete[] = "*2\r\n$3\r\nDEL\r\n$8\r\nmessages\r\n";
    char answer[64];
    int fd = connect_redis();
    if (!write_all(fd, delete, sizeof delete - 1) || recv(fd, answer, sizeof answer, 0) <= 0 || answer[0] != ':') {
        die("Redis on port %d did not delete the stream", port);
    }
    close(fd);
}

static void lose(struct client *c) {
    if (c->fd < 0) return;
    close(c->fd);
    c->fd = -1;
    lost++;
    if (c->in_flight) {
        unanswered++;
        in_flight--;
    }
}

static void put_stamp(struct client *c) {
    char stamp[STAMP + 1]; // in digits, which cannot be taken for a line's end
    snprintf(stamp, sizeof stamp, "%04x%08x", c->number & 0xffff, (uint32_t) ++c->sent);
    memcpy(command + stamp_at, stamp, STAMP);
}

static void send_entry(struct client *c) {
    put_stamp(c);
    c->sent_ns = clock_now();
    c->in_flight = true;
    in_flight++;
    if (!write_all(c->fd, command, command_bytes)) lose(c);
}

// An answer is "$15\r\n1795362542123-45\r\n", or "-ERR …\r\n". Returns whether it is complete.
static bool take_answer(struct client *c, bool *right) {
    char *line = memmem(c->answer, c->held, "\r\n", 2);
    if (!line) return false;
    *right = c->answer[0] == '$';
    if (!*right) {
        static bool said;
        if (!said) fprintf(stderr, "redis_load: %.*s\n", (int) (line - c->answer), c->answer);
        said = true;
        return true;
    }
    char *id = line + 2, *end = memmem(id, c->held - (size_t) (id - c->answer), "\r\n", 2);
    if (!end) return false;
    char *dash = memchr(id, '-', (size_t) (end - id));
    if (!dash || end + 2 != c->answer + c->held) wrong++; // a second answer, or no entry's id
    return true;
}

static void on_readable(struct client *c) {
    ssize_t n = recv(c->fd, c->answer + c->held, ANSWER - c->held, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        lose(c);
        return;
    }
    c->held += (size_t) n;
    bool right = false;
    if (!take_answer(c, &right)) {
        if (c->held == ANSWER) lose(c);
        return;
    }
    c->held = 0;
    if (!c->in_flight) {
        wrong++;
        return;
    }
    c->in_flight = false;
    in_flight--;
    if (!right) {
        errors++;
    } else if (measuring) {
        calls++;
        histogram_record(&latencies, (uint64_t) (clock_now() - c->sent_ns));
    }
    if (sending) send_entry(c);
}

static void pass(void) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll_fd, events, EVENTS, WAIT_MS);
    for (int i = 0; i < n; i++) {
        struct client *c = events[i].data.ptr;
        if (c->fd >= 0) on_readable(c);
    }
}

static void run_for(double duration) {
    for (int64_t end_ns = clock_now() + (int64_t) (duration * 1e9); clock_now() < end_ns && lost < connections;) pass();
}

static void prepare_command(void) {
    char head[128];
    int head_bytes = snprintf(head, sizeof head, "*5\r\n$4\r\nXADD\r\n$8\r\nmessages\r\n$1\r\n*\r\n$1\r\np\r\n$%u\r\n", size);
    stamp_at = (size_t) head_bytes;
    command_bytes = stamp_at + size + 2;
    command = malloc(command_bytes);
    if (!command) die("out of memory: a payload of %u bytes", size);
    memcpy(command, head, stamp_at);
    for (unsigned i = 0; i < size; i++) command[stamp_at + i] = (char) (i * 31 + (i >> 8));
    memcpy(command + stamp_at + size, "\r\n", 2);
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"port", 1, 0, 'p'}, {"connections", 1, 0, 'c'}, {"size", 1, 0, 'b'},
        {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'u'}, {"cpu-pid", 1, 0, 'i'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
            case 'p': port = atoi(optarg); break;
            case 'c': connections = (unsigned) atoi(optarg); break;
            case 'b': size = (unsigned) atoi(optarg); break;
            case 's': seconds = atof(optarg); break;
            case 'u': warmup = atof(optarg); break;
            case 'i': pid = atoi(optarg); break;
            default: die("usage: see the head of redis_load.c");
        }
    }
    if (port < 1 || port > 65535 || !connections || connections > 10000 || size < STAMP || size > 1 << 20 || seconds <= 0) {
        die("--port is needed; --connections 1 to 10000; --size %d to 1048576; --seconds above 0", STAMP);
    }
    prepare_command();
    delete_stream();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    clients = calloc(connections, sizeof *clients);
    if (!clients || epoll_fd < 0) die("out of memory or files: %u connections", connections);
    for (unsigned i = 0; i < connections; i++) {
        clients[i].fd = connect_redis();
        clients[i].number = i;
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &clients[i]};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &e)) die("epoll_ctl: %s", strerror(errno));
    }
    sending = true;
    for (unsigned i = 0; i < connections; i++) send_entry(&clients[i]);
    run_for(warmup);

    double cpu = pid ? -cpu_seconds(pid) : 0, own_cpu = -cpu_seconds(getpid()), machine_cpu = -machine_seconds();
    measuring = true;
    int64_t start_ns = clock_now();
    run_for(seconds);
    measuring = false;
    double measured = (double) (clock_now() - start_ns) / 1e9;
    if (pid) cpu += cpu_seconds(pid);
    own_cpu += cpu_seconds(getpid());
    machine_cpu += machine_seconds();

    sending = false;
    for (int64_t end_ns = clock_now() + DRAIN_MS * 1000000LL; in_flight > 0 && clock_now() < end_ns;) pass();
    unanswered += in_flight;
    delete_stream();
    printf("{\"connections\":%u,\"size\":%u,\"calls\":%" PRIu64 ",\"seconds\":%.3f,\"callsPerSecond\":%.0f,", connections, size, calls,
        measured, (double) calls / measured);
    histogram_print(&latencies);
    printf("\"wrong\":%" PRIu64 ",\"unanswered\":%" PRIu64 ",\"lostConnections\":%u,\"errors\":{", wrong, unanswered, lost);
    if (errors) printf("\"ERROR\":%" PRIu64, errors);
    printf("},\"cpuSeconds\":{");
    if (pid) printf("\"%d\":%.2f", pid, cpu);
    printf("},\"ownCpuSeconds\":%.2f,\"machineCpuSeconds\":%.2f}\n", own_cpu, machine_cpu);
    return 0;
}
