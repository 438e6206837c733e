package io.fairlead.starter.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.starter.Call;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.Effect;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;
import io.fairlead.starter.Reconcile;
import io.fairlead.starter.Reconciliation;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.worker.Worker;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/// What users see when their application does not start.
class StartFailureTests {
    private final ApplicationContextRunner runner = WorkerCalls.runner();

    @Test
    void namesTheAddressThatIsTaken() {
        runner.withBean(Good.class).run(first -> {
            int port = first.getBean(Worker.class).port();
            FailureAnalysis report =
                    report(runner.withBean(Good.class).withPropertyValues("fairlead.worker.port=" + port));

            assertThat(report.getDescription()).contains("cannot listen", "127.0.0.1:" + port);
            assertThat(report.getAction()).contains("fairlead.worker.port");
        });
    }

    @Test
    void namesBothMethodsOfOneRoute() {
        FailureAnalysis report = report(runner.withBean(Good.class).withBean(AlsoGood.class));

        assertThat(report.getDescription())
                .contains("Two methods answer good/fine", Good.class.getName(), AlsoGood.class.getName());
        assertThat(report.getAction()).contains("@Call(");
    }

    @Test
    void namesTheParametersThatAreTooMany() {
        assertThat(report(TwoPayloads.class).getDescription())
                .contains(
                        "'both' of " + TwoPayloads.class.getName(),
                        "more than one payload parameter: 'String first' and 'int second'");
        assertThat(report(TwoPayloads.class).getAction()).contains("byte[], String", "CallContext", "CompletionStage");
        assertThat(report(TwoContexts.class).getDescription()).contains("two CallContext parameters");
    }

    @Test
    void rejectsWhatCannotBeCalled() {
        assertThat(report(PrivateMethod.class).getDescription()).contains("'hidden'", "is private");
        assertThat(report(StaticMethod.class).getDescription()).contains("is static");
        assertThat(report(NoMethod.class).getDescription()).contains("has no method with @Call");
    }

    @Test
    void rejectsStreams() {
        assertThat(report(ReturnsStream.class).getDescription()).contains("returns Stream");
        assertThat(report(ReturnsFuture.class).getDescription()).contains("returns Future");
        assertThat(report(ReturnsPublisher.class).getDescription()).contains("returns Publisher");
        assertThat(report(TakesPublisher.class).getDescription()).contains("'Publisher in'");
        assertThat(report(ReturnsStageOfStage.class).getDescription()).contains("neither a value");
    }

    @Test
    void rejectsNamesThatRoutesDoNotHave() {
        assertThat(report(SlashInService.class).getDescription()).contains("a/b/method", "printable ASCII");
        assertThat(report(SpaceInMethod.class).getDescription()).contains("service/a b");
        assertThat(report(NoServiceName.class).getDescription()).contains("/method");
        assertThat(report(Reserved.class).getDescription()).contains("reserved");
    }

    @Test
    void rejectsTimeoutsThatAreNone() {
        assertThat(report(MalformedTimeout.class).getDescription()).contains("'method'", "timeout = \"soon\"");
        assertThat(report(NegativeTimeout.class).getDescription()).contains("\"-1s\" (expected: 1ms to 1d");
        assertThat(report(NegativeTimeout.class).getAction()).contains("timeout in @Call");
    }

    @Test
    void rejectsInterruptsWhereTheyDoHarm() {
        assertThat(report(InterruptibleTransaction.class).getDescription())
                .contains("'method'", "is interruptible and transactional");
        assertThat(report(TransactionalClass.class).getDescription()).contains("interruptible and transactional");
        assertThat(report(InterruptibleStage.class).getDescription()).contains("CompletionStage");
        assertThat(report(InterruptibleStage.class).getAction()).contains("isCancelled");
    }

    @Test
    void rejectsMethodsThatWaitOnAnEventLoop() {
        assertThat(report(OnceOnLoop.class).getDescription()).contains("'method'", "blocking = false and is once");
        assertThat(report(InterruptibleOnLoop.class).getDescription())
                .contains("blocking = false and is interruptible");
        assertThat(report(TransactionOnLoop.class).getDescription()).contains("blocking = false and is transactional");
        assertThat(report(TransactionOnLoop.class).getAction()).contains("Remove blocking = false");
    }

    @Test
    void rejectsMethodsThatCannotKeepKeys() {
        assertThat(report(OnceStage.class).getDescription()).contains("'method'", "CompletionStage");
        assertThat(report(OnceInterruptible.class).getDescription()).contains("once and interruptible");
        assertThat(report(OnceElsewhere.class).getDescription()).contains("REQUIRES_NEW");
        assertThat(report(EffectWithoutOnce.class).getDescription()).contains("is not once");
        assertThat(report(ReconcilesNothing.class).getDescription()).contains("@Reconcile", "is for 'pay'");
        assertThat(report(WrongReconcile.class).getDescription()).contains("cannot reconcile");
    }

    @Test
    void namesTheDependencyThatKeysNeed() {
        FailureAnalysis report = report(KeepsKeys.class);

        assertThat(report.getDescription()).contains("service/method keeps keys", "no inbox");
        assertThat(report.getAction()).contains("spring-boot-starter-jdbc", "sqlite-jdbc");
    }

    @Test
    void namesThePropertyItsValueAndItsBounds() {
        assertThat(report("fairlead.worker.port=70000").getDescription())
                .isEqualTo("fairlead.worker.port: 70000 (expected: 0 to 65535)");
        assertThat(report("fairlead.worker.weight=0").getDescription()).contains("1 to 1000");
        assertThat(report("fairlead.worker.max-concurrency=0").getDescription()).contains("1 to 1000000");
        assertThat(report("fairlead.worker.heartbeat=1ms").getDescription()).contains("10ms to 1m");
        assertThat(report("fairlead.worker.max-frame-size=1B").getDescription()).contains("1KB to 1GB");
        assertThat(report("fairlead.registries=nonsense").getDescription())
                .isEqualTo("fairlead.registries: 'nonsense' (expected: host:port, such as 127.0.0.1:7500 or"
                        + " [::1]:7500)");
        assertThat(report("fairlead.name=" + "x".repeat(200)).getDescription()).contains("1 to 128 characters");
        assertThat(report("fairlead.worker.port=70000").getAction()).contains("fairlead.worker.port");
    }

    @Test
    void anAddressThatOthersReachNeedsASecret() {
        FailureAnalysis report = report("fairlead.worker.bind-address=0.0.0.0");

        assertThat(report.getDescription())
                .startsWith("fairlead.worker.bind-address: 0.0.0.0 (expected: a loopback address");
        assertThat(report.getAction()).contains("Set fairlead.secret (environment: FAIRLEAD_SECRET)");
    }

    @Test
    void aWeakSecretIsRefusedAndNotShown() {
        FailureAnalysis report = report("fairlead.secret=sesame-and-no");

        assertThat(report.getDescription()).startsWith("fairlead.secret: 13 characters (expected: at least 16");
        assertThat(report.getDescription() + report.getAction()).doesNotContain("sesame");
    }

    private FailureAnalysis report(Class<?> service) {
        return report(runner.withBean(service));
    }

    private FailureAnalysis report(String property) {
        return report(runner.withBean(Good.class).withPropertyValues(property));
    }

    /// The report that Spring Boot prints: of the first analyzer that has one.
    private static FailureAnalysis report(ApplicationContextRunner runner) {
        FailureAnalysis[] report = new FailureAnalysis[1];
        runner.run(context -> {
            assertThat(context).hasFailed();
            report[0] = SpringFactoriesLoader.forDefaultResourceLocation()
                    .load(
                            FailureAnalyzer.class,
                            SpringFactoriesLoader.ArgumentResolver.of(
                                    BeanFactory.class, new DefaultListableBeanFactory()),
                            (type, name, failure) -> {})
                    .stream()
                    .map(analyzer -> analyzer.analyze(context.getStartupFailure()))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no report", context.getStartupFailure()));
        });
        return report[0];
    }

    @FairleadService("good")
    static class Good {
        @Call
        void fine() {}
    }

    @FairleadService("good")
    static class AlsoGood {
        @Call("fine")
        void other() {}
    }

    @FairleadService("service")
    static class TwoPayloads {
        @Call
        void both(String first, int second) {}
    }

    @FairleadService("service")
    static class TwoContexts {
        @Call
        void both(CallContext first, CallContext second) {}
    }

    @FairleadService("service")
    static class PrivateMethod {
        @Call
        @SuppressWarnings("UnusedMethod") // found by its annotation, and to be rejected
        private void hidden() {}
    }

    @FairleadService("service")
    static class StaticMethod {
        @Call
        static void shared() {}
    }

    @FairleadService("service")
    static class NoMethod {}

    @FairleadService("service")
    static class ReturnsStream {
        @Call
        Stream<String> method() {
            return Stream.of();
        }
    }

    @FairleadService("service")
    static class ReturnsFuture {
        @Call
        Future<String> method() {
            return CompletableFuture.completedFuture("");
        }
    }

    @FairleadService("service")
    static class ReturnsPublisher {
        @Call
        Flow.Publisher<String> method() {
            return subscriber -> {};
        }
    }

    @FairleadService("service")
    static class TakesPublisher {
        @Call
        void method(Flow.Publisher<String> in) {}
    }

    @FairleadService("service")
    static class ReturnsStageOfStage {
        @Call
        CompletionStage<CompletionStage<String>> method() {
            return CompletableFuture.completedFuture(CompletableFuture.completedFuture(""));
        }
    }

    @FairleadService("a/b")
    static class SlashInService {
        @Call
        void method() {}
    }

    @FairleadService("service")
    static class SpaceInMethod {
        @Call("a b")
        void method() {}
    }

    @FairleadService
    static class NoServiceName {
        @Call
        void method() {}
    }

    @FairleadService("service")
    static class MalformedTimeout {
        @Call(timeout = "soon")
        void method() {}
    }

    @FairleadService("service")
    static class NegativeTimeout {
        @Call(timeout = "-1s")
        void method() {}
    }

    @FairleadService("service")
    static class InterruptibleTransaction {
        @Call(interruptible = true)
        @Transactional
        void method() {}
    }

    @FairleadService("service")
    @Transactional
    static class TransactionalClass {
        @Call(interruptible = true)
        void method() {}
    }

    @FairleadService("service")
    static class InterruptibleStage {
        @Call(interruptible = true)
        CompletionStage<String> method() {
            return CompletableFuture.completedFuture("");
        }
    }

    @FairleadService("service")
    static class OnceOnLoop {
        @Call(once = true, blocking = false)
        void method() {}
    }

    @FairleadService("service")
    static class InterruptibleOnLoop {
        @Call(interruptible = true, blocking = false)
        void method() {}
    }

    @FairleadService("service")
    static class TransactionOnLoop {
        @Call(blocking = false)
        @Transactional
        void method() {}
    }

    @FairleadService("fairlead.registry")
    static class Reserved {
        @Call
        void method() {}
    }

    @FairleadService("service")
    static class OnceStage {
        @Call(once = true)
        CompletionStage<String> method() {
            return CompletableFuture.completedFuture("");
        }
    }

    @FairleadService("service")
    static class OnceInterruptible {
        @Call(once = true, interruptible = true)
        void method() {}
    }

    @FairleadService("service")
    static class OnceElsewhere {
        @Call(once = true)
        @Transactional(propagation = Propagation.REQUIRES_NEW)
        void method() {}
    }

    @FairleadService("service")
    static class EffectWithoutOnce {
        @Call(effect = Effect.EXTERNAL)
        void method() {}
    }

    @FairleadService("service")
    static class ReconcilesNothing {
        @Call(once = true)
        void method() {}

        @Reconcile("pay")
        Reconciliation<Void> reconcile(String key) {
            return Reconciliation.unknown();
        }
    }

    @FairleadService("service")
    static class WrongReconcile {
        @Call(once = true, effect = Effect.EXTERNAL)
        void method() {}

        @Reconcile("method")
        boolean reconcile(String key) {
            return true;
        }
    }

    @FairleadService("service")
    static class KeepsKeys {
        @Receive
        void method() {}
    }
}
