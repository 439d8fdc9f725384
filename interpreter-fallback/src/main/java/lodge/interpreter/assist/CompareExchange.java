package lodge.interpreter.assist;

import static lodge.interpreter.assist.Processor.RAX;
import static lodge.interpreter.assist.Processor.RBX;
import static lodge.interpreter.assist.Processor.RCX;
import static lodge.interpreter.assist.Processor.RDX;

import lodge.core.memory.GuestMemory;

import java.util.concurrent.locks.ReentrantLock;

/**
 * CMPXCHG8B and CMPXCHG16B, with and without LOCK (SDM vol. 2A, CMPXCHG8B/CMPXCHG16B).
 *
 * <p>How atomic they are: 8 aligned bytes are compared and exchanged in one step, for other
 * processors and for devices. Java has no such step for 16 bytes. So assisted CMPXCHG16B exclude
 * one another, and each half is exchanged in one step and only if it still holds what was compared;
 * but between the halves another processor that executes natively may see one new and one old, and
 * if it changes the upper half exactly then, that is taken back, which it may see too. A machine
 * with one processor sees no difference. The same holds for 8 bytes across a cache line.
 */
final class CompareExchange {
    /** No field of any machine: it only makes pairs of steps exclude each other. */
    private static final ReentrantLock PAIRS = new ReentrantLock();

    private final Processor cpu;
    private final LinearSpace space;
    private final GuestMemory memory;

    CompareExchange(Processor cpu, LinearSpace space, GuestMemory memory) {
        this.cpu = cpu;
        this.space = space;
        this.memory = memory;
    }

    /**
     * Executes it.
     *
     * @param instruction the instruction, its operands decoded; ModRM's r/m is memory
     */
    void execute(Instruction instruction) throws Abandon {
        if (instruction.rexW()) {
            exchange16(instruction.operandAddress(16, true));
        } else {
            exchange8(instruction.operandAddress(8, true));
        }
    }

    private void exchange8(long linear) throws Abandon {
        long expected = pair(RDX, RAX);
        long wanted = pair(RCX, RBX);
        int access = space.programs(Paging.WRITE);
        long found;
        if ((linear & 7) == 0) {
            long physical = space.physical(linear, 8, access);
            do {
                found = memory.readLong(physical);
            } while (found == expected && !memory.compareAndSetLong(physical, expected, wanted));
        } else {
            found = space.load(linear, 8, access);
            if (found == expected) {
                space.store(linear, 8, wanted, access);
            }
        }
        if (found != expected) {
            cpu.setRegister(RDX, 4, found >>> 32);
            cpu.setRegister(RAX, 4, found);
        }
        setZero(found == expected);
    }

    private long pair(int high, int low) {
        return cpu.registers[high] << 32 | cpu.registers[low] & 0xffff_ffffL;
    }

    private void exchange16(long linear) throws Abandon {
        if ((linear & 15) != 0) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        long physical = space.physical(linear, 16, space.programs(Paging.WRITE));
        PAIRS.lock();
        try {
            exchangePair(physical);
        } finally {
            PAIRS.unlock();
        }
    }

    private void exchangePair(long physical) {
        long expectedLow = cpu.registers[RAX];
        long expectedHigh = cpu.registers[RDX];
        long low;
        long high;
        boolean equal;
        boolean done;
        do {
            low = memory.readLong(physical);
            high = memory.readLong(physical + 8);
            equal = low == expectedLow && high == expectedHigh;
            done = !equal || replace(physical, low, high);
        } while (!done);
        if (!equal) {
            cpu.registers[RAX] = low;
            cpu.registers[RDX] = high;
        }
        setZero(equal);
    }

    private boolean replace(long physical, long low, long high) {
        long newHigh = cpu.registers[RCX];
        if (!memory.compareAndSetLong(physical + 8, high, newHigh)) {
            return false;
        }
        if (memory.compareAndSetLong(physical, low, cpu.registers[RBX])) {
            return true;
        }
        // Somebody changed the lower half: nothing has happened.
        memory.compareAndSetLong(physical + 8, newHigh, high);
        return false;
    }

    private void setZero(boolean zero) {
        cpu.rflags = cpu.rflags & ~Processor.ZF | (zero ? Processor.ZF : 0);
    }
}
