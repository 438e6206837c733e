"""Processes of one run: started in groups of their own, and all of them ended with the run, however it ends."""
import ctypes
import os
import signal
import socket
import struct
import subprocess
import time

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 5
FILES = 20000


def _before_exec():
    # The kernel ends the child should this script be killed before it can.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    import resource
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY and hard < FILES else FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Processes:
    """Starts processes with their output in files of one folder; `with` ends them."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        os.makedirs(folder, exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, name, *command, more_environment=None):
        log = open(os.path.join(self.folder, name + ".log"), "w")
        # The worker in C knows no secret, so that the services must not have one of the user's environment.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FAIRLEAD_")}
        environment.update(more_environment or {})
        process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=subprocess.STDOUT, env=environment,
                                   stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_before_exec)
        log.close()
        process.name = name
        self.started.append(process)
        return process

    def log(self, process):
        with open(os.path.join(self.folder, process.name + ".log"), errors="replace") as f:
            return f.read()

    def wait(self, process, condition, what, seconds=180):
        """Waits until `condition()` is true; its value is returned. Fails if the process ends or time runs out."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if process.poll() is not None or time.monotonic() > end:
                why = f"ended with code {process.returncode}" if process.poll() is not None else f"no {what} in {seconds} s"
                raise SystemExit(f"{process.name}: {why}; its output ends:\n" + self.log(process)[-3000:])
            time.sleep(0.05)

    def wait_for_line(self, process, prefix):
        """The rest of the first line of the output that begins with `prefix`."""
        def find():
            for line in self.log(process).splitlines():
                if line.startswith(prefix):
                    return line[len(prefix):].strip() or True
            return None
        return self.wait(process, find, f"line '{prefix}'")

    def stop(self):
        for process in reversed(self.started):
            _signal(process, signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for process in self.started:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            _signal(process, signal.SIGKILL)
            process.wait()
        self.started.clear()


def _signal(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def answers_calls(port, route=b"echo/echo"):
    """Whether a native endpoint on this port answers one call right now (wire/PROTOCOL.md)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as s:
            stream = s.makefile("rb")
            metadata = b"\x04role\x00\x06client"
            s.sendall(struct.pack(">IBBBBQIHH", 20 + len(metadata), 1, 0, 1, 1, 0, 1000, 0, len(metadata)) + metadata)
            _frame(stream, 1)
            payload = b"are you ready?"
            s.sendall(struct.pack(">IBBBBQIHH", 20 + len(route) + len(payload), 5, 0, 0, 0, 1, 2000, len(route), 0)
                      + route + payload)
            kind, answer = _frame(stream, 6, 7, 8)
            return kind == 6 and answer == payload
    except (OSError, struct.error, ValueError):
        return False


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def _frame(stream, *kinds):
    """The next frame of one of these types, as (type, payload)."""
    for _ in range(100):
        length, kind, _, _, _, _, _, route, metadata = struct.unpack(">IBBBBQIHH", stream.read(24))
        rest = stream.read(length - 20)
        if kind in kinds:
            return kind, rest[route + metadata:]
    raise ValueError("no frame of types " + str(kinds))
