// What the programs in this folder share: the frame of wire/PROTOCOL.md, connections, and one epoll loop.
//
// One thread, level-triggered epoll. A pass reads each readable connection once, hands its complete frames to the
// program in place, and at the end writes each touched connection once. HELLO, PING and PONG are answered here.
#ifndef FAIRLEAD_LOOP_H
#define FAIRLEAD_LOOP_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum frame_type { HELLO = 1, PING, PONG, GOAWAY, REQUEST, RESPONSE, ERROR, REFUSAL, CANCEL, FIRST_IGNORABLE = 128 };
enum status { OK, UNKNOWN = 2, NOT_FOUND = 5, RESOURCE_EXHAUSTED = 8, FAILED_PRECONDITION = 9, INTERNAL = 13, UNAVAILABLE = 14, STATUSES = 17 };
enum {
    HEADER = 24,          // bytes before route, metadata and payload
    MIN_LENGTH = 20,      // smallest value of the length field, which does not count its own 4 bytes
    MAX_LENGTH = 4 << 20, // largest
    FLAG_MORE = 1,
    FLAG_SEND = 4,       // a durable message, to acceptors that took FEATURE_SENDS in HELLO
    FEATURE_SENDS = 4,
};

static inline uint16_t get16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return be16toh(v); }
static inline uint32_t get32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return be32toh(v); }
static inline uint64_t get64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return be64toh(v); }
static inline void put16(uint8_t *p, uint16_t v) { v = htobe16(v); memcpy(p, &v, 2); }
static inline void put32(uint8_t *p, uint32_t v) { v = htobe32(v); memcpy(p, &v, 4); }
static inline void put64(uint8_t *p, uint64_t v) { v = htobe64(v); memcpy(p, &v, 8); }

static inline uint8_t frame_type(const uint8_t *f) { return f[4]; }
static inline uint8_t frame_code(const uint8_t *f) { return f[6]; }
static inline uint64_t frame_id(const uint8_t *f) { return get64(f + 8); }
static inline uint16_t frame_metadata_bytes(const uint8_t *f) { return get16(f + 22); }
static inline const uint8_t *frame_metadata(const uint8_t *f) { return f + HEADER + get16(f + 20); }
static inline uint32_t frame_variable(const uint8_t *f) { return get16(f + 20) + get16(f + 22); } // route + metadata
static inline const uint8_t *frame_payload(const uint8_t *f) { return f + HEADER + frame_variable(f); }
static inline uint32_t frame_payload_bytes(const uint8_t *f) { return get32(f) - MIN_LENGTH - frame_variable(f); }
uint8_t *put_entry(uint8_t *at, const char *key, const char *value); // of metadata; returns where it ends
void frame_header(uint8_t *f, uint8_t type, uint8_t code, uint64_t id, uint16_t route, uint16_t metadata, uint32_t payload);

struct buf { uint8_t *bytes; size_t from, to, capacity; };

struct conn {
    int fd;            // -1 once closed
    bool listens;      // accepts connections instead of carrying frames
    bool connector;    // this side opened the connection: it says HELLO first
    bool raw;          // frames without HELLO and heartbeats
    bool ready;        // HELLO has been exchanged
    bool touched, waits_for_space;
    uint32_t refs;     // calls of the program that still point here; a closed connection is freed when none is left
    uint32_t number;   // for the program
    void *owner;       // for the program
    uint64_t last_id;  // highest id of a REQUEST that was read
    uint64_t features; // feature bits in the other side's HELLO
    int64_t heartbeat_ms; // the program's at first
    int64_t read_ms, ping_ms, busy_ms; // busy: a frame but PING and PONG was read or written
    struct buf in, out;
    struct conn *next_touched, *next_closed, *next, *prev;
};

struct program {
    const char *role, *name; // said in HELLO
    uint64_t features;       // offered in HELLO
    int64_t heartbeat_ms;    // silence after which a PING is sent, three of them end a connection; 0: 1000
    bool rests;              // ten times that while for ten of them nothing but PING and PONG came or went, as our client does
    void (*on_ready)(struct conn *);
    void (*on_frame)(struct conn *, uint8_t *frame, uint32_t size); // REQUEST, RESPONSE, ERROR, REFUSAL, CANCEL, GOAWAY
    void (*on_close)(struct conn *);                                // the fd is closed already
    void (*on_tick)(void);                                          // about every 50 ms; may be null
    int64_t (*on_time)(void); // before each wait: does what is due, returns when it wants to be called next (now_ns);
                              // may be null
};

extern int64_t now_ns; // monotonic; taken after each wait and after each read
int64_t clock_now(void); // the same at this moment
static inline int64_t now_ms(void) { return now_ns / 1000000; }

void loop_init(const struct program *);
void loop_pass(void);              // one wait of at most 50 ms, and all that became ready
struct conn *loop_connections(void); // all open ones, linked by `next`

int parse_address(const char *text, char *host, size_t host_bytes); // "host:port"; returns the port or dies
struct conn *conn_listen(const char *host, int port); // "lo": all addresses of the loopback device, and no others
struct conn *conn_connect(const char *host, int port, bool raw, void *owner); // null if refused; at most 5 s
int conn_port(const struct conn *);
uint8_t *conn_reserve(struct conn *, size_t); // room at the end of the output, counted as written; null once closed
void conn_status(struct conn *, uint8_t type, uint8_t code, uint64_t id, const char *text);
void conn_close(struct conn *, const char *why);
void conn_flush(struct conn *);
void conn_unref(struct conn *);
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
