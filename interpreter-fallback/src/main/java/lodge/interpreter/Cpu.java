package lodge.interpreter;

import lodge.core.backend.Exit;
import lodge.core.bus.IoSpace;

/**
 * One processor: the run loop, the way from RIP to nodes, and what all instructions share. Belongs
 * to the thread that runs it, but for {@link #attention}.
 *
 * <p>RIP is kept lazily: while nodes run it is {@link #RIP_BASE} plus the node's offset; {@link
 * #rip} holds only when a node returned null, between {@link #run}s, and for faults that say so.
 */
final class Cpu extends CpuMemory {
    /** Attention bits: what the run loop is to look after. */
    static final int KICK = 1;

    /** The local APIC or the 8259 may have an interrupt, or RFLAGS.IF or the priority changed. */
    static final int INTERRUPT = 2;

    /** INIT, SIPI or NMI. */
    static final int EVENT = 4;

    /** All translations are to be dropped. */
    static final int FLUSH = 8;

    /** Where to go on; see the class comment. */
    long rip;

    /** The current code page; null when code comes from outside memory. */
    CodePage page;

    /** Interrupts and traps wait for one instruction: 0, 1 after STI, 2 after MOV SS. */
    int shadow;

    /** Executed HLT. */
    boolean halted;

    /** An application processor that waits for INIT or a start-up IPI and executes nothing. */
    boolean dormant;

    /** While {@link #dormant}: INIT has come, the start-up IPI has not. */
    boolean waitsForStartup;

    /** What other threads have left for this processor. */
    final Mailbox mail = new Mailbox(s);

    /**
     * Whether instructions are executed one at a time: single-step, breakpoints, tracing. Derived
     * by {@link Debug#refresh}.
     */
    boolean careful;

    /** Whether a node must not run on into the next one. */
    boolean stepping;

    private final Fetcher fetcher = new Fetcher();
    final Decoder decoder;
    final X87State x87 = new X87State(this);
    final Events events;
    final Debug debug = new Debug(this);
    final SystemRegisters system;
    final LocalApicPort apic;

    /** Writes down what is executed; null but for a window of time. */
    InstructionTrace trace;

    /** Statistics: instructions decoded, pages left for the run loop. */
    long decoded;

    Cpu(PhysicalMemory physical, IoSpace io, ProcessorModel model, LocalApicPort apic) {
        this(physical, io, model, apic, new TscClock());
    }

    Cpu(
            PhysicalMemory physical,
            IoSpace io,
            ProcessorModel model,
            LocalApicPort apic,
            TscClock clock) {
        super(physical, io);
        this.apic = apic;
        decoder = new Decoder(model.features());
        system = new SystemRegisters(this, model, clock);
        events = new Events(this);
        walker.physicalBits = model.physicalBits();
        walker.gigabytePages = model.gigabytePages();
    }

    void free() {
        freeMemory();
    }

    /** RIP of the first byte of the current code page. */
    long ripBase() {
        return RawMemory.getLong(s + RIP_BASE);
    }

    // ---- attention ----

    /** Asks the run loop to look after something; any thread. */
    void attention(int bits) {
        mail.post(bits);
    }

    boolean attentive() {
        return RawMemory.getIntOpaque(s + ATTENTION) != 0;
    }

    /** Whether someone asks for the processor to stop. */
    boolean kicked() {
        return (RawMemory.getIntVolatile(s + ATTENTION) & KICK) != 0;
    }

    // ---- the run loop ----

    /**
     * Runs guest code until someone must decide.
     *
     * @return KICKED, SHUTDOWN, DEBUG_STOP, or a Fault of the host's
     */
    Exit run() {
        while (true) {
            Exit exit = null;
            try {
                if (shadow == 0 && (attentive() || halted || dormant)) {
                    exit = events.attend();
                } else if (careful || shadow != 0 || nearLimit(rip)) {
                    exit = step();
                } else {
                    execute(enter(rip));
                }
            } catch (GuestFault f) {
                exit = faulted(f);
            }
            if (exit != null) {
                return exit;
            }
        }
    }

    /**
     * Executes one instruction at RIP, or delivers the exception it raises; interrupts are not
     * looked for.
     *
     * @return why to stop, or null
     */
    Exit stepOnce() {
        try {
            return step();
        } catch (GuestFault f) {
            return faulted(f);
        }
    }

    private void execute(Node first) {
        Node n = first;
        Node now = n;
        try {
            while (n != null) {
                now = n;
                n = n.exec(this);
            }
        } catch (GuestFault f) {
            locate(f, now);
            throw f;
        }
    }

    /** Writes the faulting instruction's RIP, unless the fault belongs to where it jumped. */
    private void locate(GuestFault f, Node n) {
        if (!f.atRip) {
            rip = ripBase() + n.offset;
            if (!code64) {
                rip &= 0xffff_ffffL;
            }
            f.atRip = true;
        }
        if (f.noncanonical && n.usesStack()) {
            f.vector = GuestFault.SS;
        }
    }

    private Exit faulted(GuestFault f) {
        explicit();
        stepping = false;
        shadow = 0;
        return events.exception(f.vector, f.errorCode);
    }

    /** Executes one instruction with everything that may have to happen around it. */
    private Exit step() {
        int covered = shadow;
        Exit stop = debug.before(covered);
        if (stop != null) {
            return stop;
        }
        shadow = 0;
        stepping = true;
        Node n = null;
        try {
            n = enter(rip).single();
            if (trace != null) {
                trace.instruction();
            }
            Node next = n.exec(this);
            if (next != null) {
                rip = ripBase() + next.offset;
                if (!code64) {
                    rip &= 0xffff_ffffL;
                }
            }
        } catch (GuestFault f) {
            if (n != null) {
                locate(f, n);
            }
            throw f;
        } finally {
            stepping = false;
        }
        return debug.after();
    }

    // ---- from RIP to nodes ----

    private boolean nearLimit(long r) {
        if (code64) {
            return false;
        }
        long va = base(CS) + r & 0xffff_ffffL;
        return (limit[CS] & 0xffff_ffffL) - (r - (va & 4095)) < 4095;
    }

    /** RIP behind an instruction that is executing. */
    long nextRip(Node n) {
        long r = ripBase() + n.offset + n.length;
        return code64 ? r : r & 0xffff_ffffL;
    }

    /** RIP of an instruction that is executing. */
    long ripOf(Node n) {
        long r = ripBase() + n.offset;
        return code64 ? r : r & 0xffff_ffffL;
    }

    /** Goes on behind a node whose link is not set. */
    Node follow(Node n) {
        int end = n.offset + n.length;
        long r = ripBase() + end;
        if (!code64) {
            r &= 0xffff_ffffL;
        }
        if (stepping || page == null || end >= CodePage.SIZE || page.retired()) {
            return jump(r);
        }
        Node to = page.follow(n, mode, end);
        if (to == null) {
            decode(page, end, r);
            to = page.follow(n, mode, end);
            // The page may have been written by another processor in this moment.
            if (to == null) {
                rip = r;
            }
        }
        return to;
    }

    /**
     * Goes to an address in the current code segment: the end of every transfer of control that is
     * not linked. Looks for attention first.
     *
     * @param r the offset in CS, already cut to the operand size
     * @return the node there, or null for the run loop
     */
    Node jump(long r) {
        if (stepping || attentive() || nearLimit(r)) {
            rip = r;
            return null;
        }
        return enter(r);
    }

    /** Goes where a branch leads whose link is not set, or because attention is asked for. */
    Node branch(BranchNode n) {
        int at = n.offset + n.length + (int) n.displacement;
        long r = ripBase() + n.offset + n.length + n.displacement;
        if (!code64) {
            r &= 0xffff_ffffL;
        }
        if (stepping || attentive()) {
            rip = r;
            return null;
        }
        boolean near = n.displacement == (int) n.displacement && at >= 0 && at < CodePage.SIZE;
        if (!near || page == null || page.retired()) {
            return jump(r);
        }
        CodePage p = page;
        Node to = p.find(mode, at);
        if (to == null) {
            to = decode(p, at, r);
        }
        p.link(n, mode, at, to);
        return to;
    }

    /** Checks the target of a near transfer: #GP(0) beyond the limit or when not canonical. */
    void checkTarget(long r) {
        if (code64 ? !canonical(r) : Long.compareUnsigned(r, limit[CS] & 0xffff_ffffL) > 0) {
            throw gp(0);
        }
    }

    private Node enter(long r) {
        long va = code64 ? r : base(CS) + r & 0xffff_ffffL;
        if (!code64 && r > (limit[CS] & 0xffff_ffffL)) {
            GuestFault f = gp(0);
            rip = r;
            f.atRip = true;
            throw f;
        }
        CodePage p;
        try {
            p = executable(va);
            while (p != null && p.retired()) {
                // The TLB still knows a page that was given up.
                flush(true);
                p = executable(va);
            }
        } catch (GuestFault f) {
            rip = r;
            f.atRip = true;
            throw f;
        }
        int at = (int) va & 4095;
        page = p;
        RawMemory.putLong(s + RIP_BASE, r - at);
        if (p == null) {
            return build(r, va, null, at);
        }
        Node n = p.find(mode, at);
        return n != null ? n : decode(p, at, r);
    }

    private Node decode(CodePage p, int at, long r) {
        int claim = p.claim(at, Math.min(15, CodePage.SIZE - at));
        long va = code64 ? r : base(CS) + r & 0xffff_ffffL;
        Node n = build(r, va, p, at);
        p.put(mode, at, n, claim);
        return n;
    }

    private Node build(long r, long va, CodePage p, int at) {
        decoded++;
        fetcher.start(r, va, p, at);
        Insn i;
        try {
            i = decoder.decode(fetcher, mode);
        } catch (GuestFault f) {
            rip = r;
            f.atRip = true;
            throw f;
        }
        i.offset = (short) at;
        if (p == null || at + i.length > CodePage.SIZE) {
            return new CrossingNode(this, i, va);
        }
        return Specializer.specialize(this, i, p, mode);
    }

    /** Decodes the instruction behind one in the same page, to see whether they can be fused. */
    Insn peek(CodePage p, Insn first) {
        int at = first.offset + first.length;
        if (at + 15 > CodePage.SIZE) {
            return null;
        }
        p.claim(at, 15);
        long r = ripBase() + at;
        fetcher.start(r, code64 ? r : base(CS) + r & 0xffff_ffffL, p, at);
        Insn i;
        try {
            i = decoder.decode(fetcher, mode);
        } catch (GuestFault f) {
            return null;
        }
        i.offset = (short) at;
        return i;
    }

    /** The bytes of an instruction, with the checks of fetching. */
    private final class Fetcher implements Decoder.Source {
        private long start;
        private long va;
        private CodePage from;
        private int at;

        void start(long r, long linear, CodePage p, int offset) {
            start = r;
            va = linear;
            from = p;
            at = offset;
        }

        @Override
        public int fetch(int n) {
            if (!code64 && start + n > (limit[CS] & 0xffff_ffffL)) {
                throw gp(0);
            }
            if (from != null && at + n < CodePage.SIZE) {
                return RawMemory.getByte(from.host + at + n) & 0xff;
            }
            return fetchByte(code64 ? va + n : va + n & 0xffff_ffffL);
        }

        @Override
        public RuntimeException tooLong() {
            return gp(0);
        }
    }

    // ---- what instructions share ----

    /** Loads from a decoded memory operand. */
    long loadOperand(Insn i, int size) {
        return load(linear(i.segment, i.ea(this), size, false), size);
    }

    /** Stores to a decoded memory operand. */
    void storeOperand(Insn i, int size, long v) {
        store(linear(i.segment, i.ea(this), size, true), size, v);
    }

    /** Reads an E operand of the instruction's size, zero-extended. */
    long readE(Insn i) {
        return readE(i, i.size);
    }

    /** Reads an E operand of a size, zero-extended. */
    long readE(Insn i, int size) {
        return i.mem ? loadOperand(i, size) : reg(i.rmOff, size);
    }

    /** Writes an E operand of a size; for operands that are not read before. */
    void writeE(Insn i, int size, long v) {
        if (i.mem) {
            storeOperand(i, size, v);
        } else {
            setReg(i.rmOff, size, v);
        }
    }

    /** SP, ESP or RSP, as wide as the stack. */
    long stackPointer() {
        return stackSize == 8
                ? reg64(RSP)
                : stackSize == 4 ? reg32(RSP) & 0xffff_ffffL : reg16(RSP);
    }

    void setStackPointer(long v) {
        if (stackSize == 8) {
            setReg64(RSP, v);
        } else if (stackSize == 4) {
            setReg32(RSP, (int) v);
        } else {
            setReg16(RSP, (int) v);
        }
    }

    private long cut(long sp) {
        return stackSize == 8 ? sp : stackSize == 4 ? sp & 0xffff_ffffL : sp & 0xffff;
    }

    /** Linear address of a stack offset, checked. */
    long stackAddress(long sp, int size, boolean write) {
        return linear(SS, cut(sp), size, write);
    }

    /** Pushes 2, 4 or 8 bytes. */
    void push(int size, long v) {
        long sp = cut(stackPointer() - size);
        store(linear(SS, sp, size, true), size, v);
        setStackPointer(sp);
    }

    /** Reads what a POP at a distance from the top would give; changes nothing. */
    long peekStack(int distance, int size) {
        return load(linear(SS, cut(stackPointer() + distance), size, false), size);
    }

    /** Pops 2, 4 or 8 bytes. */
    long pop(int size) {
        long v = peekStack(0, size);
        setStackPointer(cut(stackPointer() + size));
        return v;
    }

    /**
     * Writes RFLAGS as far as a mask allows; looks for interrupts when IF may have been set.
     *
     * @param value new bits
     * @param mask which of them count
     */
    void writeFlags(int value, int mask) {
        setArithmetic(arithmetic() & ~mask | value & mask);
        int system = mask & ~(ARITHMETIC | 2);
        int before = systemFlags;
        systemFlags = systemFlags & ~system | value & system & 0x3f7700;
        int changed = before ^ systemFlags;
        if ((changed & (VM | AC)) != 0) {
            modeChanged();
        }
        if ((changed & (TF | RF)) != 0) {
            debug.refresh();
        }
        if ((changed & systemFlags & IF) != 0) {
            attention(INTERRUPT);
        }
    }

    /** Begins or, with null, ends a trace. */
    void trace(InstructionTrace newTrace) {
        trace = newTrace;
        debug.refresh();
    }

    /** Reads a port for an instruction that may. */
    int in(int port, int size) {
        int value = io.in(port, size);
        if (trace != null) {
            trace.port(false, port, size, value);
        }
        return value;
    }

    /** Writes a port for an instruction that may. */
    void out(int port, int size, int value) {
        if (trace != null) {
            trace.port(true, port, size, value);
        }
        io.out(port, size, value);
    }

    // ---- CpuMemory's questions ----

    @Override
    boolean apicPage(long gpa) {
        return apic.covers(gpa);
    }

    @Override
    long apicRead(long gpa, int size) {
        return apic.read((int) gpa & 0xfff, size);
    }

    @Override
    void apicWrite(long gpa, int size, long value) {
        apic.write((int) gpa & 0xfff, size, value);
    }

    @Override
    void watch(long va, int size, boolean write) {
        debug.access(va, size, write);
    }
}
