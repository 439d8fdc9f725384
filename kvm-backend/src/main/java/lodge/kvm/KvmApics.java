package lodge.kvm;

import static lodge.natives.CLayout.U32;

import lodge.core.backend.LocalApics;
import lodge.core.bus.LineSink;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmIrqRouting;
import lodge.natives.kvm.KvmIrqRoutingEntry;
import lodge.natives.kvm.KvmIrqRoutingMsi;
import lodge.natives.kvm.KvmVmFd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The way to KVM's local APICs with a split irqchip. Messages go by KVM_SIGNAL_MSI. The routing
 * table serves only to tell KVM for which vectors an end of interrupt must come out, so
 * edge-triggered entries never enter it and masked ones stay in it: an end of interrupt too many is
 * harmless, and replacing the table costs the kernel a grace period.
 */
final class KvmApics implements LocalApics {
    /** Pins of the IOAPIC, and the number of routes KVM reserves for it. */
    static final int PINS = 24;

    private static final int LEVEL_TRIGGERED = 1 << 15;
    private static final long MSI_PAGE = 0xfee;

    private final KvmVmFd vm;
    private final IntrLine intr = new IntrLine();
    private final boolean[] routed = new boolean[PINS];
    private final long[] addresses = new long[PINS];
    private final int[] data = new int[PINS];
    private final MemorySegment table =
            Arena.ofAuto().allocate(KvmIrqRouting.SIZE + PINS * KvmIrqRoutingEntry.SIZE, 8);
    private volatile EoiListener listener = vector -> {};

    KvmApics(KvmVmFd vm) {
        this.vm = vm;
    }

    @Override
    public void sendMsi(long address, int message) {
        // Only this page is decoded by local APICs; a message elsewhere is a store that nobody
        // answers. What KVM
        // refuses is a message that no local APIC accepts: it is lost, as on the bus.
        if ((address >>> 20 & 0xfff) == MSI_PAGE) {
            vm.signalMsi(address, message);
        }
    }

    @Override
    public synchronized void route(int pin, boolean masked, long address, int message) {
        boolean needed = !masked && (message & LEVEL_TRIGGERED) != 0;
        boolean same = routed[pin] && addresses[pin] == address && data[pin] == message;
        if (!needed || same) {
            return;
        }
        routed[pin] = true;
        addresses[pin] = address;
        data[pin] = message;
        int entries = 0;
        for (int i = 0; i < PINS; i++) {
            if (routed[i]) {
                long at = KvmIrqRouting.ENTRIES + entries++ * KvmIrqRoutingEntry.SIZE;
                table.set(U32, at + KvmIrqRoutingEntry.GSI, i);
                table.set(U32, at + KvmIrqRoutingEntry.TYPE, KvmApi.KVM_IRQ_ROUTING_MSI);
                long msi = at + KvmIrqRoutingEntry.U_MSI;
                table.set(U32, msi + KvmIrqRoutingMsi.ADDRESS_LO, (int) addresses[i]);
                table.set(U32, msi + KvmIrqRoutingMsi.ADDRESS_HI, (int) (addresses[i] >>> 32));
                table.set(U32, msi + KvmIrqRoutingMsi.DATA, data[i]);
            }
        }
        table.set(U32, KvmIrqRouting.NR, entries);
        vm.setGsiRouting(table);
    }

    @Override
    public void onEoi(EoiListener newListener) {
        listener = newListener;
    }

    @Override
    public void externalInterrupts(ExternalInterrupts source) {
        intr.connect(source);
    }

    @Override
    public LineSink intr() {
        return intr;
    }

    IntrLine intrLine() {
        return intr;
    }

    void endOfInterrupt(int vector) {
        listener.endOfInterrupt(vector);
    }
}
