package lodge.machine.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.LodgeException;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Which backend a machine gets, on hosts of all kinds. */
class BackendsTest {
    private static final double FAST = 3000;
    private static final double EMULATING = 2;

    private final FakeHypervisor.Clock clock = new FakeHypervisor.Clock();
    private final FakeHypervisor interpreter = new FakeHypervisor("interpreter", 240, clock);

    private BackendChoice choose(String name, FakeHypervisor... all) {
        return Backends.choose(name, List.of(all), new BackendMeter(clock), false);
    }

    private FakeHypervisor kvm(double mips) {
        return new FakeHypervisor("kvm", mips, clock);
    }

    @Test
    void aHypervisorThatUsesTheProcessorWinsAndNothingElseIsMeasured() {
        FakeHypervisor kvm = kvm(FAST);
        BackendChoice choice = choose("auto", kvm, interpreter);
        assertSame(kvm, choice.hypervisor());
        assertEquals(
                "kvm runs kernel code on the processor at 2787 million instructions/s",
                choice.reason());
        assertEquals(1, choice.measurements().size());
        assertEquals(0, interpreter.made());
        assertEquals(0, kvm.open());
    }

    @Test
    void aHypervisorThatEmulatesLosesToTheInterpreter() {
        FakeHypervisor kvm = kvm(EMULATING);
        BackendChoice choice = choose("auto", kvm, interpreter);
        assertSame(interpreter, choice.hypervisor());
        assertEquals(
                "kvm emulates kernel code at 2.0 million instructions/s, interpreter executes at"
                        + " least 50 million instructions/s",
                choice.reason());
        assertEquals("interpreter: " + choice.reason(), choice.toString());
        assertEquals("kvm", choice.measurements().getFirst().backend());
        assertEquals(EMULATING, choice.measurements().getFirst().mips(), 0.02);
        assertEquals(0, interpreter.made());
        assertEquals(0, kvm.open());
    }

    @Test
    void measuringTakesAboutTwoMilliseconds() {
        for (double mips : new double[] {0.5, 2, 30, 500, 5000}) {
            double millis = millis(mips, BackendMeter.ANY);
            assertTrue(millis >= 1 && millis <= 6, mips + " took " + millis + " ms");
        }
    }

    @Test
    void whatIsFastBeyondDoubtIsMeasuredInATenthOfThat() {
        assertTrue(millis(3000, 1000) < 0.3);
        assertTrue(millis(500, 1000) > 1, "not beyond doubt");
    }

    /** Whenever it happens, the host may do something else for a while. */
    @Test
    void aBusyHostIsNotTakenForAnEmulation() {
        for (int round = 0; round < 12; round++) {
            FakeHypervisor kvm = kvm(FAST).interruptedIn(round, 50_000_000);
            BackendChoice choice = choose("auto", kvm, interpreter);
            assertSame(kvm, choice.hypervisor(), "round " + round + ": " + choice);
        }
    }

    private double millis(double mips, double enough) {
        long before = clock.getAsLong();
        BackendMeter meter = new BackendMeter(clock);
        double measured = meter.measure(kvm(mips), BackendMeter.BRIEFLY, enough);
        // The exit to the host at the end of a round is part of it.
        assertEquals(mips, measured, mips / 5);
        return (clock.getAsLong() - before) / 1e6;
    }

    @Test
    void anEmulationFasterThanTheInterpreterWins() {
        assertEquals("kvm", choose("auto", kvm(70), interpreter).hypervisor().name());
        assertEquals("interpreter", choose("auto", kvm(49), interpreter).hypervisor().name());
    }

    @Test
    void theNextHypervisorIsMeasuredWhenTheFirstEmulates() {
        FakeHypervisor whpx = new FakeHypervisor("whpx", FAST, clock);
        BackendChoice choice = choose("auto", kvm(EMULATING), whpx, interpreter);
        assertSame(whpx, choice.hypervisor());
        assertEquals(2, choice.measurements().size());
    }

    @Test
    void theOnlyOneThatWorksIsNotMeasured() {
        FakeHypervisor slow = kvm(EMULATING);
        BackendChoice choice = choose("auto", slow);
        assertSame(slow, choice.hypervisor());
        assertEquals("the only one that works here", choice.reason());
        assertEquals(0, slow.made());
        FakeHypervisor missing = kvm(FAST).missing("no permission on /dev/kvm", "join the group");
        assertSame(interpreter, choose("auto", missing, interpreter).hypervisor());
        assertEquals(0, interpreter.made());
    }

    @Test
    void whoeverIsAskedForByNameIsTakenUnmeasured() {
        FakeHypervisor slow = kvm(EMULATING);
        BackendChoice choice = choose("kvm", slow, interpreter);
        assertSame(slow, choice.hypervisor());
        assertEquals("asked for by name", choice.reason());
        assertEquals(0, slow.made());
        assertSame(interpreter, choose("interpreter", slow, interpreter).hypervisor());
    }

    @Test
    void aHypervisorThatFailsWhenMeasuredLoses() {
        FakeHypervisor broken = kvm(FAST).failing();
        BackendChoice choice = choose("auto", broken, interpreter);
        assertSame(interpreter, choice.hypervisor());
        assertTrue(choice.reason().startsWith("kvm failed (Out of"), choice.reason());
        FakeHypervisor dying = kvm(FAST).shuttingDown();
        assertSame(interpreter, choose("auto", dying, interpreter).hypervisor());
        assertEquals(0, dying.open());
        LodgeException e =
                assertThrows(
                        LodgeException.class,
                        () -> new BackendMeter(clock).measure(dying, 1000, 1000));
        assertTrue(e.getMessage().contains("SHUTDOWN"), e.getMessage());
    }

    @Test
    void kicksOfSomebodyElseDoNoHarm() {
        assertEquals(
                "kvm", choose("auto", kvm(FAST).kickedOften(), interpreter).hypervisor().name());
    }

    @Test
    void theDoctorMeasuresAllAndDecidesTheSame() {
        for (double mips : new double[] {EMULATING, FAST}) {
            FakeHypervisor kvm = kvm(mips);
            FakeHypervisor cold = new FakeHypervisor("interpreter", 20, clock);
            BackendChoice thorough =
                    Backends.choose("auto", List.of(kvm, cold), new BackendMeter(clock), true);
            assertSame(choose("auto", kvm, cold).hypervisor(), thorough.hypervisor());
            assertEquals(2, thorough.measurements().size());
            assertTrue(
                    thorough.reason().endsWith("interpreter executes 20 million instructions/s"),
                    thorough.reason());
        }
    }

    @Test
    void theDoctorDoesNotPraiseAnInterpreterThatFails() {
        FakeHypervisor kvm = kvm(EMULATING);
        BackendChoice choice =
                Backends.choose(
                        "auto",
                        List.of(kvm, interpreter.shuttingDown()),
                        new BackendMeter(clock),
                        true);
        assertSame(kvm, choice.hypervisor());
        assertTrue(choice.reason().contains("interpreter failed"), choice.reason());
    }

    @Test
    void aBackendThatDoesNotWorkSaysWhyAndWhatToDo() {
        FakeHypervisor missing =
                kvm(FAST).missing("no permission on /dev/kvm", "join the group kvm");
        assertEquals(
                "Backend kvm does not work here: no permission on /dev/kvm; join the group kvm",
                assertThrows(BadConfigException.class, () -> choose("auto", missing)).getMessage());
        assertEquals(
                "Backend whpx is not part of this Lodge; choose kvm or interpreter",
                assertThrows(BadConfigException.class, () -> choose("whpx", kvm(FAST), interpreter))
                        .getMessage());
        assertThrows(BadConfigException.class, () -> choose("auto"));
    }
}
