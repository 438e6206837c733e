package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyWindowTests {
    private static ByteBuf bytes(String text) {
        return Unpooled.buffer().writeBytes(text.getBytes(UTF_8));
    }

    private static List<String> drain(ReplyWindow window) {
        List<String> out = new ArrayList<>();
        for (ByteBuf buf = window.poll(); buf != null; buf = window.poll()) {
            out.add(buf.toString(UTF_8));
            buf.release();
        }
        return out;
    }

    @Test
    void laterRepliesWaitForTheirTurn() {
        ReplyWindow window = new ReplyWindow(3);
        long first = window.begin();
        long second = window.begin();
        long third = window.begin();
        window.keep(third, bytes("3"));
        window.end(third);
        assertThat(drain(window)).isEmpty();
        window.keep(second, bytes("2"));
        window.end(second);
        assertThat(drain(window)).isEmpty();
        assertThat(window.keptBytes()).isEqualTo(2);

        window.end(first);

        assertThat(drain(window)).containsExactly("2", "3");
        assertThat(window.inFlight()).isZero();
        assertThat(window.keptBytes()).isZero();
    }

    @Test
    void partsOfAStreamLeaveAsSoonAsItIsTheirTurn() {
        ReplyWindow window = new ReplyWindow(2);
        long first = window.begin();
        long second = window.begin();
        window.keep(second, bytes("a"));
        window.keep(second, bytes("b"));
        window.end(first);
        assertThat(drain(window)).containsExactly("ab");
        assertThat(window.isTurn(second)).isTrue();
        assertThat(window.inFlight()).isEqualTo(1);
    }

    @Test
    void keepsTheOrderWhateverOrderCallsEndIn() {
        Random random = new Random(11);
        for (int size : new int[] {1, 2, 3, 16, 100}) {
            ReplyWindow window = new ReplyWindow(size);
            List<String> seen = new ArrayList<>();
            for (int round = 0; round < 20; round++) {
                List<Long> numbers = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    numbers.add(window.begin());
                }
                Collections.shuffle(numbers, random);
                for (long number : numbers) {
                    if (window.isTurn(number)) {
                        seen.add("" + number);
                    } else {
                        window.keep(number, bytes("" + number));
                    }
                    window.end(number);
                    seen.addAll(drain(window));
                }
            }
            for (int i = 0; i < seen.size(); i++) {
                assertThat(seen.get(i)).isEqualTo("" + i);
            }
            assertThat(seen).hasSize(20 * size);
        }
    }
}
