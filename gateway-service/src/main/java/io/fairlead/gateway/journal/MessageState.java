package io.fairlead.gateway.journal;

/// Where a durable message stands. The numbers are stored, and begin at 2: SQLite stores 0 and 1 in no byte at
/// all, and only a row whose length stays what it was is overwritten in place.
///
/// ```
///  accepted ──▶ READY ──▶ DONE, DEAD, QUARANTINED, EXPIRED, DROPPED or DAMAGED
///     │           ▲                │        │                           │
///     └▶ DELAYED ─┘ when due       └────────┴──────▶ DROPPED ◀──────────┘
/// ```
///
/// The books: accepted = the sum of all states, READY and DELAYED being what is in flight. A replay is a new
/// acceptance, and leaves the state of what it repeats.
public enum MessageState {
    /// To be delivered, or being delivered.
    READY(2),
    /// To be delivered later, by its client's wish.
    DELAYED(3),
    /// Its handler has committed.
    DONE(4),
    /// Given up: the handler refused it, or all attempts failed.
    DEAD(5),
    /// Set aside, because its attempts coincided with worker crashes.
    QUARANTINED(6),
    /// Its time was over before a handler had committed.
    EXPIRED(7),
    /// A named person ended it.
    DROPPED(8),
    /// What was read back is not what was written.
    DAMAGED(9);

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
        if (!isCode(code)) {
            throw new IllegalArgumentException("state: " + code + " (expected: 2 to " + (BY_CODE.length + 1) + ")");
        }
        return BY_CODE[code - 2];
    }

    /// Whether a number is one of a state.
    static boolean isCode(int code) {
        return code >= 2 && code < BY_CODE.length + 2;
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
