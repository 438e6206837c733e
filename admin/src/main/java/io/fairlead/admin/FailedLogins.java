package io.fairlead.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// How many wrong passwords came from which address: ten at once, then one every six seconds. Remembers the addresses
/// that were seen last, so many; thread-safe.
final class FailedLogins {
    private static final int MAX_FAILURES = 10;
    private static final long FORGIVEN_NANOS = TimeUnit.SECONDS.toNanos(6);
    private static final int MAX_ADDRESSES = 1024;

    private final Map<String, Address> addresses = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Address> eldest) {
            return size() > MAX_ADDRESSES;
        }
    };

    /// The one address; guarded by itself.
    static final class Address {
        private int failures;
        private long sinceNanos;

        /// 0 if it may try now.
        long waitSeconds(long nowNanos) {
            long forgiven = Math.min(failures, (nowNanos - sinceNanos) / FORGIVEN_NANOS);
            failures -= (int) forgiven;
            sinceNanos += forgiven * FORGIVEN_NANOS;
            return failures < MAX_FAILURES
                    ? 0
                    : TimeUnit.NANOSECONDS.toSeconds(FORGIVEN_NANOS - (nowNanos - sinceNanos)) + 1;
        }

        void failed(long nowNanos) {
            if (failures++ == 0) {
                sinceNanos = nowNanos;
            }
        }

        void succeeded() {
            failures = 0;
        }
    }

    synchronized Address of(String address) {
        return addresses.computeIfAbsent(address, key -> new Address());
    }
}
