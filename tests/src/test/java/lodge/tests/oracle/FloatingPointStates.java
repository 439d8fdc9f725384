package lodge.tests.oracle;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * x87 and vector states before instructions: a stock of complete ones, of which each record gets a
 * copy with some registers replaced.
 */
final class FloatingPointStates {
    /** Kinds of contents, see {@link #word}. */
    static final int STYLES = 5;

    private static final int STOCK = 256;
    private static final int WINDOWS = 128;

    private final MemorySegment stock =
            Arena.ofAuto()
                    .allocate(
                            (long) STOCK * OracleLayout.XSAVE_SIZE + OracleLayout.BEFORE_SIZE, 64);

    /** Memory contents of each style. */
    private final MemorySegment windows =
            Arena.ofAuto().allocate((long) STYLES * WINDOWS * OracleLayout.WINDOW_SIZE, 64);

    FloatingPointStates(long seed) {
        SplitMix random = new SplitMix(seed);
        StateBefore state = new StateBefore();
        for (int i = 0; i < STOCK; i++) {
            state.at(stock, (long) i * OracleLayout.XSAVE_SIZE);
            state.putLong(OracleLayout.XSTATE_BV, 7);
            for (int n = 0; n < 16; n++) {
                vector(random, state, n, random.below(5));
            }
            x87(random, state);
        }
        for (int i = 0; i < STYLES * WINDOWS * OracleLayout.WINDOW_SIZE / 8; i++) {
            int style = i / (WINDOWS * OracleLayout.WINDOW_SIZE / 8);
            windows.setAtIndex(JAVA_LONG, i, word(random, style));
        }
    }

    /** Fills a record's own memory with contents of a style. */
    void window(SplitMix random, StateBefore to, int style) {
        MemorySegment.copy(
                windows,
                (style * WINDOWS + random.below(WINDOWS)) * (long) OracleLayout.WINDOW_SIZE,
                to.segment(),
                to.base() + OracleLayout.WINDOW,
                OracleLayout.WINDOW_SIZE);
    }

    /** Copies any of the states. */
    void copy(SplitMix random, StateBefore to) {
        MemorySegment.copy(
                stock,
                (long) random.below(STOCK) * OracleLayout.XSAVE_SIZE,
                to.segment(),
                to.base(),
                OracleLayout.XSAVE_SIZE);
    }

    /** Gives a YMM register another value: integers, singles, doubles, small numbers or bits. */
    static void vector(SplitMix random, StateBefore to, int register, int style) {
        for (int i = 0; i < 4; i++) {
            long offset =
                    (i < 2 ? OracleLayout.XMM + i * 8L : OracleLayout.YMM_HIGH + (i - 2) * 8L)
                            + register * 16L;
            to.putLong(offset, word(random, style));
        }
    }

    /** Returns 8 bytes of a style: 0 integers, 1 singles, 2 doubles, 3 small integers, 4 bits. */
    static long word(SplitMix random, int style) {
        return switch (style) {
            case 0 -> EdgeValues.integer(random);
            case 1 ->
                    EdgeValues.single(random) & 0xffff_ffffL
                            | (long) EdgeValues.single(random) << 32;
            case 2 -> EdgeValues.wide(random);
            case 3 -> random.next() & 0x0000_003f_0000_003fL;
            default -> random.next();
        };
    }

    private static void x87(SplitMix random, StateBefore to) {
        for (int i = 0; i < 8; i++) {
            if (random.oneIn(16)) { // an MMX register
                to.putLong(OracleLayout.X87 + 32 + i * 16L, EdgeValues.integer(random));
                to.putLong(OracleLayout.X87 + 40 + i * 16L, 0xffff);
            } else {
                EdgeValues.extended(random, to, OracleLayout.X87 + 32 + i * 16L);
            }
        }
        // Mostly masked exceptions and 64 bits of precision, but every other setting too.
        int control = 0x37f;
        if (random.oneIn(2)) {
            control = 0x7f | random.below(4) << 10 | (random.oneIn(2) ? 3 : random.below(4)) << 8;
        }
        if (random.oneIn(8)) {
            control &= ~0x3f | random.below(64);
        }
        int top = random.oneIn(2) ? random.below(8) : 0;
        int status = top << 11 | random.below(8) << 8 | random.below(2) << 14;
        if (random.oneIn(4)) {
            status |= random.below(128); // an unmasked one becomes ES and B as it is loaded
        }
        int tags = random.oneIn(2) ? 0xff : random.oneIn(4) ? 0 : random.below(256);
        to.putInt(OracleLayout.X87, control | status << 16);
        to.putInt(OracleLayout.X87 + 4, tags);
        to.mxcsr(simdControl(random));
    }

    private static int simdControl(SplitMix random) {
        int value = 0x1f80;
        if (random.oneIn(2)) {
            value |= random.below(4) << 13;
        }
        if (random.oneIn(4)) {
            value |= random.below(2) << 15 | random.below(2) << 6;
        }
        if (random.oneIn(8)) {
            value &= ~0x1f80 | random.below(64) << 7;
        }
        if (random.oneIn(4)) {
            value |= random.below(64);
        }
        return value;
    }
}
