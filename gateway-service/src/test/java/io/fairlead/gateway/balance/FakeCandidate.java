package io.fairlead.gateway.balance;

/// A candidate whose state a test sets.
final class FakeCandidate implements Candidate {
    final Load load;
    private final String name;
    private final int weight;
    private final String zone;
    boolean available = true;
    boolean writable = true;

    FakeCandidate(String name, int weight, String zone, int capacity, LoadSettings settings) {
        this.name = name;
        this.weight = weight;
        this.zone = zone;
        this.load = new Load(settings, capacity);
    }

    FakeCandidate(String name, int weight) {
        this(name, weight, "", 1_000_000, LoadSettings.DEFAULT);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int weight() {
        return weight;
    }

    @Override
    public String zone() {
        return zone;
    }

    @Override
    public boolean isAvailable(long nowNanos) {
        return available;
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public Load load() {
        return load;
    }

    @Override
    public String toString() {
        return name;
    }
}
