package io.fairlead.gateway.dialect;

import java.util.Objects;

/// Why a request gets no reply from a worker.
///
/// @param kind what the client may conclude
/// @param code gRPC's name of the status, such as `UNAVAILABLE`
/// @param reason for a person; may come from a worker and have any characters
/// @param service that was called, such as `hl7/receive`
public record Refusal(Kind kind, String code, String reason, String service) {

    /// What is known about the request's effect.
    public enum Kind {
        /// It has certainly not run: no worker, overload. The client may send it again.
        NOT_ACCEPTED,
        /// A handler ran and failed.
        FAILED,
        /// Its deadline passed; it may have run.
        TIMED_OUT,
        /// Its worker was lost after it had been written; it may have run.
        UNKNOWN
    }

    /// Checks that all parts are there.
    public Refusal {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(service, "service");
    }

    /// A text as one line: control characters and line separators become spaces, and what is longer is cut.
    static String oneLine(String text, int maxChars) {
        int length = Math.min(text.length(), maxChars);
        if (length < text.length() && Character.isHighSurrogate(text.charAt(length - 1))) {
            length--;
        }
        StringBuilder line = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            line.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? ' ' : c);
        }
        return line.toString();
    }
}
