package lodge.natives.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.BadConfigException;
import lodge.core.NativeCallException;
import lodge.natives.posix.Errno;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

@EnabledOnOs(OS.LINUX)
class TapInterfaceTest {
    private static TapInterface open() {
        assumeTrue(
                Files.exists(Path.of("/dev/net/tun")),
                "Skipped: there is no /dev/net/tun; load the module tun");
        try {
            return TapInterface.open("lodgetest%d");
        } catch (NativeCallException e) {
            assumeTrue(
                    e.errorCode() != Errno.EPERM && e.errorCode() != Errno.EACCES,
                    "Skipped: " + e.getMessage());
            throw e;
        }
    }

    @Test
    void theKernelChoosesANumber() {
        try (TapInterface tap = open()) {
            assertTrue(tap.name().matches("lodgetest\\d+"), tap.name());
        }
    }

    @Test
    void aWakeEndsTheWaitForAFrame() throws InterruptedException {
        try (TapInterface tap = open();
                Arena arena = Arena.ofShared()) {
            MemorySegment frame = arena.allocate(2048);
            int[] length = {-1};
            Thread receiver = Thread.ofPlatform().start(() -> length[0] = tap.receive(frame));
            Thread.sleep(50);
            tap.wake();
            receiver.join(10_000);
            assertEquals(0, length[0]);
        }
    }

    @Test
    void aNameThatIsTooLongIsRefused() {
        assertThrows(BadConfigException.class, () -> TapInterface.open("sixteen-bytes-ab"));
        assertThrows(BadConfigException.class, () -> TapInterface.open(""));
    }
}
