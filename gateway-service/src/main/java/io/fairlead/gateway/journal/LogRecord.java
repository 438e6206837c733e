package io.fairlead.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.gateway.journal.Changes.End;
import io.fairlead.gateway.journal.Changes.FailedAttempt;
import io.fairlead.wire.Priority;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Changes as the body of a record of the [MessageLog]: three lists with their lengths. A message's own
/// checksum is not in it, the record's is.
final class LogRecord {
    private LogRecord() {}

    static void write(Changes changes, ToIntFunction<Binding> bindings, ByteBuf into) {
        into.writeInt(changes.accepted().size());
        for (Message message : changes.accepted()) {
            into.writeLong(message.id());
            into.writeInt(bindings.applyAsInt(message.binding()));
            into.writeInt(message.lane());
            into.writeByte(message.priority().rank());
            into.writeLong(message.acceptedMillis());
            into.writeLong(message.dueMillis());
            into.writeLong(message.expiresMillis());
            into.writeLong(message.replayOf());
            write(message.key(), into);
            write(message.orderingKey(), into);
            write(message.metadata(), into);
            write(message.payload(), into);
        }
        into.writeInt(changes.ended().size());
        for (End end : changes.ended()) {
            into.writeLong(end.id());
            into.writeInt(bindings.applyAsInt(end.binding()));
            into.writeByte(end.from().code());
            into.writeByte(end.to().code());
            into.writeLong(end.atMillis());
            write(end.reason(), into);
        }
        into.writeInt(changes.failed().size());
        for (FailedAttempt attempt : changes.failed()) {
            into.writeLong(attempt.id());
            into.writeInt(attempt.number());
            into.writeLong(attempt.atMillis());
            write(attempt.instance(), into);
            write(attempt.status(), into);
            write(attempt.reason(), into);
            into.writeBoolean(attempt.crashed());
        }
    }

    static Changes read(ByteBuf from, IntFunction<Binding> bindings) {
        List<Message> accepted = new ArrayList<>();
        for (int left = from.readInt(); left > 0; left--) {
            long id = from.readLong();
            Binding binding = bindings.apply(from.readInt());
            int lane = from.readInt();
            Priority priority = StoredMessages.priority(from.readByte());
            long acceptedMillis = from.readLong();
            long dueMillis = from.readLong();
            long expiresMillis = from.readLong();
            long replayOf = from.readLong();
            accepted.add(new Message(
                            binding,
                            lane,
                            readTextOrNull(from),
                            readTextOrNull(from),
                            priority,
                            acceptedMillis,
                            dueMillis,
                            expiresMillis,
                            replayOf,
                            readBytes(from),
                            readBytes(from))
                    .stored(id, 0, 0));
        }
        List<End> ended = new ArrayList<>();
        for (int left = from.readInt(); left > 0; left--) {
            ended.add(new End(
                    from.readLong(),
                    bindings.apply(from.readInt()),
                    MessageState.of(from.readByte()),
                    MessageState.of(from.readByte()),
                    from.readLong(),
                    readText(from)));
        }
        List<FailedAttempt> failed = new ArrayList<>();
        for (int left = from.readInt(); left > 0; left--) {
            failed.add(new FailedAttempt(
                    from.readLong(),
                    from.readInt(),
                    from.readLong(),
                    readText(from),
                    readText(from),
                    readText(from),
                    from.readBoolean()));
        }
        return new Changes(accepted, ended, failed);
    }

    private static void write(@Nullable String text, ByteBuf into) {
        if (text == null) {
            into.writeInt(-1);
            return;
        }
        int at = into.writerIndex();
        into.writeInt(0).setInt(at, into.writeCharSequence(text, UTF_8));
    }

    private static void write(byte[] bytes, ByteBuf into) {
        into.writeInt(bytes.length).writeBytes(bytes);
    }

    private static @Nullable String readTextOrNull(ByteBuf from) {
        int length = from.readInt();
        return length < 0 ? null : from.readCharSequence(length, UTF_8).toString();
    }

    private static String readText(ByteBuf from) {
        return from.readCharSequence(from.readInt(), UTF_8).toString();
    }

    private static byte[] readBytes(ByteBuf from) {
        byte[] bytes = new byte[from.readInt()];
        from.readBytes(bytes);
        return bytes;
    }
}
