// A large fleet as a registry sees it: instances that register and renew over a connection each, watchers that follow, and
// instances that join while they do.
//
//   registry_load --registry host:port --instances N --watchers W --joins J --seconds S --cpu-pid PID
//   registry_load --registry host:port --instances N --watchers W --echo PORT
//
// 1. all instances register, then all watchers watch and read the whole fleet. 2. 15 s later, when the JVM has compiled what
// renewals need, nothing for S seconds but renewals as often as the registry asks for them, and heartbeats after as much silence,
// but not less than 3 s, as our workers do: the registry's CPU time. 3. J instances join and leave, one after the other: time from
// writing each join until a watcher has read of it, and until the last one has. Prints one JSON object.
//
// With --echo all instances offer `echo` at that port, each at a loopback address of its own, 127.1.0.0 and on, where an
// echo_worker listens for all of them. Prints "ready" after 1., and then keeps the fleet until SIGTERM.
//
// Exit code 2: an instance, watcher or join was refused, lost or not seen.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cpu.h"
#include "histogram.h"
#include "json.h"
#include "loop.h"

enum { LIMIT_MS = 120000, HEARTBEAT_MS = 3000, RENEW_MS = 3000, PER_PASS = 64, JSON = 1024, PAUSE_MS = 50 };
enum kind { INSTANCE, WATCHER, JOINING };

struct peer {
    struct conn *conn;
    enum kind kind;
    bool registered;
    uint64_t last_id, epoch;
    int64_t renew_after_ms, renew_ms;
    unsigned listed; // of a watcher: instances in its snapshot
    bool whole, saw; // its snapshot has ended; it has read of the join that is under way
};

static const int64_t SETTLE_NS = 15 * 1000000000ll;
static unsigned instances = 1000, watchers = 10, joins = 100, peer_count, registered, whole, seen;
static int echo_port;
static volatile sig_atomic_t stopping;
static uint64_t epoch;
static struct peer *peers; // instances, then watchers, then the one that joins
static char joining[64];
static int64_t join_ns;
static struct histogram one, last; // seen by a watcher, by the last of them
static struct program program;

static void request(struct peer *p, const char *route, const char *json) {
    uint16_t route_bytes = (uint16_t) strlen(route);
    uint32_t bytes = (uint32_t) strlen(json);
    uint8_t *f = conn_reserve(p->conn, HEADER + route_bytes + bytes);
    if (!f) die("a connection was lost");
    frame_header(f, REQUEST, 0, ++p->last_id, route_bytes, 0, bytes);
    memcpy(f + HEADER, route, route_bytes);
    memcpy(f + HEADER + route_bytes, json, bytes);
    conn_flush(p->conn); // now, for a join is asked for between two passes, of which the next may wait
}

static void on_signal(int signal) { stopping = signal; }

static unsigned number_of(const struct peer *p) { return (unsigned) (p - peers); }

static void do_register(struct peer *p) {
    static const char *const echo = "\"services\":[{\"name\":\"echo\",\"methods\":[{\"name\":\"echo\",\"idempotent\":true,\"once\":false}]}]}";
    char json[JSON], name[64], address[64], offers[JSON / 2];
    unsigned number = number_of(p), high = number >> 16 & 255, middle = number >> 8 & 255, low = number & 255;
    snprintf(name, sizeof name, "worker-%u", number);
    snprintf(address, sizeof address, echo_port ? "127.%u.%u.%u" : "10.%u.%u.%u", echo_port ? 1 + high : high, middle, low);
    snprintf(offers, sizeof offers,
        "\"services\":[{\"name\":\"orders-%u\",\"methods\":[{\"name\":\"place\",\"idempotent\":false,\"once\":false},"
        "{\"name\":\"find\",\"idempotent\":true,\"once\":false}]}]}", number % 20);
    p->epoch = ++epoch;
    snprintf(json, sizeof json,
        "{\"instance\":\"%s\",\"epoch\":%llu,\"revision\":0,\"host\":\"%s\",\"port\":%d,\"zone\":\"zone-%u\",\"weight\":100,"
        "\"capacity\":256,\"state\":\"UP\",\"inFlight\":0,%s",
        p->kind == JOINING ? joining : name, (unsigned long long) p->epoch, address, echo_port ? echo_port : 7600, number % 3,
        echo_port ? echo : offers);
    request(p, "fairlead.registry/register", json);
}

static void do_renew(struct peer *p) {
    char json[JSON];
    snprintf(json, sizeof json, "{\"instance\":\"worker-%u\",\"epoch\":%llu,\"inFlight\":%u}", number_of(p),
        (unsigned long long) p->epoch, (unsigned) rand() % 100);
    request(p, "fairlead.registry/renew", json);
    p->renew_ms = now_ms() + p->renew_after_ms;
}

// From the first answer on renewals are spread over their interval.
static void on_terms(struct peer *p, const uint8_t *f) {
    char json[256] = "";
    uint32_t bytes = frame_payload_bytes(f);
    memcpy(json, frame_payload(f), bytes < sizeof json ? bytes : sizeof json - 1);
    p->renew_after_ms = (int64_t) json_number(json, "renewMillis", RENEW_MS);
    p->conn->heartbeat_ms = p->renew_after_ms > HEARTBEAT_MS ? p->renew_after_ms : HEARTBEAT_MS;
    int64_t jitter_ms = p->registered ? p->renew_after_ms / 10 : p->renew_after_ms;
    p->renew_ms = now_ms() + p->renew_after_ms - (jitter_ms ? rand() % jitter_ms : 0);
    if (!p->registered) registered++;
    p->registered = true;
}

static void on_ready(struct conn *c) {
    struct peer *p = c->owner;
    if (p->kind == WATCHER) request(p, "fairlead.registry/watch", "{}");
    else if (p->kind == INSTANCE) do_register(p);
}

static unsigned count(const uint8_t *at, size_t bytes, const char *text) {
    unsigned found = 0;
    size_t length = strlen(text);
    for (const uint8_t *end = at + bytes; (at = memmem(at, (size_t) (end - at), text, length)); at += length) found++;
    return found;
}

static void on_view(struct peer *p, const uint8_t *f) {
    const uint8_t *json = frame_payload(f);
    size_t bytes = frame_payload_bytes(f);
    if (!p->whole) {
        p->listed += count(json, bytes, "\"capacity\":");
        if (memmem(json, bytes, "\"last\":true", 11)) {
            if (p->listed != instances) die("a watcher was told of %u instances (expected: %u)", p->listed, instances);
            p->whole = true;
            whole++;
        }
    } else if (join_ns && !p->saw && memmem(json, bytes, joining, strlen(joining))) {
        p->saw = true;
        seen++;
        histogram_record(&one, (uint64_t) (now_ns - join_ns));
        if (seen == watchers) histogram_record(&last, (uint64_t) (now_ns - join_ns));
    }
}

static void on_frame(struct conn *c, uint8_t *f, uint32_t size) {
    (void) size;
    struct peer *p = c->owner;
    if (frame_type(f) != RESPONSE) {
        die("refused: %.*s", (int) frame_payload_bytes(f), (const char *) frame_payload(f));
    } else if (p->kind == WATCHER) {
        on_view(p, f);
    } else if (p->kind == INSTANCE) {
        on_terms(p, f);
    }
}

static void on_close(struct conn *c) { (void) c; die("the registry closed a connection"); }

static void on_tick(void) {
    for (unsigned i = 0; i < instances; i++) {
        if (peers[i].registered && peers[i].renew_ms <= now_ms()) do_renew(&peers[i]);
    }
}

static struct peer *connect_peer(const char *registry, enum kind kind, const char *role) {
    char host[256], name[32];
    int port = parse_address(registry, host, sizeof host);
    struct peer *p = &peers[peer_count++];
    p->kind = kind;
    snprintf(name, sizeof name, "%s-%u", role, number_of(p));
    program.role = role;
    program.name = name;
    p->conn = conn_connect(host, port, false, p);
    if (!p->conn) die("connection %u to %s was refused or took more than 5 s", peer_count, registry);
    if (peer_count % PER_PASS == 0) loop_pass();
    return p;
}

static void await(const unsigned *figure, unsigned wanted, const char *what) {
    for (int64_t end_ms = now_ms() + LIMIT_MS; *figure < wanted; loop_pass()) {
        if (now_ms() >= end_ms) die("%u of %u %s within %d s", *figure, wanted, what, LIMIT_MS / 1000);
    }
}

static void join(unsigned number) {
    struct peer *p = &peers[instances + watchers];
    snprintf(joining, sizeof joining, "joining-%u-", number);
    for (unsigned i = 0; i < watchers; i++) peers[instances + i].saw = false;
    seen = 0;
    join_ns = now_ns;
    do_register(p);
    await(&seen, watchers, "watchers saw an instance join");
    join_ns = 0;
    char json[JSON];
    snprintf(json, sizeof json, "{\"instance\":\"%s\",\"epoch\":%llu}", joining, (unsigned long long) p->epoch);
    request(p, "fairlead.registry/leave", json);
    for (int64_t end_ms = now_ms() + PAUSE_MS + rand() % PAUSE_MS; now_ms() < end_ms;) loop_pass();
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"registry", 1, 0, 'r'}, {"instances", 1, 0, 'i'}, {"watchers", 1, 0, 'w'},
        {"joins", 1, 0, 'j'}, {"seconds", 1, 0, 's'}, {"cpu-pid", 1, 0, 'p'}, {"echo", 1, 0, 'e'}, {0}};
    const char *registry = NULL;
    double seconds = 10;
    int pid = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
            case 'r': registry = optarg; break;
            case 'i': instances = (unsigned) atoi(optarg); break;
            case 'w': watchers = (unsigned) atoi(optarg); break;
            case 'j': joins = (unsigned) atoi(optarg); break;
            case 's': seconds = atof(optarg); break;
            case 'p': pid = atoi(optarg); break;
            case 'e': echo_port = atoi(optarg); break;
            default: die("usage: see the head of registry_load.c");
        }
    }
    if (!registry || !instances || !watchers) die("--registry, --instances and --watchers above 0 are needed");
    if (!echo_port && (!pid || !joins || seconds <= 0)) die("--cpu-pid, and --joins and --seconds above 0 are needed");
    program = (struct program) {.heartbeat_ms = HEARTBEAT_MS, .on_ready = on_ready, .on_frame = on_frame, .on_close = on_close, .on_tick = on_tick};
    program.role = program.name = "load";
    epoch = (uint64_t) time(NULL) * 1000000u;
    peers = calloc(instances + watchers + 1, sizeof *peers);
    if (!peers) die("out of memory");
    loop_init(&program);
    long rss_before = rss_kib(pid);

    int64_t begin_ns = now_ns;
    for (unsigned i = 0; i < instances; i++) connect_peer(registry, INSTANCE, "worker");
    await(&registered, instances, "instances registered");
    double register_seconds = (double) (now_ns - begin_ns) / 1e9;
    begin_ns = now_ns;
    for (unsigned i = 0; i < watchers; i++) connect_peer(registry, WATCHER, "gateway");
    await(&whole, watchers, "watchers read the whole fleet");
    double watch_seconds = (double) (now_ns - begin_ns) / 1e9;
    if (echo_port) {
        signal(SIGTERM, on_signal);
        puts("ready");
        fflush(stdout);
        while (!stopping) loop_pass();
        return 0;
    }

    for (int64_t end_ns = now_ns + SETTLE_NS; now_ns < end_ns;) loop_pass(); // what the watchers' coming has set off, and compiling
    double cpu = -cpu_seconds(pid);
    begin_ns = now_ns;
    for (int64_t end_ns = now_ns + (int64_t) (seconds * 1e9); now_ns < end_ns;) loop_pass();
    double measured = (double) (now_ns - begin_ns) / 1e9;
    cpu += cpu_seconds(pid);

    struct peer *joiner = connect_peer(registry, JOINING, "joiner");
    for (int64_t end_ms = now_ms() + LIMIT_MS; !joiner->conn->ready && now_ms() < end_ms;) loop_pass();
    for (unsigned i = 0; i < joins; i++) join(i);

    printf("{\"instances\":%u,\"watchers\":%u,\"registerSeconds\":%.2f,\"watchSeconds\":%.2f,\"renewCpuShare\":%.4f,\"rssKiB\":[%ld,%ld],"
        "\"one\":{", instances, watchers, register_seconds, watch_seconds, cpu / measured, rss_before, rss_kib(pid));
    histogram_print(&one);
    printf("\"count\":%llu},\"last\":{", (unsigned long long) one.total);
    histogram_print(&last);
    printf("\"count\":%llu}}\n", (unsigned long long) last.total);
    return 0;
}
