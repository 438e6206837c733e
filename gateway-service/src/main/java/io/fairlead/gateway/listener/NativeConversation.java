package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.gateway.balance.KeyHash;
import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.ConnectionBudgets;
import io.fairlead.gateway.call.RetryBudget;
import io.fairlead.gateway.delivery.Intake;
import io.fairlead.gateway.delivery.SendOrigin;
import io.fairlead.gateway.journal.Binding;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.gateway.upstream.Method;
import io.fairlead.link.CloseReason;
import io.fairlead.link.InFlightTable;
import io.fairlead.link.Link;
import io.fairlead.link.outcome.OutcomeApi;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.ProtocolException;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One native client: its frames become calls, the answers go back under the client's ids. Confined to its
/// loop, but for [#status] and [#queuedBytes].
final class NativeConversation implements SendOrigin, ClientConversation {
    private static final byte[] AFFINITY_KEY = Metadata.AFFINITY_KEY.getBytes(US_ASCII);
    private static final byte[] IDENTITY = Metadata.IDENTITY.getBytes(US_ASCII);
    private static final byte[] CLIENT_ADDRESS = Metadata.CLIENT_ADDRESS.getBytes(US_ASCII);

    /// Answers from here on are passed on as they are; below it, copying is cheaper.
    private static final int DIRECT_BYTES = 16 * 1024;

    private static final long MAX_QUESTION_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Metadata JSON = Metadata.of(Map.of(Metadata.CONTENT_TYPE, "application/json"));

    private final Link link;
    private final byte[] addedMetadata;
    private final String listener;
    private final LoopUpstreams upstreams;
    private final Intake intake;
    private final OutcomeQuestions questions;
    private final ListenerMeter meter;
    private final int window;
    private final long timeoutNanos;
    private final Instant since = Instant.now();
    private final InFlightTable<Call> inFlight = new InFlightTable<>();

    private final Priority maxPriority;
    private final ConnectionBudgets budgets;
    private @Nullable Method lastMethod;
    private @Nullable RetryBudget lastBudget;
    private ListenerMeter.@Nullable RouteMeter lastRoute;
    private int pauses;
    private boolean windowFull;
    private boolean unwritable;
    private boolean inputEnded;

    /// Why the client was told to go away; null if it was not.
    private @Nullable CloseReason goingAway;

    private String goingAwayWhy = "";

    /// Written on the loop, without a fence; read by screens.
    private final AtomicLong calls = new AtomicLong();

    NativeConversation(
            Link link,
            String listener,
            ListenerProperties properties,
            byte[] addedMetadata,
            LoopUpstreams upstreams,
            Intake intake,
            OutcomeQuestions questions,
            ListenerMeter meter) {
        this.link = link;
        this.listener = listener;
        this.intake = intake;
        this.questions = questions;
        this.addedMetadata = addedMetadata;
        this.upstreams = upstreams;
        this.meter = meter;
        this.window = properties.windowOrDefault();
        this.maxPriority = properties.maxPriority();
        this.budgets = new ConnectionBudgets(upstreams.budgets(), upstreams.nowNanos());
        this.timeoutNanos = properties.timeout().toNanos();
    }

    void frame(ByteBuf buf, int at) {
        long id = Frames.id(buf, at);
        if (Frames.type(buf, at) == FrameType.CANCEL) {
            Call call = inFlight.remove(id);
            if (call != null) {
                cancel(call);
                meter.forgotten();
                ended();
            }
            return;
        }
        if (goingAway != null) {
            // Above the last id of our GOAWAY: the client knows that it did not run.
            return;
        }
        request(buf, at, id);
    }

    private void request(ByteBuf buf, int at, long id) {
        calls.lazySet(calls.get() + 1);
        if (Frames.send(buf, at)) {
            send(buf, at, id);
            return;
        }
        Method method = upstreams.find(buf, Frames.routeIndex(at), Frames.routeLength(buf, at));
        if (method == null) {
            if (questions.isRoute(buf, Frames.routeIndex(at), Frames.routeLength(buf, at))) {
                question(buf, at, id);
            } else {
                refuseUnknown(buf, at, id);
            }
            return;
        }
        if (!isAllowed(buf, at, id)) {
            return;
        }
        int metadataLength = Frames.metadataLength(buf, at);
        int metadataIndex = Frames.metadataIndex(buf, at);
        long now = upstreams.nowNanos();
        Call call = new Call(
                this,
                id,
                method.route(),
                addedMetadata,
                buf,
                metadataIndex,
                at + Frames.size(buf, at) - metadataIndex,
                metadataLength,
                Priority.of(Frames.code(buf, at)).atMost(maxPriority),
                budgetOf(method, now),
                now,
                now + Math.min(askedNanos(buf, at), method.timeoutNanos()));
        if (Frames.repeated(buf, at) && !method.mayRepeat(call)) {
            call.release();
            mayNotRepeat(id);
            return;
        }
        if (metadataLength > 0) {
            call.affinity(affinity(buf, metadataIndex, metadataLength));
        }
        began(call);
        upstreams.dispatch(call, method);
        heedWindow();
    }

    /// A durable message: kept once its method has been offered, also while it is not.
    private void send(ByteBuf buf, int at, long id) {
        Method method = upstreams.find(buf, Frames.routeIndex(at), Frames.routeLength(buf, at));
        if (method == null) {
            refuseUnknown(buf, at, id);
            return;
        }
        if (!isAllowed(buf, at, id)) {
            return;
        }
        Intake.Content content;
        try {
            content = SentMessage.read(buf, at, addedMetadata);
        } catch (IllegalArgumentException | ProtocolException e) {
            refuse(id, Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
            return;
        }
        if (!method.isBound() && method.receives()) {
            upstreams.bind(method.route());
        }
        long now = upstreams.nowNanos();
        Call call = new Call(
                this,
                id,
                method.route(),
                addedMetadata,
                Unpooled.EMPTY_BUFFER,
                0,
                0,
                0,
                Priority.of(Frames.code(buf, at)).atMost(maxPriority),
                budgetOf(method, now),
                now,
                now + askedNanos(buf, at));
        began(call.asSend());
        intake.take(call, method, new Binding(listener, method.route()), content);
        heedWindow();
    }

    /// What became of a key.
    private void question(ByteBuf buf, int at, long id) {
        long now = upstreams.nowNanos();
        long timeout = Math.min(askedNanos(buf, at), MAX_QUESTION_NANOS);
        Call call = new Call(
                this,
                id,
                OutcomeApi.GATEWAY,
                addedMetadata,
                Unpooled.EMPTY_BUFFER,
                0,
                0,
                0,
                Priority.NORMAL,
                new RetryBudget(0, 0, now),
                now,
                now + timeout);
        began(call);
        questions.ask(
                Frames.payload(buf, at),
                listener,
                Duration.ofNanos(timeout),
                link.eventLoop(),
                new OutcomeQuestions.Asker() {
                    @Override
                    public void answered(byte[] json) {
                        if (call.end()) {
                            ByteBuf frame = response(call, json);
                            NativeConversation.this.answered(call, frame, 0, true);
                            frame.release();
                        }
                    }

                    @Override
                    public void failed(Status status, boolean certainlyNotRun, String why) {
                        if (call.end()) {
                            NativeConversation.this.failed(call, status, certainlyNotRun, 0, why);
                        }
                    }
                });
        heedWindow();
    }

    private static ByteBuf response(Call call, byte[] payload) {
        ByteBuf frame = Unpooled.buffer(Frames.HEADER_BYTES + JSON.encodedBytes() + payload.length);
        Frames.writeHeader(
                frame, FrameType.RESPONSE, (byte) 0, 0, call.originId(), 0, 0, JSON.encodedBytes(), payload.length);
        JSON.encode(frame);
        return frame.writeBytes(payload);
    }

    private boolean isAllowed(ByteBuf buf, int at, long id) {
        int length = Frames.metadataLength(buf, at);
        int index = Frames.metadataIndex(buf, at);
        if (length > 0
                && (Metadata.contains(buf, index, length, IDENTITY)
                        || Metadata.contains(buf, index, length, CLIENT_ADDRESS))) {
            refuse(
                    id,
                    Status.INVALID_ARGUMENT,
                    "metadata: malformed, or with 'identity' or 'client-address', which only gateways set");
            return false;
        }
        return true;
    }

    private long askedNanos(ByteBuf buf, int at) {
        long millis = Frames.timeMillis(buf, at);
        return millis == 0 ? timeoutNanos : Math.min(timeoutNanos, millis * 1_000_000);
    }

    private void began(Call call) {
        inFlight.put(call.originId(), call);
        meter.began();
    }

    private void heedWindow() {
        if (inFlight.size() >= window && !windowFull) {
            windowFull = true;
            pause();
        }
    }

    /// A client mostly calls one service again and again.
    private RetryBudget budgetOf(Method method, long now) {
        RetryBudget known = lastBudget;
        if (known == null || method != lastMethod) {
            known = budgets.of(method.route().service(), now);
            lastBudget = known;
            lastMethod = method;
        }
        return known;
    }

    /// The hash of the call's affinity key; 0 = it has none.
    private static long affinity(ByteBuf buf, int index, int length) {
        int at = Metadata.valueIndex(buf, index, length, AFFINITY_KEY);
        if (at < 0) {
            return 0;
        }
        long hash = KeyHash.START;
        for (int end = at + buf.getUnsignedShort(at - 2); at < end; at++) {
            hash = KeyHash.add(hash, buf.getByte(at));
        }
        return KeyHash.finish(hash);
    }

    private void refuseUnknown(ByteBuf buf, int at, long id) {
        String route = Frames.route(buf, at);
        String service = route.substring(0, Math.max(0, route.indexOf('/')));
        if (upstreams.knowsService(service)) {
            refuse(id, Status.UNIMPLEMENTED, "no such method: " + route);
        } else {
            refuse(id, Status.UNAVAILABLE, "no instance offers service '" + service + "' at the moment");
        }
    }

    /// An earlier attempt, perhaps through another gateway, may have run: neither running it again nor "it
    /// has not run" would be right.
    private void mayNotRepeat(long id) {
        String why = "an earlier attempt may have run, and the method is neither idempotent nor runs once for each key";
        Frames.writeStatus(link.out(Frames.HEADER_BYTES + why.length()), FrameType.ERROR, Status.UNKNOWN, id, 0, why);
        written();
    }

    private void refuse(long id, Status status, String why) {
        Frames.writeStatus(link.out(Frames.HEADER_BYTES + 3 * why.length()), FrameType.REFUSAL, status, id, 0, why);
        written();
    }

    @Override
    public void answered(Call call, ByteBuf buf, int at, boolean last) {
        if (last) {
            inFlight.remove(call.originId());
            meterOf(call).ended(Status.OK, upstreams.nowNanos() - call.startNanos());
        }
        int size = Frames.size(buf, at);
        if (size - Frames.LENGTH_BYTES > link.peerMaxFrameBytes()) {
            tooLong(call, size, last);
        } else if (size < DIRECT_BYTES) {
            ByteBuf out = link.out(size);
            int start = out.writerIndex();
            out.writeBytes(buf, at, size);
            readdress(out, start, call);
        } else {
            ByteBuf out = link.out(Frames.HEADER_BYTES);
            int start = out.writerIndex();
            out.writeBytes(buf, at, Frames.HEADER_BYTES);
            readdress(out, start, call);
            link.outDirect(buf.retainedSlice(at + Frames.HEADER_BYTES, size - Frames.HEADER_BYTES));
        }
        written();
        if (last) {
            ended();
        }
    }

    private void cancel(Call call) {
        if (call.isSend()) {
            intake.forget(call);
        } else if (call.route().equals(OutcomeApi.GATEWAY)) {
            call.end();
        } else {
            upstreams.cancel(call);
        }
    }

    @Override
    public void acknowledged(Call call, String messageId) {
        inFlight.remove(call.originId());
        meterOf(call).ended(Status.OK, upstreams.nowNanos() - call.startNanos());
        Metadata metadata = Metadata.of(Map.of(Metadata.MESSAGE_ID, messageId));
        ByteBuf out = link.out(Frames.HEADER_BYTES + metadata.encodedBytes());
        Frames.writeHeader(out, FrameType.RESPONSE, (byte) 0, 0, call.originId(), 0, 0, metadata.encodedBytes(), 0);
        metadata.encode(out);
        written();
        ended();
    }

    /// A worker's credit is the gateway's affair, not its clients'.
    private static void readdress(ByteBuf out, int at, Call call) {
        Frames.setId(out, at, call.originId());
        Frames.setTime(out, at, 0);
    }

    /// In place of an answer that the client does not accept. Further parts of a stream are then of no use to
    /// it.
    private void tooLong(Call call, int size, boolean last) {
        String why = "reply: " + size + " bytes (expected: at most " + link.peerMaxFrameBytes()
                + ", the client's max-frame)";
        Frames.writeStatus(
                link.out(Frames.HEADER_BYTES + why.length()),
                FrameType.ERROR,
                Status.RESOURCE_EXHAUSTED,
                call.originId(),
                0,
                why);
        if (!last) {
            inFlight.remove(call.originId());
            upstreams.cancel(call);
            meterOf(call).ended(Status.RESOURCE_EXHAUSTED, upstreams.nowNanos() - call.startNanos());
            ended();
        }
    }

    @Override
    public void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        inFlight.remove(call.originId());
        meterOf(call).ended(status, upstreams.nowNanos() - call.startNanos());
        Frames.writeStatus(
                link.out(Frames.HEADER_BYTES + 3 * message.length()),
                certainlyNotRun ? FrameType.REFUSAL : FrameType.ERROR,
                status,
                call.originId(),
                retryAfterMillis,
                message);
        written();
        ended();
    }

    /// A client mostly calls one method again and again.
    @SuppressWarnings("ReferenceEquality") // a method has one route object; another is looked up, equal or not
    private ListenerMeter.RouteMeter meterOf(Call call) {
        ListenerMeter.RouteMeter known = lastRoute;
        if (known == null || known.route() != call.route()) {
            known = meter.route(call.route());
            lastRoute = known;
        }
        return known;
    }

    private void written() {
        if (!unwritable && !link.isWritable()) {
            unwritable = true;
            pause();
        }
    }

    void writabilityChanged() {
        if (unwritable && link.isWritable()) {
            unwritable = false;
            resume();
        }
    }

    private void ended() {
        if (windowFull && inFlight.size() < window) {
            windowFull = false;
            resume();
        }
        if (!inFlight.isEmpty()) {
            return;
        }
        if (inputEnded) {
            link.close(CloseReason.PEER_CLOSED, "");
        } else if (goingAway != null) {
            link.finish(goingAway, goingAwayWhy);
        }
    }

    @Override
    public void pause() {
        if (pauses++ == 0) {
            link.pauseReading();
        }
    }

    @Override
    public void resume() {
        if (--pauses == 0) {
            link.resumeReading();
        }
    }

    /// Whether the client waits for nothing.
    boolean isIdle() {
        return inFlight.isEmpty();
    }

    void inputEnded() {
        inputEnded = true;
        ended();
    }

    @Override
    public void goAway(CloseReason reason, String why) {
        if (goingAway == null) {
            goingAway = reason;
            goingAwayWhy = why;
            link.goAway(Status.OK, link.lastRequestId(), why);
            ended();
        }
    }

    /// Calls above GOAWAY's last id are not taken anyway.
    @Override
    public void finish() {}

    @Override
    public void close(CloseReason reason, String detail) {
        link.close(reason, detail);
    }

    void closed() {
        for (Call call : inFlight.values()) {
            cancel(call);
            meter.forgotten();
        }
        inFlight.clear();
    }

    @Override
    public String id() {
        return link.id();
    }

    @Override
    public EventLoop loop() {
        return link.eventLoop();
    }

    @Override
    public long queuedBytes() {
        return link.queuedBytes();
    }

    @Override
    public ConnectionStatus status(String listener) {
        return new ConnectionStatus(
                link.id(),
                listener,
                link.remoteAddress(),
                since,
                inFlight.size(),
                calls.get(),
                link.queuedBytes(),
                pauses > 0);
    }
}
