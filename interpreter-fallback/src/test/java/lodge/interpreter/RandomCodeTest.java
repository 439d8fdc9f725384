package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import lodge.core.backend.CpuModel;
import lodge.core.backend.Exit;
import lodge.core.bus.IoSpace;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Random code in every mode: whatever a guest executes, {@link Cpu#run} ends with a guest's fate or
 * because it is kicked, never with a Java exception, and keeps no memory.
 *
 * <p>Each run is made from one number. Longer: {@code -Dlodge.random-code.count=100000}; a run
 * again: {@code -Dlodge.random-code.seed=} what the failure says, with a count of 1.
 */
class RandomCodeTest {
    private static final int COUNT = Integer.getInteger("lodge.random-code.count", 150);
    private static final long SEED = Long.getLong("lodge.random-code.seed", 20_261_122L);

    private static final int RAM = 1 << 20;
    private static final int PAGE = 4096;

    /** Interrupt vectors of real mode, descriptor tables, TSS, stacks, page tables, code, data. */
    private static final int GDT = 0x1000;

    private static final int IDT = 0x2000;
    private static final int TSS = 0x4000;
    private static final int STACK = 0x8000;
    private static final int TABLES = 0x1_0000;
    private static final int CODE = 0x2_0000;
    private static final int CODE_SIZE = 0x8000;

    private static final int CODE32 = 0x08;
    private static final int DATA = 0x10;
    private static final int CODE64 = 0x18;
    private static final int USER_CODE32 = 0x23;
    private static final int USER_DATA = 0x2b;
    private static final int USER_CODE64 = 0x33;
    private static final int CODE16 = 0x38;
    private static final int TSS_SELECTOR = 0x40;

    private static final long LARGE = 0x80;
    private static final long ALL_RIGHTS = 7;

    /** How the processor begins. */
    enum Mode {
        REAL(0, 0, 0),
        PROTECTED16(CpuSystem.CR0_PE, 0, 0),
        PROTECTED32(CpuSystem.CR0_PE, 0, 0),
        PAGED32(CpuSystem.CR0_PE | CpuSystem.CR0_PG | CpuSystem.CR0_WP, CpuSystem.CR4_PSE, 0),
        USER32(CpuSystem.CR0_PE | CpuSystem.CR0_PG, CpuSystem.CR4_PAE, 0),
        VM86(CpuSystem.CR0_PE | CpuSystem.CR0_PG, CpuSystem.CR4_PSE | CpuSystem.CR4_VME, 0),
        COMPATIBILITY(CpuSystem.CR0_PE | CpuSystem.CR0_PG, CpuSystem.CR4_PAE, LONG),
        LONG64(CpuSystem.CR0_PE | CpuSystem.CR0_PG, CpuSystem.CR4_PAE, LONG),
        USER64(CpuSystem.CR0_PE | CpuSystem.CR0_PG, CpuSystem.CR4_PAE, LONG);

        private final long cr0;
        private final long cr4;
        private final long efer;

        Mode(long cr0, long cr4, long efer) {
            this.cr0 = cr0;
            this.cr4 = cr4;
            this.efer = efer;
        }

        boolean isLong() {
            return efer != 0;
        }
    }

    private static final long LONG =
            CpuSystem.EFER_LME | CpuSystem.EFER_LMA | CpuSystem.EFER_SCE | CpuSystem.EFER_NXE;

    private final PhysicalMemory physical = new PhysicalMemory();
    private final GuestMemory memory = new GuestMemory(physical);
    private Cpu cpu;
    private Thread kicker;
    private volatile boolean over;

    @BeforeEach
    void build() {
        MemoryBlock block = memory.allocate("ram", RAM);
        memory.window(block, 0, RAM, 0).place(0, true);
        cpu =
                new Cpu(
                        physical,
                        new IoSpace(),
                        new ProcessorModel(
                                -1L,
                                -1L,
                                46,
                                true,
                                0,
                                ProcessorModel.of(CpuModel.MAX, 0, 1).cpuid()),
                        new FixedApic());
        physical.listener(
                new PhysicalMemory.Listener() {
                    @Override
                    public void mapChanged() {
                        cpu.attention(Cpu.FLUSH);
                    }

                    @Override
                    public void protect(long hostPage) {
                        cpu.protect(hostPage);
                    }
                });
        // Endless loops end so; the seeds that do not loop never see it.
        kicker =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    while (!over) {
                                        java.util.concurrent.locks.LockSupport.parkNanos(
                                                TimeUnit.MILLISECONDS.toNanos(3));
                                        cpu.attention(Cpu.KICK);
                                    }
                                });
    }

    @AfterEach
    void free() throws InterruptedException {
        over = true;
        kicker.join();
        cpu.free();
        physical.close();
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void randomCodeEndsAsAGuestDoes(Mode mode) {
        long before = usedHeap();
        long decoded = cpu.decoded;
        for (int n = 0; n < COUNT; n++) {
            long seed = SEED + n;
            SplittableRandom random =
                    new SplittableRandom(seed ^ (long) mode.name().hashCode() << 32);
            fill(random, mode);
            start(random, mode);
            try {
                go(n % 4 == 3);
            } catch (Throwable e) {
                fail(
                        "Mode %s, seed %d, at %x: %s"
                                .formatted(mode, seed, cpu.rip, codeAt(cpu.rip)),
                        e);
            }
        }
        long instructions = cpu.decoded - decoded;
        assertTrue(
                instructions > 3L * COUNT, "Only " + instructions + " instructions were reached");
        long kept = usedHeap() - before;
        assertTrue(kept < 64 << 20, "The processor keeps " + kept + " bytes");
    }

    /** Runs until something ends it. */
    private void go(boolean careful) {
        if (careful) {
            Exit exit = null;
            for (int n = 0; n < 2000 && exit == null && !cpu.halted; n++) {
                exit = cpu.stepOnce();
            }
            assertTrue(exit == null || exit == Exit.Signal.SHUTDOWN, "ends by " + exit);
            return;
        }
        Exit exit = cpu.run();
        assertTrue(exit == Exit.Signal.KICKED || exit == Exit.Signal.SHUTDOWN, "ends by " + exit);
    }

    private static long usedHeap() {
        System.gc();
        Runtime r = Runtime.getRuntime();
        return r.totalMemory() - r.freeMemory();
    }

    private String codeAt(long address) {
        StringBuilder text = new StringBuilder();
        for (long at = address; at < address + 16 && at >= 0 && at < RAM; at++) {
            text.append("%02x ".formatted(memory.readByte(at) & 0xff));
        }
        return text.toString();
    }

    // ---- the guest ----

    private void fill(SplittableRandom random, Mode mode) {
        // Through the guest's memory, so that what was decoded is dropped.
        byte[] all = new byte[RAM];
        for (int at = 0; at < 0x400; at += 4) {
            put(all, at, CODE / 16 << 16 | random.nextInt(CODE_SIZE), 4);
        }
        descriptors(all, random, mode);
        tables(all, random, mode);
        for (int at = CODE; at < CODE + CODE_SIZE; at++) {
            all[at] = (byte) random.nextInt();
        }
        int likely = random.nextInt(CODE_SIZE / 4);
        byte[] bias = {
            0x0f,
            0x66,
            0x67,
            0x48,
            0x4c,
            (byte) 0xf2,
            (byte) 0xf3,
            (byte) 0xf0,
            (byte) 0xc4,
            (byte) 0xc5,
            (byte) 0xd9,
            (byte) 0xcd,
            (byte) 0xff,
            (byte) 0x8e,
            (byte) 0xea,
            0x2e
        };
        for (int n = 0; n < likely; n++) {
            all[CODE + random.nextInt(CODE_SIZE)] = bias[random.nextInt(bias.length)];
        }
        memory.write(0, MemorySegment.ofArray(all), 0, RAM);
    }

    private static void put(byte[] to, int at, long value, int size) {
        for (int n = 0; n < size; n++) {
            to[at + n] = (byte) (value >>> 8 * n);
        }
    }

    private static void descriptors(byte[] all, SplittableRandom random, Mode mode) {
        put(all, GDT + CODE32, 0x00cf_9b00_0000_ffffL, 8);
        put(all, GDT + DATA, 0x00cf_9300_0000_ffffL, 8);
        put(all, GDT + CODE64, 0x00af_9b00_0000_ffffL, 8);
        put(all, GDT + 0x20, 0x00cf_fb00_0000_ffffL, 8);
        put(all, GDT + 0x28, 0x00cf_f300_0000_ffffL, 8);
        put(all, GDT + 0x30, 0x00af_fb00_0000_ffffL, 8);
        put(all, GDT + CODE16, 0x0000_9b02_0000_ffffL, 8);
        put(all, GDT + TSS_SELECTOR, 0x0000_8900_0000_2067L | (long) TSS << 16, 8);
        for (int at = 0x50; at < 0x200; at += 8) {
            // Any type, with a base and a limit that lie within memory.
            long type = random.nextInt(0x100);
            put(
                    all,
                    GDT + at,
                    random.nextInt(0x1_0000)
                            | (long) random.nextInt(RAM) << 16
                            | type << 40
                            | (long) (random.nextInt(16) << 4) << 48,
                    8);
        }
        int handlerSegment = mode.isLong() ? CODE64 : CODE32;
        for (int vector = 0; vector < 256; vector++) {
            int target = CODE + random.nextInt(CODE_SIZE);
            int type = random.nextInt(64) == 0 ? random.nextInt(256) : 0xee | random.nextInt(2);
            long low =
                    target & 0xffff
                            | (long) handlerSegment << 16
                            | (long) type << 40
                            | (long) (target >>> 16) << 48;
            put(all, IDT + vector * (mode.isLong() ? 16 : 8), low, 8);
        }
        // Stacks for all privilege levels, in both forms of TSS.
        if (mode.isLong()) {
            for (int at = 4; at < 0x5c; at += 8) {
                put(all, TSS + at, STACK + 0x1000, 8);
            }
        } else {
            for (int at = 4; at < 28; at += 8) {
                put(all, TSS + at, STACK + 0x1000, 4);
                put(all, TSS + at + 4, DATA, 4);
            }
        }
        put(all, TSS + 102, 0x88, 2);
    }

    private static void tables(byte[] all, SplittableRandom random, Mode mode) {
        int table = TABLES;
        if (mode.isLong()) {
            put(all, table, table + PAGE | ALL_RIGHTS, 8);
            table += PAGE;
        }
        if (mode.cr4 != 0 && (mode.cr4 & CpuSystem.CR4_PAE) != 0) {
            long rights = mode.isLong() ? ALL_RIGHTS : 1;
            for (int n = 0; n < 4; n++) {
                put(all, table + 8 * n, table + PAGE | rights, 8);
            }
            put(all, table + PAGE, table + 2 * PAGE | ALL_RIGHTS, 8);
            put(all, table + PAGE + 8, LARGE | ALL_RIGHTS, 8);
            for (int n = 0; n < RAM / PAGE; n++) {
                put(all, table + 2 * PAGE + 8 * n, entry(random, n), 8);
            }
        } else {
            put(all, table, table + PAGE | ALL_RIGHTS, 4);
            put(all, table + 4, LARGE | ALL_RIGHTS, 4);
            for (int n = 0; n < RAM / PAGE; n++) {
                put(all, table + PAGE + 4 * n, entry(random, n), 4);
            }
        }
    }

    /** Each page where it is, a few read-only or not there. */
    private static long entry(SplittableRandom random, int page) {
        long rights = page > CODE / PAGE && random.nextInt(8) == 0 ? random.nextInt(8) : 7;
        return (long) page * PAGE | rights;
    }

    private void start(SplittableRandom random, Mode mode) {
        cpu.flush(true);
        cpu.mail.init = false;
        cpu.mail.nmi = false;
        cpu.mail.startup = -1;
        cpu.mail.take();
        cpu.cr0 =
                mode.cr0
                        | CpuSystem.CR0_ET
                        | (random.nextInt(4) == 0 ? CpuSystem.CR0_EM : CpuSystem.CR0_NE);
        cpu.cr2 = 0;
        cpu.cr3 = TABLES;
        cpu.cr4 = mode.cr4;
        if (random.nextInt(8) != 0) {
            cpu.cr4 |= CpuSystem.CR4_OSFXSR | CpuSystem.CR4_OSXMMEXCPT | CpuSystem.CR4_OSXSAVE;
        }
        cpu.xcr0 = 7;
        cpu.efer = mode.efer;
        cpu.walker.pdptesFromMemory();
        cpu.gdtrBase = GDT;
        cpu.gdtrLimit = 0x1ff;
        cpu.idtrBase = mode == Mode.REAL ? 0 : IDT;
        cpu.idtrLimit = mode.isLong() ? 0xfff : mode == Mode.REAL ? 0x3ff : 0x7ff;
        java.util.Arrays.fill(cpu.dr, 0);
        cpu.dr[6] = Debug.DR6_FIXED;
        cpu.dr[7] = Debug.DR7_FIXED;
        for (int r = 0; r < 16; r++) {
            cpu.setReg64(8 * r, value(random));
        }
        cpu.setReg64(CpuRegisters.RSP, STACK + 0x800 + random.nextInt(0x100) * 8);
        for (int at = CpuRegisters.FPR; at < CpuRegisters.VECTOR + 512; at += 8) {
            RawMemory.putLong(cpu.s + at, random.nextLong());
        }
        for (int at = CpuRegisters.FPR + 8; at < CpuRegisters.VECTOR; at += 16) {
            RawMemory.putLong(cpu.s + at, random.nextInt(0x1_0000));
        }
        int flags = random.nextInt() & 0xcd5;
        cpu.setArithmetic(flags);
        cpu.systemFlags = flags & CpuRegisters.DF | random.nextInt(4) << 12;
        if (random.nextInt(16) == 0) {
            cpu.systemFlags |= CpuRegisters.TF;
        }
        segments(mode);
        cpu.shadow = 0;
        cpu.halted = false;
        cpu.dormant = false;
        cpu.debug.excepted(0);
        cpu.debug.refresh();
        cpu.modeChanged();
        int at = random.nextInt(CODE_SIZE);
        cpu.rip = paragraphs(mode) ? at : CODE + at;
    }

    private static long value(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt(0x100);
            case 2 -> CODE + random.nextInt(CODE_SIZE);
            default -> random.nextInt(RAM);
        };
    }

    /** Whether segments are as in the 8086. */
    private static boolean paragraphs(Mode mode) {
        return mode == Mode.REAL || mode == Mode.VM86 || mode == Mode.PROTECTED16;
    }

    private void segments(Mode mode) {
        boolean user = mode.name().startsWith("USER") || mode == Mode.COMPATIBILITY;
        cpu.cpl = user || mode == Mode.VM86 ? 3 : 0;
        int attributes = mode == Mode.VM86 ? 0xf3 : 0x93;
        for (int n = 0; n < CpuRegisters.LDTR; n++) {
            if (mode == Mode.REAL || mode == Mode.VM86) {
                int selector = n == CpuRegisters.CS ? CODE / 16 : 0;
                segment(n, selector, selector * 16L, 0xffff, attributes);
            } else if (n == CpuRegisters.CS) {
                code(mode);
            } else {
                segment(n, user ? USER_DATA : DATA, 0, -1, user ? 0xc0f3 : 0xc093);
            }
        }
        segment(CpuRegisters.LDTR, 0, 0, 0, CpuSystem.ATTR_UNUSABLE);
        segment(CpuRegisters.TR, TSS_SELECTOR, TSS, 0x2067, 0x8b);
        if (mode == Mode.VM86) {
            cpu.systemFlags |= CpuRegisters.VM;
        }
    }

    private void code(Mode mode) {
        switch (mode) {
            case PROTECTED16 -> segment(CpuRegisters.CS, CODE16, CODE, 0xffff, 0x9b);
            case USER32, COMPATIBILITY -> segment(CpuRegisters.CS, USER_CODE32, 0, -1, 0xc0fb);
            case LONG64 -> segment(CpuRegisters.CS, CODE64, 0, -1, 0xa09b);
            case USER64 -> segment(CpuRegisters.CS, USER_CODE64, 0, -1, 0xa0fb);
            default -> segment(CpuRegisters.CS, CODE32, 0, -1, 0xc09b);
        }
    }

    private void segment(int n, int selector, long base, int limit, int attributes) {
        cpu.selector[n] = selector;
        cpu.attributes[n] = attributes;
        cpu.limit[n] = limit;
        cpu.setBase(n, base);
        cpu.refreshSegment(n);
    }
}
