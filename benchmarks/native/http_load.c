// Load by HTTP/1.1 in a closed loop: each connection, kept alive, has one POST in flight and sends the next when an answer comes.
//
//   http_load --port P --connections C --size BYTES --seconds S --warmup S [--path /echo] [--cpu-pid PID[,PID...]]
//
// Prints one JSON object with the fields of `load`, measured as there: latency runs from before the write to the read that
// brought the end of the answer, and nothing is added for calls that a stall has kept back. Every body is stamped with connection
// and number, and every byte of each answer is compared. Statuses from 400 on are errors and no calls. Exit code 2: the load
// could not be run, or an answer came without Content-Length.
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "cpu.h"
#include "histogram.h"
#include "loop.h"

enum { STAMP = 12, HEAD = 4096, EVENTS = 1024, DRAIN_MS = 3000, WAIT_MS = 50, TIMEOUT_S = 10, PIDS = 256, HTTP_STATUSES = 1000 };

struct client {
    int fd; // -1 once closed
    bool in_flight;
    uint64_t sent;
    int64_t sent_ns;
    size_t held; // bytes of an answer that is not complete
    char *answer;
};

static unsigned connections = 1, size = 64, lost, in_flight, pid_count;
static double seconds = 5, warmup = 1;
static int port, epoll_fd, pids[PIDS];
static bool sending, measuring;
static uint64_t calls, wrong, unanswered, errors[HTTP_STATUSES];
static const char *path = "/echo";
static struct client *clients;
static char *request;
static size_t request_bytes, body_at, answer_bytes;
static struct histogram latencies;

static void connect_client(struct client *c) {
    int on = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = TIMEOUT_S};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->answer = malloc(answer_bytes);
    if (c->fd < 0 || !c->answer) die("out of memory or files: %u connections", connections);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(c->fd, (struct sockaddr *) &a, sizeof a)) die("connect to port %d: %s", port, strerror(errno));
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl: %s", strerror(errno));
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

static void put_stamp(char *at, const struct client *c) {
    char stamp[STAMP + 1];
    snprintf(stamp, sizeof stamp, "%04x%08x", (unsigned) (c - clients) & 0xffff, (uint32_t) c->sent);
    memcpy(at, stamp, STAMP);
}

static void send_request(struct client *c) {
    c->sent++;
    put_stamp(request + body_at, c);
    c->sent_ns = clock_now();
    c->in_flight = true;
    in_flight++;
    for (size_t at = 0; at < request_bytes;) {
        ssize_t n = send(c->fd, request + at, request_bytes - at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            lose(c);
            return;
        }
        at += (size_t) n;
    }
}

// Bytes of the answer's head, status and bytes of its body, or false while the head is not complete.
static bool parse_head(const struct client *c, size_t *head, unsigned *status, size_t *body) {
    static const char name[] = "\r\ncontent-length:";
    const char *end = memmem(c->answer, c->held, "\r\n\r\n", 4);
    if (!end) return false;
    *head = (size_t) (end + 4 - c->answer);
    if (*head < 16 || memcmp(c->answer, "HTTP/1.1 ", 9)) die("an answer is no HTTP/1.1");
    *status = (unsigned) atoi(c->answer + 9) % HTTP_STATUSES;
    for (const char *at = c->answer; at < end; at++) {
        if (strncasecmp(at, name, sizeof name - 1)) continue;
        *body = (size_t) strtoul(at + sizeof name - 1, NULL, 10);
        return true;
    }
    die("an answer of status %u has no Content-Length", *status);
}

static bool right(const struct client *c, const char *body, size_t bytes) {
    char stamp[STAMP];
    put_stamp(stamp, c);
    return bytes == size && !memcmp(body, stamp, STAMP) && !memcmp(body + STAMP, request + body_at + STAMP, size - STAMP);
}

static void on_readable(struct client *c) {
    ssize_t n = recv(c->fd, c->answer + c->held, answer_bytes - 1 - c->held, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        lose(c);
        return;
    }
    int64_t read_ns = clock_now();
    c->held += (size_t) n;
    c->answer[c->held] = 0; // where searches end
    size_t head = 0, body = 0;
    unsigned status = 0;
    bool whole = parse_head(c, &head, &status, &body);
    if (whole ? head + body >= answer_bytes : c->held == answer_bytes - 1) die("an answer is longer than %zu bytes", answer_bytes);
    if (!whole || c->held < head + body) return;
    if (!c->in_flight || c->held > head + body) {
        wrong++; // a second answer
    } else if (status >= 400) {
        errors[status]++;
    } else {
        if (!right(c, c->answer + head, body)) wrong++;
        if (measuring) {
            calls++;
            histogram_record(&latencies, (uint64_t) (read_ns - c->sent_ns));
        }
    }
    c->held = 0;
    if (!c->in_flight) return;
    c->in_flight = false;
    in_flight--;
    if (sending) send_request(c);
}

static void run_for(double duration) {
    static struct epoll_event events[EVENTS];
    for (int64_t end_ns = clock_now() + (int64_t) (duration * 1e9); clock_now() < end_ns && lost < connections && (sending || in_flight);) {
        int n = epoll_wait(epoll_fd, events, EVENTS, WAIT_MS);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (c->fd >= 0) on_readable(c);
        }
    }
}

static void prepare_request(void) {
    char head[512];
    int head_bytes = snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/octet-stream\r\n"
        "Content-Length: %u\r\n\r\n", path, port, size);
    if (head_bytes < 0 || (size_t) head_bytes >= sizeof head) die("--path: too long");
    body_at = (size_t) head_bytes;
    request_bytes = body_at + size;
    answer_bytes = HEAD + size;
    request = malloc(request_bytes);
    if (!request) die("out of memory: a body of %u bytes", size);
    memcpy(request, head, body_at);
    for (unsigned i = 0; i < size; i++) request[body_at + i] = (char) (i * 31 + (i >> 8));
}

static void parse_pids(char *text) {
    for (char *part = strtok(text, ","); part; part = strtok(NULL, ",")) {
        if (pid_count == PIDS) die("--cpu-pid: more than %d processes", PIDS);
        pids[pid_count++] = atoi(part);
    }
}

static void print_result(double measured, const double *cpu, double own_cpu, double machine_cpu) {
    printf("{\"connections\":%u,\"size\":%u,\"calls\":%" PRIu64 ",\"seconds\":%.3f,\"callsPerSecond\":%.0f,", connections, size, calls,
        measured, (double) calls / measured);
    histogram_print(&latencies);
    printf("\"wrong\":%" PRIu64 ",\"unanswered\":%" PRIu64 ",\"lostConnections\":%u,\"errors\":{", wrong, unanswered, lost);
    const char *comma = "";
    for (unsigned i = 0; i < HTTP_STATUSES; i++) {
        if (!errors[i]) continue;
        printf("%s\"HTTP %u\":%" PRIu64, comma, i, errors[i]);
        comma = ",";
    }
    printf("},\"cpuSeconds\":{");
    for (unsigned i = 0; i < pid_count; i++) printf("%s\"%d\":%.2f", i ? "," : "", pids[i], cpu[i]);
    printf("},\"ownCpuSeconds\":%.2f,\"machineCpuSeconds\":%.2f}\n", own_cpu, machine_cpu);
}

static void parse_options(int argc, char **argv) {
    static const struct option options[] = {{"port", 1, 0, 'p'}, {"connections", 1, 0, 'c'}, {"size", 1, 0, 'b'}, {"path", 1, 0, 'a'},
        {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'u'}, {"cpu-pid", 1, 0, 'i'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
            case 'p': port = atoi(optarg); break;
            case 'c': connections = (unsigned) atoi(optarg); break;
            case 'b': size = (unsigned) atoi(optarg); break;
            case 'a': path = optarg; break;
            case 's': seconds = atof(optarg); break;
            case 'u': warmup = atof(optarg); break;
            case 'i': parse_pids(optarg); break;
            default: die("usage: see the head of http_load.c");
        }
    }
    if (port < 1 || port > 65535 || !connections || connections > 10000 || size < STAMP || size > 1 << 20 || seconds <= 0) {
        die("--port is needed; --connections 1 to 10000; --size %d to 1048576; --seconds above 0", STAMP);
    }
}

int main(int argc, char **argv) {
    parse_options(argc, argv);
    prepare_request();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    clients = calloc(connections, sizeof *clients);
    if (!clients || epoll_fd < 0) die("out of memory or files: %u connections", connections);
    for (unsigned i = 0; i < connections; i++) connect_client(&clients[i]);
    sending = true;
    for (unsigned i = 0; i < connections; i++) send_request(&clients[i]);
    run_for(warmup);

    memset(errors, 0, sizeof errors); // answers to the measured time alone, as calls are
    double cpu[PIDS], own_cpu = -cpu_seconds(getpid()), machine_cpu = -machine_seconds();
    for (unsigned i = 0; i < pid_count; i++) cpu[i] = -cpu_seconds(pids[i]);
    measuring = true;
    int64_t start_ns = clock_now();
    run_for(seconds);
    measuring = false;
    double measured = (double) (clock_now() - start_ns) / 1e9;
    for (unsigned i = 0; i < pid_count; i++) cpu[i] += cpu_seconds(pids[i]);
    own_cpu += cpu_seconds(getpid());
    machine_cpu += machine_seconds();

    sending = false;
    run_for(DRAIN_MS / 1e3);
    unanswered += in_flight;
    print_result(measured, cpu, own_cpu, machine_cpu);
    return 0;
}
