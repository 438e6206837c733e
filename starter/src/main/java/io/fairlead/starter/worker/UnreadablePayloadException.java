package io.fairlead.starter.worker;

/// A payload is not what its method takes. The message goes to the client and holds nothing of the payload. Has no
/// stack: it is the client's fault.
final class UnreadablePayloadException extends RuntimeException {
    UnreadablePayloadException(String message) {
        super(message, null, false, false);
    }
}
