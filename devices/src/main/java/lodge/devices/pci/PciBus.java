package lodge.devices.pci;

/**
 * PCI bus 0: which function is where. Not a device itself; it belongs to its host bridge, and the
 * board attaches functions before the machine runs.
 */
public final class PciBus {
    private static final int SLOTS = 32;
    private static final int FUNCTIONS = 8;

    private final PciFunction<?>[] functions = new PciFunction<?>[SLOTS * FUNCTIONS];

    /** A bus without functions. */
    public PciBus() {}

    /**
     * Puts a function on the bus.
     *
     * @param slot device number, 0 to 31
     * @param function function number, 0 to 7; a slot with others than 0 needs a function 0 for
     *     software to find them
     * @param device the function
     */
    public void attach(int slot, int function, PciFunction<?> device) {
        if (slot < 0 || slot >= SLOTS || function < 0 || function >= FUNCTIONS) {
            throw new IllegalArgumentException("No PCI place %d.%d".formatted(slot, function));
        }
        int place = slot * FUNCTIONS + function;
        if (functions[place] != null) {
            throw new IllegalArgumentException(
                    "%s and %s are both at PCI place %d.%d"
                            .formatted(functions[place].name(), device.name(), slot, function));
        }
        functions[place] = device;
        for (int other = 1; other < FUNCTIONS; other++) {
            if (functions[slot * FUNCTIONS] != null
                    && functions[slot * FUNCTIONS + other] != null) {
                functions[slot * FUNCTIONS].setMultiFunction();
            }
        }
    }

    /**
     * Returns the PIRQ input of the interrupt router, 0 for PIRQA# to 3 for PIRQD#, that a slot's
     * pin is wired to: PC boards rotate the pins so that INTA# of neighbours are spread over the
     * inputs, with slot 1 straight.
     *
     * @param slot device number, 0 to 31
     * @param pin the interrupt pin register's value, 1 for INTA# to 4 for INTD#
     */
    public static int pirq(int slot, int pin) {
        return slot - 1 + (pin - 1) & 3;
    }

    /**
     * Reads configuration space as the host bridge does, taking the function's monitor.
     *
     * @param bus bus number; only 0 exists
     * @param place device number times 8 plus function number
     * @param register first byte, 0 to 255
     * @param size 1, 2 or 4
     * @return the value, zero-extended; ones where nobody lives
     */
    public int read(int bus, int place, int register, int size) {
        PciFunction<?> function = find(bus, place);
        if (function == null) {
            return -1 >>> (Integer.SIZE - 8 * size);
        }
        synchronized (function) {
            return function.configRead(register, size);
        }
    }

    /**
     * Writes configuration space as the host bridge does, taking the function's monitor.
     *
     * @param bus bus number; only 0 exists
     * @param place device number times 8 plus function number
     * @param register first byte, 0 to 255
     * @param size 1, 2 or 4
     * @param value bits above {@code size} bytes are ignored
     */
    public void write(int bus, int place, int register, int size, int value) {
        PciFunction<?> function = find(bus, place);
        if (function != null) {
            synchronized (function) {
                function.configWrite(register, size, value);
            }
        }
    }

    private PciFunction<?> find(int bus, int place) {
        return bus == 0 ? functions[place & 0xff] : null;
    }
}
