# The local APIC and what it does to one processor: interrupts, NMI, their shadows, timer, x2APIC.
# SDM 3A chapter 10 (10.4 registers and states after reset, 10.5 local vectors and timer, 10.6 IPIs,
# 10.8 priorities and EOI, 10.12 x2APIC), 6.7.1 (NMI blocking), 6.8.3 (MOV SS), SDM 2 STI, HLT.
        .include "guest32.inc"

        .equ    APIC, 0xfee00000
        .equ    ID, APIC + 0x20
        .equ    VERSION, APIC + 0x30
        .equ    TPR, APIC + 0x80
        .equ    PPR, APIC + 0xa0
        .equ    EOI, APIC + 0xb0
        .equ    LDR, APIC + 0xd0
        .equ    DFR, APIC + 0xe0
        .equ    SVR, APIC + 0xf0
        .equ    ISR, APIC + 0x100
        .equ    IRR, APIC + 0x200
        .equ    ESR, APIC + 0x280
        .equ    ICR, APIC + 0x300
        .equ    ICR_HIGH, APIC + 0x310
        .equ    TIMER, APIC + 0x320
        .equ    LINT0, APIC + 0x350
        .equ    ERROR, APIC + 0x370
        .equ    INITIAL, APIC + 0x380
        .equ    CURRENT, APIC + 0x390
        .equ    DIVIDE, APIC + 0x3e0
        .equ    SELF, 0x40000           # shorthand
        .equ    V50, ISR + 0x20         # registers of the vectors 0x40 to 0x5f
        .equ    V60, ISR + 0x30
        .equ    V70, ISR + 0x30
        .equ    DEADLINE, 0x6e0
        .equ    LIMIT, 20000000         # turns of a waiting loop

        # Waits until `count` has reached a number, or for long enough.
        .macro  AWAIT number
        mov     $LIMIT, %ecx
1:      cmpl    $\number, count
        jae     2f
        pause
        loop    1b
2:
        .endm
        .macro  SEND what
        movl    $(\what), ICR
        .endm

main:
        mov     $1, %eax
        cpuid
        test    $1 << 9, %edx
        jnz     1f
        SKIP    apic, "CPUID.1.EDX.APIC is 0"
        jmp     finish
# After reset (SDM 3A 10.4.7.1)
1:      mov     $0x1b, %ecx
        rdmsr
        CHECK   reset-apic-base, %eax, 0xfee00900
        CHECK   reset-id, ID, 0
        CHECK_BITS reset-version, VERSION, 0xf0, 0x10
        CHECK   reset-tpr, TPR, 0
        CHECK   reset-svr, SVR, 0xff
        CHECK   reset-dfr, DFR, 0xffffffff
        CHECK   reset-ldr, LDR, 0
        CHECK   reset-lvt-timer, TIMER, 0x10000
        CHECK   reset-lvt-lint0, LINT0, 0x10000
        CHECK   reset-lvt-error, ERROR, 0x10000
        CHECK   reset-initial-count, INITIAL, 0
        CHECK   reset-divide, DIVIDE, 0
        # While software-disabled, LVT entries stay masked.
        movl    $0x70, TIMER
        CHECK   disabled-lvt-stays-masked, TIMER, 0x10070
        movl    $0x1ff, SVR
        CHECK   svr-enables, SVR, 0x1ff
        movl    $0x10000, TIMER

# Fixed interrupts to itself
        RULE    "self-ipi-waits-for-if"
        SEND    SELF+0x50
        mov     IRR+0x20, %ebx
        mov     V50, %esi
        END     NONE
        CHECK_BITS self-ipi-irr, %ebx, 0x10000, 0x10000
        CHECK_BITS self-ipi-isr-before, %esi, 0x10000, 0
        # STI lets one more instruction pass.
        RULE    "sti-shadow"
        sti
        nop
98:     nop
        nop
        cli
        END_AT98 0x500000
        CHECK_BITS isr-in-handler, V50, 0x10000, 0x10000
        CHECK_BITS irr-in-handler, IRR+0x20, 0x10000, 0
        CHECK_BITS ppr-in-handler, PPR, 0xf0, 0x50
        # The same vector waits for the EOI.
        RULE    "in-service-blocks"
        SEND    SELF+0x50
        sti
        nop
        nop
        cli
        END     NONE
        RULE    "eoi-releases"
        movl    $0, EOI
        sti
        nop
98:     nop
        cli
        END_AT98 0x500000
        movl    $0, EOI
        CHECK_BITS eoi-clears-isr, V50, 0x10000, 0
        RULE    "sti-cli-opens-nothing"
        SEND    SELF+0x50
        sti
        cli
        nop
        nop
        END     NONE
        RULE    "popf-has-no-shadow"
        pushl   $0x202
        popfl
98:     nop
        cli
        END_AT98 0x500000
        movl    $0, EOI
        RULE    "iret-has-no-shadow"
        SEND    SELF+0x50
        pushl   $0x202
        pushl   $CODE0
        pushl   $98f
        iretl
98:     nop
        cli
        END_AT98 0x500000
        movl    $0, EOI
        RULE    "sti-twice"
        SEND    SELF+0x50
        sti
        sti                             # IF is set already: this one shadows nothing
98:     nop
        cli
        END_AT98 0x500000
        movl    $0, EOI
        RULE    "mov-ss-shadow"
        mov     %ss, %eax
        SEND    SELF+0x50
        sti
        mov     %eax, %ss
        nop
        nop
        cli
        END     0x500000
        movl    $0, EOI
        RULE    "hlt-wakes"
        SEND    SELF+0x50
        sti
        hlt
98:     nop
        cli
        END_AT98 0x500000
        movl    $0, EOI
# Priorities (SDM 3A 10.8.3)
        RULE    "higher-first"
        SEND    SELF+0x50
        SEND    SELF+0x61
        sti
        nop
        nop
        cli
        END     0x610000
        CHECK_BITS higher-first-ppr, PPR, 0xff, 0x60
        RULE    "lower-waits-for-eoi"
        sti
        nop
        nop
        cli
        END     NONE
        RULE    "same-class-waits"
        SEND    SELF+0x6f
        sti
        nop
        nop
        cli
        END     NONE
        RULE    "higher-interrupts"
        SEND    SELF+0x70
        sti
        nop
        nop
        cli
        END     0x700000
        movl    $0, EOI                 # ends 70
        CHECK_BITS eoi-ends-highest, V70, 0x10002, 2
        movl    $0, EOI                 # ends 61
        RULE    "then-6f"
        sti
        nop
        nop
        cli
        END     0x6f0000
        movl    $0, EOI
        RULE    "then-50"
        sti
        nop
        nop
        cli
        END     0x500000
        movl    $0, EOI
        RULE    "tpr-blocks-its-class"
        movl    $0x50, TPR
        SEND    SELF+0x5f
        sti
        nop
        nop
        cli
        END     NONE
        CHECK_BITS tpr-ppr, PPR, 0xff, 0x50
        RULE    "tpr-lets-higher-pass"
        SEND    SELF+0x60
        sti
        nop
        nop
        cli
        END     0x600000
        movl    $0, EOI
        RULE    "tpr-opens"
        sti
        movl    $0x4f, TPR
        nop
        nop
        nop
        cli
        END     0x5f0000
        movl    $0, EOI
        movl    $0, TPR
# Destinations (SDM 3A 10.6)
        .macro  DESTINATION what, high, low, expected
        RULE    "\what"
        movl    $(\high), ICR_HIGH
        SEND    \low
        sti
        nop
        nop
        nop
        cli
        END     \expected
        movl    $0, EOI
        .endm
        DESTINATION to-physical-id, 0, 0x52, 0x520000
        DESTINATION to-other-physical-id, 0x05000000, 0x52, NONE
        DESTINATION to-physical-broadcast, 0xff000000, 0x53, 0x530000
        DESTINATION to-all-including-self, 0, 0x80054, 0x540000
        DESTINATION to-all-but-self, 0, 0xc0054, NONE
        movl    $0x04000000, LDR
        DESTINATION to-logical-flat, 0x04000000, 0x855, 0x550000
        DESTINATION to-logical-flat-set, 0x0c000000, 0x855, 0x550000
        DESTINATION to-logical-flat-other, 0x02000000, 0x855, NONE
        movl    $0x21000000, LDR
        movl    $0x0fffffff, DFR
        DESTINATION to-logical-cluster, 0x23000000, 0x856, 0x560000
        DESTINATION to-logical-cluster-other, 0x11000000, 0x856, NONE
        movl    $0xffffffff, DFR
        movl    $0, ICR_HIGH

# NMI (SDM 3A 6.7)
        RULE    "nmi-ignores-if"
        SEND    0x400
        nop
        nop
        nop
        END     NMI
        # The recorder never executed IRET: NMIs are blocked.
        RULE    "nmi-blocked-until-iret"
        SEND    0x400
        nop
        nop
        nop
        END     NONE
        RULE    "nmi-after-iret"
        pushl   $2
        pushl   $CODE0
        pushl   $98f
        iretl
98:     nop
        nop
        END_AT98 NMI
        # In a handler of our own: the second NMI waits, and only one waits.
        VECTOR  2, nmi_handler
        RULE    "nmi-nested"
        movl    $0, count
        movl    $0, note
        pushl   $2
        pushl   $CODE0
        pushl   $1f
        iretl
1:      SEND    0x400
        nop
        nop
        nop
        nop
        END     NONE
        VECTOR_AGAIN 2
        CHECK   nmi-nested-count, count, 2
        CHECK   nmi-nested-depth, note, 1
        jmp     timer
nmi_handler:
        incl    count
        incl    note                    # depth
        cmpl    $1, note
        jne     1f                      # nested: wrong
        cmpl    $1, count
        jne     2f
        SEND    0x400
        SEND    0x400
        nop
        nop
        nop
2:      decl    note
        cmpl    $2, count
        jne     1f
        movl    $1, note                # the deepest there was
1:      iretl
tick:   incl    count
        movl    $0, EOI
        iretl

# The timer (SDM 3A 10.5.4)
timer:  movl    $0xb, DIVIDE            # by 1
        VECTOR  0x70, tick
        RULE    "one-shot"
        movl    $0, count
        movl    $0x70, TIMER
        sti
        movl    $20000, INITIAL
        AWAIT   1
        cli
        END     NONE
        CHECK   one-shot-count, count, 1
        CHECK   one-shot-current-is-0, CURRENT, 0
        CHECK   one-shot-initial-stays, INITIAL, 20000
        RULE    "one-shot-fires-once"
        sti
        mov     $100000, %ecx
1:      loop    1b
        cli
        END     NONE
        CHECK   one-shot-fired-once, count, 1
        RULE    "one-shot-masked"
        movl    $0, count
        movl    $0x10070, TIMER
        sti
        movl    $1000, INITIAL
        mov     $LIMIT, %ecx
1:      cmpl    $0, CURRENT
        je      2f
        loop    1b
2:      cli
        END     NONE
        CHECK   one-shot-masked-counts-down, CURRENT, 0
        CHECK   one-shot-masked-is-silent, count, 0
        RULE    "stop-by-0"
        movl    $0x70, TIMER
        movl    $0x7fffffff, INITIAL
        mov     CURRENT, %ebx
        movl    $0, INITIAL
        END     NONE
        CHECK   stopped-current, CURRENT, 0
        cmp     $0x7fffffff, %ebx
        seta    %al
        test    %ebx, %ebx
        setz    %bl
        or      %al, %bl
        movzbl  %bl, %ebx
        CHECK   running-current, %ebx, 0
        RULE    "counts-down"
        movl    $0x7fffffff, INITIAL
        mov     CURRENT, %ebx
        mov     $LIMIT, %ecx
1:      cmp     %ebx, CURRENT
        jb      2f
        loop    1b
2:      movl    $0, INITIAL
        END     NONE
        test    %ecx, %ecx
        setz    %cl
        movzbl  %cl, %ecx
        CHECK   counted-down, %ecx, 0
        RULE    "periodic"
        movl    $0, count
        movl    $0x20070, TIMER
        sti
        movl    $30000, INITIAL
        AWAIT   4
        cli
        mov     CURRENT, %ebx
        END     NONE
        movl    $0x10000, TIMER
        movl    $0, INITIAL
        mov     count, %eax
        cmp     $4, %eax
        setb    %al
        movzbl  %al, %eax
        CHECK   periodic-goes-on, %eax, 0
        RULE    "timer-pends-while-if-is-clear"
        movl    $0, count
        movl    $0x70, TIMER
        movl    $1000, INITIAL
        mov     $LIMIT, %ecx
1:      testb   $1, IRR+0x32
        jnz     2f
        loop    1b
2:      mov     count, %ebx
        sti
        nop
        nop
        cli
        END     NONE
        CHECK   timer-pended, %ebx, 0
        CHECK   timer-delivered-later, count, 1
        RULE    "timer-wakes-hlt"
        movl    $0, count
        movl    $100000, INITIAL
1:      cli
        cmpl    $0, count
        jne     2f
        sti
        hlt
        jmp     1b
2:      cli
        END     NONE
        movl    $0x10000, TIMER
        # TSC deadline
        mov     $1, %eax
        cpuid
        test    $1 << 24, %ecx
        jnz     1f
        SKIP    tsc-deadline, "CPUID.1.ECX.TSC-Deadline is 0"
        jmp     no_deadline
1:      movl    $0x40070, TIMER
        .macro  ARM cycles
        rdtsc
        add     $\cycles, %eax
        adc     $0, %edx
        mov     $DEADLINE, %ecx
        wrmsr
        .endm
        RULE    "tsc-deadline"
        movl    $0, count
        sti
        ARM     200000
        rdmsr
        or      %edx, %eax
        mov     %eax, note
        AWAIT   1
        cli
        mov     $DEADLINE, %ecx
        rdmsr
        mov     %eax, %ebx
        or      %edx, %ebx
        END     NONE
        CHECK   tsc-deadline-count, count, 1
        CHECK   tsc-deadline-disarms, %ebx, 0
        RULE    "tsc-deadline-in-the-past"
        movl    $0, count
        sti
        mov     $1, %eax
        xor     %edx, %edx
        mov     $DEADLINE, %ecx
        wrmsr
        AWAIT   1
        cli
        END     NONE
        CHECK   tsc-deadline-past-count, count, 1
        RULE    "tsc-deadline-disarm"
        movl    $0, count
        sti
        ARM     0x70000000
        xor     %eax, %eax
        xor     %edx, %edx
        wrmsr
        rdmsr
        mov     %eax, %ebx
        cli
        END     NONE
        CHECK   tsc-deadline-disarmed, %ebx, 0
        CHECK   tsc-deadline-disarm-count, count, 0
        RULE    "tsc-deadline-ignores-initial-count"
        movl    $0, count
        sti
        movl    $1000, INITIAL
        mov     $100000, %ecx
1:      loop    1b
        cli
        END     NONE
        CHECK   tsc-deadline-current-is-0, CURRENT, 0
        CHECK   tsc-deadline-initial-is-silent, count, 0
        RULE    "other-mode-ignores-deadline"
        movl    $0x70, TIMER
        mov     $1, %eax
        xor     %edx, %edx
        mov     $DEADLINE, %ecx
        wrmsr
        rdmsr
        END     NONE
        CHECK   other-mode-deadline-reads-0, %eax, 0
no_deadline:
        movl    $0x10000, TIMER
        VECTOR_AGAIN 0x70

# x2APIC (SDM 3A 10.12)
        mov     $1, %eax
        cpuid
        test    $1 << 21, %ecx
        jnz     1f
        SKIP    x2apic, "CPUID.1.ECX.x2APIC is 0"
        jmp     no_x2apic
1:      .macro  MSR what, number, low, expected
        RULE    "\what"
        mov     $\number, %ecx
        mov     $\low, %eax
        xor     %edx, %edx
98:     wrmsr
        END_AT98 \expected
        .endm
        RULE    "x2apic-msr-before-enable"
        mov     $0x802, %ecx
98:     rdmsr
        END_AT98 GP
        MSR     x2apic-enable, 0x1b, 0xfee00d00, NONE
        RULE    "x2apic-id"
        mov     $0x802, %ecx
        rdmsr
        END     NONE
        CHECK   x2apic-id-value, %eax, 0
        RULE    "x2apic-ldr"
        mov     $0x80d, %ecx
        rdmsr
        END     NONE
        CHECK   x2apic-ldr-value, %eax, 1
        MSR     x2apic-ldr-is-read-only, 0x80d, 1, GP
        MSR     x2apic-svr, 0x80f, 0x1ff, NONE
        RULE    "x2apic-self-ipi"
        mov     $0x83f, %ecx
        mov     $0x58, %eax
        xor     %edx, %edx
        wrmsr
        sti
        nop
        nop
        cli
        END     0x580000
        MSR     x2apic-eoi, 0x80b, 0, NONE
        MSR     x2apic-eoi-nonzero, 0x80b, 1, GP
        RULE    "x2apic-icr"
        mov     $0x830, %ecx
        mov     $0x59, %eax
        xor     %edx, %edx
        wrmsr
        sti
        nop
        nop
        cli
        END     0x590000
        MSR     x2apic-eoi-again, 0x80b, 0, NONE
        RULE    "x2apic-icr-high-has-no-msr"
        mov     $0x831, %ecx
98:     rdmsr
        END_AT98 GP
        RULE    "x2apic-self-ipi-is-write-only"
        mov     $0x83f, %ecx
98:     rdmsr
        END_AT98 GP
        MSR     x2apic-dfr-has-no-msr, 0x80e, 0, GP
        MSR     x2apic-tpr-reserved, 0x808, 0x100, GP
        MSR     x2apic-tpr, 0x808, 0x20, NONE
        MSR     x2apic-tpr-back, 0x808, 0, NONE
        MSR     x2apic-to-xapic, 0x1b, 0xfee00900, GP
        MSR     x2apic-to-invalid, 0x1b, 0xfee00500, GP
        MSR     x2apic-to-disabled, 0x1b, 0xfee00100, NONE
        MSR     disabled-to-x2apic, 0x1b, 0xfee00d00, GP
        MSR     disabled-to-xapic, 0x1b, 0xfee00900, NONE
        CHECK   xapic-again, SVR, 0xff
no_x2apic:
        movl    $0x1ff, SVR
        # A vector below 16 is an error.
        movl    $0, ESR
        SEND    SELF+0x0f
        movl    $0, ESR
        testb   $0x60, ESR              # sent, or received, or both
        setnz   %al
        movzbl  %al, %eax
        CHECK   illegal-vector-esr, %eax, 1
        movl    $0, ESR
        movl    $0, ESR
        CHECK   esr-clear, ESR, 0
# Turned off altogether (SDM 3A 10.4.3)
        RULE    "global-disable"
        mov     $0x1b, %ecx
        rdmsr
        and     $~0x800, %eax
        wrmsr
        mov     $1, %eax
        cpuid
        mov     %edx, %edi
        mov     $0x1b, %ecx
        rdmsr
        or      $0x800, %eax
        wrmsr
        END     NONE
        CHECK_BITS global-disable-cpuid, %edi, 0x200, 0
        CHECK   global-disable-resets-svr, SVR, 0xff
        movl    $0x1ff, SVR
        jmp     finish
