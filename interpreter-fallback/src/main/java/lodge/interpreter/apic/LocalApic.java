package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;

import lodge.core.cpu.LocalApicState;

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
 *
 * <p>The parts have classes of their own; this one is long because all that a processor and the bus
 * can do with an APIC is here.
 */
public final class LocalApic {
    private static final int HIGH_8 = 0xff00_0000;
    private static final int PAGE = 0xfff;

    private final ApicBus bus;
    private final ApicHost host;
    private final boolean tscDeadline;
    private final ApicIdentity identity;
    private final LocalPins pins = new LocalPins();
    private final ApicTimer timer;
    private final LocalVectorTable lvt;
    private final Priorities priorities = new Priorities();
    private final ErrorStatus errors = new ErrorStatus();

    /** Read by all that look for the destination of a message. */
    private volatile int svr;

    private int version = VERSION_NUMBER | 5 << 16;
    private int icr;
    private int icrHigh;
    private long msrValue;

    LocalApic(int id, ApicBus bus, ApicHost host, ApicFeatures features, ApicTimer timer) {
        identity = new ApicIdentity(id, features);
        this.bus = bus;
        this.host = host;
        tscDeadline = features.tscDeadline();
        this.timer = timer;
        lvt = new LocalVectorTable(tscDeadline);
        powerUp();
    }

    /** Returns the id after power-on, which is also the x2APIC id. */
    int initialId() {
        return identity.initialId();
    }

    ApicTimer timer() {
        return timer;
    }

    // What others do, on any thread.

    private boolean softwareEnabled() {
        return (svr & SVR_ENABLED) != 0;
    }

    /** Returns whether fixed interrupts are accepted (11.4.7.2). */
    boolean accepts() {
        return identity.enabled() && softwareEnabled();
    }

    /** Returns the processor priority. */
    int priority() {
        return priorities.processorPriority();
    }

    /** Returns whether a destination, not a broadcast, is or contains this APIC. */
    boolean matches(int destination, boolean logical) {
        return identity.matches(destination, logical);
    }

    /** Takes a message that is for this APIC (11.8.1). */
    void message(int mode, int vector, boolean level) {
        if (!identity.enabled()) {
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
                pins.externalInterrupt();
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
        priorities.request(vector, level);
        host.attention();
    }

    /** Notes an error, and interrupts for it unless another has since the ESR was written. */
    void error(int bit) {
        errors.note(bit);
        int entry = lvt.read(LVT_ERROR);
        if ((entry & LocalVectorTable.MASKED) == 0 && errors.interrupt()) {
            request(LocalVectorTable.vector(entry), false);
        }
    }

    void lint0(boolean level) {
        pin(LVT_LINT0, LocalPins.LINT0, level);
    }

    void lint1(boolean level) {
        pin(LVT_LINT1, LocalPins.LINT1, level);
    }

    private void pin(int register, int pin, boolean level) {
        if (!pins.set(pin, level)) {
            return;
        }
        if (identity.enabled()) {
            local(register, true);
        } else if (register == LVT_LINT0) {
            // Without an APIC the pins are INTR and NMI (11.4.3).
            host.attention();
        } else {
            host.nmi();
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
        return priorities.requested() || pins.any();
    }

    // What the processor does, on its own thread.

    /**
     * Returns the vector of highest priority that is requested and above the processor priority
     * (11.8.3), 16 to 255, or -1.
     */
    public int pendingVector() {
        return priorities.requested() && identity.enabled() ? priorities.next() : -1;
    }

    /**
     * Takes an interrupt into service: IRR to ISR.
     *
     * @param vector what {@link #pendingVector} returned
     */
    public void accept(int vector) {
        priorities.accept(vector);
    }

    /**
     * Returns whether the 8259 or another source of vectors of its own has an interrupt: by LINT0
     * or LINT1 in mode ExtINT, by INTR while there is no APIC, or by an ExtINT message.
     */
    public boolean externalInterruptPending() {
        if (!pins.any()) {
            return false;
        }
        boolean lint0 = pins.high(LocalPins.LINT0);
        if (!identity.enabled()) {
            return lint0;
        }
        return pins.externalInterruptWaits()
                || lint0 && external(LVT_LINT0)
                || pins.high(LocalPins.LINT1) && external(LVT_LINT1);
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
        pins.acknowledged();
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
        return priorities.taskPriority() >>> 4;
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
        priorities.taskPriority(value);
        lookAgain();
    }

    private void lookAgain() {
        if (pendingVector() >= 0 || externalInterruptPending()) {
            host.attention();
        }
    }

    private void endOfInterrupt() {
        int vector = priorities.inService();
        if (vector < 0) {
            return;
        }
        boolean level = priorities.level(vector);
        priorities.end(vector);
        if (level) {
            if (lvt.end(LVT_LINT0, vector) && pins.high(LocalPins.LINT0)) {
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
        return identity.page();
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
            return identity.dfr();
        }
        if (register == ICR_HIGH) {
            return icrHigh;
        }
        if (register == EOI || register == APR || register == RRD) {
            return 0;
        }
        if (!RegisterRules.exists(register, version)) {
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
            case ID -> identity.id(value);
            case LDR -> identity.ldr(value);
            case DFR -> identity.dfr(value);
            case ICR_HIGH -> icrHigh = value & HIGH_8;
            case ICR -> {
                icr = value & ICR_WRITABLE;
                bus.send(this, icr, icrHigh >>> 24, false);
            }
            case APR, RRD -> {
                // Not there, but no illegal access either.
            }
            default -> {
                if (RegisterRules.exists(register, version)) {
                    set(register, value);
                } else {
                    error(ESR_ILLEGAL_REGISTER);
                }
            }
        }
    }

    private int register(int register) {
        if (LocalVectorTable.holds(register)) {
            return lvt.read(register);
        }
        return switch (register) {
            case ID -> identity.id();
            case VERSION -> version;
            case TPR -> priorities.taskPriority();
            case PPR -> priorities.processorPriority();
            case LDR -> identity.ldr();
            case SVR -> svr;
            case ESR -> errors.read();
            case ICR -> icr;
            case INITIAL_COUNT -> timer.initial();
            case CURRENT_COUNT -> timer.current();
            case DIVIDE -> timer.divide();
            default -> {
                int at = register & VectorSet.WORDS - 1;
                yield switch (register & -VectorSet.WORDS) {
                    case ISR -> priorities.isr.word(at);
                    case TMR -> priorities.tmr.word(at);
                    default -> priorities.irr.word(at);
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
            case TPR -> writeTpr(value);
            case EOI -> endOfInterrupt();
            case SVR -> writeSvr(value);
            case ESR -> errors.write();
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
        } else if (register == LVT_LINT0 && pins.high(LocalPins.LINT0)) {
            local(LVT_LINT0, false);
        } else if (register == LVT_LINT1 && pins.high(LocalPins.LINT1)) {
            local(LVT_LINT1, false);
        }
    }

    private void writeSvr(int value) {
        svr = value & RegisterRules.svr(version);
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
            msrValue = identity.base();
            return true;
        }
        if (index == MSR_TSC_DEADLINE) {
            msrValue = timer.tscDeadline();
            return tscDeadline;
        }
        int register = index - MSR_FIRST;
        if (!identity.x2Apic() || !RegisterRules.readable(register, version)) {
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
            if (tscDeadline) {
                timer.writeTscDeadline(value);
            }
            return tscDeadline;
        }
        int register = index - MSR_FIRST;
        if (!identity.x2Apic() || !RegisterRules.accepts(register, value, version, lvt)) {
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
        set(register, (int) value);
        return true;
    }

    private void selfIpi(int vector) {
        if (vector < FIRST_VECTOR) {
            error(ESR_SEND_ILLEGAL_VECTOR);
        }
        message(FIXED, vector, false);
    }

    private boolean writeBase(long value) {
        if (!identity.admits(value)) {
            return false;
        }
        boolean disabling = identity.enabled() && (value & BASE_ENABLED) == 0;
        boolean extending = !identity.x2Apic() && (value & BASE_X2APIC) != 0;
        identity.base(value);
        if (disabling) {
            powerUp();
        } else if (extending) {
            icrHigh = 0;
        }
        lookAgain();
        return true;
    }

    // States.

    /** The registers after power-on (11.4.7.1). */
    private void powerUp() {
        identity.resetId();
        init();
    }

    /**
     * Does what an INIT does to the APIC (11.4.7.3): everything as after power-on but the APIC id
     * and IA32_APIC_BASE.
     */
    public void init() {
        // First of all, so that nothing more is accepted.
        svr = 0xff;
        identity.reset();
        priorities.reset();
        timer.reset();
        lvt.reset();
        errors.reset();
        icr = 0;
        icrHigh = 0;
        pins.acknowledged();
    }

    /** Tells that the processor's time-stamp counter was set, so that a deadline is met anew. */
    public void tscChanged() {
        timer.tscChanged();
    }

    /**
     * Returns the state. The id is in bits 31:24 of its register in both modes, as KVM has it.
     * IA32_TSC_DEADLINE is to be saved beside it.
     */
    public LocalApicState save() {
        ApicPage page = new ApicPage();
        for (int register = 0; register < SELF_IPI; register++) {
            if (RegisterRules.exists(register, version)) {
                page.put(register, register(register));
            }
        }
        page.put(ID, identity.savedId());
        page.put(DFR, identity.dfr());
        page.put(ICR_HIGH, icrHigh);
        page.errors(errors.collected());
        page.extIntWaits(pins.externalInterruptWaits());
        return page.toState(identity.base());
    }

    /**
     * Takes over a state. What no APIC can hold is changed to something it can: reserved bits are
     * dropped, an unknown mode is the one below. The timer goes on with the count it was saved
     * with; IA32_TSC_DEADLINE is to be written after this. The levels of the pins are the board's
     * and stay.
     *
     * @param state the state
     */
    public void load(LocalApicState state) {
        ApicPage page = new ApicPage(state);
        powerUp();
        identity.load(state.apicBase());
        identity.id(page.get(ID));
        identity.ldr(page.get(LDR));
        identity.dfr(page.get(DFR));
        int last = page.get(VERSION) >>> 16 & 0xff;
        version =
                VERSION_NUMBER
                        | (last == 6 ? 6 : 5) << 16
                        | page.get(VERSION) & VERSION_SUPPRESSION;
        svr = page.get(SVR) & RegisterRules.svr(version);
        errors.load(page.get(ESR), page.errors());
        icr = page.get(ICR) & ICR_WRITABLE;
        icrHigh = page.get(ICR_HIGH) & (identity.x2Apic() ? -1 : HIGH_8);
        priorities.load(page);
        for (int register = LVT_CMCI; register <= LVT_ERROR; register++) {
            if (LocalVectorTable.holds(register) && RegisterRules.exists(register, version)) {
                lvt.load(register, page.get(register), softwareEnabled());
            }
        }
        timer.mode(lvt.read(LVT_TIMER));
        timer.writeDivide(page.get(DIVIDE));
        timer.load(page.get(INITIAL_COUNT), page.get(CURRENT_COUNT));
        if (page.extIntWaits()) {
            pins.externalInterrupt();
        }
        if (pins.high(LocalPins.LINT0)) {
            local(LVT_LINT0, false);
        }
        host.attention();
    }
}
