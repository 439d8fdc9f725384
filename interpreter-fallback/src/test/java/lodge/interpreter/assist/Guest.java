package lodge.interpreter.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.InstructionAssist;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.DebugRegisters;
import lodge.core.cpu.FpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.LocalApicState;
import lodge.core.cpu.MpState;
import lodge.core.cpu.PendingEvents;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;
import lodge.core.memory.GuestMemory;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A processor before an instruction, for tests: 4 MiB of memory, tables at fixed places, and
 * registers to be set one by one.
 *
 * <p>GDT: 0x08 32-bit code ring 0, 0x10 data ring 0, 0x18 32-bit code ring 3, 0x20 data ring 3,
 * 0x28 64-bit code ring 0, 0x30 64-bit code ring 3, 0x38 16-bit code ring 0, 0x40 code not present.
 */
final class Guest {
    static final int MEMORY = 4 << 20;
    static final int GDT = 0x1000;
    static final int IDT = 0x2000;
    static final int TSS = 0x3000;
    static final int CODE = 0x8000;
    static final int STACK = 0x9000;
    static final int DATA = 0xa000;
    static final int PAGES = 0x10_0000;

    final GuestMemory memory = GuestMemory.forTests();
    final long[] r = new long[16];
    long rip = CODE;
    long rflags = 2;
    long cr0 = 0x11;
    long cr2;
    long cr3;
    long cr4;
    long efer;
    long xcr0 = 7;
    SegmentRegister es;
    SegmentRegister cs;
    SegmentRegister ss;
    SegmentRegister ds;
    SegmentRegister fs;
    SegmentRegister gs;
    SegmentRegister tr = new SegmentRegister(0x50, TSS, 0x67, 0x8b);
    int idtLimit = 0xfff;
    byte[] xsave = new byte[576 + 256];
    PendingEvents events = PendingEvents.NONE;

    private Guest() {
        memory.window(memory.allocate("ram", MEMORY), 0, MEMORY, 0).place(0, true);
        long[] descriptors = {
            0,
            0x00cf9b000000ffffL,
            0x00cf93000000ffffL,
            0x00cffb000000ffffL,
            0x00cff3000000ffffL,
            0x00af9b000000ffffL,
            0x00affb000000ffffL,
            0x00009b000000ffffL,
            0x00cf1b000000ffffL,
        };
        for (int i = 0; i < descriptors.length; i++) {
            memory.writeLong(GDT + 8 * i, descriptors[i]);
        }
        r[Processor.RSP] = STACK;
        System.arraycopy(FpuState.reset().xsave(), 0, xsave, 0, 576);
    }

    /** 32-bit protected mode, ring 0 or 3, no paging. */
    static Guest protectedMode(int ring) {
        Guest guest = new Guest();
        guest.cs = SegmentRegister.flat(0, 0xb, SegmentRegister.DEFAULT_BIG);
        guest.segments(ring, ring == 0 ? 0x08 : 0x1b, ring == 0 ? 0x10 : 0x23);
        return guest;
    }

    /** 64-bit mode, ring 0 or 3; the first 4 MiB mapped to themselves by 4 KiB pages for ring 3. */
    static Guest longMode(int ring) {
        Guest guest = new Guest();
        guest.cs = SegmentRegister.flat(0, 0xb, SegmentRegister.LONG);
        guest.segments(ring, ring == 0 ? 0x28 : 0x33, ring == 0 ? 0x10 : 0x23);
        guest.cr0 = 0x8005_0033L;
        guest.cr3 = PAGES;
        guest.cr4 = ControlRegisters.CR4_PAE | Processor.CR4_OSFXSR | Processor.CR4_OSXSAVE;
        guest.efer = 0xd01;
        guest.memory.writeLong(PAGES, PAGES + 0x1000 | 7);
        guest.memory.writeLong(PAGES + 0x1000, PAGES + 0x2000 | 7);
        guest.memory.writeLong(PAGES + 0x2000, PAGES + 0x3000 | 7);
        guest.memory.writeLong(PAGES + 0x2008, PAGES + 0x4000 | 7);
        for (int i = 0; i < 1024; i++) {
            guest.memory.writeLong(PAGES + 0x3000 + 8 * i, (long) i << 12 | 7);
        }
        return guest;
    }

    private void segments(int ring, int code, int data) {
        cs = new SegmentRegister(code, 0, -1, cs.attributes() | ring << 5);
        ss = SegmentRegister.flat(data, 3, SegmentRegister.DEFAULT_BIG);
        ss = new SegmentRegister(data, 0, -1, ss.attributes() | ring << 5);
        es = ss;
        ds = ss;
        fs = ss;
        gs = ss;
    }

    /** The entry of the page table that maps an address below 4 MiB in 64-bit mode. */
    static long entry(long linear) {
        return PAGES + 0x3000 + (linear >>> 12) * 8;
    }

    Guest code(String hex) {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        for (int i = 0; i < bytes.length; i++) {
            memory.writeByte(rip + i, bytes[i]);
        }
        return this;
    }

    /** Puts values on the stack, the first at the lowest address. */
    Guest stack(int size, long... values) {
        for (int i = 0; i < values.length; i++) {
            long at = r[Processor.RSP] + (long) size * i;
            if (size == 8) {
                memory.writeLong(at, values[i]);
            } else if (size == 4) {
                memory.writeInt(at, (int) values[i]);
            } else {
                memory.writeShort(at, (int) values[i]);
            }
        }
        return this;
    }

    /** Writes a gate: type 14 interrupt, 15 trap, 6 and 7 with 16 bits. */
    Guest gate(int vector, int type, int dpl, int selector, long target, int interruptStack) {
        boolean wide = (efer & ControlRegisters.EFER_LMA) != 0;
        long gate =
                target & 0xffff
                        | (long) selector << 16
                        | (long) interruptStack << 32
                        | (long) type << 40
                        | (long) dpl << 45
                        | 1L << 47
                        | (target >>> 16 & 0xffff) << 48;
        memory.writeLong(IDT + (wide ? 16 : 8) * vector, gate);
        if (wide) {
            memory.writeLong(IDT + 16 * vector + 8, target >>> 32);
        }
        return this;
    }

    CpuState state() {
        GeneralRegisters general =
                new GeneralRegisters(
                        r[0], r[3], r[1], r[2], r[6], r[7], r[5], r[4], r[8], r[9], r[10], r[11],
                        r[12], r[13], r[14], r[15], rip, rflags);
        SegmentRegister ldtr = new SegmentRegister(0, 0, 0xffff, 0x82);
        return new CpuState(
                general,
                new SegmentRegisters(es, cs, ss, ds, fs, gs, ldtr, tr, GDT, 0x47, IDT, idtLimit),
                new ControlRegisters(cr0, cr2, cr3, cr4, 0, efer, xcr0),
                DebugRegisters.RESET,
                new FpuState(xsave),
                List.of(),
                LocalApicState.reset(0, true),
                events,
                MpState.RUNNABLE);
    }

    Optional<CpuState> tried() {
        return new EmulationAssist().execute(state(), memory).map(InstructionAssist.Outcome::state);
    }

    /** Executes the instruction, which must complete. */
    CpuState done() {
        CpuState after = tried().orElseThrow();
        assertEquals(false, after.events().exceptionPending(), after.events()::toString);
        return after;
    }

    /** Executes the instruction, which must raise an exception with an error code. */
    CpuState fault(int vector, int errorCode) {
        CpuState after = fault(vector);
        assertTrue(after.events().exceptionHasErrorCode());
        assertEquals(
                Integer.toHexString(errorCode),
                Integer.toHexString(after.events().exceptionErrorCode()));
        return after;
    }

    /** Executes the instruction, which must raise an exception. */
    CpuState fault(int vector) {
        CpuState before = state();
        CpuState after = tried().orElseThrow();
        assertTrue(after.events().exceptionPending());
        assertEquals(vector, after.events().exceptionVector());
        assertEquals(before.general(), after.general());
        assertEquals(before.segments(), after.segments());
        return after;
    }
}
