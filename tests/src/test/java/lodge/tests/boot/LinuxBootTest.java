package lodge.tests.boot;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Debian's kernel, entered without firmware. */
class LinuxBootTest {
    private static final Duration LONG = Duration.ofMinutes(4);

    /**
     * What the kernel prints of the machine that we built. How far it gets afterwards depends on
     * the host: a KVM that emulates ring 0 stops at the first instruction that it does not know.
     */
    @Test
    void debiansKernelPrintsItsLogThroughPvh() {
        try (TestMachine machine =
                TestMachine.start(
                        lodge.machine.config.MachineConfig.builder()
                                .name("linux-pvh")
                                .memory("256M")
                                .kernel(Guests.kernel())
                                .kernelEntry("pvh")
                                .commandLine(
                                        "console=ttyS0 earlyprintk=serial,ttyS0,115200 panic=-1"
                                                + " lodge.test=1"))) {
            machine.awaitSerial("Linux version ", LONG);
            machine.awaitSerial("Command line: console=ttyS0", LONG);
            machine.awaitSerial("lodge.test=1", LONG);
            machine.awaitSerial("DMI: Lodge", LONG);
            machine.awaitSerial("ACPI: DSDT 0x", LONG);
            machine.awaitSerial("ACPI: PM-Timer IO Port: 0x608", LONG);
            machine.awaitSerial(
                    "IOAPIC[0]: apic_id 0, version 32, address 0xfec00000, GSI 0-23", LONG);
            machine.awaitSerial("Memory: ", LONG);
        }
    }
}
