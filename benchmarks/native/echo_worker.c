// A worker that answers every REQUEST with its own payload, so that a benchmark measures the hop before it.
//
//   echo_worker --port 0 --name echo-1 [--host 127.0.0.1|lo] [--registry host:port]... [--capacity N]
//               [--delay-ms D [--places N]]
//
// Prints "listening on PORT" when it accepts links, and "registered with ADDRESS" for each registry. Registers service
// `echo`, method `echo` (idempotent), renews, and leaves on SIGTERM. Services that it does not know it answers too.
//
// With --delay-ms it is a server with N places (default 8): each call occupies one for D ms, and waits in arrival order
// while none is free, as behind a pool of database connections. Calls beyond its capacity it refuses; in answers it says
// how many more it would take.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "json.h"
#include "loop.h"

enum { REGISTRIES = 8, RETRY_MS = 1000, LEAVE_MS = 500 };
enum call { NONE, REGISTER, RENEW, LEAVE };

struct registry {
    const char *address;
    struct conn *conn;   // null while not connected
    enum call call;      // the one in flight
    uint64_t call_id;
    int64_t next_ms;     // when to connect or renew
};

static struct registry registries[REGISTRIES];
static int registry_count;
static const char *host = "127.0.0.1", *name = "echo-1";
static int port, capacity = 65536, places = 8;
static int64_t delay_ns;
static uint64_t epoch;
static volatile sig_atomic_t stopping;

static void on_signal(int signal) { stopping = signal; }

// ---- registration: wire/PROTOCOL.md section 9 ----

static void call_registry(struct registry *r, enum call call) {
    static const char *const routes[] = {
        [REGISTER] = "fairlead.registry/register", [RENEW] = "fairlead.registry/renew", [LEAVE] = "fairlead.registry/leave"};
    char json[1024];
    if (call == REGISTER) {
        snprintf(json, sizeof json,
            "{\"instance\":\"%s\",\"epoch\":%llu,\"host\":\"%s\",\"port\":%d,\"zone\":\"\",\"weight\":100,\"capacity\":%d,"
            "\"state\":\"UP\",\"inFlight\":0,\"services\":[{\"name\":\"echo\",\"methods\":"
            "[{\"name\":\"echo\",\"idempotent\":true,\"once\":false}]}]}",
            name, (unsigned long long) epoch, host, port, capacity);
    } else {
        snprintf(json, sizeof json, "{\"instance\":\"%s\",\"epoch\":%llu%s}", name, (unsigned long long) epoch,
            call == RENEW ? ",\"state\":\"UP\",\"inFlight\":0" : "");
    }
    uint16_t route = (uint16_t) strlen(routes[call]);
    uint32_t payload = (uint32_t) strlen(json);
    uint8_t *f = conn_reserve(r->conn, HEADER + route + payload);
    if (!f) return;
    r->call = call;
    frame_header(f, REQUEST, 0, ++r->call_id, route, 0, payload);
    memcpy(f + HEADER, routes[call], route);
    memcpy(f + HEADER + route, json, payload);
}

// The value of `highest-epoch` in a frame's metadata, or 0.
static uint64_t highest_epoch(const uint8_t *f) {
    const uint8_t *at = f + HEADER + get16(f + 20), *end = at + get16(f + 22);
    while (end - at >= 3 && end - at >= 3 + at[0]) {
        const uint8_t *value = at + 3 + at[0];
        uint16_t bytes = get16(value - 2);
        if (end - value < bytes) return 0;
        if (at[0] == 13 && !memcmp(at + 1, "highest-epoch", 13)) {
            char digits[24] = "";
            memcpy(digits, value, bytes < 23 ? bytes : 23);
            return strtoull(digits, NULL, 10);
        }
        at = value + bytes;
    }
    return 0;
}

static void on_registry_answer(struct registry *r, const uint8_t *f) {
    if (frame_id(f) != r->call_id) return;
    enum call call = r->call;
    r->call = NONE;
    char text[512] = "";
    uint32_t bytes = frame_payload_bytes(f);
    memcpy(text, frame_payload(f), bytes < 511 ? bytes : 511);
    if (frame_type(f) == RESPONSE) {
        if (call == REGISTER) printf("registered with %s\n", r->address);
        if (call == LEAVE) conn_close(r->conn, NULL);
        else r->next_ms = now_ms() + (int64_t) json_number(text, "renewMillis", 3000);
    } else if (call == RENEW && frame_code(f) == NOT_FOUND) {
        call_registry(r, REGISTER);
    } else {
        fprintf(stderr, "%s: registry %s answered status %d: %s\n", name, r->address, frame_code(f), text);
        uint64_t highest = highest_epoch(f);
        if (highest >= epoch) epoch = highest + 1;
        r->next_ms = now_ms() + RETRY_MS;
        if (call != LEAVE) conn_close(r->conn, NULL); // and register again
    }
}

static void on_tick(void) {
    for (struct registry *r = registries; r < registries + registry_count; r++) {
        if (stopping || now_ms() < r->next_ms) continue;
        r->next_ms = now_ms() + RETRY_MS;
        if (r->conn) {
            if (r->conn->ready && r->call == NONE) call_registry(r, RENEW);
        } else {
            char registry_host[256];
            int registry_port = parse_address(r->address, registry_host, sizeof registry_host);
            r->conn = conn_connect(registry_host, registry_port, false, r);
        }
    }
}

// ---- delayed answers: all take equally long, so they end in the order of their arrival ----

struct delayed { struct conn *conn; int64_t due_ns; uint64_t id; uint32_t bytes; uint8_t *payload; };

static struct delayed *queue; // a ring of `capacity`
static int queue_first, queue_size, place;
static int64_t *place_free_ns; // when each place is free again; taken in turn, which is the order in which they get free

static void answer_later(struct conn *c, const uint8_t *f) {
    if (queue_size == capacity) {
        conn_status(c, REFUSAL, RESOURCE_EXHAUSTED, frame_id(f), "capacity reached");
        return;
    }
    struct delayed *d = &queue[(queue_first + queue_size++) % capacity];
    int64_t start_ns = place_free_ns[place] > now_ns ? place_free_ns[place] : now_ns;
    *d = (struct delayed) {.conn = c, .due_ns = start_ns + delay_ns, .id = frame_id(f), .bytes = frame_payload_bytes(f)};
    place_free_ns[place] = d->due_ns;
    place = (place + 1) % places;
    d->payload = malloc(d->bytes + 1);
    if (!d->payload) die("out of memory: a payload");
    memcpy(d->payload, frame_payload(f), d->bytes);
    c->refs++;
}

static int64_t answer_due(void) {
    while (queue_size && queue[queue_first].due_ns <= now_ns) {
        struct delayed *d = &queue[queue_first];
        queue_first = (queue_first + 1) % capacity;
        queue_size--;
        uint8_t *answer = conn_reserve(d->conn, HEADER + d->bytes);
        if (answer) {
            frame_header(answer, RESPONSE, OK, d->id, 0, 0, d->bytes);
            put32(answer + 16, 1 + (uint32_t) (capacity - queue_size));
            memcpy(answer + HEADER, d->payload, d->bytes);
        }
        free(d->payload);
        conn_unref(d->conn);
    }
    return queue_size ? queue[queue_first].due_ns : INT64_MAX;
}

// ---- links ----

static void on_ready(struct conn *c) {
    if (c->owner) call_registry(c->owner, REGISTER);
}

static void on_frame(struct conn *c, uint8_t *f, uint32_t size) {
    (void) size;
    if (c->owner) {
        if (frame_type(f) == RESPONSE || frame_type(f) == ERROR || frame_type(f) == REFUSAL) on_registry_answer(c->owner, f);
    } else if (frame_type(f) == REQUEST && delay_ns) {
        answer_later(c, f);
    } else if (frame_type(f) == REQUEST) {
        uint32_t payload = frame_payload_bytes(f);
        uint8_t *answer = conn_reserve(c, HEADER + payload);
        if (!answer) return;
        frame_header(answer, RESPONSE, OK, frame_id(f), 0, 0, payload);
        memcpy(answer + HEADER, frame_payload(f), payload);
    }
}

static void on_close(struct conn *c) {
    struct registry *r = c->owner;
    if (!r) return;
    r->conn = NULL;
    r->call = NONE;
}

// Leaves the registries, tells the links that all they sent was taken, and waits until both are written.
static void leave(void) {
    for (struct registry *r = registries; r < registries + registry_count; r++) {
        if (r->conn && r->conn->ready) call_registry(r, LEAVE);
    }
    for (struct conn *c = loop_connections(); c; c = c->next) {
        if (!c->owner && c->ready) conn_status(c, GOAWAY, OK, c->last_id, "shutting down");
    }
    bool busy = true;
    for (int64_t end_ms = now_ms() + LEAVE_MS; busy && now_ms() < end_ms;) {
        loop_pass();
        busy = false;
        for (struct registry *r = registries; r < registries + registry_count; r++) busy |= r->conn && r->call == LEAVE;
        for (struct conn *c = loop_connections(); c; c = c->next) busy |= c->out.from < c->out.to;
    }
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"port", 1, 0, 'p'}, {"host", 1, 0, 'h'}, {"name", 1, 0, 'n'},
        {"registry", 1, 0, 'r'}, {"capacity", 1, 0, 'c'}, {"delay-ms", 1, 0, 'd'}, {"places", 1, 0, 'l'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
            case 'p': port = atoi(optarg); break;
            case 'h': host = optarg; break;
            case 'n': name = optarg; break;
            case 'c': capacity = atoi(optarg); break;
            case 'd': delay_ns = (int64_t) (atof(optarg) * 1e6); break;
            case 'l': places = atoi(optarg); break;
            case 'r':
                if (registry_count == REGISTRIES) die("--registry: more than %d", REGISTRIES);
                registries[registry_count++].address = optarg;
                break;
            default: die("usage: see the head of echo_worker.c");
        }
    }
    if (capacity < 1 || places < 1 || delay_ns < 0) die("--capacity and --places: at least 1; --delay-ms: not negative");
    queue = calloc((size_t) capacity, sizeof *queue);
    place_free_ns = calloc((size_t) places, sizeof *place_free_ns);
    if (!queue || !place_free_ns) die("out of memory: a queue of %d", capacity);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    epoch = ((uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000) * 1000 + (uint64_t) (t.tv_nsec / 1000) % 1000;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    static struct program program = {
        .role = "worker", .on_ready = on_ready, .on_frame = on_frame, .on_close = on_close, .on_tick = on_tick};
    program.name = name;
    if (delay_ns) program.on_time = answer_due;
    loop_init(&program);
    port = conn_port(conn_listen(host, port));
    printf("listening on %d\n", port);
    while (!stopping) loop_pass();
    leave();
    return 0;
}
