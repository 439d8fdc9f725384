package lodge.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.NativeCallException;
import lodge.core.backend.Availability;
import lodge.natives.posix.Errno;

import org.junit.jupiter.api.Test;

class KvmHypervisorTest {
    private static Availability.Missing missing(int errno) {
        return assertInstanceOf(
                Availability.Missing.class,
                KvmHypervisor.missing(
                        new NativeCallException("open(/dev/kvm)", errno, Errno.name(errno), "")));
    }

    @Test
    void withoutPermissionItSendsToTheGroup() {
        assertEquals("No permission on /dev/kvm", missing(Errno.EACCES).reason());
        assertTrue(missing(Errno.EACCES).remedy().contains("group kvm"));
    }

    @Test
    void everyFailureHasAReasonAndARemedy() {
        for (int errno : new int[] {Errno.ENOENT, Errno.ENODEV, Errno.EBUSY, Errno.EIO}) {
            assertFalse(missing(errno).reason().isBlank());
            assertFalse(missing(errno).remedy().isBlank());
        }
    }

    @Test
    void theProbeAnswersWhateverTheHostIs() {
        switch (new KvmHypervisor().probe()) {
            case Availability.Ready ready -> assertFalse(ready.detail().isBlank());
            case Availability.Missing missing -> assertFalse(missing.remedy().isBlank());
        }
    }
}
