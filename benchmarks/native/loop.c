#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    EVENTS = 1024,
    WAIT_MS = 50,
    READ_BYTES = 64 << 10,   // first size of an input buffer; it grows to the largest frame
    MAX_OUT = 256 << 20,     // a peer that lets more pile up loses its connection
    LOST_AFTER = 3,          // heartbeats
    RESTING = 10,            // heartbeats until a connection rests, and how many times as long they are then
    SAID = 10,               // messages about closed connections
};

int64_t now_ns;

static const struct program *program;
static int64_t heartbeat_ms;
static int epoll_fd;
static struct conn *touched, *open_list, *closed_list;

void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(2);
}

int64_t clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void read_clock(void) { now_ns = clock_now(); }

// ---- frames ----

void frame_header(uint8_t *f, uint8_t type, uint8_t code, uint64_t id, uint16_t route, uint16_t metadata, uint32_t payload) {
    put32(f, MIN_LENGTH + route + metadata + payload);
    f[4] = type;
    f[5] = 0;
    f[6] = code;
    f[7] = 0;
    put64(f + 8, id);
    put32(f + 16, 0);
    put16(f + 20, route);
    put16(f + 22, metadata);
}

static uint8_t *reserve(struct conn *, size_t);

static void bare(struct conn *c, uint8_t type, uint64_t id) {
    uint8_t *f = reserve(c, HEADER);
    if (f) frame_header(f, type, 0, id, 0, 0, 0);
}

uint8_t *put_entry(uint8_t *at, const char *key, const char *value) {
    size_t k = strlen(key), v = strlen(value);
    *at = (uint8_t) k;
    memcpy(at + 1, key, k);
    put16(at + 1 + k, (uint16_t) v);
    memcpy(at + 3 + k, value, v);
    return at + 3 + k + v;
}

static void hello(struct conn *c) {
    uint8_t metadata[600];
    uint16_t bytes = (uint16_t) (put_entry(put_entry(metadata, "role", program->role), "name", program->name) - metadata);
    uint8_t *f = conn_reserve(c, HEADER + bytes);
    if (!f) return;
    frame_header(f, HELLO, 1, c->connector ? program->features : 0, 0, bytes, 0);
    f[7] = 1;
    put32(f + 16, (uint32_t) heartbeat_ms);
    memcpy(f + HEADER, metadata, bytes);
}

void conn_status(struct conn *c, uint8_t type, uint8_t code, uint64_t id, const char *text) {
    uint32_t bytes = (uint32_t) strlen(text);
    uint8_t *f = conn_reserve(c, HEADER + bytes);
    if (!f) return;
    frame_header(f, type, code, id, 0, 0, bytes);
    memcpy(f + HEADER, text, bytes);
}

// ---- buffers ----

static void *grown(void *bytes, size_t size) {
    void *p = realloc(bytes, size);
    if (!p) die("out of memory: %zu bytes", size);
    return p;
}

// Makes room for `more` bytes after `to`: moves what is there to the front, or grows.
static void buf_room(struct buf *b, size_t more) {
    if (b->capacity - b->to >= more) return;
    size_t held = b->to - b->from;
    if (b->from) memmove(b->bytes, b->bytes + b->from, held);
    b->from = 0;
    b->to = held;
    if (b->capacity - held >= more) return;
    size_t capacity = b->capacity ? b->capacity : 4096;
    while (capacity - held < more) capacity *= 2;
    b->bytes = grown(b->bytes, capacity);
    b->capacity = capacity;
}

static bool rests(const struct conn *c) { return program->rests && now_ms() - c->busy_ms >= RESTING * c->heartbeat_ms; }

// A frame but PING and PONG. One that wakes the connection begins a new count of its silence.
static void stirred(struct conn *c) {
    if (rests(c)) c->read_ms = now_ms();
    c->busy_ms = now_ms();
}

uint8_t *conn_reserve(struct conn *c, size_t bytes) {
    stirred(c);
    return reserve(c, bytes);
}

static uint8_t *reserve(struct conn *c, size_t bytes) {
    if (c->fd < 0) return NULL;
    if (c->out.to - c->out.from + bytes > MAX_OUT) {
        conn_close(c, "reads too slowly");
        return NULL;
    }
    buf_room(&c->out, bytes);
    uint8_t *at = c->out.bytes + c->out.to;
    c->out.to += bytes;
    if (!c->touched) {
        c->touched = true;
        c->next_touched = touched;
        touched = c;
    }
    return at;
}

// ---- connections ----

int parse_address(const char *text, char *host, size_t host_bytes) {
    const char *colon = strrchr(text, ':');
    int port = colon ? atoi(colon + 1) : 0;
    if (!colon || port < 1 || port > 65535 || (size_t) (colon - text) >= host_bytes) {
        die("address: '%s' (expected: host:port)", text);
    }
    memcpy(host, text, (size_t) (colon - text));
    host[colon - text] = 0;
    return port;
}

static struct sockaddr_in address(const char *host, int port) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, NULL, &hints, &found)) die("host: '%s' (expected: a name or address of IPv4)", host);
    struct sockaddr_in a = *(struct sockaddr_in *) found->ai_addr;
    freeaddrinfo(found);
    a.sin_port = htons((uint16_t) port);
    return a;
}

static void interest(struct conn *c, int operation) {
    struct epoll_event e = {.events = EPOLLIN | (c->waits_for_space ? EPOLLOUT : 0u), .data.ptr = c};
    if (epoll_ctl(epoll_fd, operation, c->fd, &e)) die("epoll_ctl: %s", strerror(errno));
}

static struct conn *conn_add(int fd, bool listens, bool connector, bool raw, void *owner) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct conn *c = calloc(1, sizeof *c);
    if (!c) die("out of memory: a connection");
    *c = (struct conn) {.fd = fd, .listens = listens, .connector = connector, .raw = raw, .owner = owner, .next = open_list};
    c->heartbeat_ms = heartbeat_ms;
    c->read_ms = c->ping_ms = c->busy_ms = now_ms();
    if (open_list) open_list->prev = c;
    open_list = c;
    interest(c, EPOLL_CTL_ADD);
    if (connector && !raw) hello(c);
    return c;
}

struct conn *conn_listen(const char *host, int port) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool loopback = !strcmp(host, "lo");
    struct sockaddr_in a = address(loopback ? "0.0.0.0" : host, port);
    if (loopback && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2)) die("listen on the loopback device: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *) &a, sizeof a) || listen(fd, BACKLOG)) {
        die("listen on %s:%d: %s", host, port, strerror(errno));
    }
    return conn_add(fd, true, false, false, NULL);
}

struct conn *conn_connect(const char *host, int port, bool raw, void *owner) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = address(host, port);
    struct timeval limit = {.tv_sec = 5}; // Linux applies the send time-out to connect as well
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (fd < 0 || connect(fd, (struct sockaddr *) &a, sizeof a)) {
        if (fd >= 0) close(fd);
        return NULL;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    struct conn *c = conn_add(fd, false, true, raw, owner);
    if (raw) {
        c->ready = true;
        program->on_ready(c);
    }
    return c;
}

int conn_port(const struct conn *c) {
    struct sockaddr_in a;
    socklen_t bytes = sizeof a;
    if (getsockname(c->fd, (struct sockaddr *) &a, &bytes)) die("getsockname: %s", strerror(errno));
    return ntohs(a.sin_port);
}

void conn_unref(struct conn *c) {
    if (--c->refs == 0 && c->fd < 0) {
        c->next_closed = closed_list;
        closed_list = c;
    }
}

void conn_close(struct conn *c, const char *why) {
    if (c->fd < 0) return;
    static int said; // a thousand connections may close for one reason
    if (why && said < SAID) fprintf(stderr, "%s: closing a connection: %s%s\n", program->name, why,
        ++said == SAID ? " (further ones are not reported)" : "");
    close(c->fd);
    c->fd = -1;
    if (c->prev) c->prev->next = c->next; else open_list = c->next;
    if (c->next) c->next->prev = c->prev;
    c->refs++; // the program may let go of its own in on_close
    program->on_close(c);
    conn_unref(c);
}

// Frees what nobody points to any more; at the end of a pass, because events of the same wait may name a closed one.
static void free_closed(void) {
    while (closed_list) {
        struct conn *c = closed_list;
        closed_list = c->next_closed;
        free(c->in.bytes);
        free(c->out.bytes);
        free(c);
    }
}

static void accept_all(struct conn *listener) {
    int fd;
    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        conn_add(fd, false, false, false, NULL);
    }
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
        fprintf(stderr, "%s: accept: %s\n", program->name, strerror(errno));
    }
}

void conn_flush(struct conn *c) {
    while (c->fd >= 0 && c->out.from < c->out.to) {
        ssize_t n = send(c->fd, c->out.bytes + c->out.from, c->out.to - c->out.from, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno != EAGAIN) {
            conn_close(c, NULL);
            return;
        }
        if (n > 0) c->out.from += (size_t) n;
        if (c->out.from < c->out.to) break;
    }
    if (c->fd < 0) return;
    bool full = c->out.from < c->out.to;
    if (!full) c->out.from = c->out.to = 0;
    if (full != c->waits_for_space) {
        c->waits_for_space = full;
        interest(c, EPOLL_CTL_MOD);
    }
}

static void protocol_error(struct conn *c, uint8_t code, const char *what) {
    if (!c->raw) conn_status(c, GOAWAY, code, 0, what);
    conn_flush(c);
    conn_close(c, what);
}

static void handle(struct conn *c, uint8_t *frame, uint32_t size) {
    uint8_t type = frame_type(frame);
    if (type != PING && type != PONG) stirred(c);
    if (c->raw) {
        program->on_frame(c, frame, size);
    } else if (!c->ready) {
        if (type != HELLO) {
            protocol_error(c, INTERNAL, "the first frame is no HELLO");
        } else if (frame_code(frame) < 1 || frame[7] > 1) {
            protocol_error(c, FAILED_PRECONDITION, "no common version: this side speaks 1");
        } else {
            if (!c->connector) hello(c);
            c->ready = true;
            c->features = frame_id(frame);
            program->on_ready(c);
        }
    } else if (type == PING) {
        bare(c, PONG, frame_id(frame));
    } else if (type >= GOAWAY && type <= CANCEL) {
        if (type == REQUEST) c->last_id = frame_id(frame);
        program->on_frame(c, frame, size);
    } else if (type != PONG && type < FIRST_IGNORABLE) {
        protocol_error(c, INTERNAL, type == HELLO ? "a second HELLO" : "a frame of an unknown type");
    }
}

static void read_some(struct conn *c) {
    buf_room(&c->in, c->in.capacity ? READ_BYTES / 4 : READ_BYTES);
    ssize_t n = read(c->fd, c->in.bytes + c->in.to, c->in.capacity - c->in.to);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) conn_close(c, NULL);
        return;
    }
    read_clock();
    c->read_ms = now_ms();
    c->in.to += (size_t) n;
    while (c->fd >= 0 && c->in.to - c->in.from >= 4) {
        uint8_t *frame = c->in.bytes + c->in.from;
        uint32_t length = get32(frame);
        if (length < MIN_LENGTH || length > MAX_LENGTH) {
            protocol_error(c, INTERNAL, "a frame's length is out of bounds (expected: 20 to 4194304)");
            return;
        }
        if (c->in.to - c->in.from < 4 + (size_t) length) {
            buf_room(&c->in, 4 + (size_t) length - (c->in.to - c->in.from));
            break;
        }
        if (MIN_LENGTH + frame_variable(frame) > length) {
            protocol_error(c, INTERNAL, "route and metadata are longer than their frame");
            return;
        }
        c->in.from += 4 + (size_t) length;
        handle(c, frame, 4 + length);
    }
    if (c->in.from == c->in.to) c->in.from = c->in.to = 0;
}

// Sends PING where nothing was read for an interval; closes what has been silent for three.
static void heartbeats(void) {
    for (struct conn *c = open_list, *next; c; c = next) {
        next = c->next;
        if (c->listens || c->raw) continue;
        int64_t silent = now_ms() - c->read_ms, interval = rests(c) ? RESTING * c->heartbeat_ms : c->heartbeat_ms;
        if (silent >= LOST_AFTER * interval) {
            conn_close(c, "no heartbeat");
        } else if (c->ready && silent >= interval && now_ms() - c->ping_ms >= interval) {
            c->ping_ms = now_ms();
            bare(c, PING, (uint64_t) now_ns);
        }
    }
}

void loop_init(const struct program *p) {
    program = p;
    heartbeat_ms = p->heartbeat_ms ? p->heartbeat_ms : 1000;
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) die("epoll_create1: %s", strerror(errno));
    prctl(PR_SET_TIMERSLACK, 1ul); // ns; by default the kernel ends a wait up to 50 us late, to wake less often
    struct rlimit files;
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    read_clock();
}

struct conn *loop_connections(void) { return open_list; }

static void flush_touched(void) {
    while (touched) {
        struct conn *c = touched;
        touched = c->next_touched;
        c->touched = false;
        if (!c->waits_for_space) conn_flush(c);
    }
}

// Waits for events, as long as told: what is due in 40 us must not wait for the millisecond that epoll_wait counts in.
static int wait_for(struct epoll_event *events, int64_t wait_ns) {
    static bool coarse; // a kernel before 5.11
    if (!coarse) {
        struct timespec wait = {.tv_nsec = wait_ns};
        int n = epoll_pwait2(epoll_fd, events, EVENTS, &wait, NULL);
        if (n >= 0 || errno != ENOSYS) return n;
        coarse = true;
    }
    return epoll_wait(epoll_fd, events, EVENTS, (int) ((wait_ns + 999999) / 1000000));
}

void loop_pass(void) {
    static struct epoll_event events[EVENTS];
    static int64_t ticked_ms, beat_ms;
    int64_t before_ms = now_ms(), wait_ns = WAIT_MS * 1000000;
    if (program->on_time) {
        int64_t due_ns = program->on_time() - now_ns;
        flush_touched();
        wait_ns = due_ns < 0 ? 0 : due_ns < wait_ns ? due_ns : wait_ns;
    }
    int n = wait_for(events, wait_ns);
    read_clock();
    for (int i = 0; i < n; i++) {
        struct conn *c = events[i].data.ptr;
        if (c->fd < 0) continue;
        if (c->listens) {
            accept_all(c);
            continue;
        }
        if (events[i].events & EPOLLOUT) conn_flush(c);
        if (c->fd >= 0 && events[i].events & ~(uint32_t) EPOLLOUT) read_some(c);
    }
    // A pause of this process is not the peers' silence: what they sent meanwhile has only now been read.
    bool paused = now_ms() - before_ms > heartbeat_ms;
    if (!paused && now_ms() - beat_ms >= heartbeat_ms / 4) {
        beat_ms = now_ms();
        heartbeats();
    }
    if (program->on_tick && now_ms() - ticked_ms >= WAIT_MS) {
        ticked_ms = now_ms();
        program->on_tick();
    }
    flush_touched();
    free_closed();
}
