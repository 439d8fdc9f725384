package lodge.interpreter;

/** No local APIC: for processors that execute single instructions. */
final class FixedApic implements LocalApicPort {
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
}
