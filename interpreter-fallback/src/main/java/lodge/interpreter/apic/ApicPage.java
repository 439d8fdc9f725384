package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;

import lodge.core.cpu.LocalApicState;

import java.util.Arrays;

/**
 * The register page of a saved local APIC. Registers lie at their offsets; what is no register but
 * must not be lost lies in the reserved bytes behind the ESR: the errors since its last write, and
 * whether an ExtINT message waits.
 */
final class ApicPage {
    private static final int ERRORS_AT = ESR << 4 | 4;
    private static final int EXT_INT_AT = ESR << 4 | 8;

    private final byte[] bytes;

    /** An empty page. */
    ApicPage() {
        bytes = new byte[LocalApicState.SIZE];
    }

    /** The page of a state; what is missing of it is 0. */
    ApicPage(LocalApicState state) {
        bytes = Arrays.copyOf(state.registers(), LocalApicState.SIZE);
    }

    LocalApicState toState(long base) {
        return new LocalApicState(base, bytes);
    }

    int get(int register) {
        return word(register << 4);
    }

    void put(int register, int value) {
        word(register << 4, value);
    }

    int errors() {
        return word(ERRORS_AT);
    }

    void errors(int value) {
        word(ERRORS_AT, value);
    }

    boolean extIntWaits() {
        return (word(EXT_INT_AT) & 1) != 0;
    }

    void extIntWaits(boolean waits) {
        word(EXT_INT_AT, waits ? 1 : 0);
    }

    private int word(int at) {
        int value = 0;
        for (int i = 3; i >= 0; i--) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }

    private void word(int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }
}
