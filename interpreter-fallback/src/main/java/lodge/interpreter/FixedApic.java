package lodge.interpreter;

/** No local APIC: for processors that execute single instructions. */
class FixedApic implements LocalApicPort {
    private int cr8;

    @Override
    public boolean covers(long gpa) {
        return false;
    }

    @Override
    public long read(int offset, int size) {
        return -1;
    }

    @Override
    public void write(int offset, int size, long value) {}

    @Override
    public int pending() {
        return -1;
    }

    @Override
    public void accept(int vector) {}

    @Override
    public boolean externalPending() {
        return false;
    }

    @Override
    public int acknowledgeExternal() {
        return -1;
    }

    @Override
    public int cr8() {
        return cr8;
    }

    @Override
    public void cr8(int value) {
        cr8 = value;
    }

    @Override
    public boolean ownsMsr(int index) {
        return false;
    }

    @Override
    public boolean readMsr(int index) {
        return false;
    }

    @Override
    public long msrValue() {
        return 0;
    }

    @Override
    public boolean writeMsr(int index, long value) {
        return false;
    }

    @Override
    public void init() {}

    @Override
    public void tscChanged() {}
}
