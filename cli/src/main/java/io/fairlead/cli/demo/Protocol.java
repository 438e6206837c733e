package io.fairlead.cli.demo;

/// What foreign clients speak.
enum Protocol {
    /// One at a time: an HL7 client waits for each acknowledgment.
    HL7("HL7 (mllp)", "mllp", Framing.MLLP, 1) {
        @Override
        Exchange exchange(Run run, long number, int connection) {
            return new Hl7Message(run, number);
        }
    },
    CARDS("ISO 8583 (length2)", "iso8583", Framing.LENGTH2, 4) {
        @Override
        Exchange exchange(Run run, long number, int connection) {
            return new CardMessage(run, number, connection);
        }
    },
    LINES("lines (lf)", "lines", Framing.LINE, 4) {
        @Override
        Exchange exchange(Run run, long number, int connection) {
            return new TextLine(number, connection);
        }
    };

    private final String title;
    private final String listener;
    private final Framing framing;
    private final int window;

    Protocol(String title, String listener, Framing framing, int window) {
        this.title = title;
        this.listener = listener;
        this.framing = framing;
        this.window = window;
    }

    /// For people.
    String title() {
        return title;
    }

    /// The name of the gateway's listener for it.
    String listener() {
        return listener;
    }

    Framing framing() {
        return framing;
    }

    /// Requests that a client has under way at a time.
    int window() {
        return window;
    }

    /// The message with this number in a run, as it is sent on this connection.
    abstract Exchange exchange(Run run, long number, int connection);
}
