package io.fairlead.gateway.balance;

/// What one loop knows of the load of one candidate. Confined to the loop; nothing here allocates.
///
/// **Latency** is Finagle's peak EWMA: a latency above the average becomes the average at once, one below it
/// counts by how long ago the last one was, and while nothing is heard the average decays, so that a candidate
/// which was slow is tried again. Decay is `(1 + x/8)^-8` for `e^-x`, four multiplications and a division.
/// In the slow start it is [#WARMING] times as fast: the first calls of a cold JVM take a second, which says
/// nothing of those after them, and would leave a new instance among quick ones without a call for most of
/// a minute.
///
/// Two things are added to it. **Waiting**: while calls are in flight and none is answered, the oldest of them
/// has waited at least as long as the silence lasts, so that is a lower bound of the latency. A stopped process
/// is out of favour after a few usual latencies, before any call has failed. **Failures** never make a
/// candidate look fast (a sinkhole, which is always idle, would get everything): their time counts only if it is
/// above the average, and each is a call that stays in flight for about a second more, as long as a client waits
/// that has to repeat it. So an instance that fails everything gets a few calls a second at any rate, while one
/// that fails a thousandth, as all may do, is a little dearer and not shut out.
///
/// **Room**: a candidate takes [#capacity] calls. Where it says how many more it would take (credits), this
/// loop has room for that many beyond what it has in flight, and what the others have in flight there is known,
/// too. A hint is of another time and several gateways see the same one, so it holds for [#HINT_NANOS] only.
public final class Load {
    /// How long a hint of free places holds: two heartbeat intervals.
    public static final long HINT_NANOS = 2_000_000_000L;

    /// Calls that a worker answers side by side before more of them make its answers longer, roughly.
    /// Finagle has 1 here, as for a server that works on one call at a time: then a worker that takes
    /// ten times as long gets a call whenever a quick one has nine in flight, though it works on all of
    /// them at once.
    static final int IN_PARALLEL = 4;

    /// The cost of a second call to a candidate of which no latency is known: the first answer is waited for,
    /// if there is another candidate.
    private static final double UNKNOWN_NANOS = 1e9;

    /// A latency below it says that nothing was heard for so long that nothing is known.
    private static final double FORGOTTEN_NANOS = 1_000;

    /// How much sooner a latency is forgotten in the slow start than later.
    static final int WARMING = 10;

    /// The part of a new latency in the mean.
    private static final double MEAN_GAIN = 1.0 / 8;

    /// A failure of a candidate without a known latency counts as this one.
    private static final double FIRST_PENALTY_NANOS = 100e6;

    /// How long a failure counts as a call in flight.
    private static final double FAILURE_NANOS = 1e9;

    private final LoadSettings settings;
    private final double perDecay;
    private int inFlight;
    private int capacity;

    private double latencyNanos;
    private double meanNanos;
    private long latencyAtNanos;
    private long progressAtNanos;

    private double failures;
    private long failuresAtNanos;

    private boolean hinted;
    private int hintedLimit;
    private long hintUntilNanos;

    private boolean ramping;
    private long rampStartNanos;

    /// @param capacity calls that it takes at a time
    public Load(LoadSettings settings, int capacity) {
        this.settings = settings;
        this.perDecay = 1.0 / settings.decayNanos() / 8;
        this.capacity = capacity;
    }

    /// Calls that this loop has in flight there.
    public int inFlight() {
        return inFlight;
    }

    /// Calls that it takes at a time, from all gateways.
    public int capacity() {
        return capacity;
    }

    /// See [#capacity()].
    public void capacity(int calls) {
        capacity = calls;
    }

    /// A call was written.
    public void began(long nowNanos) {
        if (inFlight++ == 0) {
            progressAtNanos = nowNanos;
        }
    }

    /// A call was answered as it should be.
    ///
    /// @param tookNanos from when it was written
    public void succeeded(long tookNanos, long nowNanos) {
        ended(nowNanos);
        double decay = decay(nowNanos);
        double before = latencyNanos * decay;
        latencyNanos = tookNanos >= before ? tookNanos : before + tookNanos * (1 - decay);
        double mean = meanNanos * decay;
        meanNanos = mean == 0 ? tookNanos : mean + (tookNanos - mean) * MEAN_GAIN;
        latencyAtNanos = nowNanos;
    }

    /// The candidate failed a call: its link ended, or it answered with a status that blames itself.
    public void failed(long tookNanos, long nowNanos) {
        ended(nowNanos);
        failures = failures(nowNanos) + 1;
        failuresAtNanos = nowNanos;
        atLeast(
                latency(nowNanos) < FORGOTTEN_NANOS
                        ? Math.max((double) tookNanos, FIRST_PENALTY_NANOS)
                        : (double) tookNanos,
                nowNanos);
    }

    /// A call ended without saying more than that it took at least so long: its deadline passed, or nobody
    /// waits for its answer any more.
    public void abandoned(long tookNanos, long nowNanos) {
        // No progress: the candidate has not answered.
        inFlight--;
        atLeast((double) tookNanos, nowNanos);
    }

    /// A call was answered with a status that does not blame the candidate. Such answers are often quicker than
    /// the work would have been, so they do not make it look faster.
    public void declined(long tookNanos, long nowNanos) {
        ended(nowNanos);
        atLeast((double) tookNanos, nowNanos);
    }

    /// A call certainly has not run there, and its time says nothing.
    public void refused(long nowNanos) {
        ended(nowNanos);
    }

    /// A call made progress without ending: a part of its answer came.
    public void progressed(long nowNanos) {
        progressAtNanos = nowNanos;
    }

    /// The candidate said how many more calls it would take now.
    public void hint(int freePlaces, long nowNanos) {
        hinted = true;
        // Not beyond what an int holds: an instance may say that it takes any number.
        hintedLimit = inFlight + Math.clamp(freePlaces, 0, Integer.MAX_VALUE - inFlight);
        hintUntilNanos = nowNanos + HINT_NANOS;
    }

    /// It is new, or back: it gets its whole share little by little.
    public void startSlowly(long nowNanos) {
        ramping = settings.slowStartNanos() > 0;
        rampStartNanos = nowNanos;
    }

    /// A new incarnation or a new link: nothing is known, and nothing in flight.
    public void reset(long nowNanos) {
        inFlight = 0;
        latencyNanos = 0;
        failures = 0;
        meanNanos = 0;
        latencyAtNanos = nowNanos;
        progressAtNanos = nowNanos;
        hinted = false;
        startSlowly(nowNanos);
    }

    /// Failures that still count, each as long as it does. Falls in a straight line from the last one, which is
    /// `e^-x` where there are many.
    private double failures(long nowNanos) {
        return failures * Math.max(0, 1 - (nowNanos - failuresAtNanos) / FAILURE_NANOS);
    }

    private void ended(long nowNanos) {
        inFlight--;
        progressAtNanos = nowNanos;
    }

    private void atLeast(double nanos, long nowNanos) {
        double decay = decay(nowNanos);
        latencyNanos = Math.max(latencyNanos * decay, nanos);
        meanNanos = Math.max(meanNanos * decay, nanos);
        latencyAtNanos = nowNanos;
    }

    /// Whether it takes another call, as far as is known.
    public boolean hasRoom(long nowNanos) {
        return inFlight < limit(nowNanos);
    }

    /// The share of its places that are taken, as far as is known, from 0 up.
    public double utilization(long nowNanos) {
        return (double) busy(nowNanos) / capacity;
    }

    /// Calls that it has to answer, of this loop and, as far as its hints say, of others; and those that it has just
    /// failed.
    public int busy(long nowNanos) {
        int others = capacity - limit(nowNanos);
        if (failures == 0) {
            return inFlight + others;
        }
        double failed = failures(nowNanos);
        if (failed < 0.5) {
            failures = 0;
        }
        return inFlight + others + (int) (failed + 0.5);
    }

    private int limit(long nowNanos) {
        if (hinted) {
            if (hintUntilNanos - nowNanos > 0) {
                return Math.min(capacity, hintedLimit);
            }
            hinted = false;
        }
        return capacity;
    }

    /// The peak EWMA, decayed until now, in nanoseconds; 0 if nothing was ever heard.
    public double latency(long nowNanos) {
        return latencyNanos * decay(nowNanos);
    }

    private double decay(long nowNanos) {
        long since = nowNanos - latencyAtNanos;
        if (since <= 0) {
            return 1;
        }
        double y = 1 + since * (isRamping(nowNanos) ? WARMING * perDecay : perDecay);
        y *= y;
        y *= y;
        return 1 / (y * y);
    }

    /// What a further call would cost there: the expected latency, the more so the more calls are there before
    /// it, each as many as the weight makes of it. Comparable between candidates.
    ///
    /// @param perWeight the mean weight of the candidates divided by this one's
    public double cost(double perWeight, long nowNanos) {
        double load = busy(nowNanos) * perWeight;
        double latency = expected(latency(nowNanos), nowNanos);
        return latency * ((ramping ? load / rampFactor(nowNanos) : load) + IN_PARALLEL);
    }

    /// As [#cost], for candidates of unequal weights: by the mean latency, because the peak among many calls is
    /// above that among few.
    ///
    /// @param more calls in flight beyond those that it has; may be negative
    public double steadyCost(int more, double perWeight, long nowNanos) {
        double load = Math.max(0, busy(nowNanos) + more) * perWeight;
        double latency = expected(meanNanos * decay(nowNanos), nowNanos);
        return latency * ((ramping ? load / rampFactor(nowNanos) : load) + IN_PARALLEL);
    }

    private double expected(double latency, long nowNanos) {
        if (inFlight == 0) {
            return latency;
        }
        return latency < FORGOTTEN_NANOS ? UNKNOWN_NANOS : Math.max(latency, (double) (nowNanos - progressAtNanos));
    }

    /// Whether it is in its slow start.
    public boolean isRamping(long nowNanos) {
        if (ramping && nowNanos - rampStartNanos >= settings.slowStartNanos()) {
            ramping = false;
        }
        return ramping;
    }

    /// The part of its share that it should get: Envoy's slow start, `max(floor, (age / window) ^ (1 /
    /// aggression))`.
    public double rampFactor(long nowNanos) {
        if (!isRamping(nowNanos)) {
            return 1;
        }
        double time = (double) Math.max(1, nowNanos - rampStartNanos) / settings.slowStartNanos();
        double factor = settings.slowStartAggression() == 1 ? time : Math.pow(time, 1 / settings.slowStartAggression());
        return Math.max(factor, Math.max(settings.slowStartFloor(), 1e-3));
    }
}
