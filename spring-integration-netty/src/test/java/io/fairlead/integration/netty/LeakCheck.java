package io.fairlead.integration.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Fails the test run if Netty finds a buffer that was never released; registered for all tests of the module.
public final class LeakCheck implements BeforeAllCallback {

    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    private static final int COLLECTIONS = 5;

    static {
        // before the first buffer: each class of resources gets its detector once
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new RecordingFactory());
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot()
                .getStore(ExtensionContext.Namespace.create(LeakCheck.class))
                .computeIfAbsent(Verdict.class);
    }

    /// Made once, closed after the last test.
    static final class Verdict implements AutoCloseable {

        @Override
        public void close() {
            for (int i = 0; i < COLLECTIONS; i++) {
                System.gc();
                // a detector reports what it finds when the next resource is tracked
                ByteBufAllocator.DEFAULT.directBuffer().release();
                ByteBufAllocator.DEFAULT.heapBuffer().release();
            }
            if (!LEAKS.isEmpty()) {
                throw new AssertionError(LEAKS.size() + " leaked buffers: " + List.copyOf(LEAKS));
            }
        }
    }

    private static final class RecordingFactory extends ResourceLeakDetectorFactory {

        @Override
        @SuppressWarnings("deprecation") // abstract still
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                Class<T> resource, int samplingInterval, long maxActive) {
            return newResourceLeakDetector(resource, samplingInterval);
        }

        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
            return new ResourceLeakDetector<>(resource, samplingInterval) {
                @Override
                protected void reportTracedLeak(String resourceType, String records) {
                    LEAKS.add(resourceType + ": " + records);
                }

                @Override
                protected void reportUntracedLeak(String resourceType) {
                    LEAKS.add(resourceType);
                }

                @Override
                protected boolean needReport() {
                    return true;
                }
            };
        }
    }
}
