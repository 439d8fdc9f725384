package lodge.interpreter.assist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.CpuState;
import lodge.core.cpu.SegmentRegister;

import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.Random;

/** Random code in random states: the assist never throws and never runs for long. */
class HostileStateTest {
    private static final long SEED = 20261122;
    private static final int ROUNDS = 60_000;
    private static final int[][] OPENINGS = {
        {0xcf},
        {0x48, 0xcf},
        {0xcc},
        {0xcd},
        {0xf0, 0x48, 0x0f, 0xc7},
        {0x0f, 0xc7},
        {0x0f, 0xae},
        {0x48, 0x0f, 0xae},
        {0x66, 0x0f, 0xae},
        {0xf3, 0x0f, 0xb8},
        {0xf3, 0x0f, 0xbd},
        {0xf2, 0x0f, 0x38, 0xf1},
        {0x66, 0x0f, 0x38, 0x82},
        {0x0f, 0x38, 0xf0},
        {0x67, 0x0f, 0x38, 0xf1},
        {},
    };

    private final Guest[] guests = {
        Guest.protectedMode(0), Guest.protectedMode(3), Guest.longMode(0), Guest.longMode(3)
    };

    @Test
    void nothingThrows() {
        Random random = new Random(SEED);
        int completed = 0;
        int faulted = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long seed = random.nextLong();
            Optional<CpuState> after = oneRound(new Random(seed), seed);
            if (after.isPresent()) {
                completed += after.get().events().exceptionPending() ? 0 : 1;
                faulted += after.get().events().exceptionPending() ? 1 : 0;
            }
        }
        // The fuzzer would be worth little if it never got past the first checks.
        assertTrue(completed > ROUNDS / 200, "completed " + completed);
        assertTrue(faulted > ROUNDS / 20, "faulted " + faulted);
    }

    private Optional<CpuState> oneRound(Random random, long seed) {
        Guest guest = guests[random.nextInt(guests.length)];
        long cr0 = guest.cr0;
        long cr3 = guest.cr3;
        long cr4 = guest.cr4;
        long efer = guest.efer;
        SegmentRegister[] segments = {guest.es, guest.cs, guest.ss, guest.ds, guest.fs, guest.gs};
        SegmentRegister tr = guest.tr;
        try {
            scramble(guest, random);
            return guest.tried();
        } catch (RuntimeException e) {
            throw new AssertionError("Seed " + seed, e);
        } finally {
            guest.cr0 = cr0;
            guest.cr3 = cr3;
            guest.cr4 = cr4;
            guest.efer = efer;
            guest.es = segments[0];
            guest.cs = segments[1];
            guest.ss = segments[2];
            guest.ds = segments[3];
            guest.fs = segments[4];
            guest.gs = segments[5];
            guest.tr = tr;
        }
    }

    private static long number(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt(Guest.MEMORY + 4096) & ~0xf;
            case 2 -> random.nextInt(0x50);
            default -> random.nextInt();
        };
    }

    private static void scramble(Guest guest, Random random) {
        for (int i = 0; i < 16; i++) {
            guest.r[i] = number(random);
        }
        guest.rip = random.nextInt(8) == 0 ? number(random) : Guest.CODE;
        guest.rflags = random.nextInt(3) == 0 ? random.nextInt() & ~0x2_0000 : 2;
        int[] opening = OPENINGS[random.nextInt(OPENINGS.length)];
        for (int i = 0; i < 15; i++) {
            int value = i < opening.length ? opening[i] : random.nextInt(256);
            guest.memory.writeByte(Guest.CODE + i, value);
        }
        for (int i = 0; i < 4; i++) {
            guest.memory.writeLong(guest.r[Processor.RSP] + 8 * i, number(random));
            guest.memory.writeLong(Guest.IDT + 8 * random.nextInt(64), random.nextLong());
            guest.memory.writeLong(Guest.TSS + 8 * i, number(random));
        }
        if (random.nextInt(4) == 0) {
            guest.cr0 ^= 1L << random.nextInt(32);
            guest.cr4 ^= 1L << random.nextInt(25);
            guest.efer ^= 1L << random.nextInt(12);
            guest.cr3 = number(random);
        }
        if (random.nextInt(4) == 0) {
            SegmentRegister wild =
                    new SegmentRegister(
                            random.nextInt(),
                            random.nextLong(),
                            random.nextInt(),
                            random.nextInt() & 0x1ffff);
            switch (random.nextInt(5)) {
                case 0 -> guest.cs = wild;
                case 1 -> guest.ss = wild;
                case 2 -> guest.ds = wild;
                case 3 -> guest.tr = wild;
                default -> guest.gs = wild;
            }
        }
        if (random.nextInt(4) == 0) {
            // One entry of the page tables, or of the GDT.
            long at = random.nextBoolean() ? Guest.PAGES : Guest.GDT;
            long entry = at + 8 * random.nextInt(9);
            long old = guest.memory.readLong(entry);
            guest.memory.writeLong(entry, old ^ 1L << random.nextInt(64));
        }
    }
}
