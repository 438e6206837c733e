package io.fairlead.systemtests.kubernetes;

/// A pod says something that its translation for Docker does not.
final class UntranslatableException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    UntranslatableException(String message) {
        super(message);
    }
}
