package io.fairlead.starter.inbox;

import io.fairlead.wire.Route;

/// Fingerprints that come with the starter.
///
/// @since 0.2
public enum FingerprintKind implements Fingerprint {
    /// The whole payload.
    PAYLOAD {
        @Override
        public byte[] significant(Route route, byte[] payload) {
            return payload;
        }
    },

    /// Nothing: the key alone says what is a repeat.
    NONE {
        @Override
        public byte[] significant(Route route, byte[] payload) {
            return NOTHING;
        }
    },

    /// An HL7 version 2 message without MSH-7, the time of the message, which a repeat may change.
    HL7 {
        @Override
        public byte[] significant(Route route, byte[] payload) {
            return withoutTime(payload);
        }
    },

    /// An ISO 8583 message without the repeat digit of its type: 0101 repeats 0100. The type is what the message
    /// begins with, as four ASCII digits or as two packed bytes.
    ISO8583 {
        @Override
        public byte[] significant(Route route, byte[] payload) {
            return withoutRepeat(payload);
        }
    };

    private static final byte[] NOTHING = {};

    /// The separator before MSH-7 is the sixth: MSH-1 is the first separator itself.
    private static final int SEPARATORS_BEFORE_TIME = 6;

    /// The last digit of a type tells who sent the message, and is odd in a repeat.
    private static byte[] withoutRepeat(byte[] message) {
        boolean ascii = message.length >= 4;
        for (int i = 0; ascii && i < 4; i++) {
            ascii = message[i] >= '0' && message[i] <= '9';
        }
        int last = ascii ? 3 : 1;
        if (message.length <= last) {
            return message;
        }
        byte[] original = message.clone();
        // The digits' codes are even where the digits are.
        original[last] &= ~1;
        return original;
    }

    private static byte[] withoutTime(byte[] message) {
        if (message.length < 4 || message[0] != 'M' || message[1] != 'S' || message[2] != 'H') {
            return message;
        }
        byte separator = message[3];
        int from = -1;
        int separators = 0;
        for (int i = 3; i < message.length && message[i] != '\r' && message[i] != '\n'; i++) {
            if (message[i] == separator && ++separators == SEPARATORS_BEFORE_TIME) {
                from = i + 1;
                break;
            }
        }
        if (from < 0) {
            return message;
        }
        int to = from;
        while (to < message.length && message[to] != separator && message[to] != '\r' && message[to] != '\n') {
            to++;
        }
        byte[] rest = new byte[message.length - (to - from)];
        System.arraycopy(message, 0, rest, 0, from);
        System.arraycopy(message, to, rest, from, message.length - to);
        return rest;
    }
}
