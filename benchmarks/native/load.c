// Load in a closed loop: each connection keeps `window` calls in flight and sends the next when an answer comes. Or, with
// --rate, in an open one: calls arrive at random (Poisson, fixed seed) at that rate over all connections.
//
//   load --target host:port --connections C --window W --size BYTES --seconds S --warmup S [--route echo/echo]
//        [--rate CALLS_PER_SECOND] [--cpu-pid PID[,PID...]] [--raw] [--keys] [--send [--ordering-keys K]]
//        [--idle N [--idle-target host:port]]
//
// Prints one JSON object. Every payload is stamped with connection and id, and every byte of each answer is compared.
// Latency runs from the moment a request is put into the connection's buffer to the read that brought its answer; being
// a closed loop, it says nothing about a given rate of arrivals. With --rate it runs from the time at which the call was
// to be sent, also where all windows were full then. `--raw`: no HELLO; an answer is the same frame again
// (an echo of messages with a 4-byte length). `--keys`: each call has an idempotency key of its own. `--send`: durable
// messages instead of calls, each with a key of its own, and with one of K ordering keys in turn; the answer that counts is
// the acknowledgement, which names the message and repeats nothing. `--idle`: so many further connections, which make one
// call each before the warm-up; with a target of their own they are raw. The memory of the processes is that before any
// connection and that at the end of the measurement. Errors are those since the warm-up. Exit code 2: the load could not be run.
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cpu.h"
#include "histogram.h"
#include "loop.h"

enum { STAMP = 12, PIDS = 256, MOST = 1000000, READY_MS = 15000, DRAIN_MS = 3000, METADATA = 256, CONNECTS_PER_PASS = 64 };

struct slot { uint64_t id; int64_t sent_ns; }; // id 0: free

// Slots are found by `id & mask`; there are 16 for each call in flight, and an id whose slot is taken is skipped.
struct client {
    struct conn *conn; // null once closed
    uint64_t last_id;
    uint32_t in_flight;
    struct slot *slots;
};

static const char *const status_names[STATUSES] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};

static unsigned connections = 64, window = 1, size = 64, pid_count, ready, lost, ordering_keys, idle, all;
static double seconds = 5, warmup = 1, rate;
static int64_t arrival_ns; // of the next call, with --rate
static const char *target, *idle_target, *route = "echo/echo";
static bool raw, keys, durable, sending, measuring;
static uint64_t mask, calls, wrong, unanswered, errors[STATUSES];
static int pids[PIDS];
static uint8_t *request; // header, route and payload as they are sent, before id and stamps
static uint32_t request_bytes, payload_at, key_at, ordering_key_at; // 0: has none
static struct client *clients;
static struct histogram latencies;

static void stamp(uint8_t *payload, uint32_t number, uint64_t id) {
    put32(payload, number);
    put64(payload + 4, id);
}

static void put_hex(uint8_t *at, uint64_t value, unsigned digits) {
    for (unsigned i = digits; i-- > 0; value >>= 4) at[i] = (uint8_t) "0123456789abcdef"[value & 15];
}

static bool send_call(struct conn *c, int64_t since_ns) {
    struct client *client = &clients[c->number];
    uint64_t id = ++client->last_id;
    while (client->slots[id & mask].id) id = ++client->last_id;
    uint8_t *f = conn_reserve(c, request_bytes);
    if (!f) return false;
    memcpy(f, request, request_bytes);
    put64(f + 8, id);
    stamp(f + payload_at, c->number, id);
    if (key_at) { // behind the digits of this run
        put_hex(f + key_at + 16, c->number, 8);
        put_hex(f + key_at + 24, id, 16);
    }
    if (ordering_key_at) put_hex(f + ordering_key_at, (c->number + id) % ordering_keys, 8);
    client->slots[id & mask] = (struct slot) {.id = id, .sent_ns = since_ns};
    client->in_flight++;
    return true;
}

static void send_calls(struct conn *c) {
    while (sending && clients[c->number].in_flight < window && send_call(c, now_ns)) {
    }
}

static int64_t next_arrival_ns(void) {
    static uint64_t state = 0x9e3779b97f4a7c15u; // xorshift64
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return arrival_ns + (int64_t) (-log(((double) (state >> 11) + 1) / 9007199254740993.0) * 1e9 / rate);
}

// Sends what has arrived, over the connections in turn; what finds all windows full waits.
static int64_t send_arrivals(void) {
    static unsigned turn;
    while (sending && arrival_ns <= now_ns) {
        struct conn *free = NULL;
        for (unsigned i = 0; i < connections && !free; i++) {
            turn = (turn + 1) % connections;
            struct client *client = &clients[turn];
            if (client->conn && client->in_flight < window) free = client->conn;
        }
        if (!free || !send_call(free, arrival_ns)) return now_ns + 1000000;
        arrival_ns = next_arrival_ns();
    }
    return sending ? arrival_ns : INT64_MAX;
}

// Whether metadata, which is taken to be well-formed up to its end, has this key.
static bool has_entry(const uint8_t *at, uint16_t bytes, const char *key) {
    size_t key_bytes = strlen(key);
    for (const uint8_t *end = at + bytes; end - at >= 3 && end - at >= 3 + at[0]; at += 3 + at[0] + get16(at + 1 + at[0])) {
        if (at[0] == key_bytes && !memcmp(at + 1, key, key_bytes)) return true;
    }
    return false;
}

static bool right(const struct conn *c, const uint8_t *f) {
    if (durable) return has_entry(frame_metadata(f), frame_metadata_bytes(f), "message-id");
    uint8_t expected[STAMP];
    stamp(expected, c->number, frame_id(f));
    const uint8_t *payload = frame_payload(f);
    return frame_payload_bytes(f) == size && !memcmp(payload, expected, STAMP)
        && !memcmp(payload + STAMP, request + payload_at + STAMP, size - STAMP);
}

static void on_ready(struct conn *c) {
    if (durable && !(c->features & FEATURE_SENDS)) die("%s takes no durable messages", target);
    ready++;
}

static void on_frame(struct conn *c, uint8_t *f, uint32_t frame_bytes) {
    (void) frame_bytes;
    uint8_t type = frame_type(f);
    if (type == GOAWAY) {
        fprintf(stderr, "load: GOAWAY: %.*s\n", (int) frame_payload_bytes(f), (const char *) frame_payload(f));
        return;
    }
    struct client *client = &clients[c->number];
    struct slot *slot = &client->slots[frame_id(f) & mask];
    if (slot->id != frame_id(f) || slot->id == 0) {
        wrong++; // an answer to nothing in flight: unknown, or a second one
        return;
    }
    if (type == RESPONSE || (c->raw && type == REQUEST)) {
        if (!right(c, f)) wrong++;
        if (measuring) {
            calls++;
            histogram_record(&latencies, (uint64_t) (now_ns - slot->sent_ns));
        }
    } else if (type == ERROR || type == REFUSAL) {
        errors[frame_code(f) < STATUSES ? frame_code(f) : UNKNOWN]++;
    } else {
        wrong++;
    }
    slot->id = 0;
    client->in_flight--;
    if (rate == 0 && c->number < connections) send_calls(c);
}

static void on_close(struct conn *c) {
    if (c->ready) ready--;
    lost++;
    clients[c->number].conn = NULL;
    unanswered += clients[c->number].in_flight;
    clients[c->number].in_flight = 0;
}

static void run_for(double duration) {
    for (int64_t end_ns = now_ns + (int64_t) (duration * 1e9); now_ns < end_ns && lost < all;) loop_pass();
}

static unsigned in_flight(void) {
    unsigned sum = 0;
    for (unsigned i = 0; i < all; i++) sum += clients[i].in_flight;
    return sum;
}

static void prepare(void) {
    uint64_t slots = 16;
    while (slots < (uint64_t) window * 16) slots *= 2;
    mask = slots - 1;
    clients = calloc(all, sizeof *clients);
    uint16_t route_bytes = (uint16_t) strlen(route);
    uint8_t metadata[METADATA], *end = metadata;
    if (keys) { // 40 digits: of this run, of the connection, of the id
        char key[41];
        snprintf(key, sizeof key, "%016" PRIx64 "%024d", (uint64_t) time(NULL) << 32 | (uint32_t) getpid(), 0);
        end = put_entry(end, "idempotency-key", key);
        key_at = HEADER + route_bytes + (uint32_t) (end - metadata) - 40;
    }
    if (ordering_keys) {
        end = put_entry(end, "ordering-key", "00000000");
        ordering_key_at = HEADER + route_bytes + (uint32_t) (end - metadata) - 8;
    }
    uint16_t metadata_bytes = (uint16_t) (end - metadata);
    payload_at = HEADER + route_bytes + metadata_bytes;
    request_bytes = payload_at + size;
    request = malloc(request_bytes);
    if (!clients || !request) die("out of memory");
    frame_header(request, REQUEST, 0, 0, route_bytes, metadata_bytes, size);
    if (durable) request[5] = FLAG_SEND;
    memcpy(request + HEADER, route, route_bytes);
    memcpy(request + HEADER + route_bytes, metadata, metadata_bytes);
    for (uint32_t i = 0; i < size; i++) request[payload_at + i] = (uint8_t) (i * 31 + (i >> 8));
    for (unsigned i = 0; i < all; i++) {
        clients[i].slots = calloc(slots, sizeof *clients[i].slots);
        if (!clients[i].slots) die("out of memory");
    }
}

// Opens those from `from` on, and waits until they are ready.
static void open_connections(const char *address, bool without_hello, unsigned from, unsigned to) {
    char host[256];
    int port = parse_address(address, host, sizeof host);
    for (unsigned i = from; i < to; i++) {
        struct conn *c = conn_connect(host, port, without_hello, NULL);
        if (!c) die("connection %u of %u to %s was refused or took more than 5 s", i + 1, to, address);
        c->number = i;
        clients[i].conn = c;
        if (i % CONNECTS_PER_PASS == 0) loop_pass(); // those that are open have heartbeats to answer
    }
    for (int64_t end_ms = now_ms() + READY_MS; ready + lost < to && now_ms() < end_ms;) loop_pass();
    if (ready < to) die("%u of %u connections to %s exchanged no HELLO", to - ready, to, address);
}

static void open_idle_connections(void) {
    open_connections(idle_target ? idle_target : target, idle_target || raw, connections, all);
    for (unsigned i = connections; i < all; i++) {
        if (!clients[i].conn || !send_call(clients[i].conn, now_ns)) die("an idle connection was lost");
        if (i % CONNECTS_PER_PASS == 0) loop_pass();
    }
    for (int64_t end_ms = now_ms() + READY_MS; in_flight() > 0 && now_ms() < end_ms;) loop_pass();
    if (in_flight() > 0 || lost > 0) die("%u of %u idle connections got no answer, %u were lost", in_flight(), idle, lost);
}

static void parse_pids(char *text) {
    for (char *part = strtok(text, ","); part; part = strtok(NULL, ",")) {
        if (pid_count == PIDS) die("--cpu-pid: more than %d processes", PIDS);
        pids[pid_count++] = atoi(part);
    }
}

static void print_result(double measured, const double *cpu, const long *rss_before, const long *rss, double own_cpu, double machine_cpu) {
    printf("{\"target\":\"%s\",\"connections\":%u,\"window\":%u,\"size\":%u,\"calls\":%" PRIu64 ",\"seconds\":%.3f,", target,
        connections, window, size, calls, measured);
    printf("\"callsPerSecond\":%.0f,", (double) calls / measured);
    histogram_print(&latencies);
    printf("\"wrong\":%" PRIu64 ",\"unanswered\":%" PRIu64 ",\"lostConnections\":%u,\"errors\":{", wrong, unanswered, lost);
    const char *comma = "";
    for (int i = 0; i < STATUSES; i++) {
        if (!errors[i]) continue;
        printf("%s\"%s\":%" PRIu64, comma, status_names[i], errors[i]);
        comma = ",";
    }
    printf("},\"cpuSeconds\":{");
    for (unsigned i = 0; i < pid_count; i++) printf("%s\"%d\":%.2f", i ? "," : "", pids[i], cpu[i]);
    printf("},\"rssKiB\":{");
    for (unsigned i = 0; i < pid_count; i++) printf("%s\"%d\":[%ld,%ld]", i ? "," : "", pids[i], rss_before[i], rss[i]);
    printf("},\"ownCpuSeconds\":%.2f,\"machineCpuSeconds\":%.2f}\n", own_cpu, machine_cpu);
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"target", 1, 0, 't'}, {"connections", 1, 0, 'c'}, {"window", 1, 0, 'w'},
        {"size", 1, 0, 'b'}, {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'u'}, {"route", 1, 0, 'r'}, {"cpu-pid", 1, 0, 'p'},
        {"raw", 0, 0, 'x'}, {"rate", 1, 0, 'a'}, {"keys", 0, 0, 'k'}, {"send", 0, 0, 'd'}, {"ordering-keys", 1, 0, 'o'},
        {"idle", 1, 0, 'i'}, {"idle-target", 1, 0, 'j'}, {0}};
    static struct program program = {
        .role = "client", .name = "load", .rests = true, .on_ready = on_ready, .on_frame = on_frame, .on_close = on_close};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
            case 't': target = optarg; break;
            case 'c': connections = (unsigned) atoi(optarg); break;
            case 'w': window = (unsigned) atoi(optarg); break;
            case 'b': size = (unsigned) atoi(optarg); break;
            case 's': seconds = atof(optarg); break;
            case 'u': warmup = atof(optarg); break;
            case 'r': route = optarg; break;
            case 'p': parse_pids(optarg); break;
            case 'x': raw = true; break;
            case 'a': rate = atof(optarg); break;
            case 'k': keys = true; break;
            case 'd': durable = keys = true; break;
            case 'o': ordering_keys = (unsigned) atoi(optarg); break;
            case 'i': idle = (unsigned) atoi(optarg); break;
            case 'j': idle_target = optarg; break;
            default: die("usage: see the head of load.c");
        }
    }
    // A number below 0 has become one above MOST.
    if (!target || connections - 1 >= MOST || window - 1 >= MOST || idle > MOST || size < STAMP || size > MAX_LENGTH - 512 || seconds <= 0
        || rate < 0 || strlen(route) > 255) {
        die("--target is needed; --connections, --window 1 to %d; --idle 0 to %d; --seconds above 0; --rate not below; --size %d to %d",
            MOST, MOST, STAMP, MAX_LENGTH - 512);
    }
    if (ordering_keys && !durable) die("--ordering-keys: only with --send");
    if (raw && keys) die("--raw: has no metadata for --keys and --send");
    if (durable) program.features = FEATURE_SENDS;
    all = connections + idle;
    long rss_before[PIDS], rss[PIDS];
    for (unsigned i = 0; i < pid_count; i++) rss_before[i] = rss_kib(pids[i]);
    loop_init(&program);
    prepare();
    open_connections(target, raw, 0, connections);
    if (idle) open_idle_connections();
    sending = true;
    if (rate > 0) {
        arrival_ns = now_ns;
        program.on_time = send_arrivals;
    } else {
        for (unsigned i = 0; i < connections; i++) {
            if (clients[i].conn) send_calls(clients[i].conn);
        }
    }
    run_for(warmup);

    memset(errors, 0, sizeof errors); // counted over the time in which calls are
    double cpu[PIDS], own_cpu = -cpu_seconds(getpid()), machine_cpu = -machine_seconds();
    for (unsigned i = 0; i < pid_count; i++) cpu[i] = -cpu_seconds(pids[i]);
    measuring = true;
    int64_t start_ns = now_ns;
    run_for(seconds);
    measuring = false;
    double measured = (double) (now_ns - start_ns) / 1e9;
    for (unsigned i = 0; i < pid_count; i++) {
        cpu[i] += cpu_seconds(pids[i]);
        rss[i] = rss_kib(pids[i]);
    }
    own_cpu += cpu_seconds(getpid());
    machine_cpu += machine_seconds();

    sending = false;
    for (int64_t end_ms = now_ms() + DRAIN_MS; in_flight() > 0 && now_ms() < end_ms;) loop_pass();
    unanswered += in_flight();
    print_result(measured, cpu, rss_before, rss, own_cpu, machine_cpu);
    return 0;
}
