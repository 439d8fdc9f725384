package lodge.natives.kvm;

/**
 * Constants of {@code linux/kvm.h} and {@code asm/kvm.h} on x86-64 under their C names. What each
 * means stands in the kernel's Documentation/virt/kvm/api.rst.
 */
public final class KvmApi {
    // Requests of ioctl

    /** {@code KVM_GET_API_VERSION}. */
    public static final long KVM_GET_API_VERSION = 0xae00L;

    /** {@code KVM_CREATE_VM}. */
    public static final long KVM_CREATE_VM = 0xae01L;

    /** {@code KVM_GET_MSR_INDEX_LIST}. */
    public static final long KVM_GET_MSR_INDEX_LIST = 0xc004ae02L;

    /** {@code KVM_CHECK_EXTENSION}. */
    public static final long KVM_CHECK_EXTENSION = 0xae03L;

    /** {@code KVM_GET_VCPU_MMAP_SIZE}. */
    public static final long KVM_GET_VCPU_MMAP_SIZE = 0xae04L;

    /** {@code KVM_GET_SUPPORTED_CPUID}. */
    public static final long KVM_GET_SUPPORTED_CPUID = 0xc008ae05L;

    /** {@code KVM_GET_MSR_FEATURE_INDEX_LIST}. */
    public static final long KVM_GET_MSR_FEATURE_INDEX_LIST = 0xc004ae0aL;

    /** {@code KVM_CREATE_VCPU}. */
    public static final long KVM_CREATE_VCPU = 0xae41L;

    /** {@code KVM_GET_DIRTY_LOG}. */
    public static final long KVM_GET_DIRTY_LOG = 0x4010ae42L;

    /** {@code KVM_CLEAR_DIRTY_LOG}. */
    public static final long KVM_CLEAR_DIRTY_LOG = 0xc018aec0L;

    /** {@code KVM_SET_USER_MEMORY_REGION}. */
    public static final long KVM_SET_USER_MEMORY_REGION = 0x4020ae46L;

    /** {@code KVM_SET_TSS_ADDR}. */
    public static final long KVM_SET_TSS_ADDR = 0xae47L;

    /** {@code KVM_SET_IDENTITY_MAP_ADDR}. */
    public static final long KVM_SET_IDENTITY_MAP_ADDR = 0x4008ae48L;

    /** {@code KVM_SET_GSI_ROUTING}. */
    public static final long KVM_SET_GSI_ROUTING = 0x4008ae6aL;

    /** {@code KVM_IRQFD}. */
    public static final long KVM_IRQFD = 0x4020ae76L;

    /** {@code KVM_SET_BOOT_CPU_ID}. */
    public static final long KVM_SET_BOOT_CPU_ID = 0xae78L;

    /** {@code KVM_IOEVENTFD}. */
    public static final long KVM_IOEVENTFD = 0x4040ae79L;

    /** {@code KVM_SET_CLOCK}. */
    public static final long KVM_SET_CLOCK = 0x4030ae7bL;

    /** {@code KVM_GET_CLOCK}. */
    public static final long KVM_GET_CLOCK = 0x8030ae7cL;

    /** {@code KVM_SET_TSC_KHZ}. */
    public static final long KVM_SET_TSC_KHZ = 0xaea2L;

    /** {@code KVM_GET_TSC_KHZ}. */
    public static final long KVM_GET_TSC_KHZ = 0xaea3L;

    /** {@code KVM_SIGNAL_MSI}. */
    public static final long KVM_SIGNAL_MSI = 0x4020aea5L;

    /** {@code KVM_CREATE_DEVICE}. */
    public static final long KVM_CREATE_DEVICE = 0xc00caee0L;

    /** {@code KVM_SET_DEVICE_ATTR}. */
    public static final long KVM_SET_DEVICE_ATTR = 0x4018aee1L;

    /** {@code KVM_GET_DEVICE_ATTR}. */
    public static final long KVM_GET_DEVICE_ATTR = 0x4018aee2L;

    /** {@code KVM_HAS_DEVICE_ATTR}. */
    public static final long KVM_HAS_DEVICE_ATTR = 0x4018aee3L;

    /** {@code KVM_RUN}. */
    public static final long KVM_RUN = 0xae80L;

    /** {@code KVM_GET_REGS}. */
    public static final long KVM_GET_REGS = 0x8090ae81L;

    /** {@code KVM_SET_REGS}. */
    public static final long KVM_SET_REGS = 0x4090ae82L;

    /** {@code KVM_GET_SREGS}. */
    public static final long KVM_GET_SREGS = 0x8138ae83L;

    /** {@code KVM_SET_SREGS}. */
    public static final long KVM_SET_SREGS = 0x4138ae84L;

    /** {@code KVM_GET_SREGS2}. */
    public static final long KVM_GET_SREGS2 = 0x8140aeccL;

    /** {@code KVM_SET_SREGS2}. */
    public static final long KVM_SET_SREGS2 = 0x4140aecdL;

    /** {@code KVM_TRANSLATE}. */
    public static final long KVM_TRANSLATE = 0xc018ae85L;

    /** {@code KVM_INTERRUPT}. */
    public static final long KVM_INTERRUPT = 0x4004ae86L;

    /** {@code KVM_GET_MSRS}. */
    public static final long KVM_GET_MSRS = 0xc008ae88L;

    /** {@code KVM_SET_MSRS}. */
    public static final long KVM_SET_MSRS = 0x4008ae89L;

    /** {@code KVM_GET_FPU}. */
    public static final long KVM_GET_FPU = 0x81a0ae8cL;

    /** {@code KVM_SET_FPU}. */
    public static final long KVM_SET_FPU = 0x41a0ae8dL;

    /** {@code KVM_GET_LAPIC}. */
    public static final long KVM_GET_LAPIC = 0x8400ae8eL;

    /** {@code KVM_SET_LAPIC}. */
    public static final long KVM_SET_LAPIC = 0x4400ae8fL;

    /** {@code KVM_SET_SIGNAL_MASK}. */
    public static final long KVM_SET_SIGNAL_MASK = 0x4004ae8bL;

    /** {@code KVM_SET_CPUID2}. */
    public static final long KVM_SET_CPUID2 = 0x4008ae90L;

    /** {@code KVM_GET_CPUID2}. */
    public static final long KVM_GET_CPUID2 = 0xc008ae91L;

    /** {@code KVM_GET_MP_STATE}. */
    public static final long KVM_GET_MP_STATE = 0x8004ae98L;

    /** {@code KVM_SET_MP_STATE}. */
    public static final long KVM_SET_MP_STATE = 0x4004ae99L;

    /** {@code KVM_NMI}. */
    public static final long KVM_NMI = 0xae9aL;

    /** {@code KVM_SET_GUEST_DEBUG}. */
    public static final long KVM_SET_GUEST_DEBUG = 0x4048ae9bL;

    /** {@code KVM_GET_VCPU_EVENTS}. */
    public static final long KVM_GET_VCPU_EVENTS = 0x8040ae9fL;

    /** {@code KVM_SET_VCPU_EVENTS}. */
    public static final long KVM_SET_VCPU_EVENTS = 0x4040aea0L;

    /** {@code KVM_GET_DEBUGREGS}. */
    public static final long KVM_GET_DEBUGREGS = 0x8080aea1L;

    /** {@code KVM_SET_DEBUGREGS}. */
    public static final long KVM_SET_DEBUGREGS = 0x4080aea2L;

    /** {@code KVM_ENABLE_CAP}. */
    public static final long KVM_ENABLE_CAP = 0x4068aea3L;

    /** {@code KVM_GET_XSAVE}. */
    public static final long KVM_GET_XSAVE = 0x9000aea4L;

    /** {@code KVM_SET_XSAVE}. */
    public static final long KVM_SET_XSAVE = 0x5000aea5L;

    /** {@code KVM_GET_XCRS}. */
    public static final long KVM_GET_XCRS = 0x8188aea6L;

    /** {@code KVM_SET_XCRS}. */
    public static final long KVM_SET_XCRS = 0x4188aea7L;

    /** {@code KVM_KVMCLOCK_CTRL}. */
    public static final long KVM_KVMCLOCK_CTRL = 0xaeadL;

    // Capabilities for KVM_CHECK_EXTENSION

    /** {@code KVM_CAP_IRQCHIP}. */
    public static final int KVM_CAP_IRQCHIP = 0;

    /** {@code KVM_CAP_USER_MEMORY}. */
    public static final int KVM_CAP_USER_MEMORY = 3;

    /** {@code KVM_CAP_SET_TSS_ADDR}. */
    public static final int KVM_CAP_SET_TSS_ADDR = 4;

    /** {@code KVM_CAP_EXT_CPUID}. */
    public static final int KVM_CAP_EXT_CPUID = 7;

    /** {@code KVM_CAP_NR_MEMSLOTS}. */
    public static final int KVM_CAP_NR_MEMSLOTS = 10;

    /** {@code KVM_CAP_MP_STATE}. */
    public static final int KVM_CAP_MP_STATE = 14;

    /** {@code KVM_CAP_SYNC_MMU}. */
    public static final int KVM_CAP_SYNC_MMU = 16;

    /** {@code KVM_CAP_DESTROY_MEMORY_REGION_WORKS}. */
    public static final int KVM_CAP_DESTROY_MEMORY_REGION_WORKS = 21;

    /** {@code KVM_CAP_USER_NMI}. */
    public static final int KVM_CAP_USER_NMI = 22;

    /** {@code KVM_CAP_SET_GUEST_DEBUG}. */
    public static final int KVM_CAP_SET_GUEST_DEBUG = 23;

    /** {@code KVM_CAP_IRQ_ROUTING}. */
    public static final int KVM_CAP_IRQ_ROUTING = 25;

    /** {@code KVM_CAP_JOIN_MEMORY_REGIONS_WORKS}. */
    public static final int KVM_CAP_JOIN_MEMORY_REGIONS_WORKS = 30;

    /** {@code KVM_CAP_IRQFD}. */
    public static final int KVM_CAP_IRQFD = 32;

    /** {@code KVM_CAP_IOEVENTFD}. */
    public static final int KVM_CAP_IOEVENTFD = 36;

    /** {@code KVM_CAP_SET_IDENTITY_MAP_ADDR}. */
    public static final int KVM_CAP_SET_IDENTITY_MAP_ADDR = 37;

    /** {@code KVM_CAP_ADJUST_CLOCK}. */
    public static final int KVM_CAP_ADJUST_CLOCK = 39;

    /** {@code KVM_CAP_INTERNAL_ERROR_DATA}. */
    public static final int KVM_CAP_INTERNAL_ERROR_DATA = 40;

    /** {@code KVM_CAP_VCPU_EVENTS}. */
    public static final int KVM_CAP_VCPU_EVENTS = 41;

    /** {@code KVM_CAP_DEBUGREGS}. */
    public static final int KVM_CAP_DEBUGREGS = 50;

    /** {@code KVM_CAP_X86_ROBUST_SINGLESTEP}. */
    public static final int KVM_CAP_X86_ROBUST_SINGLESTEP = 51;

    /** {@code KVM_CAP_XSAVE}. */
    public static final int KVM_CAP_XSAVE = 55;

    /** {@code KVM_CAP_XCRS}. */
    public static final int KVM_CAP_XCRS = 56;

    /** {@code KVM_CAP_TSC_CONTROL}. */
    public static final int KVM_CAP_TSC_CONTROL = 60;

    /** {@code KVM_CAP_GET_TSC_KHZ}. */
    public static final int KVM_CAP_GET_TSC_KHZ = 61;

    /** {@code KVM_CAP_MAX_VCPUS}. */
    public static final int KVM_CAP_MAX_VCPUS = 66;

    /** {@code KVM_CAP_TSC_DEADLINE_TIMER}. */
    public static final int KVM_CAP_TSC_DEADLINE_TIMER = 72;

    /** {@code KVM_CAP_SIGNAL_MSI}. */
    public static final int KVM_CAP_SIGNAL_MSI = 77;

    /** {@code KVM_CAP_READONLY_MEM}. */
    public static final int KVM_CAP_READONLY_MEM = 81;

    /** {@code KVM_CAP_X86_SMM}. */
    public static final int KVM_CAP_X86_SMM = 117;

    /** {@code KVM_CAP_SPLIT_IRQCHIP}. */
    public static final int KVM_CAP_SPLIT_IRQCHIP = 121;

    /** {@code KVM_CAP_MAX_VCPU_ID}. */
    public static final int KVM_CAP_MAX_VCPU_ID = 128;

    /** {@code KVM_CAP_X2APIC_API}. */
    public static final int KVM_CAP_X2APIC_API = 129;

    /** {@code KVM_CAP_IMMEDIATE_EXIT}. */
    public static final int KVM_CAP_IMMEDIATE_EXIT = 136;

    /** {@code KVM_CAP_X86_DISABLE_EXITS}. */
    public static final int KVM_CAP_X86_DISABLE_EXITS = 143;

    /** {@code KVM_CAP_NESTED_STATE}. */
    public static final int KVM_CAP_NESTED_STATE = 157;

    /** {@code KVM_CAP_EXCEPTION_PAYLOAD}. */
    public static final int KVM_CAP_EXCEPTION_PAYLOAD = 164;

    /** {@code KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2}. */
    public static final int KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 = 168;

    /** {@code KVM_CAP_X86_USER_SPACE_MSR}. */
    public static final int KVM_CAP_X86_USER_SPACE_MSR = 188;

    /** {@code KVM_CAP_SREGS2}. */
    public static final int KVM_CAP_SREGS2 = 200;

    /** {@code KVM_CAP_EXIT_ON_EMULATION_FAILURE}. */
    public static final int KVM_CAP_EXIT_ON_EMULATION_FAILURE = 204;

    /** {@code KVM_CAP_XSAVE2}. */
    public static final int KVM_CAP_XSAVE2 = 208;

    /** {@code KVM_CAP_X86_TRIPLE_FAULT_EVENT}. */
    public static final int KVM_CAP_X86_TRIPLE_FAULT_EVENT = 218;

    /** {@code KVM_CAP_VM_TSC_CONTROL}. */
    public static final int KVM_CAP_VM_TSC_CONTROL = 214;

    /** {@code KVM_CAP_DEVICE_CTRL}. */
    public static final int KVM_CAP_DEVICE_CTRL = 89;

    /** {@code KVM_CAP_CHECK_EXTENSION_VM}. */
    public static final int KVM_CAP_CHECK_EXTENSION_VM = 105;

    /** {@code KVM_CAP_ENABLE_CAP_VM}. */
    public static final int KVM_CAP_ENABLE_CAP_VM = 98;

    // Exit reasons

    /** {@code KVM_EXIT_UNKNOWN}. */
    public static final int KVM_EXIT_UNKNOWN = 0;

    /** {@code KVM_EXIT_EXCEPTION}. */
    public static final int KVM_EXIT_EXCEPTION = 1;

    /** {@code KVM_EXIT_IO}. */
    public static final int KVM_EXIT_IO = 2;

    /** {@code KVM_EXIT_HYPERCALL}. */
    public static final int KVM_EXIT_HYPERCALL = 3;

    /** {@code KVM_EXIT_DEBUG}. */
    public static final int KVM_EXIT_DEBUG = 4;

    /** {@code KVM_EXIT_HLT}. */
    public static final int KVM_EXIT_HLT = 5;

    /** {@code KVM_EXIT_MMIO}. */
    public static final int KVM_EXIT_MMIO = 6;

    /** {@code KVM_EXIT_IRQ_WINDOW_OPEN}. */
    public static final int KVM_EXIT_IRQ_WINDOW_OPEN = 7;

    /** {@code KVM_EXIT_SHUTDOWN}. */
    public static final int KVM_EXIT_SHUTDOWN = 8;

    /** {@code KVM_EXIT_FAIL_ENTRY}. */
    public static final int KVM_EXIT_FAIL_ENTRY = 9;

    /** {@code KVM_EXIT_INTR}. */
    public static final int KVM_EXIT_INTR = 10;

    /** {@code KVM_EXIT_SET_TPR}. */
    public static final int KVM_EXIT_SET_TPR = 11;

    /** {@code KVM_EXIT_TPR_ACCESS}. */
    public static final int KVM_EXIT_TPR_ACCESS = 12;

    /** {@code KVM_EXIT_NMI}. */
    public static final int KVM_EXIT_NMI = 16;

    /** {@code KVM_EXIT_INTERNAL_ERROR}. */
    public static final int KVM_EXIT_INTERNAL_ERROR = 17;

    /** {@code KVM_EXIT_WATCHDOG}. */
    public static final int KVM_EXIT_WATCHDOG = 21;

    /** {@code KVM_EXIT_SYSTEM_EVENT}. */
    public static final int KVM_EXIT_SYSTEM_EVENT = 24;

    /** {@code KVM_EXIT_IOAPIC_EOI}. */
    public static final int KVM_EXIT_IOAPIC_EOI = 26;

    /** {@code KVM_EXIT_HYPERV}. */
    public static final int KVM_EXIT_HYPERV = 27;

    /** {@code KVM_EXIT_X86_RDMSR}. */
    public static final int KVM_EXIT_X86_RDMSR = 29;

    /** {@code KVM_EXIT_X86_WRMSR}. */
    public static final int KVM_EXIT_X86_WRMSR = 30;

    /** {@code KVM_EXIT_DIRTY_RING_FULL}. */
    public static final int KVM_EXIT_DIRTY_RING_FULL = 31;

    /** {@code KVM_EXIT_X86_BUS_LOCK}. */
    public static final int KVM_EXIT_X86_BUS_LOCK = 33;

    /** {@code KVM_EXIT_XEN}. */
    public static final int KVM_EXIT_XEN = 34;

    /** {@code KVM_EXIT_NOTIFY}. */
    public static final int KVM_EXIT_NOTIFY = 37;

    // Everything else

    /** {@code KVM_API_VERSION}. */
    public static final int KVM_API_VERSION = 0xc;

    /** {@code KVM_EXIT_IO_IN}. */
    public static final int KVM_EXIT_IO_IN = 0;

    /** {@code KVM_EXIT_IO_OUT}. */
    public static final int KVM_EXIT_IO_OUT = 1;

    /** {@code KVM_INTERNAL_ERROR_EMULATION}. */
    public static final int KVM_INTERNAL_ERROR_EMULATION = 1;

    /** {@code KVM_INTERNAL_ERROR_SIMUL_EX}. */
    public static final int KVM_INTERNAL_ERROR_SIMUL_EX = 2;

    /** {@code KVM_INTERNAL_ERROR_DELIVERY_EV}. */
    public static final int KVM_INTERNAL_ERROR_DELIVERY_EV = 3;

    /** {@code KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON}. */
    public static final int KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON = 4;

    /** {@code KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES}. */
    public static final int KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES = 1;

    /** {@code KVM_SYSTEM_EVENT_SHUTDOWN}. */
    public static final int KVM_SYSTEM_EVENT_SHUTDOWN = 1;

    /** {@code KVM_SYSTEM_EVENT_RESET}. */
    public static final int KVM_SYSTEM_EVENT_RESET = 2;

    /** {@code KVM_SYSTEM_EVENT_CRASH}. */
    public static final int KVM_SYSTEM_EVENT_CRASH = 3;

    /** {@code KVM_MEM_LOG_DIRTY_PAGES}. */
    public static final int KVM_MEM_LOG_DIRTY_PAGES = 1;

    /** {@code KVM_MEM_READONLY}. */
    public static final int KVM_MEM_READONLY = 2;

    /** {@code KVM_MP_STATE_RUNNABLE}. */
    public static final int KVM_MP_STATE_RUNNABLE = 0;

    /** {@code KVM_MP_STATE_UNINITIALIZED}. */
    public static final int KVM_MP_STATE_UNINITIALIZED = 1;

    /** {@code KVM_MP_STATE_INIT_RECEIVED}. */
    public static final int KVM_MP_STATE_INIT_RECEIVED = 2;

    /** {@code KVM_MP_STATE_HALTED}. */
    public static final int KVM_MP_STATE_HALTED = 3;

    /** {@code KVM_MP_STATE_SIPI_RECEIVED}. */
    public static final int KVM_MP_STATE_SIPI_RECEIVED = 4;

    /** {@code KVM_GUESTDBG_ENABLE}. */
    public static final int KVM_GUESTDBG_ENABLE = 1;

    /** {@code KVM_GUESTDBG_SINGLESTEP}. */
    public static final int KVM_GUESTDBG_SINGLESTEP = 2;

    /** {@code KVM_GUESTDBG_USE_HW_BP}. */
    public static final int KVM_GUESTDBG_USE_HW_BP = 0x20000;

    /** {@code KVM_GUESTDBG_USE_SW_BP}. */
    public static final int KVM_GUESTDBG_USE_SW_BP = 0x10000;

    /** {@code KVM_VCPUEVENT_VALID_NMI_PENDING}. */
    public static final int KVM_VCPUEVENT_VALID_NMI_PENDING = 1;

    /** {@code KVM_VCPUEVENT_VALID_SIPI_VECTOR}. */
    public static final int KVM_VCPUEVENT_VALID_SIPI_VECTOR = 2;

    /** {@code KVM_VCPUEVENT_VALID_SHADOW}. */
    public static final int KVM_VCPUEVENT_VALID_SHADOW = 4;

    /** {@code KVM_VCPUEVENT_VALID_SMM}. */
    public static final int KVM_VCPUEVENT_VALID_SMM = 8;

    /** {@code KVM_VCPUEVENT_VALID_PAYLOAD}. */
    public static final int KVM_VCPUEVENT_VALID_PAYLOAD = 0x10;

    /** {@code KVM_VCPUEVENT_VALID_TRIPLE_FAULT}. */
    public static final int KVM_VCPUEVENT_VALID_TRIPLE_FAULT = 0x20;

    /** {@code KVM_X86_SHADOW_INT_MOV_SS}. */
    public static final int KVM_X86_SHADOW_INT_MOV_SS = 1;

    /** {@code KVM_X86_SHADOW_INT_STI}. */
    public static final int KVM_X86_SHADOW_INT_STI = 2;

    /** {@code KVM_IRQ_ROUTING_IRQCHIP}. */
    public static final int KVM_IRQ_ROUTING_IRQCHIP = 1;

    /** {@code KVM_IRQ_ROUTING_MSI}. */
    public static final int KVM_IRQ_ROUTING_MSI = 2;

    /** {@code KVM_IRQFD_FLAG_DEASSIGN}. */
    public static final int KVM_IRQFD_FLAG_DEASSIGN = 1;

    /** {@code KVM_IOEVENTFD_FLAG_DATAMATCH}. */
    public static final int KVM_IOEVENTFD_FLAG_DATAMATCH = 1;

    /** {@code KVM_IOEVENTFD_FLAG_PIO}. */
    public static final int KVM_IOEVENTFD_FLAG_PIO = 2;

    /** {@code KVM_IOEVENTFD_FLAG_DEASSIGN}. */
    public static final int KVM_IOEVENTFD_FLAG_DEASSIGN = 4;

    /** {@code KVM_CPUID_FLAG_SIGNIFCANT_INDEX}. */
    public static final int KVM_CPUID_FLAG_SIGNIFCANT_INDEX = 1;

    /** {@code KVM_MAX_XCRS}. */
    public static final int KVM_MAX_XCRS = 0x10;

    /** {@code KVM_APIC_REG_SIZE}. */
    public static final int KVM_APIC_REG_SIZE = 0x400;

    /** {@code KVM_CLOCK_TSC_STABLE}. */
    public static final int KVM_CLOCK_TSC_STABLE = 2;

    /** {@code KVM_CLOCK_REALTIME}. */
    public static final int KVM_CLOCK_REALTIME = 4;

    /** {@code KVM_DEV_TYPE_VFIO}. */
    public static final int KVM_DEV_TYPE_VFIO = 4;

    /** {@code KVM_CREATE_DEVICE_TEST}. */
    public static final int KVM_CREATE_DEVICE_TEST = 1;

    /** {@code KVM_SREGS2_FLAGS_PDPTRS_VALID}. */
    public static final int KVM_SREGS2_FLAGS_PDPTRS_VALID = 1;

    /** {@code KVM_NR_INTERRUPTS}. */
    public static final int KVM_NR_INTERRUPTS = 0x100;

    private KvmApi() {}
}
