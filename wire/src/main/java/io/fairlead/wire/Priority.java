package io.fairlead.wire;

/// What is given up first when there is not room for all calls: the `code` of a REQUEST.
public enum Priority {
    /// What is not said otherwise.
    NORMAL(0, 1),
    /// Given up first: batch work, refreshes.
    LOW(1, 0),
    /// Given up last.
    HIGH(2, 2);

    private static final Priority[] BY_CODE = values();

    private final int code;
    private final int rank;

    Priority(int code, int rank) {
        this.code = code;
        this.rank = rank;
    }

    /// The number on the wire, 0 to 2.
    public int code() {
        return code;
    }

    /// Its place among the others, 0 for the lowest.
    public int rank() {
        return rank;
    }

    /// The lower of two.
    public Priority atMost(Priority other) {
        return rank <= other.rank ? this : other;
    }

    /// The priority of a number on the wire; an unknown number is read as [#NORMAL].
    public static Priority of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : NORMAL;
    }
}
