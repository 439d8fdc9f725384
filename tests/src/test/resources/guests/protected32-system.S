# Protected mode, 32 bit: what only the system may do. Privileged instructions and I/O (SDM 3A 5.9,
# SDM 1 chapter 19 "Input/Output", 19.5), reading descriptors (SDM 3A 5.10), LDTR and TR, control
# registers (SDM 3A 2.5), UMIP, alignment checks (SDM 3A 6.15, "Interrupt 17"), debug registers and
# single-step (SDM 3B 17.2 and 17.3).
        .include "guest32.inc"

        .equ    CONF, FREE
        .equ    CODEX, FREE + 0x08
        .equ    CODE_GONE, FREE + 0x10
        .equ    RO, FREE + 0x18
        .equ    RO3, FREE + 0x20
        .equ    DATA3_GONE, FREE + 0x28
        .equ    DOWN3, FREE + 0x30
        .equ    LDTS, FREE + 0x38
        .equ    LDT_GONE, FREE + 0x40
        .equ    TSS_IDLE, FREE + 0x48
        .equ    TSS_GONE, FREE + 0x50
        .equ    CALL3, FREE + 0x58
        .equ    TYPES, 0x100            # 16 system types, DPL 3

main:
        SEGMENT CONF, 0, 0xfffff, A_CONF, G32
        SEGMENT CODEX, 0, 0xfffff, A_CODE_X, G32
        SEGMENT CODE_GONE, 0, 0xfffff, A_CODE+ABSENT, G32
        SEGMENT RO, 0, 0xfffff, A_RODATA, G32
        SEGMENT RO3, 0, 0xfffff, A_RODATA+DPL3, G32
        SEGMENT DATA3_GONE, 0, 0xabcde, A_DATA+DPL3+ABSENT, B32
        SEGMENT DOWN3, 0, 0x12345, A_DOWN+DPL3, G32
        SEGMENT LDTS, LDT, 0x1f, A_LDT, B16
        SEGMENT LDT_GONE, LDT, 0x1f, A_LDT+ABSENT, B16
        SEGMENT TSS_IDLE, TSS_TWO, 0x67, A_TSS, B16
        SEGMENT TSS_GONE, TSS_TWO, 0x67, A_TSS+ABSENT, B16
        GATE    CALL3, CODE0, landed, A_CALL+DPL3
        .set    type, 0
        .rept   16
        SEGMENT TYPES+type*8, SCRATCH, 0xabc, 0x80+DPL3+type, B16
        .set    type, type + 1
        .endr

# Privileged instructions in ring 3 are #GP(0) (SDM 3A 5.9)
        .macro  IN3 what, expected, code:vararg
        RULE    "\what"
        USER
        mov     $DATA3, %eax
        mov     %eax, %ds
        mov     %eax, %es
        xor     %eax, %eax
        mov     $0x1b, %ecx
98:     \code
        KERNEL
        END_AT98 \expected
        .endm
        IN3     cpl3-hlt, GP, hlt
        IN3     cpl3-clts, GP, clts
        IN3     cpl3-lgdt, GP, lgdtl SCRATCH
        IN3     cpl3-lidt, GP, lidtl SCRATCH
        IN3     cpl3-lldt, GP, lldt %ax
        IN3     cpl3-ltr, GP, ltr %ax
        IN3     cpl3-lmsw, GP, lmsw %ax
        IN3     cpl3-read-cr0, GP, mov %cr0, %eax
        IN3     cpl3-write-cr0, GP, mov %eax, %cr0
        IN3     cpl3-read-cr3, GP, mov %cr3, %eax
        IN3     cpl3-write-cr4, GP, mov %eax, %cr4
        IN3     cpl3-read-dr7, GP, mov %dr7, %eax
        IN3     cpl3-write-dr0, GP, mov %eax, %dr0
        IN3     cpl3-invd, GP, invd
        IN3     cpl3-wbinvd, GP, wbinvd
        IN3     cpl3-invlpg, GP, invlpg SCRATCH
        IN3     cpl3-rdmsr, GP, rdmsr
        IN3     cpl3-wrmsr, GP, wrmsr
        IN3     cpl3-cli, GP, cli
        IN3     cpl3-sti, GP, sti
        IN3     cpl3-in, GP, in $0x80, %al
        IN3     cpl3-out, GP, out %al, $0x80
        IN3     cpl3-insb, GP, insb
        IN3     cpl3-rep-outsb, GP, rep outsb
        IN3     cpl3-rdpmc-without-pce, GP, rdpmc
        IN3     cpl3-smsw, NONE, smsw %ax
        IN3     cpl3-sgdt, NONE, sgdtl SCRATCH
        IN3     cpl3-sidt, NONE, sidtl SCRATCH
        IN3     cpl3-sldt, NONE, sldt %ax
        IN3     cpl3-str, NONE, str %ax
        IN3     cpl3-pushf, NONE, pushfl
        IN3     cpl3-rdtsc, NONE, rdtsc
        mov     %cr4, %eax
        or      $4, %eax
        mov     %eax, %cr4
        IN3     cpl3-rdtsc-with-tsd, GP, rdtsc
        RULE    "cpl0-rdtsc-with-tsd"
        rdtsc
        END     NONE
        mov     %cr4, %eax
        and     $~4, %eax
        mov     %eax, %cr4
        # UMIP (SDM 3A 2.5)
        mov     $7, %eax
        xor     %ecx, %ecx
        cpuid
        test    $4, %cl
        jnz     umip
        SKIP    umip, "CPUID.7.ECX.UMIP is 0"
        mov     %cr4, %ebx
        RULE    "umip-is-reserved-without-cpuid"
        mov     %cr4, %eax
        or      $0x800, %eax
98:     mov     %eax, %cr4
        END_AT98 GP
        mov     %ebx, %cr4
        jmp     no_umip
umip:   mov     %cr4, %eax
        or      $0x800, %eax
        mov     %eax, %cr4
        IN3     umip-smsw, GP, smsw %ax
        IN3     umip-sgdt, GP, sgdtl SCRATCH
        IN3     umip-sidt, GP, sidtl SCRATCH
        IN3     umip-sldt, GP, sldt %ax
        IN3     umip-str, GP, str %ax
        RULE    "umip-leaves-ring-0-alone"
        smsw    %ax
        sgdtl   SCRATCH
        sldt    %ax
        END     NONE
        mov     %cr4, %eax
        and     $~0x800, %eax
        mov     %eax, %cr4
no_umip:

# I/O in ring 3: IOPL, then the bitmap (SDM 1 19.5.2). Port 0x80 is harmless.
        .macro  IO3 what, expected, flags, code:vararg
        RULE    "\what"
        USER    \flags
        mov     $DATA3, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     $0x80, %edx
        mov     $SCRATCH, %edi
        mov     $SCRATCH, %esi
        mov     $1, %ecx
98:     \code
        KERNEL
        END_AT98 \expected
        .endm
        .macro  TR_LIMIT limit
        SEGMENT TSS_SEL, TSS_MAIN, \limit, A_TSS, 0
        mov     $TSS_SEL, %eax
        ltr     %ax
        .endm
        IO3     io-iopl3, NONE, 0x3002, in %dx, %al
        IO3     cli-iopl3, NONE, 0x3002, cli
        IO3     sti-iopl3, NONE, 0x3002, sti
        IO3     io-iopl2, GP, 0x2002, in %dx, %al
        TR_LIMIT 0x2068
        IO3     io-bitmap-clear-byte, NONE, 2, in %dx, %al
        IO3     io-bitmap-clear-dword, NONE, 2, in %dx, %eax
        IO3     io-bitmap-clear-insb, NONE, 2, insb
        IO3     io-bitmap-clear-rep-outsw, NONE, 2, rep outsw
        IO3     io-bitmap-clear-immediate, NONE, 2, out %al, $0x80
        IO3     io-bitmap-does-not-allow-cli, GP, 2, cli
        movb    $0x08, TSS_MAIN + 0x68 + 0x10   # port 0x83
        IO3     io-bitmap-other-byte, NONE, 2, in %dx, %al
        IO3     io-bitmap-other-word, NONE, 2, in %dx, %ax
        IO3     io-bitmap-dword-touches, GP, 2, in %dx, %eax
        IO3     io-bitmap-dword-out-touches, GP, 2, out %eax, %dx
        movb    $0x01, TSS_MAIN + 0x68 + 0x10   # port 0x80
        IO3     io-bitmap-byte-set, GP, 2, in %dx, %al
        IO3     io-bitmap-out-set, GP, 2, out %al, %dx
        IO3     io-bitmap-immediate-set, GP, 2, in $0x80, %al
        IO3     io-bitmap-insb-set, GP, 2, insb
        IO3     io-bitmap-rep-outsb-set, GP, 2, rep outsb
        IO3     io-bitmap-word-across-bytes, GP, 2, in $0x7f, %ax
        IO3     io-bitmap-iopl3-overrides, NONE, 0x3002, in %dx, %al
        movb    $0, TSS_MAIN + 0x68 + 0x10
        # Two bytes of the map are read whatever the port; both must be inside the TSS.
        TR_LIMIT 0x78
        IO3     io-bitmap-second-byte-beyond, GP, 2, in %dx, %al
        TR_LIMIT 0x79
        IO3     io-bitmap-second-byte-inside, NONE, 2, in %dx, %al
        IO3     io-bitmap-next-beyond, GP, 2, in $0x88, %al
        movw    $0xe000, TSS_MAIN + 0x66
        IO3     io-bitmap-base-beyond, GP, 2, in %dx, %al
        movw    $0x68, TSS_MAIN + 0x66
        TR_LIMIT 0x65
        IO3     io-bitmap-base-not-in-tss, GP, 2, in %dx, %al
        TR_LIMIT 0x67
        RULE    "io-cpl0-needs-no-bitmap"
        in      $0x80, %al
        END     NONE

# LAR, LSL, VERR, VERW, ARPL (SDM 3A 5.10, SDM 2)
        # What the instruction leaves: ZF in bit 0 and the register, which keeps 0x5a5a5a5a without.
        .macro  READ what, operation, selector, zf, value, mask=-1
        RULE    "\what"
        mov     $(\selector), %ecx
        mov     $0x5a5a5a5a, %ebx
        \operation   %ecx, %ebx
        setz    %cl
        movzbl  %cl, %ecx
        END     NONE
        CHECK   \what-zf, %ecx, \zf
        CHECK_BITS \what-value, %ebx, \mask, (\value)
        .endm
        .equ    KEPT, 0x5a5a5a5a
        .equ    RIGHTS, 0x00f0fe00      # not "accessed"
        READ    lar-null, lar, 0, 0, KEPT
        READ    lar-code, lar, CODE0, 1, 0x00c09a00, RIGHTS
        READ    lar-data-not-present, lar, DATA3_GONE+3, 1, 0x00407200, RIGHTS
        READ    lar-beyond-gdt, lar, GDT_LIMIT+1, 0, KEPT
        READ    lar-rpl3-dpl0, lar, CODE0+3, 0, KEPT
        READ    lar-conforming-rpl3-dpl0, lar, CONF+3, 1, 0x00c09e00, RIGHTS
        READ    lar-no-ldt, lar, 0xc, 0, KEPT
        READ    lsl-null, lsl, 3, 0, KEPT
        READ    lsl-pages, lsl, CODE0, 1, 0xffffffff
        READ    lsl-bytes, lsl, DATA3_GONE, 1, 0x000abcde
        READ    lsl-expand-down-pages, lsl, DOWN3, 1, 0x12345fff
        READ    lsl-rpl3-dpl0, lsl, CODE0+3, 0, KEPT
        READ    lsl-conforming-rpl3-dpl0, lsl, CONF+3, 1, 0xffffffff
        .macro  TYPED type, lar, lsl
        .if     \lar
        READ    lar-type-\type, lar, TYPES+\type*8, 1, ((0x80+DPL3+\type)<<8), 0x00f0ff00
        .else
        READ    lar-type-\type, lar, TYPES+\type*8, 0, KEPT
        .endif
        .if     \lsl
        READ    lsl-type-\type, lsl, TYPES+\type*8, 1, 0xabc
        .else
        READ    lsl-type-\type, lsl, TYPES+\type*8, 0, KEPT
        .endif
        .endm
        TYPED   0, 0, 0
        TYPED   1, 1, 1                 # TSS, 16 bit
        TYPED   2, 1, 1                 # LDT
        TYPED   3, 1, 1                 # busy TSS, 16 bit
        TYPED   4, 1, 0                 # call gate, 16 bit
        TYPED   5, 1, 0                 # task gate
        TYPED   6, 0, 0
        TYPED   7, 0, 0
        TYPED   8, 0, 0
        TYPED   9, 1, 1                 # TSS
        TYPED   10, 0, 0
        TYPED   11, 1, 1                # busy TSS
        TYPED   12, 1, 0                # call gate
        TYPED   13, 0, 0
        TYPED   14, 0, 0
        TYPED   15, 0, 0
        RULE    "lar-16-bit-operand"
        mov     $CODE0, %ecx
        mov     $KEPT, %ebx
        lar     %cx, %bx
        END     NONE
        CHECK_BITS lar-16-bit-value, %ebx, 0xfffffeff, 0x5a5a9a00
        .macro  VERIFY what, operation, selector, zf
        RULE    "\what"
        mov     $(\selector), %ecx
        \operation    %cx
        setz    %cl
        movzbl  %cl, %ecx
        END     NONE
        CHECK   \what-zf, %ecx, \zf
        .endm
        VERIFY  verr-null, verr, 0, 0
        VERIFY  verr-data, verr, DATA0, 1
        VERIFY  verr-code, verr, CODE0, 1
        VERIFY  verr-execute-only, verr, CODEX, 0
        VERIFY  verr-rpl3-dpl0, verr, DATA0+3, 0
        VERIFY  verr-conforming-rpl3, verr, CONF+3, 1
        VERIFY  verr-system, verr, LDTS, 0
        VERIFY  verr-not-present-data, verr, DATA3_GONE, 1
        VERIFY  verr-beyond-gdt, verr, GDT_LIMIT+1, 0
        VERIFY  verw-data, verw, DATA0, 1
        VERIFY  verw-read-only, verw, RO, 0
        VERIFY  verw-code, verw, CODE0, 0
        VERIFY  verw-rpl3-dpl0, verw, DATA0+3, 0
        VERIFY  verw-dpl3, verw, DATA3, 1
        RULE    "verr-cpl3"
        USER
        mov     $RO, %eax
        verr    %ax
        setz    %cl
        mov     $RO3, %eax
        verr    %ax
        setz    %ch
        movzwl  %cx, %ecx
        KERNEL
        END     NONE
        CHECK   verr-cpl3-dpl0-and-dpl3, %ecx, 0x0100
        RULE    "arpl"
        mov     $0x0100, %eax
        mov     $0x0003, %ecx
        arpl    %cx, %ax
        setz    %bl
        mov     $2, %ecx
        arpl    %cx, %ax
        setz    %bh
        movzwl  %bx, %ebx
        END     NONE
        CHECK   arpl-value, %eax, 0x0103
        CHECK   arpl-zf, %ebx, 0x0001

# LLDT and LTR (SDM 2)
        .macro  LOADS what, operation, selector, expected
        RULE    "\what"
        mov     $(\selector), %eax
98:     \operation    %ax
        END_AT98 \expected
        .endm
        LOADS   lldt-null, lldt, 0, NONE
        LOADS   lldt-null-rpl3, lldt, 3, NONE
        LOADS   lldt-fine, lldt, LDTS, NONE
        LOADS   lldt-rpl3, lldt, LDTS+3, NONE
        LOADS   lldt-not-present, lldt, LDT_GONE, NP+LDT_GONE
        LOADS   lldt-tss, lldt, TSS_IDLE, GP+TSS_IDLE
        LOADS   lldt-data, lldt, DATA0, GP+DATA0
        LOADS   lldt-from-ldt, lldt, LDTS+4, GP+LDTS+4
        LOADS   lldt-beyond-gdt, lldt, GDT_LIMIT+1, GP+GDT_LIMIT+1
        sldt    %eax
        CHECK   lldt-failed-keeps-ldtr, %eax, LDTS+3
        LOADS   ltr-null, ltr, 0, GP
        LOADS   ltr-busy, ltr, TSS_SEL, GP+TSS_SEL
        LOADS   ltr-not-present, ltr, TSS_GONE, NP+TSS_GONE
        LOADS   ltr-ldt, ltr, LDTS, GP+LDTS
        LOADS   ltr-code, ltr, CODE0, GP+CODE0
        LOADS   ltr-from-ldt, ltr, 0xc, GP+0xc
        LOADS   ltr-beyond-gdt, ltr, GDT_LIMIT+1, GP+GDT_LIMIT+1
        CHECK_BITS ltr-idle-before, GDT+TSS_IDLE+4, 0xff00, A_TSS<<8
        LOADS   ltr-fine, ltr, TSS_IDLE, NONE
        CHECK_BITS ltr-sets-busy, GDT+TSS_IDLE+4, 0xff00, A_TSS_BUSY<<8
        CHECK_BITS ltr-leaves-old-busy, GDT+TSS_SEL+4, 0xff00, A_TSS_BUSY<<8
        str     %eax
        CHECK   str-reads-it, %eax, TSS_IDLE
        TR_LIMIT 0x67
        xor     %eax, %eax
        lldt    %ax

# Control registers (SDM 3A 2.5)
        .macro  CR what, register, set, clear, expected
        RULE    "\what"
        mov     %\register, %eax
        mov     %eax, %ebx
        or      $(\set), %eax
        and     $~(\clear), %eax
98:     mov     %eax, %\register
        mov     %ebx, %\register
        END_AT98 \expected
        .endm
        CR      cr0-nw-without-cd, cr0, 0x20000000, 0, GP
        RULE    "cr0-et-is-fixed"
        mov     %cr0, %eax
        mov     %eax, %ebx
        and     $~0x10, %eax
        mov     %eax, %cr0
        mov     %cr0, %ecx
        END     NONE
        CHECK_BITS cr0-et-stays, %ecx, 0x10, 0x10
        RULE    "lmsw-sets"
        smsw    %ecx
        mov     %ecx, %eax
        or      $8, %eax
        lmsw    %ax
        smsw    %ebx
        and     $~8, %eax
        lmsw    %ax
        smsw    %edx
        and     $~1, %eax
        lmsw    %ax
        smsw    %esi
        END     NONE
        CHECK_BITS lmsw-set-ts, %ebx, 8, 8
        CHECK_BITS lmsw-cleared-ts, %edx, 8, 0
        CHECK_BITS lmsw-cannot-clear-pe, %esi, 1, 1
        RULE    "clts"
        mov     %cr0, %eax
        or      $8, %eax
        mov     %eax, %cr0
        clts
        mov     %cr0, %eax
        END     NONE
        CHECK_BITS clts-cleared-ts, %eax, 8, 0
        RULE    "read-cr1"
98:     .byte   0x0f, 0x20, 0xc8
        END_AT98 UD
        RULE    "write-cr5"
98:     .byte   0x0f, 0x22, 0xe8
        END_AT98 UD
        RULE    "mov-cr-ignores-mod"
        .byte   0x0f, 0x20, 0x00        # mov %cr0, %eax, with the form of a memory operand
        END     NONE
        mov     %cr0, %ebx
        CHECK   mov-cr-ignored-mod, %eax, 0x11
        RULE    "rdmsr-unknown"
        mov     $0x12345, %ecx
98:     rdmsr
        END_AT98 GP
        RULE    "wrmsr-unknown"
        mov     $0x12345, %ecx
98:     wrmsr
        END_AT98 GP
        RULE    "wrmsr-efer-reserved"
        mov     $0xc0000080, %ecx
        mov     $0x00000002, %eax
        mov     $0x80000000, %edx
98:     wrmsr
        END_AT98 GP
        RULE    "wrmsr-pat-reserved-type"
        mov     $0x277, %ecx
        rdmsr
        mov     $2, %al
98:     wrmsr
        END_AT98 GP
        RULE    "lock-on-mov"
98:     .byte   0xf0, 0x89, 0x05
        .long   SCRATCH
        END_AT98 UD
        RULE    "lock-on-register-destination"
98:     .byte   0xf0, 0x01, 0xc0
        END_AT98 UD
        RULE    "lock-on-cmp-memory"
98:     .byte   0xf0, 0x39, 0x05
        .long   SCRATCH
        END_AT98 UD
        RULE    "lock-on-add-memory"
        lock addl %eax, SCRATCH
        END     NONE

# Alignment checks: CR0.AM and EFLAGS.AC in ring 3 (SDM 3A 6.15, "Interrupt 17", table 6-7)
        mov     %cr0, %eax
        or      $0x40000, %eax
        mov     %eax, %cr0
        .macro  ALIGN what, expected, flags, code:vararg
        RULE    "\what"
        USER    \flags
        mov     $DATA3, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     $SCRATCH, %ebx
98:     \code
        KERNEL
        END_AT98 \expected
        .endm
        ALIGN   ac-word, AC, 0x40002, mov 1(%ebx), %ax
        ALIGN   ac-word-even, NONE, 0x40002, mov 2(%ebx), %ax
        ALIGN   ac-byte, NONE, 0x40002, mov 1(%ebx), %al
        ALIGN   ac-dword, AC, 0x40002, mov 2(%ebx), %eax
        ALIGN   ac-dword-store, AC, 0x40002, mov %eax, 1(%ebx)
        ALIGN   ac-dword-aligned, NONE, 0x40002, mov %eax, 4(%ebx)
        ALIGN   ac-flag-clear, NONE, 2, mov 1(%ebx), %eax
        ALIGN   ac-double, AC, 0x40002, fldl 4(%ebx)
        ALIGN   ac-far-pointer-16, AC, 0x40002, lfsw 1(%ebx), %ax
        ALIGN   ac-rmw, AC, 0x40002, incl 3(%ebx)
        RULE    "ac-movsd"
        USER    0x40002
        mov     $DATA3, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     $SCRATCH + 1, %esi
        mov     $SCRATCH, %edi
98:     movsl
        KERNEL
        END_AT98 AC
        RULE    "ac-push"
        USER    0x40002
        sub     $2, %esp
98:     push    %eax
        KERNEL
        END_AT98 AC
        movl    $0, SCRATCH + 5
        RULE    "ac-cpl0"
        pushfl
        orl     $0x40000, (%esp)
        popfl
        mov     SCRATCH + 1, %eax
        pushfl
        andl    $~0x40000, (%esp)
        popfl
        END     NONE
        mov     %cr0, %eax
        and     $~0x40000, %eax
        mov     %eax, %cr0
        ALIGN   ac-without-am, NONE, 0x40002, mov 1(%ebx), %eax

# Single-step (SDM 3B 17.3.1.4)
        .equ    DR6_RESET, 0xffff0ff0
        .macro  FRESH_DR6
        mov     $DR6_RESET, %eax
        mov     %eax, %dr6
        .endm
        .macro  STEP_ON
        pushfl
        orl     $0x100, (%esp)
        popfl
        .endm
        FRESH_DR6
        RULE    "step"
        STEP_ON
        nop
98:     nop
        END_AT98 DB
        CHECK_BITS step-dr6, rec_dr6, 0xe00f, 0x4000
        CHECK_BITS step-pushes-tf, rec_flags, 0x100, 0x100
        CHECK_BITS step-pushes-no-rf, rec_flags, 0x10000, 0
        pushfl
        pop     %eax
        CHECK_BITS step-clears-tf, %eax, 0x100, 0
        RULE    "step-over-mov-ss"
        mov     %ss, %ecx
        STEP_ON
        mov     %ecx, %ss
        nop
98:     nop
        END_AT98 DB
        RULE    "step-over-pop-ss"
        push    %ss
        STEP_ON
        pop     %ss
        nop
98:     nop
        END_AT98 DB
        RULE    "step-into-int"
        STEP_ON
        int     $0x41
        END     LANDED
        CHECK_BITS step-into-int-pushed-tf, rec_flags, 0x100, 0x100
        RULE    "step-rep"
        mov     $3, %ecx
        mov     $SCRATCH, %edi
        STEP_ON
98:     rep stosb
        END_AT98 DB
        CHECK   step-rep-once, %ecx, 2
        RULE    "step-popf-off"
        push    $2
        STEP_ON
        popfl                           # traps once more: TF was set when it began
98:     nop
        END_AT98 DB
        RULE    "step-after-iret"
        pushfl
        orl     $0x100, (%esp)
        push    $CODE0
        push    $1f
        iretl
1:      nop
98:     nop
        END_AT98 DB
        RULE    "step-fault-first"
        STEP_ON
98:     ud2
        END_AT98 UD
        RULE    "step-cpl3"
        USER    0x102
        nop
98:     nop
        KERNEL
        END_AT98 DB
        RULE    "step-jump"
        STEP_ON
        jmp     1f
        nop
1:
98:     nop
        END_AT98 DB
        RULE    "step-pushf-pushes-tf"
        VECTOR  1, step_over
        STEP_ON
        pushfl
        pop     %ebx
        andl    $~0x100, %ebx
        push    %ebx
        popfl
        END     NONE
        jmp     1f
once_more:
        orl     $0x10000, 8(%esp)
step_over:
        incl    count
        iretl
1:      VECTOR_AGAIN 1

# Breakpoints (SDM 3B 17.2.4, 17.2.5)
        .macro  DR7 value
        mov     $(\value), %eax
        mov     %eax, %dr7
        .endm
        .macro  DR number, address
        mov     $\address, %eax
        mov     %eax, %dr\number
        .endm
        .macro  MOV_SS_NOP
        mov     (%ebx), %ss
        nop
        .endm
        FRESH_DR6
        RULE    "break-execute"
        DR      0, 98f
        DR7     0x401
        nop
98:     nop
        END_AT98 DB
        CHECK_BITS break-execute-dr6, rec_dr6, 0xe00f, 0x0001
        CHECK_BITS break-execute-pushes-no-rf, rec_flags, 0x10000, 0
        FRESH_DR6
        RULE    "break-execute-with-rf"
        DR      3, 1f
        DR7     0x440
        movl    $0, count
        VECTOR  1, once_more
        nop
1:      nop                             # breaks once, is then executed with RF set by IRET
        nop
        END     NONE
        CHECK   break-execute-once, count, 1
        VECTOR_AGAIN 1
        RULE    "break-disabled"
        DR      0, 1f
        DR7     0x400
1:      nop
        END     NONE
        RULE    "break-execute-address-is-of-first-byte"
        DR      0, 1f+1
        DR7     0x402
1:      mov     $0x12345678, %eax
        END     NONE
        .macro  WATCH what, at, seven, expected, dr6, code:vararg
        FRESH_DR6
        RULE    "\what"
        DR      1, (\at)
        DR7     (\seven)
        \code
98:     nop
        END_AT98 \expected
        DR7     0x400
        CHECK_BITS \what-dr6, rec_dr6, 0xe00f, \dr6
        .endm
        mov     $SCRATCH, %ebx
        WATCH   watch-write-byte, SCRATCH, 0x100404, DB, 2, movb $0, (%ebx)
        WATCH   watch-write-global, SCRATCH, 0x100408, DB, 2, movb $0, (%ebx)
        movl    $DR6_RESET, rec_dr6
        WATCH   watch-write-neighbour, SCRATCH, 0x100404, NONE, 0, movb $0, 1(%ebx)
        WATCH   watch-write-read, SCRATCH, 0x100404, NONE, 0, movb (%ebx), %al
        WATCH   watch-write-dword-over-byte, SCRATCH+3, 0x100404, DB, 2, movl $0, (%ebx)
        WATCH   watch-access-read, SCRATCH, 0x300404, DB, 2, movb (%ebx), %al
        WATCH   watch-access-write, SCRATCH, 0x300404, DB, 2, movb %al, (%ebx)
        WATCH   watch-word-second-byte, SCRATCH, 0x500404, DB, 2, movb $0, 1(%ebx)
        WATCH   watch-dword-last-byte, SCRATCH, 0xd00404, DB, 2, movb $0, 3(%ebx)
        movl    $DR6_RESET, rec_dr6
        WATCH   watch-dword-behind, SCRATCH, 0xd00404, NONE, 0, movb $0, 4(%ebx)
        WATCH   watch-dword-aligned-down, SCRATCH+2, 0xd00404, DB, 2, movb $0, (%ebx)
        WATCH   watch-dword-unaligned-store, SCRATCH+4, 0xd00404, DB, 2, movl $0, 1(%ebx)
        WATCH   watch-rmw, SCRATCH, 0x100404, DB, 2, incl (%ebx)
        WATCH   watch-push, KERNEL_STACK-4, 0xd00404, DB, 2, push %eax
        movl    $DR6_RESET, rec_dr6
        mov     $SCRATCH, %edi
        mov     $4, %ecx
        RULE    "watch-rep-stos"
        DR      1, SCRATCH+1
        DR7     0x100404
98:     rep stosb
        END_AT98 DB
        DR7     0x400
        CHECK   watch-rep-stos-left, %ecx, 2
        # with MOV SS the trap waits for the end of the next instruction
        movl    $DATA0, SCRATCH
        WATCH   watch-mov-ss-is-late, SCRATCH, 0xf00404, DB, 2, MOV_SS_NOP
        # A code fetch is no data access.
        movl    $DR6_RESET, rec_dr6
        WATCH   watch-fetch, 1f, 0x300404, NONE, 0, 1: nop
        # I/O breakpoints (CR4.DE)
        mov     %cr4, %eax
        or      $8, %eax
        mov     %eax, %cr4
        WATCH   watch-out, 0x80, 0x200404, DB, 2, out %al, $0x80
        WATCH   watch-in, 0x80, 0x200404, DB, 2, in $0x80, %al
        movl    $DR6_RESET, rec_dr6
        WATCH   watch-io-other-port, 0x80, 0x200404, NONE, 0, in $0x84, %al
        WATCH   watch-io-word-touches, 0x81, 0x200404, DB, 2, in $0x80, %ax
        # DR4 and DR5 are undefined with DE and DR6 and DR7 without.
        RULE    "dr4-with-de"
98:     .byte   0x0f, 0x21, 0xe0
        END_AT98 UD
        RULE    "dr5-with-de"
98:     .byte   0x0f, 0x23, 0xe8
        END_AT98 UD
        mov     %cr4, %eax
        and     $~8, %eax
        mov     %eax, %cr4
        FRESH_DR6
        RULE    "dr4-without-de"
        .byte   0x0f, 0x21, 0xe3        # mov %dr4, %ebx
        .byte   0x0f, 0x21, 0xe9        # mov %dr5, %ecx
        END     NONE
        CHECK   dr4-is-dr6, %ebx, DR6_RESET
        CHECK   dr5-is-dr7, %ecx, 0x400
        # General detect (SDM 3B 17.2.4)
        FRESH_DR6
        RULE    "general-detect"
        DR7     0x2400
98:     mov     %dr0, %ebx
        END_AT98 DB
        CHECK_BITS general-detect-dr6, rec_dr6, 0xe00f, 0x2000
        CHECK   general-detect-is-cleared-by-delivery, rec_dr7, 0x400
        FRESH_DR6
        RULE    "int1-is-a-trap"
        .byte   0xf1
98:     END_AT98 DB
        CHECK_BITS int1-sets-nothing, rec_dr6, 0xe00f, 0
        RULE    "int3-is-a-trap"
        int3
98:     END_AT98 BP
        RULE    "into"
        mov     $0x7f, %al
        inc     %al
        into
98:     END_AT98 OF
        RULE    "into-without-of"
        xor     %eax, %eax
        into
        END     NONE
        # Two conditions at once: both bits
        FRESH_DR6
        RULE    "step-and-watch"
        DR      1, SCRATCH
        DR7     0x100404
        STEP_ON
        movb    $0, (SCRATCH)
98:     nop
        END_AT98 DB
        DR7     0x400
        CHECK_BITS step-and-watch-dr6, rec_dr6, 0xe00f, 0x4002
        # B0 to B3 may be cleared by the next exception, nothing else ever is (SDM 3B 17.2.3).
        FRESH_DR6
        RULE    "dr6-step"
        STEP_ON
        nop
        nop
        END     DB
        RULE    "dr6-watch-after-step"
        DR      1, SCRATCH
        DR7     0x100404
        movb    $0, SCRATCH
        END     DB
        DR7     0x400
        CHECK_BITS dr6-keeps-bs, rec_dr6, 0xe00f, 0x4002
        RULE    "dr7-bit-10-is-fixed"
        xor     %eax, %eax
        mov     %eax, %dr7
        mov     %dr7, %eax
        END     NONE
        CHECK   dr7-bit-10, %eax, 0x400
        jmp     finish
