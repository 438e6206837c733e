package io.fairlead.gateway.balance;

/// The hash of affinity keys and names: FNV-1a over the bytes, and a finalizer that spreads it over all 64 bits
/// (the one of SplitMix64). The same in every process, and never 0, which means "no key".
///
/// Not made to withstand somebody who chooses keys in order to load one instance: the bound on its load is for
/// that.
public final class KeyHash {
    private static final long PRIME = 0x100000001b3L;

    /// Before the first byte.
    public static final long START = 0xcbf29ce484222325L;

    private KeyHash() {}

    /// One byte more.
    public static long add(long hash, byte next) {
        return (hash ^ (next & 0xff)) * PRIME;
    }

    /// After the last byte.
    public static long finish(long hash) {
        long mixed = mix(hash);
        return mixed == 0 ? 1 : mixed;
    }

    /// Of a text, by its characters.
    static long of(String text) {
        long hash = START;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            hash = add(add(hash, (byte) c), (byte) (c >>> 8));
        }
        return finish(hash);
    }

    static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
