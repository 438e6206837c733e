"""The images: their sizes, and how long a container takes from its start until its service is ready, with the AOT cache
that lies in the image and without."""
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from rig import build, measure, report
from rig.report import Section

# Actuator port, and the memory limit that docker-compose.yml gives
SERVICES = {"registry": (9081, "384m"), "gateway": (9080, "768m"), "worker": (9082, "512m")}
# What an image runs, without its cache
WITHOUT_CACHE = ["@/app/java.options", "-jar", "/app/app.jar"]
SECONDS = 120


def docker(*arguments):
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def image(service):
    return f"fairlead/{service}:{build.project_version()}"


def ready(address, port):
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/actuator/health/readiness", timeout=1) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def container_of(service, network, secrets, *more, arguments=()):
    return docker("run", "--detach", "--read-only", "--tmpfs", "/tmp", "--network", network, "--memory", SERVICES[service][1],
                  "--volume", f"{secrets}:/run/secrets/all:ro", "--volume", "/var/lib/fairlead",
                  "--env", "FAIRLEAD_REGISTRIES=registry:7500", *more, image(service), *arguments)


def start(service, network, secrets, cache):
    """Seconds until ready, and MiB resident then. A gateway's journal and a worker's inbox are the embedded ones."""
    port, _ = SERVICES[service]
    began = time.monotonic()
    container = (container_of(service, network, secrets) if cache else
                 container_of(service, network, secrets, "--entrypoint", "java", arguments=WITHOUT_CACHE))
    try:
        settings = json.loads(docker("inspect", container))[0]
        address = settings["NetworkSettings"]["Networks"][network]["IPAddress"]
        while not ready(address, port):
            if time.monotonic() - began > SECONDS:
                raise SystemExit(f"{service} is not ready after {SECONDS} s:\n" + docker("logs", container))
            time.sleep(0.02)
        seconds = time.monotonic() - began
        return seconds, measure.rss_kib(settings["State"]["Pid"]) / 1024
    finally:
        docker("rm", "--force", "--volumes", container)


def run(options, _):
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode != 0:
        raise SystemExit("no Docker Engine answers")
    subprocess.run(["docker", "compose", "build", "--quiet"], cwd=build.ROOT, check=True)
    rounds = options.plan.rounds
    figures = {(service, cache): [] for service in SERVICES for cache in (True, False)}
    network = f"fairlead-images-{os.getpid()}"
    docker("network", "create", network)
    try:
        with tempfile.TemporaryDirectory() as secrets:
            os.chmod(secrets, 0o755)
            for name in ("fairlead.secret", "fairlead.admin.password"):
                with open(os.path.join(secrets, name), "w") as f:
                    f.write(os.urandom(16).hex())
            registry = container_of("registry", network, secrets, "--network-alias", "registry")
            try:
                for turn in range(rounds):
                    for service, cache in figures:
                        seconds, resident = start(service, network, secrets, cache)
                        figures[service, cache].append((seconds, resident))
                        print(f"  round {turn + 1}, {service}{'' if cache else ' without cache'}: {seconds:.2f} s, {resident:.0f} MiB",
                              flush=True)
            finally:
                docker("rm", "--force", "--volumes", registry)
    finally:
        docker("network", "rm", network)
    return section(figures, rounds)


def layer_sizes(service):
    """MB of the image, and of what it adds to the JRE's."""
    size = int(docker("image", "inspect", "--format", "{{.Size}}", image(service)))
    jre = int(docker("image", "inspect", "--format", "{{.Size}}", "eclipse-temurin:25-jre"))
    return size / 1e6, (size - jre) / 1e6


def section(figures, rounds):
    rows = [["image", "MB", "of that ours", "ready after, s (min to max)", "without the AOT cache", "×", "resident, MiB"]]
    for service in SERVICES:
        size, ours = layer_sizes(service)
        cached, plain = ([seconds for seconds, _ in figures[service, cache]] for cache in (True, False))
        rows.append([service, f"{size:.0f}", f"{ours:.0f}", report.spread(cached, 2), report.spread(plain, 2),
                     f"{statistics.median(plain) / statistics.median(cached):.1f}",
                     f"{statistics.median(resident for _, resident in figures[service, True]):.0f}"])
    size, ours = layer_sizes("cli")
    rows.append(["cli", f"{size:.0f}", f"{ours:.0f}", "", "", "", ""])
    facts = [("rounds", f"{rounds}, alternating; from `docker run` until the readiness group answers UP, no CPU limit")]
    return Section("images", "Container images", facts, report.table(rows),
                   programs=[("docker", docker("version", "--format", "{{.Server.Version}}"))])
