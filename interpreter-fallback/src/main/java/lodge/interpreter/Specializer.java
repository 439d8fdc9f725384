package lodge.interpreter;

/** Chooses the fastest node for an instruction; the instruction itself where there is none. */
final class Specializer {
    private Specializer() {}

    static Node specialize(Cpu c, Insn i, CodePage page, int mode) {
        return i;
    }
}
