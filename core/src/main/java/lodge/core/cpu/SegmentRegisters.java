package lodge.core.cpu;

/**
 * Segment and descriptor-table registers.
 *
 * @param es ES
 * @param cs CS
 * @param ss SS
 * @param ds DS
 * @param fs FS
 * @param gs GS
 * @param ldtr LDTR
 * @param tr TR
 * @param gdtrBase GDTR base
 * @param gdtrLimit GDTR limit, 0 to 0xffff
 * @param idtrBase IDTR base
 * @param idtrLimit IDTR limit, 0 to 0xffff
 */
public record SegmentRegisters(
        SegmentRegister es,
        SegmentRegister cs,
        SegmentRegister ss,
        SegmentRegister ds,
        SegmentRegister fs,
        SegmentRegister gs,
        SegmentRegister ldtr,
        SegmentRegister tr,
        long gdtrBase,
        int gdtrLimit,
        long idtrBase,
        int idtrLimit) {
    /**
     * One code and one data segment everywhere, no LDT, a busy 32-bit TSS at 0, the tables empty.
     *
     * @param code CS
     * @param data ES, SS, DS, FS and GS
     * @return the registers
     */
    public static SegmentRegisters uniform(SegmentRegister code, SegmentRegister data) {
        SegmentRegister ldtr = new SegmentRegister(0, 0, 0xffff, 0x2 | SegmentRegister.PRESENT);
        SegmentRegister tr = new SegmentRegister(0, 0, 0xffff, 0xb | SegmentRegister.PRESENT);
        return new SegmentRegisters(
                data, code, data, data, data, data, ldtr, tr, 0, 0xffff, 0, 0xffff);
    }

    /**
     * The same with another GDTR.
     *
     * @param base GDTR base
     * @param limit GDTR limit
     * @return a copy
     */
    public SegmentRegisters withGdtr(long base, int limit) {
        return new SegmentRegisters(
                es, cs, ss, ds, fs, gs, ldtr, tr, base, limit, idtrBase, idtrLimit);
    }

    /**
     * The same with another IDTR.
     *
     * @param base IDTR base
     * @param limit IDTR limit
     * @return a copy
     */
    public SegmentRegisters withIdtr(long base, int limit) {
        return new SegmentRegisters(
                es, cs, ss, ds, fs, gs, ldtr, tr, gdtrBase, gdtrLimit, base, limit);
    }
}
