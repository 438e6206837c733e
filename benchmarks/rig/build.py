"""Finds or builds what the peers need: JDK 25, the programs in C, jars, HAProxy."""
import contextlib
import glob
import os
import re
import shutil
import subprocess

BENCHMARKS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(BENCHMARKS)
NATIVE = os.path.join(BENCHMARKS, "target", "native")
POLICY = "/usr/sbin/policy-rc.d"
CLASS_PATH = os.path.join(BENCHMARKS, "target", "classes") + ":" + os.path.join(BENCHMARKS, "target", "lib", "*")


def _version(java):
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else 0


def java():
    """The `java` of a JDK 25: JAVA_HOME, PATH, then the usual places."""
    candidates = [os.environ["JAVA_HOME"] + "/bin/java"] if os.environ.get("JAVA_HOME") else []
    candidates += [shutil.which("java") or ""]
    candidates += sorted(glob.glob("/usr/lib/jvm/*/bin/java") + glob.glob(os.path.expanduser("~/.sdkman/candidates/java/*/bin/java")))
    for candidate in candidates:
        if candidate and _version(candidate) == 25:
            return os.path.realpath(candidate)
    raise SystemExit("no JDK 25 in JAVA_HOME, PATH or /usr/lib/jvm: install one, or set JAVA_HOME")


def project_version():
    """That of the root POM, behind its parent's."""
    with open(os.path.join(ROOT, "pom.xml")) as f:
        return re.search(r"</parent>.*?<version>(.*?)</version>", f.read(), re.DOTALL).group(1)


def native():
    subprocess.run(["make", "-s", "-C", os.path.join(BENCHMARKS, "native")], check=True)


def app_jar(module):
    jars = glob.glob(os.path.join(ROOT, module, "target", "*-app.jar"))
    return jars[0] if jars else None


def _sources_newer(module, product):
    newest = 0.0
    for folder, _, files in os.walk(os.path.join(ROOT, module, "src", "main")):
        newest = max([newest] + [os.path.getmtime(os.path.join(folder, f)) for f in files])
    return newest > os.path.getmtime(product)


def jars(*modules):
    """Packages these modules unless their jars are there and newer than all sources that they are made of."""
    libraries = ["spring-integration-netty", "wire", "link", "client", "starter", "admin"]

    def product(module):
        if module == "benchmarks":
            found = glob.glob(os.path.join(BENCHMARKS, "target", "fairlead-benchmarks-*.jar"))
            return found[0] if found else None
        return app_jar(module)

    stale = [m for m in modules if not product(m) or any(_sources_newer(s, product(m)) for s in libraries + [m])]
    if stale:
        print("building", ", ".join(stale), flush=True)
        done = subprocess.run(["mvn", "-q", "-B", "-pl", ",".join(stale), "-am", "-DskipTests", "package"], cwd=ROOT)
        if done.returncode != 0:
            raise SystemExit("the build failed, see above")
        for module in stale:
            os.utime(product(module))  # Maven leaves a jar alone when only its dependencies have changed


@contextlib.contextmanager
def _no_service_starts():
    """While it holds, packages that are installed do not start their services: Debian asks /usr/sbin/policy-rc.d."""
    try:
        with open(POLICY, "x") as f:
            f.write("#!/bin/sh\nexit 101\n")
        os.chmod(POLICY, 0o755)
        made = True
    except FileExistsError:
        made = False  # whoever has made it decides
    try:
        yield
    finally:
        if made:
            os.unlink(POLICY)


def debian(package, find):
    """What `find()` finds, after installing Debian's package if that was nothing; None (said) where it cannot be had."""
    found = find()
    if found:
        return found
    try:
        with _no_service_starts():
            subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", package], stdout=subprocess.DEVNULL,
                           check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        return find()
    except (OSError, subprocess.CalledProcessError) as e:
        print(f"{package}: not measured, because it is not installed and apt-get could not install it: {e}", flush=True)
        return None


def program(name, package=None):
    """The program on this machine, installed from Debian's packages if missing, or None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin"
    return debian(package or name, lambda: shutil.which(name, path=path))


def haproxy():
    return program("haproxy")


def postgres():
    """The folder of PostgreSQL's programs, or None."""
    return debian("postgresql", lambda: next(reversed(sorted(
        os.path.dirname(p) for p in glob.glob("/usr/lib/postgresql/*/bin/initdb"))), None))


def rabbitmq():
    """RabbitMQ's own start script, which runs as who calls it and not as the package's user, or None."""
    script = "/usr/lib/rabbitmq/bin/rabbitmq-server"
    return debian("rabbitmq-server", lambda: script if os.path.exists(script) else None)


def _line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=ROOT)
    except OSError:
        return "not found"
    lines = (done.stdout + done.stderr).strip().splitlines() if done.returncode == 0 else ["not found"]
    return lines[0].strip() if lines else ""


def version(*command):
    """The first line that a program says of its version."""
    return _line(*command)


def machine(programs=None):
    """What a reader must know of the machine and versions, as (name, value) pairs; `programs` are (name, what it says of
    its version), HAProxy unless given."""
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*:\s*(.*)", f.read())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    dirty = " with uncommitted changes" if _line("git", "status", "--porcelain", "-uno") not in ("not found", "") else ""
    return [
        ("processor", f"{model.group(1) if model else 'unknown'}, {os.cpu_count()} cores"),
        ("memory", f"{memory:.0f} GiB"),
        ("kernel", os.uname().release),
        ("java", _line(java(), "--version")),
        ("gcc", _line("gcc", "--version")),
        *(programs if programs is not None else [("haproxy", _line(haproxy() or "haproxy", "-v"))]),
        ("revision", _line("git", "rev-parse", "--short", "HEAD") + dirty),
    ]
