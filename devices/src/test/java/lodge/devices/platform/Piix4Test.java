package lodge.devices.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.memory.GuestMemory;
import lodge.core.time.ManualClock;
import lodge.devices.pci.PciBus;
import lodge.devices.storage.AtaChannel;
import lodge.devices.timer.AcpiPmTimer;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The three functions of the PIIX4 that there are, against its datasheet (290562). */
class Piix4Test {
    private static final int PM = 0x600;
    private static final int SMBUS = 0x700;
    private static final int POWER = 1 << 3 | 3;
    private static final int IDE = 1 << 3 | 1;
    private static final int ISA = 1 << 3;

    private final IoSpace io = new IoSpace();
    private final ManualClock clock = new ManualClock();
    private final PciBus bus = new PciBus();
    private final boolean[] isaLevels = new boolean[16];
    private final AtaChannel primary =
            new AtaChannel("ide0", IrqLine.unconnected(), GuestMemory.forTests(), null, null);
    private final AtaChannel secondary =
            new AtaChannel("ide1", IrqLine.unconnected(), GuestMemory.forTests(), null, null);
    private boolean sci;
    private int powerOffs;
    private Piix4Isa isa;
    private Piix4Power power;

    @BeforeEach
    void wire() {
        IrqLine[] lines = new IrqLine[16];
        for (int i = 0; i < 16; i++) {
            lines[i] = new IrqLine((pin, high) -> isaLevels[pin] = high, i);
        }
        isa = new Piix4Isa("isa", lines);
        power =
                new Piix4Power(
                        "power",
                        io,
                        new IrqLine((pin, high) -> sci = high, 9),
                        clock,
                        () -> powerOffs++);
        bus.attach(1, 0, isa);
        bus.attach(1, 1, new Piix4Ide("ide", io, primary, secondary));
        bus.attach(1, 3, power);
        io.claimPorts(power, 0xb2, 2, power.apmPorts());
    }

    private void enablePorts() {
        bus.write(0, POWER, 0x40, 4, PM);
        bus.write(0, POWER, 0x80, 1, 1);
        bus.write(0, POWER, 0x90, 4, SMBUS);
        bus.write(0, POWER, 0x04, 2, 1);
    }

    @Test
    void functionsIdentifyThemselves() {
        assertEquals(0x7110_8086, bus.read(0, ISA, 0, 4));
        assertEquals(0x0601, bus.read(0, ISA, 10, 2));
        assertEquals(0x80, bus.read(0, ISA, 14, 1), "several functions");
        assertEquals(0x7111_8086, bus.read(0, IDE, 0, 4));
        assertEquals(0x0101_80, bus.read(0, IDE, 8, 4) >>> 8);
        assertEquals(0x7113_8086, bus.read(0, POWER, 0, 4));
        assertEquals(0x0680, bus.read(0, POWER, 10, 2));
        assertEquals(-1, bus.read(0, ISA | 2, 0, 4), "no USB");
    }

    @Test
    void pirqsAreRoutedAndSharedLevels() {
        isa.line(0, true);
        assertFalse(isaLevels[11], "not routed after reset");
        bus.write(0, ISA, 0x60, 4, 0x0b80_0b0b);
        assertTrue(isaLevels[11]);
        isa.line(1, true);
        isa.line(0, false);
        assertTrue(isaLevels[11], "the other request holds it");
        isa.line(1, false);
        assertFalse(isaLevels[11]);
        isa.line(2, true);
        assertFalse(isaLevels[11]);
        bus.write(0, ISA, 0x62, 1, 10);
        assertTrue(isaLevels[10]);
        bus.write(0, ISA, 0x62, 1, 0x8a);
        assertFalse(isaLevels[10]);
        bus.write(0, ISA, 0x62, 1, 8);
        assertFalse(isaLevels[8], "IRQ 8 cannot be a target");
    }

    @Test
    void busMasterRegistersArePlacedByBar4() {
        bus.write(0, IDE, 0x20, 4, -1);
        assertEquals(0xffff_fff1, bus.read(0, IDE, 0x20, 4));
        bus.write(0, IDE, 0x20, 4, 0xc040);
        bus.write(0, IDE, 0x04, 2, 5);
        io.out(0xc044, 4, 0x1234_5678);
        io.out(0xc04c, 4, 0x1111_1110);
        assertEquals(0x1234_5678, io.in(0xc044, 4));
        assertEquals(0x1111_1110, io.in(0xc04c, 4));
        assertTrue(primary.save().busMaster().enabled());
        bus.write(0, IDE, 0x04, 2, 1);
        assertFalse(secondary.save().busMaster().enabled());
        bus.write(0, IDE, 0x04, 2, 0);
        assertEquals(-1, io.in(0xc044, 4));
    }

    @Test
    void idetimSaysThatBothChannelsAreThere() {
        assertEquals(0x8000_8000, bus.read(0, IDE, 0x40, 4));
    }

    @Test
    void pmPortsAppearAtThePmBase() {
        bus.write(0, POWER, 0x40, 4, PM);
        assertEquals(-1, io.in(PM + 8, 4), "PMIOSE is clear");
        enablePorts();
        assertEquals(0, io.in(PM + 8, 4));
        clock.advance(1_000_000_000);
        assertEquals(AcpiPmTimer.HERTZ, io.in(PM + 8, 4));
        assertEquals((int) AcpiPmTimer.HERTZ & 0xff, io.in(PM + 8, 1));
        assertEquals((int) AcpiPmTimer.HERTZ >>> 16, io.in(PM + 10, 2));
        bus.write(0, POWER, 0x41, 1, 0xb0);
        assertEquals(-1, io.in(PM + 8, 4));
        assertEquals(AcpiPmTimer.HERTZ, io.in(0xb008, 4));
        power.reset();
        assertEquals(-1, io.in(0xb008, 4));
    }

    @Test
    void apmcSwitchesBetweenAcpiAndLegacyMode() {
        enablePorts();
        assertEquals(0, io.in(PM + 4, 2));
        io.out(0xb3, 1, 0x5a);
        io.out(0xb2, 1, Piix4Power.ACPI_ENABLE);
        assertEquals(1, io.in(PM + 4, 2));
        assertEquals(0x5a, io.in(0xb3, 1));
        assertEquals(Piix4Power.ACPI_ENABLE, io.in(0xb2, 1));
        io.out(0xb2, 1, Piix4Power.ACPI_DISABLE);
        assertEquals(0, io.in(PM + 4, 2));
    }

    @Test
    void firmwareSeesThatNoSmiHandlerIsWanted() {
        assertEquals(1 << 25, bus.read(0, POWER, 0x58, 4) & 1 << 25);
    }

    @Test
    void theTimersOverflowInterrupts() {
        enablePorts();
        io.out(PM + 4, 2, 1);
        io.out(PM + 2, 2, 1);
        long halfPeriod = (1L << 23) * 1_000_000_000L / AcpiPmTimer.HERTZ;
        clock.advance(halfPeriod - 1000);
        assertFalse(sci);
        clock.advance(2000);
        assertTrue(sci);
        assertEquals(1, io.in(PM, 2));
        io.out(PM, 2, 1);
        assertFalse(sci);
        clock.advance(halfPeriod);
        assertTrue(sci, "when bit 23 falls, too");
        io.out(PM + 2, 2, 0);
        assertFalse(sci);
    }

    @Test
    void thePowerButtonInterruptsWhoAskedForIt() {
        enablePorts();
        power.pressPowerButton();
        assertFalse(sci);
        assertEquals(0x100, io.in(PM, 2));
        io.out(PM + 2, 2, 0x100);
        assertFalse(sci, "legacy mode");
        io.out(PM + 4, 2, 1);
        assertTrue(sci);
        io.out(PM + 1, 1, 1);
        assertFalse(sci);
        assertEquals(0, io.in(PM, 2));
    }

    @Test
    void softOffSwitchesThePowerOff() {
        enablePorts();
        io.out(PM + 4, 2, 1 << 10 | 1 << 13);
        assertEquals(0, powerOffs, "suspend to RAM is not there");
        io.out(PM + 4, 2, Piix4Power.SOFT_OFF_TYPE << 10 | 1);
        assertEquals(0, powerOffs, "only with SUS_EN");
        io.out(PM + 4, 2, Piix4Power.SOFT_OFF_TYPE << 10 | 1 << 13 | 1);
        assertEquals(1, powerOffs);
        assertEquals(1, io.in(PM + 4, 2), "SUS_EN reads as 0");
        io.out(PM + 5, 1, 0x20);
        assertEquals(2, powerOffs, "by a byte write");
        io.out(PM + 4, 4, 0x2000);
        assertEquals(3, powerOffs, "by a dword write");
    }

    @Test
    void generalPurposeEventsNeedAnEnable() {
        enablePorts();
        io.out(PM + 0x0e, 2, -1);
        assertEquals(0x0f01, io.in(PM + 0x0e, 2));
        assertEquals(0, io.in(PM + 0x0c, 2));
    }

    @Test
    void nobodyAnswersOnTheSmbus() {
        enablePorts();
        bus.write(0, POWER, 0xd2, 1, 0x09);
        io.out(SMBUS + 4, 1, 0xa1);
        assertEquals(0, io.in(SMBUS, 1));
        io.out(SMBUS + 2, 1, 0x48);
        assertEquals(4, io.in(SMBUS, 1), "device error");
        assertEquals(0x08, io.in(SMBUS + 2, 1), "START reads as 0");
        assertFalse(sci);
        io.out(SMBUS, 1, 4);
        io.out(SMBUS + 2, 1, 0x49);
        assertTrue(sci, "IRQ 9 with INTEREN");
        io.out(SMBUS, 1, 0x1e);
        assertFalse(sci);
        io.out(SMBUS + 2, 1, 2);
        assertEquals(0x10, io.in(SMBUS, 1), "killed");
    }
}
