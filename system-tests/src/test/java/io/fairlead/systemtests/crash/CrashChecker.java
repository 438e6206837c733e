package io.fairlead.systemtests.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Compares what producers were told with the effects that there are, and knows nothing of how the fleet works.
///
/// | rule | in full |
/// | --- | --- |
/// | lost | a message or call was acknowledged and has no effect; as many as the books have set aside are not lost |
/// | doubled | any message or call has more than one effect, acknowledged or not |
/// | out of order | an effect came before that of an earlier message of its key that the same gateway had acknowledged
/// |
/// | answers | a call was answered with something else than its effect has stored |
/// | books | a binding's sum is not what was accepted, something is in flight after healing, or less was accepted than
/// acknowledged |
///
/// **Scope of the order.** A producer has one message of a key on its way at a time, so what was acknowledged
/// was acknowledged before the next one was sent. With a journal for each gateway an order holds at one
/// gateway: a message is compared with what the only gateway that ever saw it had acknowledged before. With a
/// shared journal all gateways are one.
final class CrashChecker {
    private static final int MOST_SHOWN = 20;

    private final boolean shared;
    private final Map<String, Judged> producers = new HashMap<>();
    private final List<String> strange = new ArrayList<>();
    private long effects;
    private long keptMessages;
    private long doubled;
    private long wrongAnswers;
    private final List<String> examples = new ArrayList<>();

    /// @param firstEffect its place among all effects by number; 0 = none
    private record Judged(SendHistory history, int[] firstEffect) {}

    /// @param shared whether all gateways have one journal
    CrashChecker(List<SendHistory> histories, boolean shared) {
        this.shared = shared;
        for (SendHistory history : histories) {
            producers.put(history.producer(), new Judged(history, new int[history.size()]));
        }
    }

    /// To be called for all effects, in the order in which they came.
    void effect(Effect effect) {
        effects++;
        Judged judged = producers.get(effect.producer());
        SendHistory.@Nullable Entry entry =
                judged == null ? null : judged.history().find(effect.number());
        if (judged == null || entry == null) {
            strange.add("an effect of what was never sent: " + effect);
            return;
        }
        if (judged.firstEffect()[effect.number()] != 0) {
            doubled++;
            example("doubled: " + effect);
            return;
        }
        judged.firstEffect()[effect.number()] = Math.toIntExact(effects);
        keptMessages += effect.answer().isEmpty() && entry.isAcknowledged() ? 1 : 0;
        String answer = entry.answer();
        if (!effect.answer().isEmpty() && answer != null && !effect.answer().equals(answer)) {
            wrongAnswers++;
            example("answered '" + answer + "', stored " + effect);
        }
    }

    /// To be called once, after all effects.
    Verdict verdict(List<BindingBooks> books) {
        long acknowledged = 0;
        long unacknowledged = 0;
        long without = 0;
        long outOfOrder = 0;
        for (Judged judged : producers.values()) {
            SendHistory history = judged.history();
            strange.addAll(history.wrong());
            for (int number = 0; number < history.size(); number++) {
                SendHistory.Entry entry = history.find(number);
                if (entry == null) {
                    continue;
                }
                if (!entry.isAcknowledged()) {
                    unacknowledged++;
                } else {
                    acknowledged++;
                    if (judged.firstEffect()[number] == 0) {
                        without++;
                        example("without effect: " + history.producer() + "-" + number);
                    }
                }
            }
            outOfOrder += outOfOrder(judged);
        }
        long setAside = books.stream().mapToLong(BindingBooks::setAside).sum();
        return new Verdict(
                acknowledged,
                unacknowledged,
                effects,
                Math.max(0, without - setAside),
                setAside,
                doubled,
                outOfOrder,
                wrongAnswers,
                wrongBooks(books),
                strange.stream().limit(MOST_SHOWN).toList(),
                examples);
    }

    private long outOfOrder(Judged judged) {
        long found = 0;
        Map<Long, Integer> latest = new HashMap<>();
        SendHistory history = judged.history();
        for (int number = 0; number < history.size(); number++) {
            SendHistory.Entry entry = history.find(number);
            int place = judged.firstEffect()[number];
            if (entry == null || place == 0 || !entry.isAcknowledged()) {
                continue;
            }
            int gateway = shared ? 0 : entry.acknowledgedBy();
            long scope = ((long) entry.key() << 32) | gateway;
            int before = latest.getOrDefault(scope, 0);
            if (before > place && (shared || entry.wentOnlyTo(gateway))) {
                found++;
                example("out of order: " + history.producer() + "-" + number + ", key " + entry.key() + ", effect "
                        + place + " before " + before);
            }
            latest.put(scope, Math.max(before, place));
        }
        return found;
    }

    private List<String> wrongBooks(List<BindingBooks> books) {
        List<String> wrong = new ArrayList<>();
        books.stream()
                .filter(each -> each.missing() != 0 || each.inFlight() != 0 || each.damaged() != 0)
                .forEach(each -> wrong.add(each.toString()));
        long accepted = books.stream().mapToLong(BindingBooks::accepted).sum();
        if (!books.isEmpty() && accepted < keptMessages) {
            wrong.add("accepted " + accepted + " (expected: at least the " + keptMessages + " that were acknowledged)");
        }
        return wrong;
    }

    private void example(String text) {
        if (examples.size() < MOST_SHOWN) {
            examples.add(text);
        }
    }

    /// What was found.
    ///
    /// @param unacknowledged given up by their producers when the run ended
    /// @param setAside that the books say are dead, quarantined, expired, dropped or damaged
    /// @param strange answers and effects that belong to nothing
    /// @param examples of what is wrong, the first ones
    record Verdict(
            long acknowledged,
            long unacknowledged,
            long effects,
            long lost,
            long setAside,
            long doubled,
            long outOfOrder,
            long wrongAnswers,
            List<String> wrongBooks,
            List<String> strange,
            List<String> examples) {
        boolean isGood() {
            return lost == 0
                    && doubled == 0
                    && outOfOrder == 0
                    && wrongAnswers == 0
                    && wrongBooks.isEmpty()
                    && strange.isEmpty();
        }
    }
}
