// The limit of what a hop that balances messages can do: native connections in, one link to each worker, round robin by
// message, ids patched, one write per touched connection and pass. No deadlines, retries, limits, metrics or discovery.
//
//   epoll_proxy --port 0 worker-host:port...
//
// Correct nevertheless: an answer reaches only its request; the calls on a link that dies are answered UNKNOWN; without a
// worker a call is refused; CANCEL is dropped, because the protocol lets a cancelled call's answer come.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "loop.h"

enum { LINKS = 64 };

struct call {
    uint64_t link_id;    // 0: free
    uint64_t client_id;
    struct conn *client; // holds a reference
};

// Calls in flight by link id, at slot `id & mask`. The table is at most half full; an id whose slot is still taken by an
// old call is skipped, because ids need only go up.
struct link {
    const char *address;
    struct conn *conn;
    bool usable;         // HELLO exchanged, no GOAWAY
    uint64_t last_id;
    struct call *calls;
    uint64_t mask, in_flight;
};

static struct link links[LINKS];
static unsigned link_count, turn;
static volatile sig_atomic_t stopping;

static void on_signal(int signal) { stopping = signal; }

static struct call *table(uint64_t size) {
    struct call *calls = calloc(size, sizeof *calls);
    if (!calls) die("out of memory: %llu calls", (unsigned long long) size);
    return calls;
}

static void grow(struct link *l) {
    struct call *old = l->calls;
    uint64_t old_size = l->mask + 1;
    l->calls = table(old_size * 2);
    l->mask = old_size * 2 - 1;
    for (uint64_t i = 0; i < old_size; i++) {
        if (old[i].link_id) l->calls[old[i].link_id & l->mask] = old[i];
    }
    free(old);
}

static struct link *next_link(void) {
    for (unsigned i = 0; i < link_count; i++) {
        struct link *l = &links[turn++ % link_count];
        if (l->usable) return l;
    }
    return NULL;
}

static void forward(struct conn *client, const uint8_t *f, uint32_t size) {
    struct link *l = next_link();
    if (!l) {
        conn_status(client, REFUSAL, UNAVAILABLE, frame_id(f), "no worker is connected");
        return;
    }
    if (l->in_flight * 2 > l->mask) grow(l);
    uint64_t id = ++l->last_id;
    while (l->calls[id & l->mask].link_id) id = ++l->last_id;
    uint8_t *out = conn_reserve(l->conn, size);
    if (!out) {
        conn_status(client, REFUSAL, UNAVAILABLE, frame_id(f), "the worker's link closed");
        return;
    }
    l->calls[id & l->mask] = (struct call) {.link_id = id, .client_id = frame_id(f), .client = client};
    client->refs++;
    l->in_flight++;
    memcpy(out, f, size);
    put64(out + 8, id);
}

static void finish(struct link *l, struct call *call) {
    call->link_id = 0;
    l->in_flight--;
    conn_unref(call->client);
}

static void answer(struct link *l, const uint8_t *f, uint32_t size) {
    uint64_t id = frame_id(f);
    struct call *call = &l->calls[id & l->mask];
    if (call->link_id != id || id == 0) return; // late or unknown
    uint8_t *out = conn_reserve(call->client, size); // null: the client has gone
    if (out) {
        memcpy(out, f, size);
        put64(out + 8, call->client_id);
    }
    if (frame_type(f) != RESPONSE || !(f[5] & FLAG_MORE)) finish(l, call);
}

// Ends the calls above `last_taken` with this frame.
static void end_calls(struct link *l, uint64_t last_taken, uint8_t type, uint8_t code, const char *text) {
    for (uint64_t i = 0; i <= l->mask; i++) {
        struct call *call = &l->calls[i];
        if (call->link_id <= last_taken) continue;
        conn_status(call->client, type, code, call->client_id, text);
        finish(l, call);
    }
}

static void on_ready(struct conn *c) {
    struct link *l = c->owner;
    if (!l) return;
    l->usable = true;
    printf("linked to %s\n", l->address);
}

static void on_frame(struct conn *c, uint8_t *f, uint32_t size) {
    struct link *l = c->owner;
    uint8_t type = frame_type(f);
    if (!l) {
        if (type == REQUEST) forward(c, f, size);
    } else if (type == GOAWAY) {
        l->usable = false;
        end_calls(l, frame_id(f), REFUSAL, UNAVAILABLE, "the worker goes away");
    } else if (type == RESPONSE || type == ERROR || type == REFUSAL) {
        answer(l, f, size);
    }
}

static void on_close(struct conn *c) {
    struct link *l = c->owner;
    if (!l) return;
    l->usable = false;
    end_calls(l, 0, ERROR, UNKNOWN, "the worker's link was lost; the call may have run");
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"port", 1, 0, 'p'}, {0}};
    static const struct program program = {
        .role = "gateway", .name = "epoll-proxy", .on_ready = on_ready, .on_frame = on_frame, .on_close = on_close};
    int port = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 'p') die("usage: epoll_proxy [--port N] worker-host:port...");
        port = atoi(optarg);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    loop_init(&program);
    for (int i = optind; i < argc && link_count < LINKS; i++) {
        struct link *l = &links[link_count++];
        char host[256];
        int worker_port = parse_address(argv[i], host, sizeof host);
        *l = (struct link) {.address = argv[i], .calls = table(1024), .mask = 1023};
        l->conn = conn_connect(host, worker_port, false, l);
        if (!l->conn) die("cannot connect to worker %s", argv[i]);
    }
    printf("listening on %d\n", conn_port(conn_listen("127.0.0.1", port)));
    while (!stopping) loop_pass();
    return 0;
}
