package lodge.devices.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.core.backend.LocalApics;
import lodge.core.bus.LineSink;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** After the Intel 82093AA datasheet. */
class IoApic82093Test {
    private static final int MASKED = 1 << 16;
    private static final int LEVEL = 1 << 15;
    private static final int REMOTE_IRR = 1 << 14;
    private static final int LOGICAL = 1 << 11;

    private final List<String> messages = new ArrayList<>();
    private final List<String> routes = new ArrayList<>();
    private final IoApic82093 ioApic = new IoApic82093("ioapic", new Recorder());

    private final class Recorder implements LocalApics {
        @Override
        public void sendMsi(long address, int data) {
            messages.add("%x %x".formatted(address, data));
        }

        @Override
        public void route(int pin, boolean masked, long address, int data) {
            routes.add("%d %b %x %x".formatted(pin, masked, address, data));
        }

        @Override
        public void onEoi(EoiListener listener) {}

        @Override
        public void externalInterrupts(ExternalInterrupts source) {}

        @Override
        public LineSink intr() {
            return (pin, high) -> {};
        }
    }

    private void write(int register, int value) {
        ioApic.write(0x00, 4, register);
        ioApic.write(0x10, 4, value & 0xffff_ffffL);
    }

    private int read(int register) {
        ioApic.write(0x00, 4, register);
        return (int) ioApic.read(0x10, 4);
    }

    private void entry(int pin, int low, int destination) {
        write(0x11 + 2 * pin, destination << 24);
        write(0x10 + 2 * pin, low);
    }

    @Test
    void aNewChipIsMaskedAndTellsItsVersion() {
        assertEquals(0x0017_0020, read(1));
        for (int pin = 0; pin < IoApic82093.PINS; pin++) {
            assertEquals(MASKED, read(0x10 + 2 * pin));
        }
        assertEquals(0, read(0x40));
    }

    @Test
    void theIdentificationIsAlsoTheArbitrationNumber() {
        write(0, 0xffff_ffff);
        assertEquals(0x0f00_0000, read(0));
        assertEquals(0x0f00_0000, read(2));
    }

    @Test
    void onlyTheWritableBitsOfAnEntryAreKept() {
        entry(4, 0xffff_ffff, 0xff);
        assertEquals(0x0001_afff, read(0x18));
        assertEquals(0xff00_0000, read(0x19));
        write(0x19, -1);
        assertEquals(0xff00_0000, read(0x19));
    }

    @Test
    void anEdgeIsSentOncePerRise() {
        entry(3, 0x31, 0x02);
        ioApic.line(3, true);
        ioApic.line(3, true);
        assertEquals(List.of("fee02000 31"), messages);
        ioApic.line(3, false);
        ioApic.line(3, true);
        assertEquals(2, messages.size());
    }

    @Test
    void destinationAndDeliveryModeGoIntoTheMessage() {
        entry(3, LOGICAL | 1 << 8 | 0x55, 0xf3);
        ioApic.line(3, true);
        assertEquals(List.of("feef3004 155"), messages);
    }

    @Test
    void aMaskedEdgeIsLost() {
        entry(3, MASKED | 0x31, 0);
        ioApic.line(3, true);
        write(0x16, 0x31);
        assertEquals(List.of(), messages);
    }

    @Test
    void aMaskedLevelIsSentWhenUnmasked() {
        entry(10, MASKED | LEVEL | 0x41, 0);
        ioApic.line(10, true);
        assertEquals(List.of(), messages);
        write(0x24, LEVEL | 0x41);
        assertEquals(List.of("fee00000 c041"), messages);
    }

    @Test
    void aLevelIsSentAgainOnlyAfterItsEnd() {
        entry(10, LEVEL | 0x41, 0);
        ioApic.line(10, true);
        assertEquals(LEVEL | REMOTE_IRR | 0x41, read(0x24));
        ioApic.line(10, false);
        ioApic.line(10, true);
        assertEquals(1, messages.size());
        ioApic.endOfInterrupt(0x41);
        assertEquals(2, messages.size());
        ioApic.line(10, false);
        ioApic.endOfInterrupt(0x41);
        assertEquals(2, messages.size());
        assertEquals(LEVEL | 0x41, read(0x24));
    }

    @Test
    void theEndOfAnotherVectorChangesNothing() {
        entry(10, LEVEL | 0x41, 0);
        ioApic.line(10, true);
        ioApic.endOfInterrupt(0x42);
        assertEquals(1, messages.size());
        assertEquals(LEVEL | REMOTE_IRR | 0x41, read(0x24));
    }

    @Test
    void theEoiRegisterEndsAnInterruptToo() {
        entry(10, LEVEL | 0x41, 0);
        ioApic.line(10, true);
        ioApic.write(0x40, 4, 0x41);
        assertEquals(2, messages.size());
    }

    @Test
    void aMaskedEntryIsEndedButNotSentAgain() {
        entry(10, LEVEL | 0x41, 0);
        ioApic.line(10, true);
        write(0x24, MASKED | LEVEL | 0x41);
        ioApic.endOfInterrupt(0x41);
        assertEquals(1, messages.size());
        assertEquals(MASKED | LEVEL | 0x41, read(0x24));
    }

    @Test
    void makingAnEntryEdgeTriggeredClearsItsRemoteIrr() {
        entry(10, LEVEL | 0x41, 0);
        ioApic.line(10, true);
        write(0x24, MASKED | 0x41);
        assertEquals(MASKED | 0x41, read(0x24));
        write(0x24, MASKED | LEVEL | 0x41);
        assertEquals(MASKED | LEVEL | 0x41, read(0x24));
    }

    @Test
    void writingDoesNotSetReadOnlyBits() {
        entry(10, MASKED | LEVEL | REMOTE_IRR | 1 << 12 | 0x41, 0);
        assertEquals(MASKED | LEVEL | 0x41, read(0x24));
    }

    @Test
    void theBackendIsToldOfEveryEntry() {
        entry(5, LEVEL | 0x51, 1);
        assertEquals(List.of("5 true fee01000 0", "5 false fee01000 c051"), routes);
    }

    @Test
    void extIntIsLeftToThePicsOwnWire() {
        entry(0, 7 << 8, 0);
        ioApic.line(0, true);
        assertEquals(List.of(), messages);
    }

    @Test
    void aLoadedChipTellsItsRoutesAndSendsNothing() {
        entry(10, LEVEL | 0x41, 0);
        ioApic.line(10, true);
        IoApic82093.State state = ioApic.save();
        messages.clear();
        routes.clear();
        ioApic.load(state);
        assertEquals(List.of(), messages);
        assertEquals(24, routes.size());
        ioApic.endOfInterrupt(0x41);
        assertEquals(1, messages.size());
    }

    @Test
    void bytesOfTheWindowCanBeRead() {
        entry(5, 0x51, 0xab);
        ioApic.write(0, 1, 0x1b);
        assertEquals(0xab, ioApic.read(0x13, 1) & 0xff);
    }
}
