package lodge.tests.oracle;

import static lodge.tests.oracle.OracleLayout.DATA;
import static lodge.tests.oracle.OracleLayout.PAGE;
import static lodge.tests.oracle.OracleLayout.READ_ONLY;
import static lodge.tests.oracle.OracleLayout.STACK;
import static lodge.tests.oracle.OracleLayout.WINDOW_SIZE;

/** A record that is being made: what its makers share. */
final class Draft {
    final SplitMix random = new SplitMix(0);
    final Assembler code = new Assembler();
    StateBefore state = new StateBefore();

    /** Where the instruction ends. */
    long slot;

    /** Contents of memory and of fresh registers, see {@link FloatingPointStates#word}. */
    int style;

    /** Address of the memory operand, or -1. */
    long target;

    /** Whether it is 32-bit code, for compatibility mode. */
    boolean code32;

    /** Returns an address for an operand of a size, most often in the window and aligned. */
    long address(int size) {
        if (random.oneIn(24)) {
            int k = random.below(size + 1);
            return switch (random.below(8)) {
                case 0 -> DATA - k;
                case 1 -> READ_ONLY - k;
                case 2 -> READ_ONLY + random.below(PAGE - size);
                case 3 -> READ_ONLY + PAGE - k;
                case 4 -> DATA + PAGE - k;
                case 5 -> code32 ? random.next() >>> 32 : random.next();
                case 6 -> (code32 ? 1L << 32 : 1L << 47) - k;
                default -> STACK + random.below(PAGE - size);
            };
        }
        return inWindow(size);
    }

    long inWindow(int size) {
        long offset = random.below(Math.max(1, WINDOW_SIZE - size + 1));
        if (!random.oneIn(4)) {
            offset &= -size;
        }
        return DATA + state.windowOffset() + offset;
    }
}
