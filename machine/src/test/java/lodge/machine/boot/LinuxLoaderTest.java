package lodge.machine.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.LodgeException;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.SegmentRegister;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.devices.platform.E820Entry;
import lodge.devices.platform.MemoryMap;
import lodge.machine.config.KernelConfig;
import lodge.machine.config.KernelEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

class LinuxLoaderTest {
    private static final long RAM = 16 << 20;
    private static final long RSDP = MemoryMap.DIRECT_ACPI;

    @TempDir private Path folder;
    private final GuestMemory memory = GuestMemory.forTests();
    private final List<E820Entry> map = new MemoryMap(RAM).forDirectBoot();
    private final MemoryBlock ram = memory.allocate("ram", RAM);

    LinuxLoaderTest() {
        memory.window(ram, 0, RAM, 0).place(0, true);
        ram.segment().fill((byte) 0xcc); // as a guest may have left it before a reset
    }

    @Test
    void aBzImageIsEnteredInLongModeBehindItsLoadAddress() throws IOException {
        byte[] kernel = pattern(0x1234);
        BootPlan plan = load(Images.bzImage(kernel, 0x10_0000), KernelEntry.AUTO, "quiet");
        CpuState cpu = plan.enter(CpuState.reset(0, 0x663));
        assertEquals(Images.KERNEL + 0x200, cpu.general().rip());
        assertEquals(2, cpu.general().rflags());
        assertEquals(ControlRegisters.EFER_LME | ControlRegisters.EFER_LMA, cpu.control().efer());
        assertEquals(0x8000_0011L, cpu.control().cr0());
        assertEquals(ControlRegisters.CR4_PAE, cpu.control().cr4());
        assertEquals(SegmentRegister.flat(0x10, 0xb, SegmentRegister.LONG), cpu.segments().cs());
        assertEquals(
                SegmentRegister.flat(0x18, 0x3, SegmentRegister.DEFAULT_BIG), cpu.segments().ss());
        for (int i = 0; i < kernel.length; i++) {
            assertEquals(kernel[i], (byte) memory.readByte(Images.KERNEL + i));
        }
        assertEquals(Images.KERNEL, plan.kernelStart());
        assertEquals(Images.KERNEL + 0x10_0000, plan.kernelEnd());
    }

    @Test
    void thePageTablesMapFourGibibytesOntoThemselves() throws IOException {
        long cr3 = load(Images.bzImage(pattern(64), 4096), KernelEntry.LINUX64, "").control().cr3();
        for (long address : new long[] {0, 0x1234, Images.KERNEL, 0xbfff_ffffL, 0xffff_ffffL}) {
            assertEquals(address, translate(cr3, address));
        }
        assertEquals(0, memory.readLong(cr3 + 8), "nothing above 512 GiB");
        assertEquals(
                0, memory.readLong((memory.readLong(cr3) & -4096) + 4 * 8), "nothing above 4 GiB");
    }

    @Test
    void theDescriptorTableHoldsWhatTheSegmentRegistersHold() throws IOException {
        CpuState cpu =
                load(Images.bzImage(pattern(64), 4096), KernelEntry.LINUX64, "")
                        .enter(CpuState.reset(0, 0));
        assertEquals(31, cpu.segments().gdtrLimit());
        long gdt = cpu.segments().gdtrBase();
        assertEquals(0, memory.readLong(gdt));
        for (SegmentRegister segment :
                List.of(cpu.segments().cs(), cpu.segments().ds(), cpu.segments().ss())) {
            long descriptor = memory.readLong(gdt + segment.selector());
            // Attribute bits 7:0 are descriptor bits 47:40, bits 15:12 are 55:52 (SDM vol. 3A,
            // 3.4.5).
            assertEquals(segment.attributes() & 0xff, descriptor >>> 40 & 0xff);
            assertEquals(segment.attributes() >>> 12 & 0xf, descriptor >>> 52 & 0xf);
            assertEquals(0xfffff, descriptor & 0xffff | descriptor >>> 32 & 0xf0000);
        }
    }

    @Test
    void theZeroPageHoldsTheHeaderTheMapAndWhatTheLoaderSays() throws IOException {
        byte[] image = Images.bzImage(pattern(64), 4096);
        image[0x1ef] =
                (byte) 0xff; // the sentinel: a loader that copies too much is found out by it
        image[0x26c] = 0x77; // code behind the header
        long page = load(image, KernelEntry.AUTO, "console=ttyS0").general().rsi();
        assertEquals(0, memory.readByte(page + 0x1ef));
        assertEquals(0, memory.readByte(page + 0x26c));
        assertEquals(0xaa55, memory.readShort(page + 0x1fe));
        assertEquals(0x5372_6448, memory.readInt(page + 0x202));
        assertEquals(0xff, memory.readByte(page + 0x210));
        assertEquals(RSDP, memory.readLong(page + 0x70));
        assertEquals("console=ttyS0", text(memory.readInt(page + 0x228)));
        assertEquals(0, memory.readLong(page + 0x218), "no initial RAM disk");
        assertEquals(map.size(), memory.readByte(page + 0x1e8));
        byte[] table = E820Entry.toBytes(map);
        for (int i = 0; i < table.length; i++) {
            assertEquals(table[i], (byte) memory.readByte(page + 0x2d0 + i));
        }
    }

    @Test
    void a32BitEntryIsAtTheLoadAddressWithoutPaging() throws IOException {
        CpuState cpu =
                load(Images.bzImage(pattern(64), 4096), KernelEntry.LINUX32, "")
                        .enter(CpuState.reset(0, 0));
        assertEquals(Images.KERNEL, cpu.general().rip());
        assertEquals(0x11, cpu.control().cr0());
        assertEquals(0, cpu.control().efer());
        assertEquals(
                SegmentRegister.flat(0x10, 0xb, SegmentRegister.DEFAULT_BIG), cpu.segments().cs());
        assertEquals(
                List.of(0L, 0L, 0L),
                List.of(cpu.general().rbp(), cpu.general().rdi(), cpu.general().rbx()));
        assertTrue(cpu.general().rsi() > 0);
    }

    @Test
    void aBzImageWithout64BitEntryIsEnteredBy32Bit() throws IOException {
        byte[] image = Images.bzImage(pattern(64), 4096);
        image[0x236] = 0;
        assertEquals(Images.KERNEL, load(image, KernelEntry.AUTO, "").general().rip());
        assertEquals(
                "has no 64-bit entry; choose entry linux32",
                error(image, KernelEntry.LINUX64, "").split("kernel ", 2)[1]);
    }

    @Test
    void theLastParagraphOfABzImageMayBeShort() throws IOException {
        byte[] image = Images.bzImage(pattern(64), 4096);
        load(Arrays.copyOf(image, image.length - 15), KernelEntry.AUTO, "");
        assertEquals(pattern(64)[48], (byte) memory.readByte(Images.KERNEL + 48));
        assertTrue(
                error(Arrays.copyOf(image, image.length - 16), KernelEntry.AUTO, "")
                        .contains("truncated"));
    }

    @Test
    void anOldProtocolLoadsAtOneMebibyte() throws IOException {
        byte[] image = Images.bzImage(pattern(64), 4096);
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).putShort(0x206, (short) 0x204);
        assertEquals(0x10_0000, load(image, KernelEntry.AUTO, "").general().rip());
    }

    @Test
    void anElfKernelIsEnteredThroughPvhWithItsStartInfo() throws IOException {
        BootPlan plan = load(Images.elf(true, true, 0x1000), KernelEntry.AUTO, "console=ttyS0");
        assertEquals(Images.PVH_ENTRY, plan.general().rip());
        assertEquals(0x11, plan.control().cr0());
        assertEquals(
                SegmentRegister.flat(0x10, 0xb, SegmentRegister.DEFAULT_BIG), plan.segments().cs());
        assertEquals(0, plan.segments().tr().base());
        long info = plan.general().rbx();
        assertEquals(0x336e_c578, memory.readInt(info));
        assertEquals(1, memory.readInt(info + 4));
        assertEquals(0, memory.readInt(info + 12), "no modules");
        assertEquals("console=ttyS0", text(memory.readLong(info + 24)));
        assertEquals(RSDP, memory.readLong(info + 32));
        assertEquals(map.size(), memory.readInt(info + 48));
        byte[] table = E820Entry.toPvhBytes(map);
        long at = memory.readLong(info + 40);
        for (int i = 0; i < table.length; i++) {
            assertEquals(table[i], (byte) memory.readByte(at + i));
        }
    }

    @Test
    void aBzImageThatCanBeUnpackedIsEnteredThroughPvh() throws IOException {
        byte[] elf = Images.elf(true, true, 0x1000);
        byte[] image = Images.packed(Images.gzip(elf), 0, false);
        assertEquals(Images.PVH_ENTRY, load(image, KernelEntry.AUTO, "").general().rip());
        assertEquals(Images.KERNEL + 0x200, load(image, KernelEntry.LINUX64, "").general().rip());
        assertEquals(Images.KERNEL, load(image, KernelEntry.LINUX32, "").general().rip());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUnpackedKernelWithoutNoteIsEnteredBehindItsDecompressor(boolean wide)
            throws IOException {
        byte[] image = Images.packed(Images.gzip(Images.elf(wide, false, 0x1000)), 0, false);
        BootPlan plan = load(image, KernelEntry.AUTO, "quiet");
        assertEquals(Images.KERNEL + 0x10, plan.general().rip());
        assertEquals(wide ? ControlRegisters.CR4_PAE : 0, plan.control().cr4());
        assertEquals(0x42, memory.readByte(Images.KERNEL + 0x42), "its segment");
        long page = plan.general().rsi();
        assertEquals("quiet", text(memory.readInt(page + 0x228)));
        assertEquals(0x20f, memory.readShort(page + 0x206), "the bzImage's own header");
        assertEquals(Images.KERNEL, memory.readInt(page + 0x258));
        assertEquals(1, memory.readByte(page + 0x211), "loaded high, and not moved (KASLR)");
        assertEquals(Images.KERNEL + 0x10_0000, plan.kernelEnd(), "what the header asks for");
    }

    @Test
    void theElfEntryCanBeChosenWhereThereIsPvhToo() throws IOException {
        byte[] elf = Images.elf(true, true, 0x1000);
        assertEquals(Images.KERNEL + 0x10, load(elf, KernelEntry.ELF, "").general().rip());
        byte[] image = Images.packed(Images.zstd(elf), elf.length, true);
        assertEquals(Images.KERNEL + 0x10, load(image, KernelEntry.ELF, "").general().rip());
    }

    @Test
    void aBzImageThatCannotBeUnpackedUnpacksItself() throws IOException {
        byte[] bzip2 = {'B', 'Z', 'h', '9', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        byte[] image = Images.packed(bzip2, 100, true);
        assertEquals(Images.KERNEL + 0x200, load(image, KernelEntry.AUTO, "").general().rip());
        assertTrue(error(image, KernelEntry.ELF, "").contains("packed with bzip2"));
    }

    @Test
    void aBzImageWhoseKernelDoesNotFitUnpacksItselfElsewhere() throws IOException {
        byte[] elf = Images.elf(true, false, (int) RAM);
        byte[] image = Images.packed(Images.gzip(elf), 0, false);
        assertEquals(Images.KERNEL + 0x200, load(image, KernelEntry.AUTO, "").general().rip());
        assertTrue(error(image, KernelEntry.ELF, "").contains("give it more"));
    }

    @Test
    void anElfKernelsSegmentIsFollowedByZeros() throws IOException {
        load(Images.elf(true, true, 0x1000), KernelEntry.AUTO, "");
        assertEquals(0x42, memory.readByte(Images.KERNEL + 0x42));
        for (int i = 0x100; i < 0x1000; i++) {
            assertEquals(0, memory.readByte(Images.KERNEL + i));
        }
        assertEquals(0xcc, memory.readByte(Images.KERNEL + 0x1000), "and not more than that");
    }

    @Test
    void anElfKernelWithoutNoteIsEnteredByTheDoorOfItsWidth() throws IOException {
        BootPlan wide = load(Images.elf(true, false, 0x1000), KernelEntry.AUTO, "");
        assertEquals(Images.KERNEL + 0x10, wide.general().rip());
        assertTrue((wide.control().efer() & ControlRegisters.EFER_LMA) != 0);
        assertEquals(0x5372_6448, memory.readInt(wide.general().rsi() + 0x202));
        BootPlan narrow = load(Images.elf(false, false, 0x1000), KernelEntry.AUTO, "");
        assertEquals(0, narrow.control().efer());
        assertEquals(
                Images.PVH_ENTRY,
                load(Images.elf(false, true, 0x1000), KernelEntry.AUTO, "").general().rip());
    }

    @Test
    void aDoorThatIsNotThereIsAnError() {
        assertTrue(
                error(Images.elf(true, false, 0x1000), KernelEntry.PVH, "")
                        .contains("has no PVH entry"));
        assertTrue(
                error(Images.elf(true, true, 0x1000), KernelEntry.LINUX32, "")
                        .contains("is 64-bit"));
        assertTrue(
                error(Images.elf(false, true, 0x1000), KernelEntry.LINUX64, "")
                        .contains("is 32-bit"));
    }

    @Test
    void theInitialRamDiskLiesAtTheTopOfMemory() throws IOException {
        Path initrd = folder.resolve("initrd");
        Files.write(initrd, pattern(5000));
        BootPlan plan =
                load(Images.bzImage(pattern(64), 4096), KernelEntry.AUTO, "", Optional.of(initrd));
        assertEquals(RAM - 8192, plan.initrdStart());
        assertEquals(5000, plan.initrdSize());
        assertEquals(RAM - 8192, memory.readInt(plan.general().rsi() + 0x218));
        assertEquals(5000, memory.readInt(plan.general().rsi() + 0x21c));
        assertEquals(pattern(5000)[4999], (byte) memory.readByte(RAM - 8192 + 4999));
        BootPlan pvh =
                load(Images.elf(true, true, 0x1000), KernelEntry.PVH, "", Optional.of(initrd));
        long module = memory.readLong(pvh.general().rbx() + 16);
        assertEquals(1, memory.readInt(pvh.general().rbx() + 12));
        assertEquals(RAM - 8192, memory.readLong(module));
        assertEquals(5000, memory.readLong(module + 8));
    }

    @Test
    void theInitialRamDiskStaysBelowTheKernelsLimit() throws IOException {
        byte[] image = Images.bzImage(pattern(64), 4096);
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).putInt(0x22c, 0x7f_ffff);
        Path initrd = folder.resolve("initrd");
        Files.write(initrd, pattern(5000));
        assertEquals(
                0x80_0000 - 8192,
                load(image, KernelEntry.AUTO, "", Optional.of(initrd)).initrdStart());
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).putInt(0x22c, Images.KERNEL + 100);
        assertEquals(
                Images.KERNEL - 8192,
                load(image, KernelEntry.AUTO, "", Optional.of(initrd)).initrdStart(),
                "below the kernel when there is no room above");
    }

    @Test
    void anInitialRamDiskThatDoesNotFitIsAnError() throws IOException {
        Path initrd = folder.resolve("initrd");
        Files.write(initrd, new byte[15 << 20]);
        String message =
                assertThrows(
                                LodgeException.class,
                                () ->
                                        load(
                                                Images.bzImage(pattern(64), 4096),
                                                KernelEntry.AUTO,
                                                "",
                                                Optional.of(initrd)))
                        .getMessage();
        assertEquals(
                "Initial RAM disk "
                        + initrd
                        + " (15 MiB) does not fit beside the kernel; give the machine more memory"
                        + " (--memory 128M)",
                message);
        Files.write(initrd, new byte[0]);
        assertThrows(
                LodgeException.class,
                () ->
                        load(
                                Images.bzImage(pattern(64), 4096),
                                KernelEntry.AUTO,
                                "",
                                Optional.of(initrd)));
    }

    @Test
    void aCommandLineThatIsTooLongIsAnErrorAndNotCut() throws IOException {
        byte[] image = Images.bzImage(pattern(64), 4096);
        load(image, KernelEntry.AUTO, "x".repeat(64));
        assertEquals(
                "The kernel's command line has 65 bytes, this kernel takes 64; shorten it",
                error(image, KernelEntry.AUTO, "x".repeat(65)));
    }

    @Test
    void aKernelThatDoesNotFitNamesTheMemoryItNeeds() {
        assertTrue(
                error(Images.bzImage(pattern(64), 0x100_0000), KernelEntry.AUTO, "")
                        .endsWith(
                                "needs memory up to 18 MiB, the machine has 16; give it more"
                                        + " (--memory 128M)"));
        assertTrue(
                error(Images.elf(true, true, 0x7fff_ffff), KernelEntry.AUTO, "")
                        .contains("the machine has 16"));
        byte[] wild = Images.elf(true, true, 0x1000);
        ByteBuffer.wrap(wild)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(64 + 24, 0xffff_ffff_8100_0000L);
        assertTrue(
                error(wild, KernelEntry.AUTO, "").contains("wants memory at 0xffffffff81000000"));
        ByteBuffer.wrap(wild).order(ByteOrder.LITTLE_ENDIAN).putLong(64 + 24, 0x2000);
        assertTrue(error(wild, KernelEntry.AUTO, "").contains("where its boot data goes"));
    }

    @Test
    void whatIsNoKernelIsOneLineThatSaysWhatItIs() {
        assertTrue(error(new byte[0], KernelEntry.AUTO, "").contains("is not a kernel"));
        assertTrue(error(new byte[4096], KernelEntry.AUTO, "").contains("is not a kernel"));
        byte[] arm = new byte[4096];
        ByteBuffer.wrap(arm).order(ByteOrder.LITTLE_ENDIAN).putInt(56, 0x644d_5241);
        assertTrue(error(arm, KernelEntry.AUTO, "").contains("is for ARM64"));
        assertTrue(
                error(new byte[] {0x1f, (byte) 0x8b, 8, 0}, KernelEntry.AUTO, "")
                        .contains("is packed with gzip"));
        byte[] elf = Images.elf(true, true, 0x1000);
        elf[18] = (byte) 183;
        assertTrue(error(elf, KernelEntry.AUTO, "").contains("for another processor"));
        byte[] zImage = Images.bzImage(pattern(64), 4096);
        zImage[0x211] = 0;
        assertTrue(error(zImage, KernelEntry.AUTO, "").contains("zImage"));
    }

    @Test
    void missingFilesAndFoldersAreErrorsWithTheirNames() {
        Path missing = folder.resolve("nope");
        String message =
                assertThrows(
                                LodgeException.class,
                                () -> loadFile(missing, KernelEntry.AUTO, "", Optional.empty()))
                        .getMessage();
        assertEquals("Kernel " + missing + " does not exist; check the name", message);
        assertThrows(
                LodgeException.class,
                () -> loadFile(folder, KernelEntry.AUTO, "", Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTruncatedKernelIsAnErrorWhereverItEnds(boolean elf) {
        byte[] whole = elf ? Images.elf(true, true, 0x1000) : Images.bzImage(pattern(0x400), 4096);
        int behind = elf ? 0x300 : whole.length - 15;
        for (int length = 1; length < behind; length += 13) {
            byte[] part = Arrays.copyOf(whole, length);
            String message = error(part, KernelEntry.AUTO, "");
            assertEquals(1, message.lines().count(), message);
        }
    }

    @ParameterizedTest
    @EnumSource(KernelEntry.class)
    void hostileHeadersNeverDoMoreThanFail(KernelEntry entry) throws IOException {
        java.util.Random random = new java.util.Random(1);
        for (int i = 0; i < 300; i++) {
            boolean elf = random.nextBoolean();
            byte[] image = elf ? Images.elf(true, true, 0x1000) : Images.bzImage(pattern(64), 4096);
            int from = elf ? 0 : 0x1f1;
            int to = elf ? 0x150 : 0x26c;
            for (int n = random.nextInt(1, 6); n > 0; n--) {
                image[random.nextInt(from, to)] = (byte) random.nextInt();
            }
            try {
                load(image, entry, "");
            } catch (LodgeException e) {
                assertEquals(1, e.getMessage().lines().count());
            }
        }
    }

    private BootPlan load(byte[] image, KernelEntry entry, String commandLine) throws IOException {
        return load(image, entry, commandLine, Optional.empty());
    }

    private BootPlan load(
            byte[] image, KernelEntry entry, String commandLine, Optional<Path> initrd)
            throws IOException {
        Path file = folder.resolve("kernel");
        Files.write(file, image);
        return loadFile(file, entry, commandLine, initrd);
    }

    private BootPlan loadFile(
            Path file, KernelEntry entry, String commandLine, Optional<Path> initrd) {
        return new LinuxLoader(new KernelConfig(file, initrd, commandLine, entry))
                .load(memory, map, RSDP);
    }

    private String error(byte[] image, KernelEntry entry, String commandLine) {
        return assertThrows(LodgeException.class, () -> load(image, entry, commandLine))
                .getMessage();
    }

    /** Walks the four levels as the processor does (SDM vol. 3A, 4.5). */
    private long translate(long cr3, long address) {
        long pdpt = entry(cr3, address >>> 39 & 0x1ff);
        long directory = entry(pdpt & -4096, address >>> 30 & 0x1ff);
        long page = entry(directory & -4096, address >>> 21 & 0x1ff);
        assertTrue((page & 0x80) != 0, "2 MiB");
        return (page & -0x20_0000L) + (address & 0x1f_ffff);
    }

    private long entry(long table, long index) {
        long entry = memory.readLong(table + index * 8);
        assertEquals(3, entry & 3, "present and writable");
        return entry;
    }

    private String text(long at) {
        StringBuilder text = new StringBuilder();
        for (long i = at; memory.readByte(i) != 0; i++) {
            text.append((char) memory.readByte(i));
        }
        return text.toString();
    }

    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7 + i / 251);
        }
        return bytes;
    }
}
