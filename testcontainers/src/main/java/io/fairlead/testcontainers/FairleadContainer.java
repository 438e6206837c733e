package io.fairlead.testcontainers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.utility.DockerImageName;
import tools.jackson.databind.json.JsonMapper;

/// A gateway in a container, by which tests call the worker of the application under test from outside, as its
/// clients do.
///
/// ```
///  test's JVM                                 container
///  ┌────────────────────────────┐   socket   ┌─────────┐
///  │ test, as a client          │ ─────────▶ │ gateway │
///  │ application under test     │   link     │         │
///  │   with its worker          │ ◀───────── │         │
///  └────────────────────────────┘            └─────────┘
/// ```
///
/// With `@ServiceConnection` the application's worker listens where the gateway looks for it, shares a secret
/// with it that nobody else has, and registers nowhere; and the application has started only when the gateway
/// reaches it.
/// The journal of durable messages is in the container, and gone with it.
///
/// The listeners `native` (7400), `lines` (7401), `iso8583` (7402) and `mllp` (2575) of every gateway are there;
/// [#withListener] adds others and changes these.
///
/// @since 0.1
public final class FairleadContainer extends GenericContainer<FairleadContainer> {
    private static final DockerImageName IMAGE = DockerImageName.parse(imageName());
    private static final String LISTENERS = "fairlead.gateway.listeners.";
    private static final String USERNAME = "admin";
    private static final String DOCKER_HOST = "host.docker.internal";
    private static final int ADMIN_PORT = 8080;
    private static final int ACTUATOR_PORT = 9080;
    private static final int FIRST_FREE_PORT = 7450;
    private static final int SECRET_BYTES = 24;
    private static final String FAILURE_REPORT = "APPLICATION FAILED TO START";
    private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration REACH_TIMEOUT = Duration.ofSeconds(30);

    private final Map<String, Object> properties = new LinkedHashMap<>();
    private final Map<String, Integer> ports =
            new TreeMap<>(Map.of("native", 7400, "lines", 7401, "iso8583", 7402, "mllp", 2575));
    private final String secret = random();
    private final String adminPassword = random();
    private final ReservedPort workerPort = new ReservedPort();
    private final GatewayHttp http = new GatewayHttp();
    private String workerHost = DOCKER_HOST;

    /// Of the image `fairlead/gateway` with this library's version.
    public FairleadContainer() {
        this(IMAGE);
    }

    /// @param image a gateway's; one that is not called `fairlead/gateway` says that it is one by
    ///     `asCompatibleSubstituteFor("fairlead/gateway")`
    public FairleadContainer(DockerImageName image) {
        super(image);
        image.assertCompatibleWith(DockerImageName.parse(IMAGE.getUnversionedPart()));
        withExtraHost(DOCKER_HOST, "host-gateway");
        waitingFor(new Started().withStartupTimeout(START_TIMEOUT));
        // One loop has one link to the worker, so that a worker which is connected is so for every client.
        withProperty("fairlead.gateway.loops", 1);
    }

    private static String imageName() {
        Properties image = new Properties();
        try (InputStream resource = FairleadContainer.class.getResourceAsStream("image.properties")) {
            image.load(resource);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return image.getProperty("name");
    }

    private static String random() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /// Opens a listener, or changes one that the gateway has.
    ///
    /// ```java
    /// new FairleadContainer()
    ///     .withListener("meters", "framing=lf", "call=meters/read", "dialect=text")
    ///     .withListener("lines", "call=greetings/hello")
    /// ```
    ///
    /// @param name as in `fairlead.gateway.listeners.<name>`
    /// @param settings `key=value` each, with the keys below that name. `port` is that in the container,
    ///     and need not be given
    /// @throws IllegalArgumentException if a setting is no `key=value`
    public FairleadContainer withListener(String name, String... settings) {
        ports.putIfAbsent(name, FIRST_FREE_PORT + ports.size());
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "setting of listener " + name + ": '" + setting + "' (expected: key=value, as in framing=lf)");
            }
            String key = setting.substring(0, equals).strip();
            String value = setting.substring(equals + 1).strip();
            if (key.equals("port")) {
                ports.put(name, Integer.parseInt(value));
            } else {
                withProperty(LISTENERS + name + "." + key, value);
            }
        }
        return this;
    }

    /// Sets any other property of the gateway, such as `fairlead.gateway.retry.*`.
    public FairleadContainer withProperty(String name, Object value) {
        properties.put(name, value);
        return this;
    }

    /// Where the container finds the machine of the test's JVM. By default `host.docker.internal`, the machine that
    /// Docker runs on; to be set where the tests run in a container themselves.
    public FairleadContainer withWorkerHost(String host) {
        workerHost = host;
        return this;
    }

    @Override
    protected void configure() {
        Map<String, Object> all = new LinkedHashMap<>(properties);
        all.put("fairlead.registries", "");
        all.put("fairlead.secret", secret);
        all.put("fairlead.admin.username", USERNAME);
        all.put("fairlead.admin.password", adminPassword);
        all.put("fairlead.gateway.discovery.static[0].host", workerHost);
        all.put("fairlead.gateway.discovery.static[0].port", workerPort.number());
        ports.forEach((name, port) -> all.put(LISTENERS + name + ".port", port));
        withEnv("SPRING_APPLICATION_JSON", JsonMapper.shared().writeValueAsString(all));
        addExposedPorts(ADMIN_PORT, ACTUATOR_PORT);
        ports.values().forEach(this::addExposedPort);
    }

    /// Makes an application's worker the one of this container.
    void addWorkerProperties(DynamicPropertyRegistry registry) {
        registry.add("fairlead.registries", () -> "");
        registry.add("fairlead.secret", () -> secret);
        registry.add("fairlead.worker.bind-address", () -> "0.0.0.0");
        registry.add("fairlead.worker.advertised-host", () -> workerHost);
        registry.add("fairlead.worker.port", workerPort::release);
    }

    /// The port at [#getHost] by which clients reach a listener.
    ///
    /// @throws IllegalArgumentException if there is no listener of that name
    public int getListenerPort(String name) {
        Integer port = ports.get(name);
        if (port == null) {
            throw new IllegalArgumentException("listener: " + name + " (expected: one of " + ports.keySet() + ")");
        }
        return getMappedPort(port);
    }

    /// Where a `FairleadClient` connects, host:port.
    public String getNativeAddress() {
        return getHost() + ":" + getListenerPort("native");
    }

    /// Where the REST interface of the gateway is, below `/admin`.
    public String getAdminUrl() {
        return url(ADMIN_PORT);
    }

    /// Of the account of [#getAdminUrl].
    public String getAdminUsername() {
        return USERNAME;
    }

    /// Of the account of [#getAdminUrl], random for each container.
    public String getAdminPassword() {
        return adminPassword;
    }

    /// Waits until the gateway can send calls of a method to a worker. With `@ServiceConnection` that is so when
    /// the application has started; needed where a worker comes and goes within a test.
    ///
    /// @param route service/method
    /// @throws IllegalStateException if it cannot within 30 s; the message has what the gateway says
    public void awaitService(String route) {
        await("a worker that offers " + route, upstream -> upstream.offers(route));
    }

    /// @param instance the worker's `fairlead.name`
    void awaitWorker(String instance) {
        await("the worker " + instance, upstream -> upstream.instance().equals(instance));
    }

    private void await(String worker, Predicate<GatewayHttp.Upstream> wanted) {
        try {
            poll(REACH_TIMEOUT, () -> upstreams().stream().anyMatch(each -> each.isUsed() && wanted.test(each)));
        } catch (TerminalFailureException e) {
            throw new IllegalStateException(
                    "The gateway has ended while it was asked for " + worker + "." + report(), e);
        } catch (ConditionTimeoutException e) {
            throw new IllegalStateException(
                    "The gateway does not reach " + worker + " (expected: within " + REACH_TIMEOUT.toSeconds()
                            + " s). It looks for the worker at " + workerHost + ":" + workerPort.number()
                            + ": can containers connect to that address, or does a firewall forbid it? Where the tests"
                            + " run in a container themselves, set withWorkerHost." + report(),
                    e);
        }
    }

    private List<GatewayHttp.Upstream> upstreams() throws IOException {
        return http.upstreams(getAdminUrl(), USERNAME, adminPassword);
    }

    private void poll(Duration timeout, Callable<Boolean> condition) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL_INTERVAL)
                .timeout(timeout)
                .ignoreExceptionsInstanceOf(IOException.class)
                .failFast(() -> !isRunning())
                .until(condition);
    }

    /// Why it did not start, or what it warned of.
    private String report() {
        String log = getLogs();
        int failure = log.indexOf(FAILURE_REPORT);
        String lines = failure >= 0
                ? log.substring(failure + FAILURE_REPORT.length()).replaceFirst("^\\s*\\**", "")
                : log.lines()
                        .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                        .collect(Collectors.joining("\n"));
        return lines.isBlank() ? "" : "\nIts log says:\n" + lines.strip();
    }

    private String url(int port) {
        return "http://" + getHost() + ":" + getMappedPort(port);
    }

    /// Not readiness, which a gateway without registries has only when it knows a worker, and that starts later.
    private final class Started extends AbstractWaitStrategy {
        @Override
        protected void waitUntilReady() {
            try {
                poll(startupTimeout, () -> http.isLive(url(ACTUATOR_PORT)));
            } catch (TerminalFailureException e) {
                // Testcontainers' own exceptions name the image; that of Awaitility knows no more.
                throw new ContainerLaunchException("The gateway has ended before it had started." + report());
            } catch (ConditionTimeoutException e) {
                throw new ContainerLaunchException(
                        "The gateway has not started (expected: within " + startupTimeout.toSeconds() + " s)"
                                + report(),
                        e);
            }
        }
    }
}
