package lodge.tests.lockstep;

import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.LocalApicState;
import lodge.core.cpu.PendingEvents;
import lodge.core.state.States;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;

/** Executes the same on two processors, an instruction at a time, and says where they part. */
final class LockStep implements AutoCloseable {
    private static final long TF = 0x100;
    private static final long RF = 0x1_0000;
    private static final int ITERATIONS = 70;
    private static final int CHAINED = 3;
    private static final int LONGEST = 15;
    private static final int SHOWN_BYTES = 12;

    /** How a step ended. */
    enum Verdict {
        /** Both have done the same. */
        SAME,
        /** They differ; {@link #differences} says in what. */
        DIFFERENT,
        /** The oracle did not execute the instruction itself. */
        NOT_EXECUTED,
        /** The sequence is over, in the same way on both. */
        OVER
    }

    private final SteppedCpu oracle;
    private final SteppedCpu tested;
    private final List<String> differences = new ArrayList<>();
    private CpuState before;

    LockStep(Hypervisor oracle, Hypervisor tested) {
        this.oracle = new SteppedCpu(oracle);
        this.tested = new SteppedCpu(tested);
    }

    int signature() {
        return oracle.signature();
    }

    void load(byte[] memory, CpuState state) {
        oracle.load(memory, state);
        tested.load(memory, state);
        before = oracle.state();
    }

    /** Returns what differed, like {@code general.rax: 0x0 / 0x1}: the oracle's comes first. */
    List<String> differences() {
        return differences;
    }

    /** Returns the state before the last step. */
    CpuState before() {
        return before;
    }

    /** Returns the state after the last step that was the same. */
    CpuState after() {
        return oracle.state();
    }

    /**
     * Executes one instruction, with all its iterations when it is repeated.
     *
     * @param following tells which instruction a state is in front of, or null
     */
    Verdict step(Generator.Placed instruction, Function<CpuState, Generator.Placed> following) {
        differences.clear();
        long assists = oracle.assists();
        before = oracle.state();
        if (instruction.repeated()) {
            if ((before.general().rcx() & 0xffff_ffffL) > ITERATIONS) {
                return Verdict.OVER;
            }
        }
        Exit expected = step(oracle, instruction);
        Exit actual = step(tested, instruction);
        if (oracle.assists() != assists || expected instanceof Exit.Fault) {
            return Verdict.NOT_EXECUTED;
        }
        if (!expected.equals(actual)) {
            differences.add("exit." + expected + ": " + expected + " / " + actual);
            return Verdict.DIFFERENT;
        }
        if (expected != Exit.Signal.DEBUG_STOP) {
            return Verdict.OVER;
        }
        CpuState theirs = oracle.state();
        CpuState ours = tested.state();
        if (((theirs.general().rflags() | ours.general().rflags()) & TF) != 0) {
            // From here on the guest steps, too.
            return Verdict.OVER;
        }
        compare(theirs, ours, instruction);
        Generator.Placed next = following.apply(ours);
        if (!differences.isEmpty()
                && theirs.general().rip() == ours.general().rip()
                && next != null
                && next.repeated()) {
            // KVM may have done some iterations of it already, see catchUp: let both end it.
            if (step(oracle, next) != Exit.Signal.DEBUG_STOP
                    || step(tested, next) != Exit.Signal.DEBUG_STOP) {
                return Verdict.OVER;
            }
            theirs = oracle.state();
            ours = tested.state();
            differences.clear();
            long undefined = instruction.undefinedFlags() | next.undefinedFlags();
            compare(theirs, ours, new Generator.Placed(0, next.key(), undefined, true));
        }
        if (!differences.isEmpty() && theirs.general().rip() != ours.general().rip()) {
            ours = catchUp(theirs, ours, instruction, following);
            if (ours == null) {
                return Verdict.OVER;
            }
        }
        if (!differences.isEmpty()) {
            return Verdict.DIFFERENT;
        }
        if (theirs.general().rflags() != ours.general().rflags()) {
            tested.load(theirs);
        }
        return Verdict.SAME;
    }

    /**
     * After an access outside memory KVM does not stop, but with the next instruction that makes
     * none: lets the other processor execute what KVM has executed.
     *
     * @return its state then, or null when it cannot be compared with KVM's: it has left the
     *     sequence, or steps itself
     */
    private CpuState catchUp(
            CpuState theirs,
            CpuState ours,
            Generator.Placed instruction,
            Function<CpuState, Generator.Placed> following) {
        List<String> first = List.copyOf(differences);
        long undefined = instruction.undefinedFlags();
        CpuState now = ours;
        for (int i = 0; i < CHAINED; i++) {
            Generator.Placed next = following.apply(now);
            long ahead = theirs.general().rip() - now.general().rip();
            if (next == null && ahead > 0 && ahead <= LONGEST) {
                return null;
            }
            if (next == null || step(tested, next) != Exit.Signal.DEBUG_STOP) {
                break;
            }
            now = tested.state();
            if ((now.general().rflags() & TF) != 0) {
                return null;
            }
            undefined |= next.undefinedFlags();
            if (now.general().rip() == theirs.general().rip()) {
                differences.clear();
                compare(theirs, now, new Generator.Placed(0, next.key(), undefined, false));
                return now;
            }
        }
        differences.clear();
        differences.addAll(first);
        return now;
    }

    /** Executes an instruction, all iterations of a repeated one. */
    private Exit step(SteppedCpu cpu, Generator.Placed instruction) {
        if (!instruction.repeated()) {
            return cpu.step();
        }
        long rip = cpu.state().general().rip();
        Exit exit = Exit.Signal.DEBUG_STOP;
        for (int i = 0; i <= ITERATIONS && exit == Exit.Signal.DEBUG_STOP; i++) {
            exit = cpu.step();
            if (cpu.state().general().rip() != rip) {
                break;
            }
        }
        return exit;
    }

    /** Adds what differs; what belongs to the delivery of an exception or interrupt says so. */
    private void compare(CpuState theirs, CpuState ours, Generator.Placed instruction) {
        long ignored = RF | instruction.undefinedFlags();
        long handler = ours.general().rip() - Mode.HANDLERS;
        boolean delivered = handler >= 0 && handler < 2 * Mode.VECTORS;
        String prefix = delivered ? "delivery." : "";
        for (String line : States.diff(comparable(theirs, ignored), comparable(ours, ignored))) {
            differences.add(prefix + line);
        }
        long at = mismatch(0);
        if (at >= 0) {
            byte different =
                    (byte)
                            (oracle.memory().get(ValueLayout.JAVA_BYTE, at)
                                    ^ tested.memory().get(ValueLayout.JAVA_BYTE, at));
            String what = different == 1 && mismatch(at + 1) < 0 ? "memory.bit" : "memory";
            differences.add(
                    "%s%s: at 0x%x: %s / %s"
                            .formatted(prefix, what, at, bytes(oracle, at), bytes(tested, at)));
        }
    }

    /** Where memory differs first from an address on, or -1. */
    private long mismatch(long from) {
        long at =
                MemorySegment.mismatch(
                        oracle.memory(),
                        from,
                        SteppedCpu.MEMORY,
                        tested.memory(),
                        from,
                        SteppedCpu.MEMORY);
        return at < 0 ? at : from + at;
    }

    private static String bytes(SteppedCpu cpu, long at) {
        byte[] shown = new byte[(int) Math.min(SHOWN_BYTES, SteppedCpu.MEMORY - at)];
        MemorySegment.copy(cpu.memory(), ValueLayout.JAVA_BYTE, at, shown, 0, shown.length);
        return HexFormat.ofDelimiter(" ").formatHex(shown);
    }

    /** The state without flags that are undefined and what goes on by itself: TSC and timer. */
    private static CpuState comparable(CpuState s, long ignoredFlags) {
        GeneralRegisters g = s.general();
        GeneralRegisters general =
                new GeneralRegisters(
                        g.rax(),
                        g.rbx(),
                        g.rcx(),
                        g.rdx(),
                        g.rsi(),
                        g.rdi(),
                        g.rbp(),
                        g.rsp(),
                        g.r8(),
                        g.r9(),
                        g.r10(),
                        g.r11(),
                        g.r12(),
                        g.r13(),
                        g.r14(),
                        g.r15(),
                        g.rip(),
                        g.rflags() & ~ignoredFlags);
        return new CpuState(
                general,
                s.segments(),
                s.control(),
                s.debug(),
                s.fpu(),
                List.of(),
                LocalApicState.reset(0, true),
                events(s.events()),
                s.mpState());
    }

    /** What is not pending has neither vector nor error code, which KVM leaves there. */
    private static PendingEvents events(PendingEvents e) {
        return new PendingEvents(
                e.exceptionPending(),
                e.exceptionPending() ? e.exceptionVector() : 0,
                e.exceptionPending() && e.exceptionHasErrorCode(),
                e.exceptionPending() ? e.exceptionErrorCode() : 0,
                e.interruptPending(),
                e.interruptPending() ? e.interruptVector() : 0,
                e.interruptPending() && e.interruptSoft(),
                e.interruptShadow(),
                e.nmiInjected(),
                e.nmiPending(),
                e.nmiMasked(),
                e.sipiVector());
    }

    /** Ends a step that does not come back; any thread. */
    void kick() {
        oracle.kick();
        tested.kick();
    }

    @Override
    public void close() {
        oracle.close();
        tested.close();
    }
}
