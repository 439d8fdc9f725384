package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;

import lodge.core.cpu.LocalApicState;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A local APIC of the kind that Pentium 4 and later processors have, in xAPIC or x2APIC mode (SDM
 * vol. 3A, chapter 11; the sections below are of that chapter).
 *
 * <p><b>Threads.</b> {@link #mayInterrupt} is for everybody. Whatever else is public belongs to the
 * thread of the APIC's processor, which alone changes registers, the in-service register and
 * priorities. Messages, wires and the timer come from any thread and set bits of the interrupt
 * request register atomically. Nothing allocates but {@link #save} and {@link #load}; the host and
 * the EOI listener are called with no lock held.
 *
 * <p><b>In the processor's loop.</b> {@link ApicHost#attention} comes whenever something may have
 * become deliverable, by a message as well as by an EOI or a lower TPR, and after {@link #load}.
 * The processor then asks {@link #pendingVector} and {@link #externalInterruptPending} when its
 * flags allow an interrupt, and again whenever they begin to allow one while {@link #mayInterrupt}.
 * The 8259 goes first, as its INTR does in virtual wire mode; {@link #takeInterrupt} does all of
 * it.
 *
 * <p><b>Where the manual leaves a choice.</b> Interrupts are accepted at once, so delivery status
 * is always idle. Interprocessor interrupts of lowest priority can be sent. The arbitration
 * priority and remote read registers read 0 and are no illegal access (footnote of table 11-1). A
 * combination of shorthand and delivery mode that table 11-3 calls invalid is delivered to whom the
 * shorthand names. The error interrupt comes with the first error since the last write to the error
 * status register. Disabling the APIC through IA32_APIC_BASE resets its registers (11.4.3).
 */
public final class LocalApic {
    private static final VarHandle LINES;
    private static final VarHandle ERRORS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LINES = lookup.findVarHandle(LocalApic.class, "lines", int.class);
            ERRORS = lookup.findVarHandle(LocalApic.class, "errors", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Bits of {@link #lines}: the levels of the pins, and an ExtINT message that waits. */
    private static final int LINT0_HIGH = 1;

    private static final int LINT1_HIGH = 2;
    private static final int EXT_INT_WAITS = 4;

    private static final int DFR_FLAT = 0xf;
    private static final int DFR_CLUSTER = 0x0;
    private static final int LOW_28 = 0x0fff_ffff;
    private static final int ICR_WRITABLE = 0xc_cfff;
    private static final int PAGE = 0xfff;

    /** Where {@link #save} puts errors not yet moved to the ESR: reserved space behind it. */
    private static final int ERRORS_AT = ESR << 4 | 4;

    private final int initialId;
    private final ApicBus bus;
    private final ApicHost host;
    private final ApicFeatures features;
    private final ApicTimer timer;
    private final LocalVectorTable lvt;
    private final VectorSet irr = new VectorSet();
    private final VectorSet isr = new VectorSet();
    private final VectorSet tmr = new VectorSet();

    // Written by the processor's thread, read by all that look for the destination of a message.
    private volatile long base;
    private volatile int id;
    private volatile int ldr;
    private volatile int dfr;
    private volatile int svr;
    private volatile int ppr;

    @SuppressWarnings("UnusedVariable") // By its handle.
    private volatile int lines;

    /** Errors since the last write to the ESR. */
    private volatile int errors;

    private int version = VERSION_NUMBER | 5 << 16;
    private int tpr;
    private int esr;
    private int icr;
    private int icrHigh;
    private long msrValue;

    LocalApic(int id, ApicBus bus, ApicHost host, ApicFeatures features, ApicTimer timer) {
        this.initialId = id;
        this.bus = bus;
        this.host = host;
        this.features = features;
        this.timer = timer;
        lvt = new LocalVectorTable(features.tscDeadline());
        base = LocalApicState.DEFAULT_BASE | BASE_ENABLED | (id == 0 ? BASE_BSP : 0);
        powerUp(true);
    }

    /** Returns the id after power-on, which is also the x2APIC id. */
    int initialId() {
        return initialId;
    }

    ApicTimer timer() {
        return timer;
    }

    // What others do, on any thread.

    private boolean enabled() {
        return (base & BASE_ENABLED) != 0;
    }

    private boolean x2Apic() {
        return (base & BASE_X2APIC) != 0;
    }

    private boolean softwareEnabled() {
        return (svr & SVR_ENABLED) != 0;
    }

    /** Returns whether fixed interrupts are accepted (11.4.7.2). */
    boolean accepts() {
        return enabled() && softwareEnabled();
    }

    /** Returns the processor priority. */
    int priority() {
        return ppr;
    }

    /** Returns whether a destination, not a broadcast, is or contains this APIC (11.6.2). */
    boolean matches(int destination, boolean logical) {
        if (x2Apic()) {
            if (!logical) {
                return destination == initialId;
            }
            int own = logicalId();
            return own >>> 16 == destination >>> 16 && (own & destination & 0xffff) != 0;
        }
        if (destination >>> 8 != 0) {
            return false;
        }
        if (!logical) {
            return destination == id >>> 24;
        }
        int own = ldr >>> 24;
        return switch (dfr >>> 28) {
            case DFR_FLAT -> (own & destination) != 0;
            case DFR_CLUSTER ->
                    (own >>> 4 == destination >>> 4 || destination >>> 4 == 0xf)
                            && (own & destination & 0xf) != 0;
            default -> false;
        };
    }

    /** The logical id in x2APIC mode follows from the id (11.12.10.2). */
    private int logicalId() {
        return initialId >>> 4 << 16 | 1 << (initialId & 0xf);
    }

    /** Takes a message that is for this APIC (11.8.1). */
    void message(int mode, int vector, boolean level) {
        if (!enabled()) {
            return;
        }
        switch (mode) {
            case FIXED, LOWEST_PRIORITY -> {
                if (softwareEnabled()) {
                    request(vector, level);
                }
            }
            case SMI -> host.smi();
            case NMI -> host.nmi();
            case INIT -> host.init();
            case STARTUP -> host.startup(vector);
            case EXT_INT -> {
                LINES.getAndBitwiseOr(this, EXT_INT_WAITS);
                host.attention();
            }
            default -> {
                // Reserved: no APIC accepts it.
            }
        }
    }

    private void request(int vector, boolean level) {
        if (vector < FIRST_VECTOR) {
            error(ESR_RECEIVE_ILLEGAL_VECTOR);
            return;
        }
        // Whoever sees the request must find its trigger mode.
        tmr.set(vector, level);
        irr.add(vector);
        host.attention();
    }

    /** Notes an error and interrupts for the first one since the ESR was written (11.5.3). */
    void error(int bit) {
        if ((int) ERRORS.getAndBitwiseOr(this, bit) != 0) {
            return;
        }
        int entry = lvt.read(LVT_ERROR);
        if ((entry & LocalVectorTable.MASKED) != 0) {
            return;
        }
        int vector = LocalVectorTable.vector(entry);
        if (vector < FIRST_VECTOR) {
            ERRORS.getAndBitwiseOr(this, ESR_RECEIVE_ILLEGAL_VECTOR);
        } else {
            request(vector, false);
        }
    }

    void lint0(boolean level) {
        pin(LVT_LINT0, LINT0_HIGH, level);
    }

    void lint1(boolean level) {
        pin(LVT_LINT1, LINT1_HIGH, level);
    }

    private void pin(int register, int bit, boolean level) {
        if (!level) {
            LINES.getAndBitwiseAnd(this, ~bit);
        } else if (((int) LINES.getAndBitwiseOr(this, bit) & bit) == 0) {
            if (enabled()) {
                local(register, true);
            } else if (register == LVT_LINT0) {
                // Without an APIC the pins are INTR and NMI (11.4.3).
                host.attention();
            } else {
                host.nmi();
            }
        }
    }

    /**
     * Delivers what a pin's entry says.
     *
     * @param edge whether the pin has just risen, else it has been high before
     */
    private void local(int register, boolean edge) {
        int entry = lvt.read(register);
        if ((entry & LocalVectorTable.MASKED) != 0) {
            return;
        }
        int vector = LocalVectorTable.vector(entry);
        int mode = LocalVectorTable.mode(entry);
        // LINT1 has no level-triggered interrupts, and no mode but fixed has (figure 11-8).
        boolean level = (entry & LocalVectorTable.LEVEL) != 0 && register == LVT_LINT0;
        if (mode == EXT_INT) {
            host.attention();
        } else if (mode == FIXED && level) {
            if (lvt.claim(register)) {
                request(vector, true);
            }
        } else if (edge && mode != LOWEST_PRIORITY && mode != STARTUP) {
            message(mode, vector, false);
        }
    }

    /** The timer may have reached zero. On the thread of its source. */
    void expire() {
        if (timer.expire()) {
            int entry = lvt.read(LVT_TIMER);
            if ((entry & LocalVectorTable.MASKED) == 0) {
                request(LocalVectorTable.vector(entry), false);
            }
        }
    }

    /** Returns whether an interrupt may be deliverable; false is certain. Any thread, cheap. */
    public boolean mayInterrupt() {
        return irr.any() || lines != 0;
    }

    // What the processor does, on its own thread.

    /**
     * Returns the vector of highest priority that is requested and above the processor priority
     * (11.8.3), 16 to 255, or -1.
     */
    public int pendingVector() {
        if (!irr.any() || !enabled()) {
            return -1;
        }
        int vector = irr.highest();
        return vector >>> 4 > ppr >>> 4 ? vector : -1;
    }

    /**
     * Takes an interrupt into service: IRR to ISR.
     *
     * @param vector what {@link #pendingVector} returned
     */
    public void accept(int vector) {
        isr.add(vector);
        irr.remove(vector);
        updatePpr();
    }

    /**
     * Returns whether the 8259 or another source of vectors of its own has an interrupt: by LINT0
     * or LINT1 in mode ExtINT, by INTR while there is no APIC, or by an ExtINT message.
     */
    public boolean externalInterruptPending() {
        int now = lines;
        return now != 0
                && ((now & EXT_INT_WAITS) != 0
                        || (now & LINT0_HIGH) != 0 && (!enabled() || external(LVT_LINT0))
                        || (now & LINT1_HIGH) != 0 && enabled() && external(LVT_LINT1));
    }

    private boolean external(int register) {
        int entry = lvt.read(register);
        return (entry & LocalVectorTable.MASKED) == 0 && LocalVectorTable.mode(entry) == EXT_INT;
    }

    /**
     * Asks the source of an external interrupt for its vector. Neither ISR nor priorities take part
     * in it, and its end is not the APIC's business.
     *
     * @return the vector, 0 to 255; -1 when no source is connected
     */
    public int acknowledgeExternal() {
        LINES.getAndBitwiseAnd(this, ~EXT_INT_WAITS);
        return bus.acknowledge();
    }

    /**
     * Takes the interrupt that comes next, if there is one: an external one first, then the highest
     * of the APIC.
     *
     * @return its vector, which is to be delivered now; -1 when there is none
     */
    public int takeInterrupt() {
        if (externalInterruptPending()) {
            int vector = acknowledgeExternal();
            if (vector >= 0) {
                return vector;
            }
        }
        int vector = pendingVector();
        if (vector >= 0) {
            accept(vector);
        }
        return vector;
    }

    /** Returns CR8: bits 7:4 of the task priority register (SDM vol. 3A, 11.8.6). */
    public int cr8() {
        return tpr >>> 4;
    }

    /**
     * Writes CR8.
     *
     * @param value 0 to 15; the processor raises #GP for any other
     */
    public void cr8(int value) {
        writeTpr((value & 0xf) << 4);
    }

    private void writeTpr(int value) {
        tpr = value;
        updatePpr();
        lookAgain();
    }

    private void updatePpr() {
        int service = Math.max(isr.highest(), 0) & 0xf0;
        ppr = (tpr & 0xf0) >= service ? tpr : service;
    }

    private void lookAgain() {
        if (pendingVector() >= 0 || externalInterruptPending()) {
            host.attention();
        }
    }

    private void endOfInterrupt() {
        int vector = isr.highest();
        if (vector < 0) {
            return;
        }
        boolean level = tmr.contains(vector);
        isr.remove(vector);
        updatePpr();
        if (level) {
            if (lvt.end(LVT_LINT0, vector) && (lines & LINT0_HIGH) != 0) {
                local(LVT_LINT0, false);
            }
            if ((svr & SVR_SUPPRESSION) == 0) {
                bus.endOfInterrupt(vector);
            }
        }
        lookAgain();
    }

    /**
     * Returns where the register page lies in physical memory: bits 11:0 are 0; -1 when it is
     * nowhere, because the APIC is disabled or in x2APIC mode. Changes with a write to
     * IA32_APIC_BASE and with {@link #load}.
     */
    public long page() {
        long now = base;
        boolean there = (now & (BASE_ENABLED | BASE_X2APIC)) == BASE_ENABLED;
        return there ? now & ~(long) PAGE : -1;
    }

    /**
     * Reads from the register page (11.4.1). Registers are 32 bits at multiples of 16; a smaller
     * access within one returns its part, bytes beside one read 0, as 11.4.1 leaves undefined.
     *
     * @param offset 0 to 0xfff
     * @param size 1, 2, 4 or 8 bytes
     * @return the value, zero-extended
     */
    public long read(int offset, int size) {
        int at = offset & 0xf;
        if (at > 3) {
            return 0;
        }
        long value = (read(offset & PAGE & ~0xf) & 0xffff_ffffL) >>> 8 * at;
        return size >= 4 ? value : value & (1L << 8 * size) - 1;
    }

    /**
     * Reads a register of the page.
     *
     * @param offset a multiple of 16, 0 to 0xff0
     * @return its value; 0, and an error is noted, where there is none
     */
    public int read(int offset) {
        int register = offset >>> 4;
        if (register == DFR) {
            return dfr;
        }
        if (register == ICR_HIGH) {
            return icrHigh;
        }
        if (register == EOI || register == APR || register == RRD) {
            return 0;
        }
        if (!exists(register)) {
            error(ESR_ILLEGAL_REGISTER);
            return 0;
        }
        return register(register);
    }

    /**
     * Writes to the register page. A store that is not 32 bits at a multiple of 16 is lost, as
     * 11.4.1 leaves undefined.
     *
     * @param offset 0 to 0xfff
     * @param size 1, 2, 4 or 8 bytes
     * @param value what is stored
     */
    public void write(int offset, int size, long value) {
        if ((offset & 0xf) == 0 && size == 4) {
            write(offset & PAGE, (int) value);
        }
    }

    /**
     * Writes a register of the page.
     *
     * @param offset a multiple of 16, 0 to 0xff0; an error is noted where there is no register
     * @param value the value; bits that are reserved or only read are ignored
     */
    public void write(int offset, int value) {
        int register = offset >>> 4;
        switch (register) {
            case ID -> id = value & 0xff00_0000;
            case LDR -> ldr = value & 0xff00_0000;
            case DFR -> dfr = value | LOW_28;
            case ICR_HIGH -> icrHigh = value & 0xff00_0000;
            case ICR -> {
                icr = value & ICR_WRITABLE;
                bus.send(this, icr, icrHigh >>> 24, false);
            }
            case APR, RRD -> {
                // Not there, but no illegal access either.
            }
            default -> {
                if (exists(register)) {
                    set(register, value);
                } else {
                    error(ESR_ILLEGAL_REGISTER);
                }
            }
        }
    }

    /** Returns whether a register exists in both modes. */
    private boolean exists(int register) {
        return switch (register) {
            case ID, VERSION, TPR, PPR, EOI, LDR, SVR, ESR, ICR -> true;
            case INITIAL_COUNT, CURRENT_COUNT, DIVIDE -> true;
            case LVT_CMCI -> (version >>> 16 & 0xff) >= 6;
            default ->
                    register >= ISR && register < ESR
                            || register >= LVT_TIMER && register <= LVT_ERROR;
        };
    }

    private int register(int register) {
        if (LocalVectorTable.holds(register)) {
            return lvt.read(register);
        }
        return switch (register) {
            case ID -> x2Apic() ? initialId : id;
            case VERSION -> version;
            case TPR -> tpr;
            case PPR -> ppr;
            case LDR -> x2Apic() ? logicalId() : ldr;
            case SVR -> svr;
            case ESR -> esr;
            case ICR -> icr;
            case INITIAL_COUNT -> timer.initial();
            case CURRENT_COUNT -> timer.current();
            case DIVIDE -> timer.divide();
            default -> {
                int at = register & VectorSet.WORDS - 1;
                yield switch (register & -VectorSet.WORDS) {
                    case ISR -> isr.word(at);
                    case TMR -> tmr.word(at);
                    default -> irr.word(at);
                };
            }
        };
    }

    private void set(int register, int value) {
        if (LocalVectorTable.holds(register)) {
            writeLvt(register, value);
            return;
        }
        switch (register) {
            case TPR -> writeTpr(value & 0xff);
            case EOI -> endOfInterrupt();
            case SVR -> writeSvr(value);
            case ESR -> esr = (int) ERRORS.getAndSet(this, 0) & ESR_BITS;
            case INITIAL_COUNT -> timer.writeInitial(value);
            case DIVIDE -> timer.writeDivide(value);
            default -> {
                // Only to be read.
            }
        }
    }

    private void writeLvt(int register, int value) {
        lvt.write(register, value, softwareEnabled());
        if (register == LVT_TIMER) {
            timer.mode(lvt.read(LVT_TIMER));
        } else if (register == LVT_LINT0 && (lines & LINT0_HIGH) != 0) {
            local(LVT_LINT0, false);
        } else if (register == LVT_LINT1 && (lines & LINT1_HIGH) != 0) {
            local(LVT_LINT1, false);
        }
    }

    private int svrWritable() {
        boolean suppression = (version & VERSION_SUPPRESSION) != 0;
        return 0xff | SVR_ENABLED | SVR_FOCUS | (suppression ? SVR_SUPPRESSION : 0);
    }

    private void writeSvr(int value) {
        svr = value & svrWritable();
        if (!softwareEnabled()) {
            lvt.mask();
        }
    }

    // Model-specific registers.

    /** Returns whether a model-specific register is the APIC's: whom to ask, even for a #GP. */
    public static boolean ownsMsr(int index) {
        return index == MSR_BASE
                || index == MSR_TSC_DEADLINE
                || index >= MSR_FIRST && index <= MSR_LAST;
    }

    /**
     * Reads a model-specific register of the APIC: IA32_APIC_BASE, IA32_TSC_DEADLINE or, in x2APIC
     * mode, 0x800 to 0xbff (11.12.1.2).
     *
     * @param index its number; {@link #ownsMsr} holds
     * @return whether it can be read, and {@link #msrValue} has its value; otherwise the processor
     *     raises #GP(0)
     */
    public boolean readMsr(int index) {
        if (index == MSR_BASE) {
            msrValue = base;
            return true;
        }
        if (index == MSR_TSC_DEADLINE) {
            msrValue = timer.tscDeadline();
            return features.tscDeadline();
        }
        int register = index - MSR_FIRST;
        if (!x2Apic() || register == EOI || !exists(register)) {
            return false;
        }
        long high = register == ICR ? (long) icrHigh << 32 : 0;
        msrValue = high | register(register) & 0xffff_ffffL;
        return true;
    }

    /** Returns what {@link #readMsr} has read. */
    public long msrValue() {
        return msrValue;
    }

    /**
     * Writes a model-specific register of the APIC. After IA32_APIC_BASE, {@link #page} may have
     * changed.
     *
     * @param index its number; {@link #ownsMsr} holds
     * @param value what to write
     * @return whether it was written; otherwise the processor raises #GP(0)
     */
    public boolean writeMsr(int index, long value) {
        if (index == MSR_BASE) {
            return writeBase(value);
        }
        if (index == MSR_TSC_DEADLINE) {
            if (features.tscDeadline()) {
                timer.writeTscDeadline(value);
            }
            return features.tscDeadline();
        }
        int register = index - MSR_FIRST;
        if (!x2Apic() || (value & ~allowed(register)) != 0) {
            return false;
        }
        if (register == ICR) {
            icr = (int) value;
            icrHigh = (int) (value >>> 32);
            bus.send(this, icr, icrHigh, true);
            return true;
        }
        if (register == SELF_IPI) {
            selfIpi((int) value);
            return true;
        }
        if (!exists(register) || readOnly(register)) {
            return false;
        }
        set(register, (int) value);
        return true;
    }

    private static boolean readOnly(int register) {
        return switch (register) {
            case ID, VERSION, PPR, LDR, CURRENT_COUNT -> true;
            default -> register >= ISR && register < ESR;
        };
    }

    /** Returns the bits that a write in x2APIC mode may set without #GP (11.12.1.3). */
    private long allowed(int register) {
        if (LocalVectorTable.holds(register)) {
            return lvt.writable(register) | LocalVectorTable.readOnly(register);
        }
        return switch (register) {
            case TPR, SELF_IPI -> 0xff;
            case SVR -> svrWritable();
            case ICR -> 0xffff_ffff_0000_0000L | ICR_WRITABLE;
            case INITIAL_COUNT -> 0xffff_ffffL;
            case DIVIDE -> 0xb;
            default -> 0;
        };
    }

    private void selfIpi(int vector) {
        if (vector < FIRST_VECTOR) {
            error(ESR_SEND_ILLEGAL_VECTOR);
        }
        message(FIXED, vector, false);
    }

    /** The transitions of figure 11-27, everything else is #GP. */
    private boolean writeBase(long value) {
        long address = (1L << features.physicalBits()) - 1 & ~(long) PAGE;
        long mode = BASE_ENABLED | (features.x2Apic() ? BASE_X2APIC : 0);
        if ((value & ~(address | mode | BASE_BSP)) != 0) {
            return false;
        }
        boolean enable = (value & BASE_ENABLED) != 0;
        boolean extend = (value & BASE_X2APIC) != 0;
        if (extend && !enable || extend && !enabled() || !extend && enable && x2Apic()) {
            return false;
        }
        boolean disabling = enabled() && !enable;
        boolean extending = extend && !x2Apic();
        base = value;
        if (disabling) {
            powerUp(true);
        } else if (extending) {
            icrHigh = 0;
        }
        lookAgain();
        return true;
    }

    // States.

    /** The registers after power-on (11.4.7.1). */
    private void powerUp(boolean identity) {
        if (identity) {
            id = initialId << 24;
        }
        irr.clear();
        isr.clear();
        tmr.clear();
        timer.reset();
        lvt.reset();
        ldr = 0;
        dfr = -1;
        svr = 0xff;
        tpr = 0;
        ppr = 0;
        esr = 0;
        errors = 0;
        icr = 0;
        icrHigh = 0;
        LINES.getAndBitwiseAnd(this, ~EXT_INT_WAITS);
    }

    /**
     * Does what an INIT does to the APIC (11.4.7.3): everything as after power-on but the APIC id
     * and IA32_APIC_BASE.
     */
    public void init() {
        powerUp(false);
    }

    /** Tells that the processor's time-stamp counter was set, so that a deadline is met anew. */
    public void tscChanged() {
        timer.tscChanged();
    }

    /**
     * Returns the state. The id is in bits 31:24 of its register in both modes, as KVM has it.
     * IA32_TSC_DEADLINE is to be saved beside it; errors not yet moved to the ESR lie in the four
     * bytes behind that.
     */
    public LocalApicState save() {
        byte[] page = new byte[LocalApicState.SIZE];
        for (int register = 0; register < SELF_IPI; register++) {
            if (exists(register)) {
                put(page, register << 4, register(register));
            }
        }
        put(page, ID << 4, x2Apic() ? initialId << 24 : id);
        put(page, DFR << 4, dfr);
        put(page, ICR_HIGH << 4, icrHigh);
        put(page, ERRORS_AT, errors);
        return new LocalApicState(base, page);
    }

    /**
     * Takes over a state. What no APIC can hold is changed to something it can: reserved bits are
     * dropped, an unknown mode is the one below. The timer goes on with the count it was saved
     * with; IA32_TSC_DEADLINE is to be written after this.
     *
     * @param state the state
     */
    public void load(LocalApicState state) {
        byte[] page = java.util.Arrays.copyOf(state.registers(), LocalApicState.SIZE);
        long address = (1L << features.physicalBits()) - 1 & ~(long) PAGE;
        long mode = state.apicBase() & (BASE_BSP | BASE_ENABLED);
        if ((mode & BASE_ENABLED) != 0 && features.x2Apic()) {
            mode |= state.apicBase() & BASE_X2APIC;
        }
        powerUp(true);
        base = state.apicBase() & address | mode;
        int last = get(page, VERSION << 4) >>> 16 & 0xff;
        version =
                VERSION_NUMBER
                        | (last == 6 ? 6 : 5) << 16
                        | get(page, VERSION << 4) & VERSION_SUPPRESSION;
        id = get(page, ID << 4) & 0xff00_0000;
        ldr = get(page, LDR << 4) & 0xff00_0000;
        dfr = get(page, DFR << 4) | LOW_28;
        svr = get(page, SVR << 4) & svrWritable();
        tpr = get(page, TPR << 4) & 0xff;
        esr = get(page, ESR << 4) & ESR_BITS;
        errors = get(page, ERRORS_AT) & ESR_BITS;
        icr = get(page, ICR << 4) & ICR_WRITABLE;
        icrHigh = get(page, ICR_HIGH << 4) & (x2Apic() ? -1 : 0xff00_0000);
        for (int at = 0; at < VectorSet.WORDS; at++) {
            // Vectors below 16 are never requested.
            int possible = at == 0 ? -1 << FIRST_VECTOR : -1;
            isr.word(at, get(page, ISR + at << 4) & possible);
            tmr.word(at, get(page, TMR + at << 4) & possible);
            irr.word(at, get(page, IRR + at << 4) & possible);
        }
        for (int register = LVT_CMCI; register <= LVT_ERROR; register++) {
            if (LocalVectorTable.holds(register) && exists(register)) {
                lvt.load(register, get(page, register << 4), softwareEnabled());
            }
        }
        updatePpr();
        timer.mode(lvt.read(LVT_TIMER));
        timer.writeDivide(get(page, DIVIDE << 4));
        timer.load(get(page, INITIAL_COUNT << 4), get(page, CURRENT_COUNT << 4));
        host.attention();
    }

    private static void put(byte[] page, int at, int value) {
        for (int i = 0; i < 4; i++) {
            page[at + i] = (byte) (value >>> 8 * i);
        }
    }

    private static int get(byte[] page, int at) {
        int value = 0;
        for (int i = 3; i >= 0; i--) {
            value = value << 8 | page[at + i] & 0xff;
        }
        return value;
    }
}
