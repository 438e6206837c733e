package io.fairlead.registry;

/// Links cannot be accepted at the configured address. Explained to people by [LinkPortFailureAnalyzer].
final class LinkPortException extends RuntimeException {
    private final String bindAddress;
    private final int port;

    LinkPortException(String bindAddress, int port, Throwable cause) {
        super("links cannot be accepted at " + bindAddress + ":" + port + ": " + rootMessage(cause), cause);
        this.bindAddress = bindAddress;
        this.port = port;
    }

    String bindAddress() {
        return bindAddress;
    }

    int port() {
        return port;
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
