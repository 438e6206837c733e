package io.fairlead.gateway.journal;

import io.fairlead.wire.Priority;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/// A process of its own that writes numbered messages until it is killed, and says which of them are on disk.
final class NumberedWriter {
    private NumberedWriter() {}

    /// @param args the URL of the journal
    public static void main(String[] args) {
        try (MessageStore store =
                MessageStores.open(new JournalProperties(args[0], null, null, 6, Duration.ofHours(1), 100_000))) {
            int number = 0;
            while (true) {
                Message[] batch = new Message[1 + number % 7];
                for (int i = 0; i < batch.length; i++) {
                    batch[i] = Sends.message(
                            Sends.ORDERS, UUID.randomUUID().toString(), Priority.NORMAL, "number " + number++);
                }
                store.write(Sends.accept(batch));
                store.sync();
                StringBuilder acknowledged = new StringBuilder();
                for (Message message : batch) {
                    acknowledged
                            .append(message.id())
                            .append('=')
                            .append(Sends.text(message))
                            .append('\n');
                }
                System.out.print(acknowledged);
                System.out.flush();
                store.write(new Changes(
                        List.of(), List.of(Sends.end(batch[0], MessageState.READY, MessageState.DONE)), List.of()));
            }
        }
    }
}
