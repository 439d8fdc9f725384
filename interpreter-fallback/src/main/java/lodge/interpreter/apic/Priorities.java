package lodge.interpreter.apic;

/**
 * Which interrupts are requested and in service, and which may come next (SDM vol. 3A, 11.8): IRR,
 * ISR, TMR, TPR and PPR. Any thread requests; everything else belongs to the processor's thread.
 */
final class Priorities {
    private static final int CLASS = 0xf0;

    final VectorSet irr = new VectorSet();
    final VectorSet isr = new VectorSet();
    final VectorSet tmr = new VectorSet();
    private int tpr;

    /** Other processors compare it for interrupts of lowest priority. */
    private volatile int ppr;

    void reset() {
        irr.clear();
        isr.clear();
        tmr.clear();
        tpr = 0;
        ppr = 0;
    }

    /** Takes over saved registers; vectors below 16 are never requested. */
    void load(ApicPage page) {
        for (int at = 0; at < VectorSet.WORDS; at++) {
            int possible = at == 0 ? -1 << ApicRegisters.FIRST_VECTOR : -1;
            isr.word(at, page.get(ApicRegisters.ISR + at) & possible);
            tmr.word(at, page.get(ApicRegisters.TMR + at) & possible);
            irr.word(at, page.get(ApicRegisters.IRR + at) & possible);
        }
        taskPriority(page.get(ApicRegisters.TPR));
    }

    /** Requests an interrupt. Any thread. */
    void request(int vector, boolean level) {
        // Whoever sees the request must find its trigger mode.
        tmr.set(vector, level);
        irr.add(vector);
    }

    /** Returns whether something may be requested; false is certain. Any thread. */
    boolean requested() {
        return irr.any();
    }

    /** Returns the highest vector requested, if its class is above the processor's, else -1. */
    int next() {
        int vector = irr.highest();
        return vector >>> 4 > ppr >>> 4 ? vector : -1;
    }

    void accept(int vector) {
        isr.add(vector);
        irr.remove(vector);
        update();
    }

    /** Returns the vector in service that an EOI is for, or -1. */
    int inService() {
        return isr.highest();
    }

    /** Returns whether an accepted interrupt was level-triggered. */
    boolean level(int vector) {
        return tmr.contains(vector);
    }

    void end(int vector) {
        isr.remove(vector);
        update();
    }

    int taskPriority() {
        return tpr;
    }

    void taskPriority(int value) {
        tpr = value & 0xff;
        update();
    }

    /** Returns the processor priority. Any thread. */
    int processorPriority() {
        return ppr;
    }

    /** 11.8.3.1: the higher class of the two; the subclass is the task's or 0. */
    private void update() {
        int service = Math.max(isr.highest(), 0) & CLASS;
        ppr = (tpr & CLASS) >= service ? tpr : service;
    }
}
