package io.fairlead.gateway.journal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/// Where durable messages are kept. Every method blocks; all throw [StoreException].
///
/// One thread at a time calls [#write], one [#sync]; any threads call the others beside them. A store that
/// has lost its connection or its disk is used again as soon as it can be: each call tries.
public interface MessageStore extends AutoCloseable {
    /// What was read back.
    ///
    /// @param messages in the order of delivery: higher priority first, then by id
    /// @param damaged messages whose checksum is wrong: they are to be ended as DAMAGED, and never delivered
    record Loaded(List<Message> messages, List<Changes.End> damaged) {}

    /// The engine and its place without credentials, for logs and screens.
    String description();

    /// Tells this store apart from all others, 16 hexadecimal digits, made with it.
    String id();

    /// Whether several gateways use it at the same time.
    boolean isShared();

    /// Number of lanes, at least 1; fixed when the store is made.
    int lanes();

    /// Claims lanes for a gateway, or prolongs its claims; called every few seconds. A gateway that has not
    /// called for [#leaseMillis] loses them, and lanes are shared out evenly among the gateways that call.
    ///
    /// @param gateway its name, unique among those that use the store
    /// @return the lanes that it may deliver, each with its fencing token, which is higher than any before of
    /// that lane
    Map<Integer, Long> claimLanes(String gateway);

    /// How long a claim holds from the moment at which its call began; `Long.MAX_VALUE` if for as long as the
    /// store is open.
    long leaseMillis();

    /// Gives back all lanes and tells the others that this gateway has gone.
    void releaseLanes(String gateway);

    /// Writes all changes and the books in one transaction, which is on disk as soon as [#sync] has returned.
    /// Gives the accepted messages their ids, rising in the order of the list and above all ids of messages
    /// whose write has returned before this one began.
    void write(Changes changes);

    /// Returns when all is on disk that [#write] had written before. May be called beside it.
    void sync();

    /// READY messages of these lanes.
    default Loaded ready(Set<Integer> lanes, LongPredicate known, int limit, long maxBytes) {
        return ready(lanes, Set.of(), known, limit, maxBytes);
    }

    /// READY messages of these lanes.
    ///
    /// @param without services whose messages are left out
    /// @param known ids that are to be left out
    /// @param limit most messages, and most bytes of their payloads and metadata but for the first one
    Loaded ready(Set<Integer> lanes, Set<String> without, LongPredicate known, int limit, long maxBytes);

    /// Makes DELAYED messages READY that are due.
    ///
    /// @return how many, and when the next one is due in wall clock milliseconds (`Long.MAX_VALUE` = none is)
    Promoted promote(long nowMillis);

    /// What [#promote] did.
    record Promoted(int messages, long nextDueMillis) {}

    /// READY and DELAYED messages of these lanes whose time is over, to be ended as EXPIRED by who delivers
    /// them.
    List<Changes.End> expired(Set<Integer> lanes, long nowMillis, int limit);

    /// Forgets messages that are DONE, EXPIRED or DROPPED, of which the books keep the numbers.
    ///
    /// @param endedBeforeMillis older ones are forgotten
    /// @param keep so many of the newest stay at most, however young
    /// @param limit most that one call forgets, so that it is short
    /// @return how many were
    int purge(long endedBeforeMillis, long keep, int limit);

    /// A message by its id; its payload is there until it is purged.
    Optional<MessageView> find(long id);

    /// Messages, newest first; their payloads stay in the store and are empty.
    List<MessageView> browse(MessageQuery query);

    /// The books, one for each binding. Those of a shared store are of all gateways.
    List<Books> books();

    /// Does what is due now and then, such as writing back what has been gathered in a log; may take a while.
    default void maintain() {}

    /// Writes and reads a little, to find out whether the store works.
    void probe();

    @Override
    void close();
}
