package lodge.tests.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.backend.Availability;
import lodge.machine.host.BackendChoice;
import lodge.machine.host.BackendChoice.Measurement;
import lodge.machine.host.Backends;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

/** {@code --backend auto} with the backends that there are. */
@Timeout(120)
class BackendSpeedTest {
    /** From here on a hypervisor wins unseen, and below there, if there is an interpreter, not. */
    private static final double NATIVE = 100;

    private static final double SLOWEST_INTERPRETER = 50;

    private static List<String> working() {
        return Backends.probe().stream()
                .filter(probe -> probe.availability() instanceof Availability.Ready)
                .map(Backends.Probe::name)
                .toList();
    }

    @Test
    void everyBackendThatWorksCanBeMeasured() {
        List<String> working = working();
        assumeTrue(!working.isEmpty(), "No backend works here; 'lodge doctor' says what to do");
        BackendChoice choice = Backends.chooseThoroughly();
        assertEquals(working, choice.measurements().stream().map(Measurement::backend).toList());
        for (Measurement measurement : choice.measurements()) {
            assertTrue(
                    measurement.mips() > 0 && measurement.mips() < 100_000, measurement.toString());
        }
    }

    @Test
    void theChoiceFollowsFromTheFigures() {
        List<String> working = working();
        assumeTrue(
                working.contains("interpreter") && working.contains("kvm"),
                "Needs KVM and the interpreter; 'lodge doctor' says what is missing");
        BackendChoice thorough = Backends.chooseThoroughly();
        double kvm = thorough.measurements().getFirst().mips();
        // The machine's speed may change between two measurements, but not that much.
        assumeTrue(
                kvm < SLOWEST_INTERPRETER / 2 || kvm > NATIVE * 2,
                "KVM is neither clearly fast nor clearly slow here");
        String expected = kvm < NATIVE ? "interpreter" : "kvm";
        assertEquals(expected, thorough.hypervisor().name(), thorough.reason());
        BackendChoice quick = Backends.choose("auto");
        assertEquals(expected, quick.hypervisor().name(), quick.reason());
    }

    @Test
    void aBackendAskedForIsTakenAsItIs() {
        for (String name : working()) {
            BackendChoice choice = Backends.choose(name);
            assertEquals(name, choice.hypervisor().name());
            assertTrue(choice.measurements().isEmpty());
        }
    }
}
