package lodge.natives.posix;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U32;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.NativeCallException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

@EnabledOnOs(OS.LINUX)
class PosixTest {
    @Test
    void aFailedCallTellsItsErrno() {
        CallState state = new CallState();
        assertEquals(-1, Libc.open(state, "/nowhere/at/all", Posix.O_RDONLY));
        assertEquals(Errno.ENOENT, state.errno());
        NativeCallException e = state.failure("open(/nowhere)", "bring the file");
        assertEquals("open(/nowhere) failed: ENOENT; bring the file", e.getMessage());
        assertEquals("errno 4000", Errno.name(4000));
    }

    @Test
    void aRequestThatADescriptorDoesNotKnowFailsWithARemedy() {
        try (EventFd event = new EventFd()) {
            Fd fd = new Fd(new CallState(), "eventfd", event.number());
            NativeCallException e =
                    assertThrows(NativeCallException.class, () -> fd.request("KVM_RUN", 0xae80, 0));
            assertEquals("ENOTTY", e.errorName());
            assertTrue(e.getMessage().contains("newer Linux kernel"), e.getMessage());
        }
    }

    @Test
    void mappedMemoryIsZeroAndItsOwn() {
        try (Mapping mapping = Mapping.anonymous("test", 1 << 20)) {
            MemorySegment memory = mapping.segment();
            assertEquals(1 << 20, memory.byteSize());
            assertEquals(0, memory.address() % 4096);
            assertEquals(0, memory.get(ValueLayout.JAVA_LONG, 4096));
            memory.set(ValueLayout.JAVA_BYTE, (1 << 20) - 1, (byte) 7);
            assertTrue(mapping.advise(Posix.MADV_DONTNEED));
            assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, (1 << 20) - 1));
        }
    }

    @Test
    void aMappingThatDoesNotFitIsRefused() {
        NativeCallException e =
                assertThrows(NativeCallException.class, () -> Mapping.anonymous("test", 1L << 60));
        assertEquals("ENOMEM", e.errorName());
    }

    @Test
    void anEventCountsUntilItIsDrained() {
        try (EventFd event = new EventFd()) {
            assertEquals(0, event.drain());
            event.signal();
            event.signal();
            assertEquals(2, event.drain());
            assertEquals(0, event.drain());
        }
    }

    @Test
    void theKickInterruptsABlockedCall() throws InterruptedException {
        CountDownLatch ready = new CountDownLatch(1);
        AtomicInteger thread = new AtomicInteger();
        AtomicInteger errno = new AtomicInteger();
        try (EventFd event = new EventFd();
                Arena arena = Arena.ofShared()) {
            MemorySegment pollfd = arena.allocate(Pollfd.LAYOUT);
            pollfd.set(U32, Pollfd.FD, event.number());
            pollfd.set(U16, Pollfd.EVENTS, (short) Posix.POLLIN);
            Thread blocked =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        CallState state = new CallState();
                                        thread.set(KickSignal.prepareThread(state));
                                        ready.countDown();
                                        if (Libc.poll(state, pollfd, 1, 20_000) < 0) {
                                            errno.set(state.errno());
                                        }
                                    });
            ready.await();
            do {
                // The thread leaves poll() only by this, so it is alive; the first may come before
                // it is in.
                KickSignal.send(thread.get());
            } while (!blocked.join(Duration.ofMillis(50)));
        }
        assertEquals(Errno.EINTR, errno.get());
    }

    @Test
    void aBlockedKickWaits() throws InterruptedException {
        AtomicInteger result = new AtomicInteger(-2);
        Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    CallState state = new CallState();
                                    int id = KickSignal.prepareThread(state);
                                    KickSignal.block(state, true);
                                    KickSignal.send(id);
                                    result.set(Libc.poll(state, MemorySegment.NULL, 0, 10));
                                    KickSignal.block(state, false);
                                });
        thread.join();
        assertEquals(0, result.get(), "poll was interrupted by a blocked signal");
    }
}
