package lodge.devices.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.state.States;
import lodge.devices.pci.PciFunction;

import org.junit.jupiter.api.Test;

class VgaTest {
    private final VgaFixture vga = new VgaFixture();

    @Test
    void indexedRegistersReadBackWithTheirUnusedBitsClear() {
        vga.set(VgaFixture.TEXT_80X25);
        vga.graphics(Vga.GC_BIT_MASK, 0xa5);
        assertEquals(0xa5, vga.io.in(0x3cf, 1));
        vga.sequencer(Vga.SEQ_MAP_MASK, 0xff);
        assertEquals(0x0f, vga.io.in(0x3c5, 1));
        vga.crtc(Vga.CR_OFFSET, 0x77);
        assertEquals(0x77, vga.io.in(0x3d5, 1));
        assertEquals(0x67, vga.io.in(0x3cc, 1));
    }

    @Test
    void theCrtcIsWhereMiscOutputPutsIt() {
        vga.io.out(0x3c2, 1, 0x01);
        vga.crtc(Vga.CR_OFFSET, 0x12);
        assertEquals(0xff, vga.io.in(0x3b5, 1));
        vga.io.out(0x3c2, 1, 0x00);
        assertEquals(0xff, vga.io.in(0x3d5, 1));
        vga.io.out(0x3b4, 1, Vga.CR_OFFSET);
        assertEquals(0x12, vga.io.in(0x3b5, 1));
    }

    @Test
    void protectedCrtcRegistersKeepTheirValuesExceptLineCompare() {
        vga.set(VgaFixture.TEXT_80X25);
        vga.crtc(Vga.CR_RETRACE_END, 0x8e);
        vga.crtc(0, 0);
        assertEquals(0x5f, vga.io.in(0x3d5, 1));
        vga.crtc(Vga.CR_OVERFLOW, 0x00);
        assertEquals(0x0f, vga.io.in(0x3d5, 1));
        vga.crtc(Vga.CR_OFFSET, 0x14);
        assertEquals(0x14, vga.io.in(0x3d5, 1));
    }

    @Test
    void readingInputStatus1MakesTheNextAttributeWriteAnIndex() {
        vga.set(VgaFixture.TEXT_80X25);
        vga.io.out(0x3c0, 1, 0x31);
        vga.io.in(0x3da, 1);
        vga.io.out(0x3c0, 1, 0x31);
        vga.io.out(0x3c0, 1, 0x2a);
        assertEquals(0x31, vga.io.in(0x3c0, 1));
        assertEquals(0x2a, vga.io.in(0x3c1, 1));
    }

    @Test
    void dacColoursAreTakenWithTheirThirdComponent() {
        vga.io.out(0x3c8, 1, 7);
        vga.io.out(0x3c9, 1, 1);
        vga.io.out(0x3c9, 1, 2);
        vga.io.out(0x3c7, 1, 7);
        assertEquals(3, vga.io.in(0x3c7, 1) & 3);
        assertEquals(0, vga.io.in(0x3c9, 1));
        vga.io.out(0x3c8, 1, 7);
        assertEquals(0, vga.io.in(0x3c7, 1) & 3);
        vga.io.out(0x3c9, 1, 0x3f);
        vga.io.out(0x3c9, 1, 0x20);
        vga.io.out(0x3c9, 1, 0x01);
        assertEquals(8, vga.io.in(0x3c8, 1));
        vga.io.out(0x3c7, 1, 7);
        assertEquals(0x3f, vga.io.in(0x3c9, 1));
        assertEquals(0x20, vga.io.in(0x3c9, 1));
        assertEquals(0x01, vga.io.in(0x3c9, 1));
    }

    @Test
    void theRetraceFollowsTheClockSeventyTimesASecond() {
        vga.set(VgaFixture.TEXT_80X25);
        int retraces = 0;
        boolean before = true;
        int displayed = 0;
        int samples = 0;
        for (long t = 0; t < 1_000_000_000L; t += 20_000) {
            int status = vga.io.in(0x3da, 1);
            boolean now = (status & 8) != 0;
            retraces += now && !before ? 1 : 0;
            before = now;
            displayed += (status & 1) == 0 ? 1 : 0;
            samples++;
            assertTrue(!now || (status & 1) != 0, "nothing is displayed during retrace");
            vga.clock.advance(20_000);
        }
        assertEquals(70, retraces, 1);
        double expected = 400.0 / 449 * 80 / 100;
        assertEquals(expected, (double) displayed / samples, 0.02);
    }

    @Test
    void aDisabledSubsystemAnswersNothingButItsEnable() {
        vga.set(VgaFixture.TEXT_80X25);
        vga.io.write(0xb8000, 1, 0x41);
        vga.io.out(0x3c3, 1, 0);
        assertEquals(0xff, vga.io.in(0x3cc, 1));
        assertEquals(0xff, vga.io.read(0xb8000, 1));
        vga.io.out(0x3c3, 1, 1);
        assertEquals(0x67, vga.io.in(0x3cc, 1));
        assertEquals(0x41, vga.io.read(0xb8000, 1));
    }

    @Test
    void stateMovesAndResetEqualsNew() {
        vga.set(VgaFixture.MODE_13H);
        vga.io.in(0x3da, 1);
        vga.io.out(0x3c0, 1, 5);
        vga.dispi(BochsVbe.XRES, 640);
        VgaPci.State state = vga.card.save();
        VgaFixture other = new VgaFixture();
        assertNotEquals("[]", States.diff(state, other.card.save()).toString());
        other.card.load(state);
        assertEquals("[]", States.diff(state, other.card.save()).toString());
        vga.card.reset();
        assertEquals("[]", States.diff(new VgaFixture().card.save(), vga.card.save()).toString());
    }

    @Test
    void aHostileStateIsClamped() {
        byte[] none = {};
        byte[] ones = new byte[2000];
        java.util.Arrays.fill(ones, (byte) -1);
        for (byte[] bytes : new byte[][] {none, ones}) {
            Vga.State registers =
                    new Vga.State(
                            -1, -1, -1, -1, bytes, -1, bytes, -1, bytes, -1, true, bytes, -1, -1,
                            -1, -1, true, bytes, bytes, -1);
            BochsVbe.State vbe = new BochsVbe.State(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
            vga.card.load(new VgaPci.State(new PciFunction.PciState(bytes), registers, vbe));
            vga.render();
            vga.card.changes();
            for (int port = 0x3b0; port < 0x3e0; port++) {
                vga.io.out(port, 1, vga.io.in(port, 1));
            }
            vga.dispi(BochsVbe.ENABLE, 0);
            vga.render();
            vga.card.textScreen();
            VgaPci.State state = vga.card.save();
            vga.card.load(state);
            assertEquals("[]", States.diff(state, vga.card.save()).toString());
        }
    }
}
