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
CLASSES = os.path.join(BENCHMARKS, "target", "classes")
# What Netty asks for
JVM = ["--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED"]
# Of every JVM of the rig: the collector with which the images and the command line start services, set as there. Without a limit the heap of one
# that allocates much would take a quarter of the memory, whose first touch costs the whole machine
SERVICE_JVM = [*JVM, "-XX:+UseSerialGC", "-XX:MaxTenuringThreshold=4", "-Xmx2g"]
# Libraries of single peers, by the start of their names: Spring Boot would configure them in every other one
WEB = ("spring-cloud-", "spring-webflux-", "spring-boot-webflux-", "caffeine-")
GRPC = ("grpc-",)
DUBBO = ("dubbo-", "fastjson2-", "hessian-lite-", "javassist-", "protobuf-java-")
MESSAGING = ("fairlead-", "spring-integration-", "spring-boot-integration-", "spring-boot-jdbc-")


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


def class_path(without=WEB + GRPC + DUBBO):
    """The benchmarks' classes and libraries, without those whose names start so."""
    libraries = sorted(glob.glob(os.path.join(BENCHMARKS, "target", "lib", "*.jar")))
    return ":".join([CLASSES, *(path for path in libraries if not os.path.basename(path).startswith(without))])


def jar(module):
    """The jar of a module's own classes, or None."""
    found = glob.glob(os.path.join(ROOT, module, "target", f"fairlead-{module}-*.jar"))
    return found[0] if found else None


def app_jar(module):
    jars = glob.glob(os.path.join(ROOT, module, "target", "*-app.jar"))
    return jars[0] if jars else None


def app_jar_of(tree, module):
    """As `app_jar`, of another work tree, built there if it has none."""
    def found():
        return next(iter(glob.glob(os.path.join(tree, module, "target", "*-app.jar"))), None)
    if not found():
        print("building", module, "of", tree, flush=True)
        subprocess.run(["mvn", "-q", "-B", "-pl", module, "-am", "-DskipTests", "-Dspotless.skip", "package"], cwd=tree, check=True)
    return found()


def _sources_newer(module, product):
    newest = max(os.path.getmtime(os.path.join(ROOT, pom)) for pom in ("pom.xml", os.path.join(module, "pom.xml")))
    for folder, _, files in os.walk(os.path.join(ROOT, module, "src", "main")):
        newest = max([newest] + [os.path.getmtime(os.path.join(folder, f)) for f in files])
    return newest > os.path.getmtime(product)


def jars(*modules):
    """Packages these modules unless their jars are there and newer than all sources that they are made of."""
    libraries = ["spring-integration-netty", "wire", "link", "client", "starter", "admin"]

    def product(module):
        return jar(module) if module == "benchmarks" else app_jar(module)

    def sources(module):
        return [*libraries, module, *(["gateway-service"] if module == "benchmarks" else [])]  # whose classes JMH runs

    stale = [m for m in modules if not product(m) or any(_sources_newer(s, product(m)) for s in sources(m))]
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


_missing = set()


def _apt_get(command, *packages):
    """Its exit code."""
    return subprocess.run(["apt-get", command, "-y", "-q", *(["--no-install-recommends", *packages] if packages else [])],
                          stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}).returncode


def debian(packages, find):
    """What `find()` finds, after installing Debian's packages (names with spaces between) if that was nothing; None (said once)
    where they cannot be had."""
    found = find()
    if found or packages in _missing:
        return found
    try:
        with _no_service_starts():
            if _apt_get("install", *packages.split()):  # perhaps for want of lists, or because they are old
                _apt_get("update")
                if code := _apt_get("install", *packages.split()):
                    raise OSError(f"exit code {code}")
        return find()
    except OSError as e:
        _missing.add(packages)
        print(f"{packages}: left out, because it is not installed and apt-get could not install it: {e}", flush=True)
        return None


def program(name, package=None):
    """The program on this machine, installed from Debian's packages if missing, or None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin"
    return debian(package or name, lambda: shutil.which(name, path=path))


def haproxy():
    return program("haproxy")


def nginx():
    """(program, its stream module), or (None, None)."""
    def find():
        program, module = shutil.which("nginx", path="/usr/sbin:/usr/bin"), "/usr/lib/nginx/modules/ngx_stream_module.so"
        return (program, module) if program and os.path.exists(module) else None
    return debian("nginx libnginx-mod-stream", find) or (None, None)


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


def machine():
    """What a reader must know of the machine and versions, as (name, value) pairs."""
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
        ("revision", _line("git", "rev-parse", "--short", "HEAD") + dirty),
    ]
