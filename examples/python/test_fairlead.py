"""Tests of fairlead.py against the protocol's test vectors and a small acceptor: python3 -m unittest"""
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import fairlead
from fairlead import AUTH, CANCEL, ERROR, GOAWAY, HELLO, MORE, PING, PONG, REFUSAL, REQUEST, RESPONSE, CallError, Client

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "wire" / "test-vectors"
NAMES = "HELLO PING PONG GOAWAY REQUEST RESPONSE ERROR REFUSAL CANCEL AUTH".split()


def read_vector(file):
    head, hexadecimal = file.read_text(encoding="utf-8").split("\n\n", 1)
    values, metadata = {}, {}
    for line in head.splitlines():
        if not line.startswith("#"):
            key, value = line.split(": ", 1)
            if key == "metadata":
                metadata.update([value.split("=", 1)])
            else:
                values[key] = value
    return values, metadata, bytes.fromhex(hexadecimal)


class VectorTests(unittest.TestCase):
    def test_decodes_and_encodes_every_frame(self):
        files = sorted(VECTORS.glob("*.txt"))
        self.assertGreater(len(files), 20)
        for file in files:
            with self.subTest(file.name):
                values, metadata, data = read_vector(file)
                payload = values.get("payload", "").encode() or bytes.fromhex(values.get("payload-hex", ""))
                kind = values["type"]
                fields = {k: int(values.get(k, 0)) for k in ("flags", "code", "low", "id", "time")}
                fields.update(type=NAMES.index(kind) + 1 if kind in NAMES else int(kind), route=values.get("route", ""))
                frame = fairlead.take(bytearray(data))
                self.assertEqual({k: getattr(frame, k) for k in fields}, fields)
                self.assertEqual(fairlead.decode_metadata(frame.metadata), metadata)
                self.assertEqual(frame.payload, payload)
                self.assertEqual(fairlead.encode(metadata=metadata, payload=payload, **fields), data)
                for end in range(len(data)):
                    self.assertIsNone(fairlead.take(bytearray(data[:end])))

    def test_rejects_frames_whose_lengths_are_wrong(self):
        checked = 0
        for file in VECTORS.glob("malformed/*.txt"):
            values, _, data = read_vector(file)
            if values["found-in"] == "frame":
                with self.subTest(file.name), self.assertRaises(fairlead.ProtocolError):
                    fairlead.take(bytearray(data))
                checked += 1
        self.assertGreater(checked, 4)


class Acceptor:
    """Accepts one connection, answers HELLO and hands every further frame to a function."""

    def __init__(self, handle, heartbeat=1000, hello=None):
        self.frames, self.handle = [], handle
        self.hello = hello or fairlead.encode(HELLO, code=1, low=1, time=heartbeat, metadata={"max-frame": "1000"})
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        connection, _ = self.server.accept()
        connection.settimeout(10)
        buffer = bytearray()
        with connection:
            while True:
                try:
                    data = connection.recv(65536)
                except OSError:  # the client reset the connection
                    return
                if not data:
                    return
                buffer += data
                while (frame := fairlead.take(buffer)) is not None:
                    self.frames.append(frame)
                    answer = self.hello if frame.type == HELLO else self.handle(self, frame)
                    if answer is None and frame.type == PING:
                        answer = fairlead.encode(PONG, id=frame.id)
                    if answer == "close":
                        return
                    try:
                        for i in range(0, len(answer or b""), 7):
                            connection.sendall(answer[i:i + 7])  # in small pieces
                    except OSError:  # the client has gone
                        return

    def wait_for(self, kind, count=1):
        end = time.monotonic() + 5
        while [f.type for f in self.frames].count(kind) < count:
            if time.monotonic() > end:
                raise AssertionError(f"no frame of type {kind}: {self.frames}")
            time.sleep(0.005)
        return [f for f in self.frames if f.type == kind][-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()
        self.thread.join(5)


def upper(_, frame):
    return fairlead.encode(RESPONSE, id=frame.id, payload=frame.payload.upper()) if frame.type == REQUEST else None


SECRET = "correct horse battery staple"


def guarded(secret, theirs=bytes(range(32))):
    """The HELLO and AUTH of an acceptor with a secret: a function for Acceptor."""
    def handle(acceptor, frame):
        nonce = bytes.fromhex(fairlead.decode_metadata(acceptor.frames[0].metadata)["nonce"])
        if frame.type != AUTH:
            return upper(acceptor, frame)
        if fairlead.decode_metadata(frame.metadata)["proof"] != fairlead.proof(secret, "connector", nonce, theirs):
            return "close"
        return fairlead.encode(HELLO, code=1, low=1, id=1, time=1000,
                               metadata={"proof": fairlead.proof(secret, "acceptor", nonce, theirs)})
    return Acceptor(handle, hello=fairlead.encode(AUTH, metadata={"nonce": theirs.hex()}))


class SecretTests(unittest.TestCase):
    def test_computes_the_vectors_proofs(self):
        hello, theirs, mine, answer = (read_vector(file)[1] for file in sorted(VECTORS.glob("auth-*.txt")))
        nonces = bytes.fromhex(hello["nonce"]), bytes.fromhex(theirs["nonce"])
        self.assertEqual(fairlead.proof(SECRET, "connector", *nonces), mine["proof"])
        self.assertEqual(fairlead.proof(SECRET, "acceptor", *nonces), answer["proof"])

    def test_both_sides_prove_themselves(self):
        with guarded(SECRET) as acceptor, Client("127.0.0.1", acceptor.port, secret=SECRET) as client:
            self.assertEqual(client.call("echo/upper", b"hi"), b"HI")

    def test_leaves_who_does_not_know_the_secret(self):
        with guarded("another") as acceptor, self.assertRaises(OSError):
            Client("127.0.0.1", acceptor.port, secret=SECRET)
        with Acceptor(upper) as acceptor, self.assertRaisesRegex(fairlead.ProtocolError, "ask for a proof"):
            Client("127.0.0.1", acceptor.port, secret=SECRET)
        liar = fairlead.encode(HELLO, code=1, low=1, id=1, time=1000, metadata={"proof": "00" * 32})
        nonce = fairlead.encode(AUTH, metadata={"nonce": "00" * 32})
        with Acceptor(lambda _, frame: liar if frame.type == AUTH else b"", hello=nonce) as acceptor:
            with self.assertRaisesRegex(fairlead.ProtocolError, "does not know the secret"):
                Client("127.0.0.1", acceptor.port, secret=SECRET)


class ClientTests(unittest.TestCase):
    def failure(self, client, *args, **named):
        with self.assertRaises(CallError) as caught:
            client.call(*args, **named)
        return caught.exception

    def test_greets_and_calls(self):
        with Acceptor(upper) as acceptor, Client("127.0.0.1", acceptor.port) as client:
            self.assertEqual(client.call("echo/upper", b"hi", timeout=1.5, metadata={"ordering-key": "k"}), b"HI")
            hello, request = acceptor.frames[:2]
            self.assertEqual((hello.type, hello.code, hello.low, hello.time), (HELLO, 1, 1, 1000))
            self.assertEqual((request.id, request.route, request.metadata[:1]), (1, "echo/upper", b"\x0c"))
            self.assertTrue(1400 < request.time <= 1500)
        self.assertEqual(acceptor.wait_for(GOAWAY).id, 0)

    def test_threads_share_a_connection_and_get_their_own_answers(self):
        held = []

        def in_reverse(_, frame):
            if frame.type == REQUEST:
                held.append(frame)
            if len(held) == 8:
                answers = b"".join(fairlead.encode(RESPONSE, id=f.id, payload=f.payload) for f in reversed(held))
                held.clear()
                return answers
            return None

        with Acceptor(in_reverse) as acceptor, Client("127.0.0.1", acceptor.port) as client:
            with ThreadPoolExecutor(8) as pool:
                payloads = [b"%d" % i for i in range(80)]
                self.assertEqual(list(pool.map(lambda p: client.call("a/b", p), payloads)), payloads)
            ids = [f.id for f in acceptor.frames if f.type == REQUEST]
            self.assertEqual(ids, list(range(1, 81)))

    def test_errors_and_refusals(self):
        def refuse(_, frame):
            kind, code, wait = (REFUSAL, 14, 250) if frame.id == 1 else (ERROR, 99, 0)
            return fairlead.encode(kind, code=code, id=frame.id, time=wait, payload=b"busy")

        with Acceptor(refuse) as acceptor, Client("127.0.0.1", acceptor.port) as client:
            error = self.failure(client, "a/b")
            self.assertEqual((error.status, error.message, error.retry_after), ("UNAVAILABLE", "busy", 0.25))
            error = self.failure(client, "a/b")
            self.assertEqual((error.status, error.retry_after), ("UNKNOWN", None))
            self.assertEqual(self.failure(client, "a/b", b"x" * 1000).status, "RESOURCE_EXHAUSTED")

    def test_deadline_cancels_and_a_late_answer_is_dropped(self):
        def late(_, frame):
            if frame.type == CANCEL:
                return fairlead.encode(RESPONSE, id=frame.id, payload=b"late")
            return upper(_, frame) if frame.id > 1 else None

        with Acceptor(late) as acceptor, Client("127.0.0.1", acceptor.port) as client:
            self.assertEqual(self.failure(client, "a/b", timeout=0.1).status, "DEADLINE_EXCEEDED")
            self.assertEqual(acceptor.wait_for(CANCEL).id, 1)
            self.assertEqual(client.call("a/b", b"next"), b"NEXT")
            self.assertEqual(self.failure(client, "a/b", timeout=0).status, "DEADLINE_EXCEEDED")

    def test_a_stream_is_cancelled(self):
        def stream(_, frame):
            return fairlead.encode(RESPONSE, flags=MORE, id=frame.id) if frame.type == REQUEST else None

        with Acceptor(stream) as acceptor, Client("127.0.0.1", acceptor.port) as client:
            self.assertEqual(self.failure(client, "a/b").status, "INTERNAL")
            self.assertEqual(acceptor.wait_for(CANCEL).id, 1)

    def test_goaway_tells_what_did_not_run(self):
        def go(_, frame):
            if frame.type == REQUEST and frame.id == 2:
                return (fairlead.encode(GOAWAY, id=1, payload=b"bye") +
                        fairlead.encode(RESPONSE, id=1, payload=b"taken"))
            return None

        with Acceptor(go) as acceptor, Client("127.0.0.1", acceptor.port) as client, ThreadPoolExecutor(1) as pool:
            first = pool.submit(client.call, "a/b")
            acceptor.wait_for(REQUEST)
            self.assertEqual(self.failure(client, "a/b").status, "UNAVAILABLE")
            self.assertEqual(first.result(5), b"taken")
            self.assertIn("bye", self.failure(client, "a/b").message)
            self.assertEqual(len([f for f in acceptor.frames if f.type == REQUEST]), 2)

    def test_a_lost_connection_leaves_open_whether_calls_ran(self):
        with Acceptor(lambda *_: "close") as acceptor, Client("127.0.0.1", acceptor.port) as client:
            self.assertEqual(self.failure(client, "a/b").status, "UNKNOWN")
            self.assertEqual(self.failure(client, "a/b").status, "UNAVAILABLE")

    def test_heartbeats_keep_a_quiet_connection(self):
        with Acceptor(upper) as acceptor, Client("127.0.0.1", acceptor.port, heartbeat=0.05) as client:
            acceptor.wait_for(PING, 6)
            self.assertEqual(client.call("a/b", b"x"), b"X")

    def test_a_silent_peer_is_given_up_after_three_intervals(self):
        with Acceptor(lambda *_: b"") as acceptor, Client("127.0.0.1", acceptor.port, heartbeat=0.05) as client:
            started = time.monotonic()
            self.assertEqual(self.failure(client, "a/b", timeout=None).status, "UNKNOWN")
            self.assertLess(time.monotonic() - started, 3)
            self.assertGreaterEqual(len([f for f in acceptor.frames if f.type == PING]), 1)

    def test_answers_a_ping_and_skips_ignorable_types(self):
        def ping(_, frame):
            return (fairlead.encode(200, payload=b"later") + fairlead.encode(PING, id=77) + upper(_, frame)
                    if frame.type == REQUEST else b"")

        with Acceptor(ping) as acceptor, Client("127.0.0.1", acceptor.port) as client:
            self.assertEqual(client.call("a/b", b"x"), b"X")
            self.assertEqual(acceptor.wait_for(PONG).id, 77)

    def test_protocol_errors_are_named_in_goaway(self):
        for wrong in (fairlead.encode(10), fairlead.encode(RESPONSE, id=5), b"\0\0\0\1", fairlead.encode(REQUEST, id=1)):
            with self.subTest(wrong), Acceptor(lambda _, f: wrong if f.type == REQUEST else b"") as acceptor:
                with Client("127.0.0.1", acceptor.port) as client:
                    self.assertEqual(self.failure(client, "a/b").status, "UNKNOWN")
                    self.assertEqual(acceptor.wait_for(GOAWAY).code, 13)

    def test_wrong_hello(self):
        goaway = fairlead.encode(GOAWAY, code=9, payload=b"version: 1 (expected: 2)")
        for hello in (goaway, fairlead.encode(HELLO, code=2, low=2, time=1000), fairlead.encode(HELLO, code=1, low=1)):
            with self.subTest(hello), Acceptor(upper, hello=hello) as acceptor:
                with self.assertRaises(ConnectionError):
                    Client("127.0.0.1", acceptor.port)

    def test_command_line(self):
        with Acceptor(upper) as acceptor:
            args = [sys.executable, fairlead.__file__, "127.0.0.1", str(acceptor.port), "echo/upper", "hällo"]
            done = subprocess.run(args, capture_output=True, timeout=20, check=True)
            self.assertEqual(done.stdout.decode().strip(), "HäLLO")  # bytes.upper() knows ASCII alone
        done = subprocess.run(args, capture_output=True, timeout=20)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
