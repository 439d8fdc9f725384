package lodge.core.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.device.Counters;
import lodge.core.device.Device;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

class IoSpaceTest {
    public record NoState() {}

    /** Writes down what it is asked, answers 0xa0 + offset. */
    private static final class Recorder implements Device<NoState>, PortDevice, MmioDevice {
        final List<String> log = new ArrayList<>();
        final Counters counters = new Counters();
        final String name;
        final int width;

        Recorder(String name, int width) {
            this.name = name;
            this.width = width;
        }

        @Override
        public int in(int offset, int size) {
            assertTrue(Thread.holdsLock(this));
            log.add("in" + size + "@" + offset);
            return 0xffffffa0 + offset;
        }

        @Override
        public void out(int offset, int size, int value) {
            assertTrue(Thread.holdsLock(this));
            log.add("out%d@%d=%x".formatted(size, offset, value));
        }

        @Override
        public long read(long offset, int size) {
            assertTrue(Thread.holdsLock(this));
            log.add("read" + size + "@" + offset);
            return 0xffff_ffff_ffff_ffa0L + offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            assertTrue(Thread.holdsLock(this));
            log.add("write%d@%d=%x".formatted(size, offset, value));
        }

        @Override
        public int width() {
            return width;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void reset() {}

        @Override
        public NoState save() {
            return new NoState();
        }

        @Override
        public void load(NoState state) {}

        @Override
        public Counters counters() {
            return counters;
        }
    }

    private final IoSpace io = new IoSpace();
    private final Recorder narrow = new Recorder("narrow", 1);
    private final Recorder wide = new Recorder("wide", 4);

    @Test
    void openBusReadsOnesAndForgetsWrites() {
        assertEquals(0xff, io.in(0x1234, 1));
        assertEquals(0xffff, io.in(0x1234, 2));
        assertEquals(-1, io.in(0x1234, 4));
        assertEquals(-1L, io.read(0x1_0000_0000L, 8));
        assertEquals(0xff_ffffL, io.read(0xd000_0000L, 3));
        io.out(0x1234, 4, 7);
        io.write(0xd000_0000L, 8, 7);
    }

    @Test
    void answersAreCutToTheAccess() {
        io.claimPorts(wide, 0x100, 8, wide);
        assertEquals(0xa1, io.in(0x101, 1));
        assertEquals(0xffa1, io.in(0x101, 2));
        io.out(0x104, 1, 0x1234);
        assertEquals(List.of("in1@1", "in2@1", "out1@4=34"), wide.log);
    }

    @Test
    void wideAccessesToNarrowDevicesArriveAsBytesLowestFirst() {
        io.claimPorts(narrow, 0x200, 2, narrow);
        io.claimPorts(wide, 0x202, 2, wide);
        io.out(0x200, 4, 0x44332211);
        assertEquals(List.of("out1@0=11", "out1@1=22"), narrow.log);
        assertEquals(List.of("out1@0=33", "out1@1=44"), wide.log);
        assertEquals(0xa1a0a1a0, io.in(0x200, 4));
    }

    @Test
    void accessesAtTheTopOfThePortSpaceWrapLikeTheAddressLines() {
        io.claimPorts(narrow, 0xffff, 1, narrow);
        io.claimPorts(wide, 0, 1, wide);
        io.out(0xffff, 2, 0x2211);
        assertEquals(List.of("out1@0=11"), narrow.log);
        assertEquals(List.of("out1@0=22"), wide.log);
    }

    @Test
    void stringAccessesKeepTheirCount() {
        io.claimPorts(wide, 0x1f0, 4, wide);
        byte[] buffer = new byte[8];
        io.ins(0x1f0, 2, 3, MemorySegment.ofArray(buffer), 1);
        assertEquals(3, wide.log.size());
        assertEquals((byte) 0xa0, buffer[1]);
        assertEquals((byte) 0, buffer[7]);
        io.outs(0x1f0, 2, 2, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}), 0);
        assertEquals(List.of("out2@0=201", "out2@0=403"), wide.log.subList(3, 5));
        assertEquals(3L, wide.counters.snapshot().get("portReads"));
        assertEquals(2L, wide.counters.snapshot().get("portWrites"));
    }

    @Test
    void fixedClaimsMayNotOverlap() {
        io.claimPorts(narrow, 0x60, 1, narrow);
        BadConfigException e =
                assertThrows(BadConfigException.class, () -> io.claimPorts(wide, 0x5e, 4, wide));
        assertTrue(e.getMessage().contains("narrow and wide both claim port 0x60"), e.getMessage());
    }

    @Test
    void movableClaimsFollowTheGuestAndLoseAgainstFixedOnes() {
        io.claimPorts(narrow, 0x60, 1, narrow);
        IoSpace.Claim claim = io.movablePorts(wide, 4, wide);
        assertEquals(-1, claim.first());
        claim.move(0x5e);
        io.out(0x5e, 1, 1);
        io.out(0x60, 1, 2);
        claim.move(0xc000);
        io.out(0x5e, 1, 3);
        io.out(0xc000, 1, 4);
        claim.move(0xffff);
        assertEquals(-1, claim.first());
        assertEquals(List.of("out1@0=1", "out1@0=4"), wide.log);
        assertEquals(List.of("out1@0=2"), narrow.log);
    }

    @Test
    void memoryAccessesOfOddSizesAndAcrossTheEndArriveAsBytes() {
        Recorder mmio = new Recorder("mmio", 8);
        io.claimMmio(mmio, 0xfec0_0000L, 0x10, mmio);
        assertEquals(0xffff_ffff_ffff_ffa8L, io.read(0xfec0_0008L, 8));
        io.write(0xfec0_000eL, 4, 0x44332211L);
        io.write(0xfec0_0000L, 3, 0x332211L);
        assertEquals(
                List.of(
                        "read8@8",
                        "write1@14=11",
                        "write1@15=22",
                        "write1@0=11",
                        "write1@1=22",
                        "write1@2=33"),
                mmio.log);
    }

    @Test
    void theMapNamesEveryPlace() {
        io.claimPorts(narrow, 0x60, 1, narrow);
        io.claimMmio(wide, 0xfec0_0000L, 0x1000, wide);
        assertEquals(
                List.of(
                        new IoSpace.Place(true, 0x60, 1, "narrow"),
                        new IoSpace.Place(false, 0xfec0_0000L, 0x1000, "wide")),
                io.map());
    }
}
