package lodge.interpreter.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.CpuState;

import org.junit.jupiter.api.Test;

/** Page walks, seen through MOVBE, which loads and stores. */
class PagingTest {
    /** MOVBE EAX,[EBX]. */
    private static final String LOAD = "0f 38 f0 03";

    /** MOVBE [EBX],EAX. */
    private static final String STORE = "0f 38 f1 03";

    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;

    private static Guest at(Guest guest, String code, long address) {
        guest.code(code);
        guest.r[Processor.RBX] = address;
        guest.r[Processor.RAX] = 0x0102_0304;
        return guest;
    }

    /** Paging with 32-bit entries: the directory at PAGES maps the first 4 MiB. */
    private static Guest narrow(int ring, int flags) {
        Guest guest = Guest.protectedMode(ring);
        guest.cr0 = 0x8001_0011L;
        guest.cr3 = Guest.PAGES;
        guest.memory.writeInt(Guest.PAGES, Guest.PAGES + 0x1000 | 7);
        for (int i = 0; i < 1024; i++) {
            guest.memory.writeInt(Guest.PAGES + 0x1000 + 4 * i, i << 12 | 7);
        }
        guest.memory.writeInt(Guest.PAGES + 0x1000 + 4 * 0xa, 0xb000 | flags);
        return guest;
    }

    @Test
    void smallPagesOf32BitPaging() {
        Guest guest = at(narrow(0, 7), STORE, 0xa123);
        guest.done();
        assertEquals(0x0403_0201, guest.memory.readInt(0xb123));
        assertEquals(0xb067, guest.memory.readInt(Guest.PAGES + 0x1000 + 4 * 0xa));
        assertEquals(0x27, guest.memory.readInt(Guest.PAGES) & 0xff);
    }

    @Test
    void aLoadDoesNotMakeAPageDirty() {
        Guest guest = at(narrow(0, 7), LOAD, 0xa123);
        guest.memory.writeInt(0xb123, 0x1122_3344);
        assertEquals(0x4433_2211, guest.done().general().rax());
        assertEquals(0xb027, guest.memory.readInt(Guest.PAGES + 0x1000 + 4 * 0xa));
    }

    @Test
    void largePagesOf32BitPagingNeedPse() {
        Guest guest = at(narrow(0, 7), LOAD, 0x40_0123);
        guest.cr4 = Processor.CR4_PSE;
        guest.memory.writeInt(Guest.PAGES + 4, 0x0000_0087);
        guest.memory.writeInt(0x123, 0x1122_3344);
        assertEquals(0x4433_2211, guest.done().general().rax());
        guest.memory.writeInt(Guest.PAGES + 4, 0x0020_0087);
        assertEquals(0x40_0123, guest.fault(14, 9).control().cr2());
        guest.memory.writeInt(Guest.PAGES + 4, 0x0000_2087);
        assertTrue(guest.tried().isEmpty(), "memory at 4 GiB, by PSE-36");
    }

    @Test
    void faultCodesOf32BitPaging() {
        at(narrow(0, 0), LOAD, 0xa123).fault(14, 0);
        at(narrow(0, 0), STORE, 0xa123).fault(14, 2);
        at(narrow(0, 5), STORE, 0xa123).fault(14, 3);
        at(narrow(3, 3), LOAD, 0xa123).fault(14, 5);
        at(narrow(3, 5), STORE, 0xa123).fault(14, 7);
        Guest writer = at(narrow(0, 5), STORE, 0xa123);
        writer.cr0 &= ~Processor.CR0_WP;
        writer.done();
    }

    @Test
    void paePagesAndTheirReservedBits() {
        Guest guest = Guest.protectedMode(0);
        guest.cr0 = 0x8001_0011L;
        guest.cr3 = Guest.PAGES + 0x20;
        guest.cr4 = 1 << 5;
        guest.memory.writeLong(Guest.PAGES + 0x20, Guest.PAGES + 0x1000 | 1);
        guest.memory.writeLong(Guest.PAGES + 0x1000, 0x83);
        guest.memory.writeLong(Guest.PAGES + 0x1008, 0xe3);
        at(guest, LOAD, 0x20_0123);
        guest.memory.writeInt(0x123, 0x1122_3344);
        assertEquals(0x4433_2211, guest.done().general().rax());
        guest.memory.writeLong(Guest.PAGES + 0x1008, 1L << 52 | 0xe3);
        guest.fault(14, 9);
        guest.memory.writeLong(Guest.PAGES + 0x1008, 1L << 63 | 0xe3);
        guest.fault(14, 9);
        guest.memory.writeLong(Guest.PAGES + 0x1008, 0x20e3);
        guest.fault(14, 9);
    }

    @Test
    void fourLevelPagesAreMarked() {
        Guest guest = at(Guest.longMode(0), STORE, 0xa123);
        guest.done();
        assertEquals(0xa000 | 7 | ACCESSED | DIRTY, guest.memory.readLong(Guest.entry(0xa123)));
        assertEquals(ACCESSED, guest.memory.readLong(Guest.PAGES) & 0xff & ACCESSED);
        assertEquals(7 | ACCESSED, guest.memory.readLong(Guest.entry(Guest.CODE)) & 0xff);
    }

    @Test
    void aStoreAcrossPagesHappensWhollyOrNotAtAll() {
        Guest guest = at(Guest.longMode(0), STORE, 0xaffe);
        guest.memory.writeLong(Guest.entry(0xb000), 0);
        assertEquals(0xb000, guest.fault(14, 2).control().cr2());
        assertEquals(0, guest.memory.readShort(0xaffe));
        guest.memory.writeLong(Guest.entry(0xb000), 0xc007);
        guest.done();
        assertEquals(0x0201, guest.memory.readShort(0xaffe));
        assertEquals(0x0403, guest.memory.readShort(0xc000));
    }

    @Test
    void noExecuteAndSmepStopFetches() {
        Guest guest = at(Guest.longMode(0), LOAD, Guest.DATA);
        guest.memory.writeLong(Guest.entry(Guest.CODE), 1L << 63 | Guest.CODE | 7);
        assertEquals(Guest.CODE, guest.fault(14, 0x11).control().cr2());
        guest.memory.writeLong(Guest.entry(Guest.CODE), Guest.CODE | 7);
        guest.cr4 |= Processor.CR4_SMEP;
        guest.fault(14, 0x11);
        guest.memory.writeLong(Guest.entry(Guest.CODE), Guest.CODE | 3);
        guest.done();
    }

    @Test
    void smapStopsTheKernelUnlessAcIsSet() {
        Guest guest = at(Guest.longMode(0), LOAD, Guest.DATA);
        guest.cr4 |= Processor.CR4_SMAP;
        guest.fault(14, 1);
        guest.rflags |= Processor.AC;
        guest.done();
    }

    @Test
    void whatTheSdmAddedLaterIsNotMine() {
        for (long bit : new long[] {12, 22, 23, 24}) {
            Guest guest = at(Guest.longMode(0), LOAD, Guest.DATA);
            guest.cr4 |= 1L << bit;
            assertTrue(guest.tried().isEmpty());
        }
    }

    @Test
    void devicesAreNotMine() {
        Guest guest = at(Guest.longMode(0), LOAD, 0xa000);
        guest.memory.writeLong(Guest.entry(0xa000), 0xfee0_0007L);
        assertTrue(guest.tried().isEmpty());
    }

    @Test
    void anAddressThatIsNotCanonicalIsAProtectionFault() {
        CpuState after = at(Guest.longMode(0), LOAD, 1L << 47).fault(13, 0);
        assertEquals(0, after.control().cr2());
        at(Guest.longMode(0), LOAD, (1L << 47) - 2).fault(13, 0);
    }
}
