package io.fairlead.gateway.upstream;

import io.fairlead.wire.Priority;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// What became of calls that did not go straight through, over all loops. Thread-safe; nothing here is touched by a
/// call that does.
final class CallCounters {
    /// Why a call was attempted again.
    enum Retry {
        /// The instance refused it: certainly not run.
        REFUSED,
        /// The instance was going away: certainly not run.
        WENT_AWAY,
        /// The link ended: may have run.
        LOST,
        /// The instance answered with a status that is worth another attempt: may have run.
        STATUS
    }

    /// Why a call that could have been repeated was not.
    enum NoRetry {
        /// It had all its attempts.
        ATTEMPTS,
        /// The back-off would have passed the deadline.
        DEADLINE,
        /// The client's retry budget was used up.
        BUDGET,
        /// Too many calls wait for their back-off.
        WAITING
    }

    /// What happened to hedges.
    enum Hedged {
        /// A second attempt was made.
        SENT,
        /// It answered first.
        WON,
        /// The client's retry budget did not allow one.
        NO_BUDGET
    }

    /// When deadlines passed.
    enum Expired {
        /// Before any attempt: certainly not run.
        NOT_RUN,
        /// After an attempt that may have run.
        MAY_HAVE_RUN
    }

    /// One counter for each of these.
    static final class Family<E extends Enum<E>> {
        private final Map<E, LongAdder> adders;

        private Family(Class<E> type) {
            adders = new EnumMap<>(type);
            for (E value : type.getEnumConstants()) {
                adders.put(value, new LongAdder());
            }
        }

        void count(E value) {
            adder(value).increment();
        }

        long of(E value) {
            return adder(value).sum();
        }

        private LongAdder adder(E value) {
            return Objects.requireNonNull(adders.get(value));
        }
    }

    final Family<Retry> retries = new Family<>(Retry.class);
    final Family<NoRetry> notRetried = new Family<>(NoRetry.class);
    final Family<Hedged> hedges = new Family<>(Hedged.class);
    final Family<Expired> expired = new Family<>(Expired.class);

    /// Calls that were refused for lack of room.
    final Family<Priority> shed = new Family<>(Priority.class);

    /// Answers that came after their call had ended.
    final LongAdder lateReplies = new LongAdder();

    /// Calls that wait for their back-off now.
    final LongAdder backingOff = new LongAdder();

    /// Calls that wait for room now.
    final LongAdder waiting = new LongAdder();

    /// Calls that waited for room and no longer do.
    final LongAdder waited = new LongAdder();

    /// How long those did, in nanoseconds.
    final LongAdder waitedNanos = new LongAdder();
}
