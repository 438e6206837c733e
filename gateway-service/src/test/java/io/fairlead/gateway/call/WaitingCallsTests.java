package io.fairlead.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.wire.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class WaitingCallsTests {
    private final WaitingCalls waiting = new WaitingCalls(4);

    private Call add(Priority priority) {
        Call call = Calls.call(priority, 0, 1000);
        waiting.add(call, 0);
        return call;
    }

    private List<Call> takeAll() {
        List<Call> taken = new ArrayList<>();
        while (!waiting.isEmpty()) {
            Call call = Objects.requireNonNull(waiting.peek());
            call.detour().leavePlace();
            taken.add(call);
        }
        return taken;
    }

    @Test
    void theHighestClassComesFirstAndWithinAClassWhoCameFirst() {
        Call low = add(Priority.LOW);
        Call first = add(Priority.NORMAL);
        Call second = add(Priority.NORMAL);
        Call high = add(Priority.HIGH);

        assertThat(waiting.isFull()).isTrue();
        assertThat(takeAll()).containsExactly(high, first, second, low);
        assertThat(waiting.peek()).isNull();
    }

    @Test
    void whoeverCameLastOfTheLowestClassGivesWay() {
        add(Priority.LOW);
        Call lastLow = add(Priority.LOW);
        add(Priority.NORMAL);

        assertThat(waiting.lowestBelow(Priority.HIGH)).isSameAs(lastLow);
        assertThat(waiting.lowestBelow(Priority.NORMAL)).isSameAs(lastLow);
        assertThat(waiting.lowestBelow(Priority.LOW)).isNull();
    }

    @Test
    void nobodyGivesWayToItsOwnClass() {
        add(Priority.NORMAL);

        assertThat(waiting.lowestBelow(Priority.NORMAL)).isNull();
        assertThat(waiting.lowestBelow(Priority.HIGH)).isNotNull();
    }

    @Test
    void whoeverLeavesFromAnyPlaceIsForgotten() {
        Call first = add(Priority.NORMAL);
        Call middle = add(Priority.NORMAL);
        Call last = add(Priority.NORMAL);
        middle.detour().leavePlace();
        middle.detour().leavePlace();
        assertThat(waiting.size()).isEqualTo(2);
        last.detour().leavePlace();
        Call newer = add(Priority.NORMAL);

        assertThat(takeAll()).containsExactly(first, newer);
    }
}
