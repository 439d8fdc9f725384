package lodge.core.bus;

import lodge.core.BadConfigException;
import lodge.core.device.Counters;
import lodge.core.device.Device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The guest's two address spaces outside RAM: 65 536 ports and the physical addresses where no
 * memory is mapped. A backend calls {@link #in}, {@link #out}, {@link #ins}, {@link #outs}, {@link
 * #read} and {@link #write}; the board claims ranges. Where nobody lives there is an open bus:
 * reads give all ones, writes are lost. An access allocates nothing, takes exactly one monitor (the
 * owner's) and can neither throw nor block on the host.
 *
 * <p>An access wider than a device takes, or one that crosses the end of a claim, is done byte by
 * byte, lowest address first, each byte going where it belongs (PCI-to-ISA bridges do the same).
 *
 * <p>Where claims overlap - only a guest that programs PCI BARs badly gets there - fixed claims win
 * over movable ones, then older over newer.
 */
public final class IoSpace {
    private static final int PORTS = 1 << 16;

    private final Slot[] ports = new Slot[PORTS];
    private final List<Claim> claims = new ArrayList<>();
    private volatile Slot[] mmio = new Slot[0];

    /** An address space where nobody lives. */
    public IoSpace() {}

    /**
     * Claims a fixed range of ports.
     *
     * @param owner whose monitor is taken and whose counters count
     * @param first first port, 0 to 0xffff
     * @param count number of ports, at least 1
     * @param device who answers
     * @return the claim
     * @throws BadConfigException when another fixed claim holds one of the ports
     */
    public Claim claimPorts(Device<?> owner, int first, int count, PortDevice device) {
        return claim(new Claim(owner, device, null, count, false), first);
    }

    /**
     * Claims a fixed range of guest physical addresses.
     *
     * @param owner whose monitor is taken and whose counters count
     * @param first first address
     * @param length in bytes, at least 1
     * @param device who answers
     * @return the claim
     * @throws BadConfigException when another fixed claim holds one of the addresses
     */
    public Claim claimMmio(Device<?> owner, long first, long length, MmioDevice device) {
        return claim(new Claim(owner, null, device, length, false), first);
    }

    /**
     * Prepares a range of ports whose place the guest chooses (a PCI I/O BAR); nowhere at first.
     *
     * @param owner whose monitor is taken and whose counters count
     * @param count number of ports
     * @param device who answers
     * @return the claim, not placed
     */
    public Claim movablePorts(Device<?> owner, int count, PortDevice device) {
        return claim(new Claim(owner, device, null, count, true), -1);
    }

    /**
     * Prepares a range of addresses whose place the guest chooses (a PCI memory BAR); nowhere at
     * first.
     *
     * @param owner whose monitor is taken and whose counters count
     * @param length in bytes
     * @param device who answers
     * @return the claim, not placed
     */
    public Claim movableMmio(Device<?> owner, long length, MmioDevice device) {
        return claim(new Claim(owner, null, device, length, true), -1);
    }

    /**
     * IN.
     *
     * @param port 0 to 0xffff
     * @param size 1, 2 or 4
     * @return the value, zero-extended
     */
    public int in(int port, int size) {
        Slot slot = ports[port & 0xffff];
        if (slot == null) {
            return (int) ones(size);
        }
        int offset = (port & 0xffff) - (int) slot.first;
        if (size > slot.width || offset + size > slot.length) {
            return inBytes(port, size);
        }
        synchronized (slot.owner) {
            slot.counters.portReads.add(1);
            return slot.port.in(offset, size) & (int) ones(size);
        }
    }

    /**
     * OUT.
     *
     * @param port 0 to 0xffff
     * @param size 1, 2 or 4
     * @param value bits above {@code size} bytes are ignored
     */
    public void out(int port, int size, int value) {
        Slot slot = ports[port & 0xffff];
        if (slot == null) {
            return;
        }
        int offset = (port & 0xffff) - (int) slot.first;
        if (size > slot.width || offset + size > slot.length) {
            outBytes(port, size, value);
            return;
        }
        synchronized (slot.owner) {
            slot.counters.portWrites.add(1);
            slot.port.out(offset, size, value & (int) ones(size));
        }
    }

    /**
     * {@code rep ins} of {@code count} elements from one port.
     *
     * @param port 0 to 0xffff
     * @param size 1, 2 or 4
     * @param count number of elements
     * @param data where they go
     * @param at offset of the first
     */
    public void ins(int port, int size, int count, MemorySegment data, long at) {
        Slot slot = ports[port & 0xffff];
        int offset = slot == null ? 0 : (port & 0xffff) - (int) slot.first;
        if (slot == null || size > slot.width || offset + size > slot.length) {
            for (int i = 0; i < count; i++) {
                PortDevice.Elements.put(data, at + (long) i * size, size, in(port, size));
            }
            return;
        }
        synchronized (slot.owner) {
            slot.counters.portReads.add(count);
            slot.port.insBurst(offset, size, count, data, at);
        }
    }

    /**
     * {@code rep outs} of {@code count} elements to one port.
     *
     * @param port 0 to 0xffff
     * @param size 1, 2 or 4
     * @param count number of elements
     * @param data where they are
     * @param at offset of the first
     */
    public void outs(int port, int size, int count, MemorySegment data, long at) {
        Slot slot = ports[port & 0xffff];
        int offset = slot == null ? 0 : (port & 0xffff) - (int) slot.first;
        if (slot == null || size > slot.width || offset + size > slot.length) {
            for (int i = 0; i < count; i++) {
                out(port, size, PortDevice.Elements.get(data, at + (long) i * size, size));
            }
            return;
        }
        synchronized (slot.owner) {
            slot.counters.portWrites.add(count);
            slot.port.outsBurst(offset, size, count, data, at);
        }
    }

    /**
     * A load from an address without memory.
     *
     * @param gpa guest physical address
     * @param size 1 to 8 bytes
     * @return the value, zero-extended
     */
    public long read(long gpa, int size) {
        Slot slot = find(gpa);
        if (slot == null) {
            return size == 1 ? 0xff : readBytes(gpa, size);
        }
        long offset = gpa - slot.first;
        if (size > slot.width || offset + size > slot.length || Integer.bitCount(size) != 1) {
            return readBytes(gpa, size);
        }
        synchronized (slot.owner) {
            slot.counters.mmioReads.add(1);
            return slot.mmio.read(offset, size) & ones(size);
        }
    }

    /**
     * A store to an address without memory, or to read-only memory.
     *
     * @param gpa guest physical address
     * @param size 1 to 8 bytes
     * @param value bits above {@code size} bytes are ignored
     */
    public void write(long gpa, int size, long value) {
        Slot slot = find(gpa);
        if (slot == null) {
            if (size > 1) {
                writeBytes(gpa, size, value);
            }
            return;
        }
        long offset = gpa - slot.first;
        if (size > slot.width || offset + size > slot.length || Integer.bitCount(size) != 1) {
            writeBytes(gpa, size, value);
            return;
        }
        synchronized (slot.owner) {
            slot.counters.mmioWrites.add(1);
            slot.mmio.write(offset, size, value & ones(size));
        }
    }

    /**
     * Returns the map of ports and addresses as it is now, in order of address: for the docs and
     * for `lodge` to show.
     */
    public synchronized List<Place> map() {
        return claims.stream()
                .filter(claim -> claim.slot != null)
                .map(
                        claim ->
                                new Place(
                                        claim.port != null,
                                        claim.slot.first,
                                        claim.length,
                                        claim.owner.name()))
                .sorted(
                        Comparator.comparing((Place place) -> !place.port())
                                .thenComparingLong(Place::first))
                .toList();
    }

    /**
     * One row of the map.
     *
     * @param port whether it is a range of ports; otherwise of addresses
     * @param first first port or address
     * @param length number of ports or bytes
     * @param owner name of the device
     */
    public record Place(boolean port, long first, long length, String owner) {}

    /** A range and who answers there. */
    public final class Claim {
        private final Device<?> owner;
        private final PortDevice port;
        private final MmioDevice mmio;
        private final long length;
        private final boolean movable;
        private Slot slot;

        private Claim(
                Device<?> owner, PortDevice port, MmioDevice mmio, long length, boolean movable) {
            this.owner = owner;
            this.port = port;
            this.mmio = mmio;
            this.length = length;
            this.movable = movable;
        }

        /**
         * Moves a movable claim, or takes it off the bus. A place outside the address space is no
         * place.
         *
         * @param first the new first port or address, or -1 for nowhere
         */
        public void move(long first) {
            if (!movable) {
                throw new IllegalStateException("The claim of " + owner.name() + " is fixed");
            }
            place(this, first);
        }

        /** Returns the first port or address, or -1 when the claim is nowhere. */
        public long first() {
            synchronized (IoSpace.this) {
                return slot == null ? -1 : slot.first;
            }
        }
    }

    /** What the bus looks up: immutable, so that a vCPU sees it whole without a lock. */
    private static final class Slot {
        final Device<?> owner;
        final Counters counters;
        final PortDevice port;
        final MmioDevice mmio;
        final long first;
        final long length;
        final int width;

        Slot(Claim claim, long first) {
            this.owner = claim.owner;
            this.counters = claim.owner.counters();
            this.port = claim.port;
            this.mmio = claim.mmio;
            this.first = first;
            this.length = claim.length;
            this.width = claim.port != null ? claim.port.width() : claim.mmio.width();
        }
    }

    private synchronized Claim claim(Claim claim, long first) {
        if (claim.length < 1) {
            throw new BadConfigException("The claim of " + claim.owner.name() + " is empty");
        }
        if (first >= 0) {
            for (Claim other : claims) {
                boolean sameSpace =
                        other.slot != null
                                && !other.movable
                                && (other.port != null) == (claim.port != null);
                if (sameSpace
                        && first < other.slot.first + other.length
                        && other.slot.first < first + claim.length) {
                    throw new BadConfigException(
                            "%s and %s both claim %s 0x%x; give one of them another place"
                                    .formatted(
                                            other.owner.name(),
                                            claim.owner.name(),
                                            claim.port != null ? "port" : "address",
                                            Math.max(first, other.slot.first)));
                }
            }
        }
        claims.add(claim);
        place(claim, first);
        return claim;
    }

    private synchronized void place(Claim claim, long first) {
        Slot old = claim.slot;
        boolean fits =
                first >= 0
                        && first + claim.length > first
                        && (claim.port == null || first + claim.length <= PORTS);
        claim.slot = fits ? new Slot(claim, first) : null;
        if (claim.port != null) {
            rebuildPorts(old);
            rebuildPorts(claim.slot);
        } else {
            rebuildMmio();
        }
    }

    private void rebuildPorts(Slot range) {
        if (range == null) {
            return;
        }
        for (int port = (int) range.first; port < range.first + range.length; port++) {
            ports[port] = winner(port, true);
        }
    }

    private Slot winner(long at, boolean port) {
        Slot movable = null;
        for (Claim claim : claims) {
            Slot slot = claim.slot;
            if (slot != null
                    && (claim.port != null) == port
                    && at >= slot.first
                    && at - slot.first < slot.length) {
                if (!claim.movable) {
                    return slot;
                }
                movable = movable == null ? slot : movable;
            }
        }
        return movable;
    }

    /** All address claims, those that win first: the first that holds an address is the one. */
    private void rebuildMmio() {
        List<Slot> slots = new ArrayList<>();
        for (Claim claim : claims) {
            if (claim.mmio != null && claim.slot != null && !claim.movable) {
                slots.add(claim.slot);
            }
        }
        for (Claim claim : claims) {
            if (claim.mmio != null && claim.slot != null && claim.movable) {
                slots.add(claim.slot);
            }
        }
        mmio = slots.toArray(Slot[]::new);
    }

    private Slot find(long gpa) {
        for (Slot slot : mmio) {
            long offset = gpa - slot.first;
            if (offset >= 0 && offset < slot.length) {
                return slot;
            }
        }
        return null;
    }

    private int inBytes(int port, int size) {
        int value = 0;
        for (int i = 0; i < size; i++) {
            value |= in(port + i, 1) << 8 * i;
        }
        return value;
    }

    private void outBytes(int port, int size, int value) {
        for (int i = 0; i < size; i++) {
            out(port + i, 1, value >>> 8 * i);
        }
    }

    private long readBytes(long gpa, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= read(gpa + i, 1) << 8 * i;
        }
        return value;
    }

    private void writeBytes(long gpa, int size, long value) {
        for (int i = 0; i < size; i++) {
            write(gpa + i, 1, value >>> 8 * i);
        }
    }

    private static long ones(int size) {
        return -1L >>> (Long.SIZE - 8 * size);
    }

    @Override
    public String toString() {
        return Arrays.toString(map().toArray());
    }
}
