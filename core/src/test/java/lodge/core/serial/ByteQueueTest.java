package lodge.core.serial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(20)
class ByteQueueTest {
    @Test
    void isBoundedAndSaysWhenThereIsRoomAgain() {
        ByteQueue queue = new ByteQueue(2);
        AtomicInteger room = new AtomicInteger();
        queue.onSpace(room::incrementAndGet);
        assertTrue(queue.offer(1));
        assertTrue(queue.offer(0x1ff));
        assertFalse(queue.offer(3));
        assertEquals(1, queue.poll());
        assertEquals(1, room.get());
        assertEquals(0xff, queue.poll());
        assertEquals(1, room.get());
        assertEquals(-1, queue.poll());
    }

    @Test
    void aStreamLargerThanTheQueueArrivesInOrder() throws InterruptedException {
        ByteQueue queue = new ByteQueue(7);
        byte[] sent = new byte[10_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 31);
        }
        Thread writer =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        queue.put(sent, 0, sent.length);
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                    queue.close();
                                });
        byte[] got = new byte[sent.length];
        int at = 0;
        byte[] buffer = new byte[5];
        for (int n = queue.take(buffer); n >= 0; n = queue.take(buffer)) {
            System.arraycopy(buffer, 0, got, at, n);
            at += n;
        }
        writer.join();
        assertEquals(sent.length, at);
        assertArrayEquals(sent, got);
        assertEquals(-1, queue.take(buffer));
        assertTrue(Arrays.stream(new int[] {queue.size()}).allMatch(n -> n == 0));
    }
}
