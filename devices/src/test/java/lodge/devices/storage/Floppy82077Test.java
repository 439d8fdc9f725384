package lodge.devices.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadImageException;
import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.state.States;
import lodge.devices.dma.Dma8237;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;

/** Against the Intel 82077AA datasheet (290166). */
class Floppy82077Test {
    private static final int DOR = 0x3f2;
    private static final int MSR = 0x3f4;
    private static final int FIFO = 0x3f5;
    private static final int DIR = 0x3f7;

    private final GuestMemory memory = GuestMemory.forTests();
    private final IoSpace io = new IoSpace();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final MemoryDisk disk = new MemoryDisk(1440 * 1024);
    private final Dma8237 dma = new Dma8237("dma", memory);
    private boolean holding;
    private boolean irq;
    private final Floppy82077 fdc =
            new Floppy82077(
                    "fdc",
                    new IrqLine((pin, high) -> irq = high, 6),
                    dma.channel(2),
                    task -> {
                        if (holding) {
                            tasks.add(task);
                        } else {
                            task.run();
                        }
                    },
                    FloppyFormat.F1440K,
                    null);

    @BeforeEach
    void wire() {
        MemoryBlock ram = memory.allocate("ram", 1 << 20);
        memory.window(ram, 0, 1 << 20, 0).place(0, true);
        io.claimPorts(dma, 0x00, 16, dma.firstPorts());
        io.claimPorts(dma, 0xc0, 32, dma.secondPorts());
        io.claimPorts(dma, 0x81, 15, dma.pagePorts());
        io.out(0xd6, 1, 0xc0);
        io.out(0xd4, 1, 0);
        io.claimPorts(fdc, 0x3f0, 6, fdc.ports());
        io.claimPorts(fdc, DIR, 1, fdc.inputPort());
        fdc.insert(0, disk);
    }

    /**
     * Leaves reset with motor A on and senses the four polling interrupts; 500 kbit/s, DMA mode.
     */
    private void start() {
        io.out(DOR, 1, 0x1c);
        for (int i = 0; i < 4; i++) {
            command("08");
            assertEquals("c%x00".formatted(i), result(2));
        }
        io.out(DIR, 1, 0);
        command("03 df 02");
    }

    private void command(String hex) {
        for (byte b : HexFormat.of().parseHex(hex.replace(" ", ""))) {
            assertEquals(0x80, io.in(MSR, 1) & 0xc0, "ready for a command byte");
            io.out(FIFO, 1, b & 0xff);
        }
    }

    private String result(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            assertEquals(0xd0, io.in(MSR, 1), "ready with a result byte");
            bytes[i] = (byte) io.in(FIFO, 1);
        }
        assertEquals(0x80, io.in(MSR, 1), "ready for the next command");
        return HexFormat.of().formatHex(bytes);
    }

    private String dataResult() {
        assertTrue(irq, "a data command ends with an interrupt");
        String hex = HexFormat.of().toHexDigits((byte) io.in(FIFO, 1));
        assertFalse(irq, "reading the first result byte clears INT");
        return hex + result(6);
    }

    /** Programs DMA channel 2; mode 6 writes memory, 0xa reads it. */
    private void dma(int mode, int address, int bytes) {
        io.out(0x0a, 1, 6);
        io.out(0x0c, 1, 0);
        io.out(0x0b, 1, 0x40 | mode);
        io.out(0x04, 1, address);
        io.out(0x04, 1, address >>> 8);
        io.out(0x05, 1, bytes - 1);
        io.out(0x05, 1, bytes - 1 >>> 8);
        io.out(0x81, 1, address >>> 16);
        io.out(0x0a, 1, 2);
    }

    private int lba(int cylinder, int head, int sector) {
        return (cylinder * 2 + head) * 18 + sector - 1;
    }

    private void seek(int cylinder) {
        command("0f 00 %02x".formatted(cylinder));
        assertTrue(irq);
        command("08");
        assertEquals("20%02x".formatted(cylinder), result(2));
        assertFalse(irq);
    }

    @Test
    void interruptsAfterResetAndReportsFourDrives() {
        assertEquals(0, io.in(MSR, 1), "in reset");
        io.out(DOR, 1, 0x0c);
        assertTrue(irq);
        for (int i = 0; i < 4; i++) {
            command("08");
            assertEquals("c%x00".formatted(i), result(2));
            assertFalse(irq);
        }
        command("08");
        assertEquals("80", result(1), "nothing to sense is an invalid command");
    }

    @Test
    void interruptsOnlyThroughTheDmaGate() {
        io.out(DOR, 1, 0x04);
        assertFalse(irq);
        io.out(DOR, 1, 0x0c);
        assertTrue(irq);
    }

    @Test
    void dsrResetsAndComesBackByItself() {
        start();
        io.out(MSR, 1, 0x80);
        assertTrue(irq);
        command("08");
        assertEquals("c000", result(2));
    }

    @Test
    void saysItsVersionAndRefusesUnknownCommands() {
        start();
        command("10");
        assertEquals("90", result(1));
        command("1f");
        assertEquals("80", result(1));
    }

    @Test
    void readsSectorsByDmaUntilTerminalCount() {
        start();
        seek(40);
        dma(6, 0x12000, 3 * 512);
        command("e6 04 28 01 05 02 12 1b ff");
        assertEquals("04000028010802", dataResult());
        for (int i = 0; i < 3; i++) {
            assertEquals(lba(40, 1, 5 + i), memory.readShort(0x12000 + 512L * i));
        }
        assertEquals(0, memory.readShort(0x12000 + 3 * 512));
    }

    @Test
    void multiTrackGoesOnWithTheOtherSide() {
        start();
        dma(6, 0x10000, 36 * 512);
        command("e6 00 00 00 01 02 12 1b ff");
        assertEquals(
                "04000001000102", dataResult(), "the next sector is on the next cylinder, side 0");
        for (int i = 0; i < 36; i++) {
            assertEquals(i, memory.readShort(0x10000 + 512L * i));
        }
    }

    @Test
    void withoutTerminalCountTheEndOfTheTrackIsAnError() {
        start();
        dma(6, 0x10000, 0x8000);
        command("46 00 00 00 11 02 12 1b ff");
        assertEquals("40800001000102", dataResult());
    }

    @Test
    void aMaskedDmaChannelOverruns() {
        start();
        io.out(0x0a, 1, 6);
        command("46 00 00 00 01 02 12 1b ff");
        assertEquals("40100000000102", dataResult());
    }

    @Test
    void writesSectorsByDma() {
        start();
        for (int i = 0; i < 1024; i++) {
            memory.writeByte(0x3000 + i, i * 3);
        }
        seek(2);
        dma(0xa, 0x3000, 1024);
        command("c5 00 02 00 12 02 12 1b ff");
        // Sector 18 of side 0, then with MT sector 1 of side 1.
        assertEquals("04000002010202", dataResult());
        for (int i = 0; i < 1024; i++) {
            assertEquals((byte) (i * 3), disk.bytes[lba(2, 0, 18) * 512 + i]);
        }
    }

    @Test
    void movesDataByPioWithoutDma() {
        start();
        command("03 df 03");
        command("46 00 00 00 12 02 12 1b ff");
        assertTrue(irq);
        assertEquals(0xf0, io.in(MSR, 1), "RQM, DIO, non-DMA, busy");
        for (int i = 0; i < 512; i++) {
            assertEquals(disk.bytes[17 * 512 + i] & 0xff, io.in(FIFO, 1));
        }
        assertEquals("40800001000102", dataResult());
        command("45 00 00 00 12 02 12 1b ff");
        assertEquals(0xb0, io.in(MSR, 1), "RQM, non-DMA, busy");
        for (int i = 0; i < 512; i++) {
            io.out(FIFO, 1, 0x77);
        }
        assertEquals("40800001000102", dataResult());
        assertEquals(0x77, disk.bytes[18 * 512 - 1]);
    }

    @Test
    void wrongAddressesAreNotFound() {
        start();
        dma(6, 0x10000, 512);
        command("46 00 01 00 01 02 12 1b ff");
        assertEquals("4004100100" + "0102", dataResult(), "wrong cylinder");
        command("46 00 00 01 01 02 12 1b ff");
        assertEquals("40040000" + "000102", dataResult(), "wrong head");
        command("46 00 00 00 13 02 13 1b ff");
        assertEquals("400400" + "00001302", dataResult(), "no sector 19");
        command("46 00 00 00 01 03 12 1b ff");
        assertEquals("400400" + "00000102", dataResult(), "1024-byte sectors");
        command("06 00 00 00 01 02 12 1b ff");
        assertEquals("400100" + "00000102", dataResult(), "FM");
        seek(80);
        command("46 00 50 00 01 02 12 1b ff");
        assertEquals("400100" + "50000102", dataResult(), "unformatted");
    }

    @Test
    void theDataRateMustFit() {
        start();
        for (int rate = 1; rate < 4; rate++) {
            io.out(DIR, 1, rate);
            command("4a 00");
            assertEquals("4001", dataResult().substring(0, 4));
        }
        io.out(DIR, 1, 0);
        command("4a 00");
        assertEquals("00000000000102", dataResult());
        command("4a 04");
        assertEquals("04000000010202", dataResult(), "the disk has turned");
    }

    @Test
    void implicitSeeksMoveTheHead() {
        start();
        command("13 00 40 00");
        dma(6, 0x10000, 512);
        command("46 00 14 00 01 02 12 1b ff");
        assertEquals("00000014000202", dataResult());
        assertEquals(lba(20, 0, 1), memory.readShort(0x10000));
    }

    @Test
    void recalibrateTakes79StepsAtMost() {
        start();
        seek(81);
        command("07 00");
        command("08");
        assertEquals("7002", result(2), "equipment check");
        command("07 00");
        command("08");
        assertEquals("2000", result(2));
        command("07 01");
        command("08");
        assertEquals("7100", result(2), "no drive B, no track 0");
    }

    @Test
    void relativeSeeksStepInAndOut() {
        start();
        command("cf 00 05");
        command("08");
        assertEquals("2005", result(2));
        command("8f 00 02");
        command("08");
        assertEquals("2003", result(2));
    }

    @Test
    void writeProtectionIsSeen() {
        disk.readOnly = true;
        start();
        command("04 00");
        assertEquals("78", result(1));
        dma(0xa, 0x3000, 512);
        command("45 00 00 00 01 02 12 1b ff");
        assertEquals("40020000000102", dataResult());
        command("4d 00 02 12 1b f6");
        assertEquals("4002", dataResult().substring(0, 4));
    }

    @Test
    void hostErrorsAreDataErrors() {
        start();
        disk.failing = true;
        dma(6, 0x10000, 512);
        command("46 00 00 00 01 02 12 1b ff");
        assertEquals("40202000000102", dataResult());
        assertEquals(1, fdc.counters().snapshot().get("hostErrors"));
    }

    @Test
    void formatsATrack() {
        start();
        seek(3);
        for (int i = 0; i < 18; i++) {
            memory.writeInt(0x5000 + 4L * i, 0x0200_0103 | i + 1 << 16);
        }
        dma(0xa, 0x5000, 72);
        command("4d 04 02 12 1b f6");
        assertEquals("0400", dataResult().substring(0, 4));
        assertEquals((byte) 0xf6, disk.bytes[lba(3, 1, 1) * 512]);
        assertEquals((byte) 0xf6, disk.bytes[lba(4, 0, 1) * 512 - 1]);
        assertEquals((byte) lba(3, 0, 18), disk.bytes[lba(3, 0, 18) * 512]);
        memory.writeByte(0x5000, 4);
        dma(0xa, 0x5000, 72);
        command("4d 04 02 12 1b f6");
        assertEquals("4420", dataResult().substring(0, 4), "address fields of another cylinder");
    }

    @Test
    void verifyReadsWithoutMovingData() {
        start();
        command("f6 80 00 00 01 02 12 1b 14");
        assertEquals("04000000010302", dataResult(), "20 sectors: 18 and 2 on the other side");
        command("56 00 00 00 01 02 12 1b ff");
        assertEquals("00000001000102", dataResult());
    }

    @Test
    void dumpsItsRegistersAndLocksThem() {
        start();
        seek(7);
        command("13 00 5a 33");
        command("94");
        assertEquals("10", result(1));
        command("0e");
        assertEquals("07000000df0200805a33", result(10));
        io.out(DOR, 1, 0x18);
        io.out(DOR, 1, 0x1c);
        command("0e");
        assertEquals("07000000df0200805a33", result(10), "locked over a reset");
        command("14");
        assertEquals("00", result(1));
        io.out(DOR, 1, 0x18);
        io.out(DOR, 1, 0x1c);
        command("0e");
        assertEquals("07000000df0200007000", result(10));
    }

    @Test
    void diskChangeIsSeenUntilTheHeadMoves() {
        start();
        assertEquals(0x80, io.in(DIR, 1) & 0x80);
        seek(1);
        assertEquals(0, io.in(DIR, 1) & 0x80);
        assertSame(disk, fdc.eject(0).orElseThrow());
        assertEquals(0x80, io.in(DIR, 1) & 0x80);
        seek(0);
        assertEquals(0x80, io.in(DIR, 1) & 0x80, "no disk");
        dma(6, 0x10000, 512);
        command("46 00 00 00 01 02 12 1b ff");
        assertEquals("4001", dataResult().substring(0, 4));
        fdc.insert(0, disk);
        seek(1);
        assertEquals(0, io.in(DIR, 1) & 0x80);
        io.out(DOR, 1, 0x0c);
        fdc.eject(0);
        assertEquals(0, io.in(DIR, 1) & 0x80, "motor off");
    }

    @Test
    void disksOfImpossibleSizesAreRefused() {
        MemoryDisk odd = new MemoryDisk(1000 * 1024);
        String message =
                assertThrows(BadImageException.class, () -> fdc.insert(0, odd)).getMessage();
        assertTrue(message.contains("1024000"), message);
    }

    @Test
    void everyFormatReadsItsLastSector() {
        for (FloppyFormat format : FloppyFormat.values()) {
            assertEquals(format, FloppyFormat.ofSize(format.sizeBytes()).orElseThrow());
            MemoryDisk image = new MemoryDisk((int) format.sizeBytes());
            fdc.insert(0, image);
            start();
            int rate =
                    format.tracks() == 40
                            ? 1
                            : format == FloppyFormat.F720K
                                    ? 2
                                    : format == FloppyFormat.F2880K ? 3 : 0;
            io.out(DIR, 1, rate);
            int track = format.tracks() - 1;
            // A 40-track disk lies on every second cylinder of this drive.
            seek(format.tracks() == 40 ? 2 * track : track);
            dma(6, 0x10000, 512);
            int head = format.heads() - 1;
            command(
                    "46 %02x %02x %02x %02x 02 %02x 1b ff"
                            .formatted(head << 2, track, head, format.sectors(), format.sectors()));
            assertEquals("00", dataResult().substring(2, 4), format.name());
            assertEquals((int) (format.sizeBytes() / 512 - 1), memory.readShort(0x10000));
            fdc.reset();
        }
    }

    @Test
    void isBusyWhileTheHostWorksAndForgetsItAtAReset() {
        start();
        holding = true;
        dma(6, 0x10000, 512);
        command("46 00 00 00 01 02 12 1b ff");
        assertEquals(0x10, io.in(MSR, 1));
        assertFalse(irq);
        io.out(DOR, 1, 0x18);
        io.out(DOR, 1, 0x1c);
        command("08");
        result(2);
        tasks.remove().run();
        assertFalse(irq);
        command("46 00 00 00 03 02 12 1b ff");
        tasks.remove().run();
        assertEquals("00000000000402", dataResult());
        assertEquals(2, memory.readShort(0x10000));
    }

    @Test
    void aPioTransferSurvivesSaveAndLoad() {
        start();
        command("03 df 03");
        command("46 00 00 00 12 02 12 1b ff");
        for (int i = 0; i < 100; i++) {
            io.in(FIFO, 1);
        }
        Floppy82077.State state = fdc.save();
        fdc.reset();
        fdc.load(state);
        assertEquals(List.of(), States.diff(state, fdc.save()));
        for (int i = 100; i < 512; i++) {
            assertEquals(disk.bytes[17 * 512 + i] & 0xff, io.in(FIFO, 1));
        }
        assertEquals("40800001000102", dataResult());
    }
}
