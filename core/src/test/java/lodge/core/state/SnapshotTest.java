package lodge.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadStateException;
import lodge.core.cpu.CpuState;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

class SnapshotTest {
    public record Part(int a, String b) {}

    public record Old(boolean flag, int number, byte[] bytes, Part part) {}

    public record New(
            long number,
            TimeUnit unit,
            boolean flag,
            int[] ints,
            boolean[] bits,
            Part part,
            List<Part> parts) {}

    private static final New RESET =
            new New(
                    1,
                    TimeUnit.DAYS,
                    false,
                    new int[] {9},
                    new boolean[0],
                    new Part(0, "zero"),
                    List.of());

    @Test
    void aProcessorsStateComesBackAsItWas() {
        CpuState state = CpuState.reset(0, 0x106a5);
        Snapshot snapshot = new Snapshot();
        snapshot.put("cpu0", state);
        CpuState read = Snapshot.of(snapshot.toBytes()).get("cpu0", CpuState.reset(1, 0));
        assertEquals(List.of(), States.diff(state, read));
    }

    @Test
    void unknownFieldsAreIgnoredAndMissingOnesKeepTheirResetValue() {
        Snapshot snapshot = new Snapshot();
        snapshot.put("device", new Old(true, -7, new byte[] {1, 2}, new Part(5, "five")));
        New read = Snapshot.of(snapshot.toBytes()).get("device", RESET);
        New wanted =
                new New(
                        -7,
                        TimeUnit.DAYS,
                        true,
                        new int[] {9},
                        new boolean[0],
                        new Part(5, "five"),
                        List.of());
        assertEquals(List.of(), States.diff(wanted, read));
    }

    @Test
    void aMissingSectionIsTheResetState() {
        assertSame(RESET, Snapshot.of(new Snapshot().toBytes()).get("other", RESET));
    }

    @Test
    void allTypesComeBack() {
        New state =
                new New(
                        Long.MIN_VALUE,
                        TimeUnit.HOURS,
                        true,
                        new int[] {1, -2},
                        new boolean[] {true, false},
                        new Part(-1, "ü"),
                        List.of(new Part(1, "x"), new Part(2, "")));
        Snapshot snapshot = new Snapshot();
        snapshot.put("s", state);
        assertEquals(
                List.of(), States.diff(state, Snapshot.of(snapshot.toBytes()).get("s", RESET)));
    }

    @Test
    void everySingleDamagedByteIsNoticed() {
        Snapshot snapshot = new Snapshot();
        snapshot.put("device", RESET);
        byte[] bytes = snapshot.toBytes();
        for (int i = 0; i < bytes.length; i++) {
            byte[] damaged = bytes.clone();
            damaged[i] ^= 0x10;
            assertThrows(BadStateException.class, () -> Snapshot.of(damaged), "byte " + i);
        }
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(bytes, length);
            assertThrows(BadStateException.class, () -> Snapshot.of(cut), "length " + length);
        }
    }

    @Test
    void randomSectionsAreAnsweredWithAnErrorNotACrash() {
        SplittableRandom random = new SplittableRandom(7);
        byte[] good = StateCodec.encode(RESET);
        for (int round = 0; round < 20_000; round++) {
            byte[] bad = good.clone();
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                StateCodec.decode("device", bad, RESET);
            } catch (BadStateException e) {
                assertTrue(e.getMessage().contains("device"), e.getMessage());
            }
        }
    }

    @Test
    void differencesAreNamed() {
        CpuState a = CpuState.reset(0, 1);
        CpuState b = a.with(a.general().withRip(0x7c00));
        assertEquals(List.of("general.rip: 0xfff0 / 0x7c00"), States.diff(a, b));
    }
}
