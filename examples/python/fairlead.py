"""A client of the Fairlead wire protocol, version 1 (wire/PROTOCOL.md), on Python's standard library alone."""
import concurrent.futures, contextlib, hmac, math, secrets, socket, struct, sys, threading, time  # noqa: E401
from collections import namedtuple

HELLO, PING, PONG, GOAWAY, REQUEST, RESPONSE, ERROR, REFUSAL, CANCEL, AUTH = range(1, 11)
MORE, MAX_FRAME, MAX_TIME = 1, 4 << 20, 2**32 - 1
STATUSES = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
            "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS "
            "UNAUTHENTICATED").split()
HEADER = struct.Struct(">IBBBBQIHH")
Frame = namedtuple("Frame", "type flags code low id time route metadata payload")

class ProtocolError(ConnectionError): """The other side broke the protocol."""
class CallError(Exception):
    """A call without an answer. UNAVAILABLE: it certainly did not run. UNKNOWN: it may have run."""
    def __init__(self, status, message, retry_after=None):
        super().__init__(f"{status}: {message}")
        self.status, self.message, self.retry_after = status, message, retry_after  # retry_after: seconds, or None

def encode(type, flags=0, code=0, low=0, id=0, time=0, route="", metadata=None, payload=b""):
    entries = [(k.encode("ascii"), v.encode()) for k, v in (metadata or {}).items()]
    packed = b"".join(struct.pack(">B", len(k)) + k + struct.pack(">H", len(v)) + v for k, v in entries)
    rest = route.encode("ascii") + packed + payload
    return HEADER.pack(20 + len(rest), type, flags, code, low, id, time, len(route), len(packed)) + rest

def take(buffer, limit=MAX_FRAME):
    """Removes the first frame from a bytearray and returns it; None while it is incomplete."""
    length = int.from_bytes(buffer[:4], "big") if len(buffer) >= 4 else 20
    if not 20 <= length <= limit:
        raise ProtocolError(f"frame length: {length} (expected: 20 to {limit})")
    if len(buffer) < 4 + length:
        return None
    _, *fields, route, metadata = HEADER.unpack_from(buffer)
    if 20 + route + metadata > length:
        raise ProtocolError(f"route and metadata length: {route + metadata} (expected: at most {length - 20})")
    body = bytes(buffer[24:4 + length])
    del buffer[:4 + length]
    return Frame(*fields, body[:route].decode(errors="replace"), body[route:route + metadata], body[route + metadata:])

def decode_metadata(data):
    entries, at = {}, 0
    while at < len(data):
        value = at + 3 + data[at]
        end = value + int.from_bytes(data[value - 2:value], "big")
        if end > len(data):
            raise ProtocolError("metadata: an entry runs over the end")
        entries[data[at + 1:value - 2].decode(errors="replace")], at = data[value:end].decode(errors="replace"), end
    return entries

def proof(secret, side, connector_nonce, acceptor_nonce):
    return hmac.new(secret.encode(), f"fairlead {side}".encode() + connector_nonce + acceptor_nonce, "sha256").hexdigest()

class Client(contextlib.AbstractContextManager):
    """One connection, for any number of threads at once. When it has ended, calls raise UNAVAILABLE: make another.
    secret: that both sides must prove they know; a gateway's listeners have none."""
    def __init__(self, host, port, name="python", heartbeat=1.0, secret=None):
        self._lock = threading.RLock()  # guards writing, _last, additions to _calls, and _ended
        self._calls, self._last, self._ended, self._silent = {}, 0, None, 2  # _silent: intervals with nothing read
        self._out = socket.create_connection((host, port), timeout=5)
        self._out.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, frames = self._out.dup(), self._frames()  # two sockets, for two time limits
        try:
            nonce, said = secrets.token_bytes(32), dict(role="client", name=name)
            said.update(dict(nonce=nonce.hex()) if secret else {})
            self._send(encode(HELLO, code=1, low=1, id=bool(secret), time=math.ceil(heartbeat * 1000), metadata=said))
            expected = self._prove(secret, nonce, next(frames)) if secret else ""
            hello = next(frames)
            heard = decode_metadata(hello.metadata)
            if secret and not hmac.compare_digest(heard.get("proof", "").encode(), expected.encode()):
                raise ProtocolError("the other side does not know the secret")
            self._limit = int(heard.get("max-frame", MAX_FRAME))
            if hello.type != HELLO or hello.code != 1 or hello.time == 0 or self._limit < 20:
                raise ProtocolError(f"first frame: {hello} (expected: HELLO, version 1)")
        except BaseException:
            self._out.close(), self._in.close()
            raise
        self._out.settimeout(3 * heartbeat), self._in.settimeout(heartbeat)
        threading.Thread(target=self._run, args=(frames,), name=f"fairlead-{host}:{port}", daemon=True).start()
    def _prove(self, secret, nonce, frame):
        """Answers the acceptor's nonce, and returns the proof that is to come from it."""
        theirs = bytes.fromhex(decode_metadata(frame.metadata).get("nonce", "")) if frame.type == AUTH else b""
        if len(theirs) != 32:
            raise ProtocolError("the other side does not ask for a proof of the secret")
        self._send(encode(AUTH, metadata=dict(proof=proof(secret, "connector", nonce, theirs))))
        return proof(secret, "acceptor", nonce, theirs)
    def call(self, route, payload=b"", timeout=10.0, metadata=None):
        """The answer's payload. timeout: seconds, None = no deadline."""
        deadline, future = time.monotonic() + timeout if timeout is not None else math.inf, concurrent.futures.Future()
        with self._lock:
            number, left = self._last + 1, deadline - time.monotonic()
            millis = 0 if timeout is None else min(max(1, math.ceil(left * 1000)), MAX_TIME)
            frame = encode(REQUEST, id=number, time=millis, route=route, metadata=metadata, payload=payload)
            if len(frame) - 4 > self._limit:
                raise CallError("RESOURCE_EXHAUSTED", f"frame length: {len(frame) - 4} (limit {self._limit})")
            if self._ended or self._silent >= 2 or left <= 0:
                raise CallError("DEADLINE_EXCEEDED" if left <= 0 else "UNAVAILABLE", self._ended or "not sent")
            self._last, self._calls[number] = number, future
            if not self._send(frame):  # an incomplete frame cannot run
                self._settle(number, CallError("UNAVAILABLE", "the connection broke before the call was sent"))
        concurrent.futures.wait([future], None if timeout is None else deadline - time.monotonic())
        self._settle(number, CallError("DEADLINE_EXCEEDED", f"no answer within {timeout} s"), cancel=True)
        return future.result()
    def close(self):
        self._send(encode(GOAWAY))
        self._shut()
    __exit__ = lambda self, *_: self.close()  # noqa: E731
    def _shut(self):
        with contextlib.suppress(OSError):  # it has ended already
            self._out.shutdown(socket.SHUT_RDWR)
    def _send(self, frame):
        with self._lock, contextlib.suppress(OSError):  # the reader sees the end
            self._out.sendall(frame)
            return True
        self._shut()  # a part of the frame may be out: nothing may follow
    def _settle(self, number, outcome, cancel=False):
        future = self._calls.pop(number, None)
        if future:  # else given up: the answer is late and dropped
            (future.set_exception if isinstance(outcome, CallError) else future.set_result)(outcome)
            cancel and self._send(encode(CANCEL, id=number))
    def _frames(self):
        buffer = bytearray()
        while True:
            try:
                while not (frame := take(buffer)):
                    if not (data := self._in.recv(65536)):
                        raise ConnectionError("closed by the other side")
                    self._silent, buffer = 0, buffer + data
                yield frame
            except socket.timeout:
                self._silent += 1
                if self._silent >= 3:
                    raise ConnectionError("nothing read for three intervals") from None
                self._send(encode(PING))
    def _run(self, frames):
        try:
            for frame in frames:
                text = frame.payload.decode(errors="replace")
                if frame.type == PING:
                    self._send(encode(PONG, id=frame.id))
                elif frame.type == GOAWAY:
                    self._end(f"going away: {text}", frame.id, "UNAVAILABLE")
                elif RESPONSE <= frame.type <= REFUSAL:
                    if not 0 < frame.id <= self._last:
                        raise ProtocolError(f"answer to call {frame.id} (expected: 1 to {self._last})")
                    status = STATUSES[frame.code] if 0 < frame.code < len(STATUSES) else "UNKNOWN"
                    error = frame.type != RESPONSE and CallError(status, text, frame.time / 1000 or None)
                    stream = frame.flags & MORE and frame.type == RESPONSE and CallError("INTERNAL", "the answer is a stream")
                    self._settle(frame.id, error or stream or frame.payload, cancel=stream)
                elif frame.type != PONG and frame.type < 128:
                    raise ProtocolError(f"type: {frame.type} (expected: an answer, PING, PONG or GOAWAY)")
        except OSError as e:
            self._send(encode(GOAWAY, code=13 if isinstance(e, ProtocolError) else 0, payload=str(e).encode()))
            self._end(str(e), 0, "UNKNOWN")
        self._out.close(), self._in.close()
    def _end(self, reason, last, status):
        with self._lock:
            self._ended = reason
        for number in [n for n in list(self._calls) if n > last]:
            self._settle(number, CallError(status, reason))

if __name__ == "__main__":
    len(sys.argv) in (4, 5) or sys.exit("usage: fairlead.py HOST PORT ROUTE [PAYLOAD]")
    try:
        with Client(sys.argv[1], int(sys.argv[2])) as client:
            sys.stdout.buffer.write(client.call(sys.argv[3], "".join(sys.argv[4:]).encode()) + b"\n")
    except (CallError, OSError) as e:
        sys.exit(str(e))
