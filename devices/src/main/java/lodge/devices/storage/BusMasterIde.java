package lodge.devices.storage;

import lodge.core.bus.PortDevice;
import lodge.core.memory.GuestMemory;

import java.lang.foreign.MemorySegment;

/**
 * The bus master half of one IDE channel ("Programming Interface for Bus Master IDE Controller",
 * revision 1.0; PIIX4 datasheet 290562, section 5.2): command, status and descriptor table pointer,
 * and the walk over the table of physical region descriptors (PRDs). Runs under the channel's
 * monitor.
 */
public final class BusMasterIde {
    private static final int BMICX = 0;
    private static final int BMISX = 2;
    private static final int BMIDTPX = 4;

    private static final int START = 0x01;
    private static final int TO_MEMORY = 0x08;
    private static final int COMMAND_WRITABLE = START | TO_MEMORY;

    private static final int ACTIVE = 0x01;
    private static final int ERROR = 0x02;
    private static final int INTERRUPT = 0x04;
    private static final int DRIVES_CAPABLE = 0x60;

    private static final int PRD_BYTES = 8;

    /**
     * The saved registers and the place in the table.
     *
     * @param enabled whether the PCI command register allows bus mastering
     * @param command BMICX
     * @param status BMISX
     * @param table BMIDTPX
     * @param next address of the descriptor that is fetched next
     * @param address where the present region goes on
     * @param left bytes left in the present region
     * @param last whether the present region is the table's last
     */
    public record State(
            boolean enabled,
            int command,
            int status,
            int table,
            int next,
            int address,
            int left,
            boolean last) {}

    private final GuestMemory memory;
    private final byte[] descriptor = new byte[PRD_BYTES];
    private final MemorySegment descriptorSegment = MemorySegment.ofArray(descriptor);
    private boolean enabled;
    private int command;
    private int status;
    private int table;
    private int next;
    private int address;
    private int left;
    private boolean last;

    BusMasterIde(GuestMemory memory) {
        this.memory = memory;
    }

    int in8(int offset) {
        return switch (offset) {
            case BMICX -> command;
            case BMISX -> status;
            case BMIDTPX, BMIDTPX + 1, BMIDTPX + 2, BMIDTPX + 3 ->
                    table >>> 8 * (offset - BMIDTPX) & 0xff;
            default -> 0;
        };
    }

    /** Returns whether the write started a transfer. */
    boolean out8(int offset, int value) {
        switch (offset) {
            case BMICX -> {
                boolean wasStarted = (command & START) != 0;
                command = value & COMMAND_WRITABLE;
                if ((command & START) == 0) {
                    status &= ~ACTIVE;
                } else if (!wasStarted) {
                    status |= ACTIVE;
                    next = table;
                    left = 0;
                    last = false;
                    return true;
                }
            }
            case BMISX ->
                    status =
                            (status & ~DRIVES_CAPABLE & ~(value & (ERROR | INTERRUPT)))
                                    | (value & DRIVES_CAPABLE);
            case BMIDTPX, BMIDTPX + 1, BMIDTPX + 2, BMIDTPX + 3 -> {
                int shift = 8 * (offset - BMIDTPX);
                table = (table & ~(0xff << shift) | (value & 0xff) << shift) & ~3;
            }
            default -> {
                // Reserved: ignored.
            }
        }
        return false;
    }

    void setEnabled(boolean value) {
        enabled = value;
    }

    boolean enabled() {
        return enabled;
    }

    void deviceInterrupt() {
        status |= INTERRUPT;
    }

    /**
     * Moves data between a drive and guest memory as far as the table reaches. After the last
     * region the active bit goes off; a region or table that is no memory sets the error bit and
     * stops the engine.
     *
     * @return bytes moved
     */
    int transfer(MemorySegment buffer, int at, int length, boolean toMemory) {
        int done = 0;
        if (!enabled || (status & ACTIVE) == 0) {
            return 0;
        }
        if (toMemory != ((command & TO_MEMORY) != 0)) {
            fail();
            return 0;
        }
        while (done < length && (status & ACTIVE) != 0) {
            if (left == 0 && !fetch()) {
                break;
            }
            int n = Math.min(left, length - done);
            long gpa = address & 0xffff_ffffL;
            long real =
                    toMemory
                            ? memory.write(gpa, buffer, (long) at + done, n)
                            : memory.read(gpa, buffer, (long) at + done, n);
            address += n;
            left -= n;
            done += n;
            if (real < n) {
                fail();
            } else if (left == 0 && last) {
                status &= ~ACTIVE;
            }
        }
        return done;
    }

    private boolean fetch() {
        if (memory.read(next & 0xffff_ffffL, descriptorSegment, 0, PRD_BYTES) < PRD_BYTES) {
            fail();
            return false;
        }
        next += PRD_BYTES;
        address = PortDevice.Elements.get(descriptorSegment, 0, 4) & ~1;
        int second = PortDevice.Elements.get(descriptorSegment, 4, 4);
        left = second & 0xfffe;
        if (left == 0) {
            left = 0x1_0000;
        }
        last = second < 0;
        return true;
    }

    private void fail() {
        status = (status | ERROR) & ~ACTIVE;
    }

    void reset() {
        load(new State(enabled, 0, 0, 0, 0, 0, 0, false));
    }

    State save() {
        return new State(enabled, command, status, table, next, address, left, last);
    }

    void load(State state) {
        enabled = state.enabled;
        command = state.command & COMMAND_WRITABLE;
        status = state.status & (ACTIVE | ERROR | INTERRUPT | DRIVES_CAPABLE);
        table = state.table & ~3;
        next = state.next;
        address = state.address;
        left = Math.clamp(state.left, 0, 0x1_0000);
        last = state.last;
    }
}
