package io.fairlead.gateway.journal;

/// Where a durable message stands. The numbers are stored.
///
/// ```
///  accepted ──▶ READY ──▶ DONE, DEAD, QUARANTINED, EXPIRED, DROPPED or DAMAGED
///     │           ▲                │        │                           │
///     └▶ DELAYED ─┘ when due       └────────┴──────▶ DROPPED ◀──────────┘
/// ```
///
/// The books: accepted = the sum of all states, READY and DELAYED being what is in flight. A replay is a new acceptance,
/// and leaves the state of what it repeats.
public enum MessageState {
    /// To be delivered, or being delivered.
    READY(0),
    /// To be delivered later, by its client's wish.
    DELAYED(1),
    /// Its handler has committed.
    DONE(2),
    /// Given up: the handler refused it, or all attempts failed.
    DEAD(3),
    /// Set aside, because its attempts coincided with worker crashes.
    QUARANTINED(4),
    /// Its time was over before a handler had committed.
    EXPIRED(5),
    /// A named person ended it.
    DROPPED(6),
    /// What was read back is not what was written.
    DAMAGED(7);

    private static final MessageState[] BY_CODE = values();

    private final int code;

    MessageState(int code) {
        this.code = code;
    }

    /// The number in the store.
    public int code() {
        return code;
    }

    /// The state of a number in the store.
    ///
    /// @throws IllegalArgumentException if there is none
    public static MessageState of(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("state: " + code + " (expected: 0 to " + (BY_CODE.length - 1) + ")");
        }
        return BY_CODE[code];
    }

    /// Whether it is still to be delivered.
    public boolean isInFlight() {
        return this == READY || this == DELAYED;
    }

    /// Whether a person may drop or replay it.
    public boolean isSetAside() {
        return this == DEAD || this == QUARANTINED || this == DAMAGED || this == EXPIRED;
    }
}
