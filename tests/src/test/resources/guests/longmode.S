# 64-bit and compatibility mode. SDM 3A 5.8 (gates, SYSCALL, SYSENTER, 5.8.7, 5.8.8), 6.14 (64-bit
# interrupts, IST), 7.7 (TSS), 9.8.5 (entering and leaving), SDM 1 3.3.7.1 (canonical addresses), and
# the pages of the instructions in SDM 2.
        .include "guest64.inc"

        .equ    CODE_LD, FREE           # L and D both set
        .equ    CALL3, 0x60             # call gate, 16 bytes
        .equ    TSS_IDLE, 0x70
        .equ    LDTS, 0x80
        .equ    SMALL, 0x90             # data, DPL 3, limit 0xfff
        .equ    BASED, 0x98             # data with a base
        .equ    SS_RO, 0xa0
        .equ    TYPES, 0x100
        .equ    V, 0x60
        .equ    HOLE, 0x0000800000000000        # the first address that is not canonical
        .equ    STAR, 0xc0000081
        .equ    LSTAR, 0xc0000082
        .equ    CSTAR, 0xc0000083
        .equ    FMASK, 0xc0000084
        .equ    EFER, 0xc0000080
        .equ    FS_BASE, 0xc0000100
        .equ    GS_BASE, 0xc0000101
        .equ    KERNEL_GS_BASE, 0xc0000102
        .equ    SYSENTER_CS, 0x174
        .equ    SYSENTER_ESP, 0x175
        .equ    SYSENTER_EIP, 0x176
        .equ    intel, RECORD + 0x100   # 1 for GenuineIntel

        .macro  SET_MSR number, value
        mov     $(\number), %ecx
        movabs  $(\value), %rax
        mov     %rax, %rdx
        shr     $32, %rdx
        wrmsr
        .endm
        .macro  GET_MSR number
        mov     $(\number), %ecx
        rdmsr
        shl     $32, %rdx
        mov     %eax, %eax
        or      %rdx, %rax
        .endm

main:
        xor     %eax, %eax
        cpuid
        cmp     $0x756e6547, %ebx       # "Genu"
        sete    %al
        movzbl  %al, %eax
        mov     %rax, intel
        SEGMENT CODE_LD, 0, 0xfffff, A_CODE, 0xe
        SEGMENT SMALL, SCRATCH, 0xfff, A_DATA+DPL3
        SEGMENT BASED, SCRATCH, 0xfff, A_DATA
        SEGMENT SS_RO, 0, 0xfffff, A_RODATA, G32
        SYSTEM  TSS_IDLE, TSS_TWO, 0x67, A_TSS
        SYSTEM  LDTS, LDT, 0x1f, A_LDT

# Entering and leaving (SDM 3A 9.8.5)
        GET_MSR   EFER
        CHECK_BITS efer-lma-and-lme, %rax, 0x500, 0x500
        RULE    "leave-and-enter-again"
        ljmp    *to_compatibility
        .code32
compatibility:
        mov     %cr0, %eax
        and     $0x7fffffff, %eax
        mov     %eax, %cr0
        mov     $EFER, %ecx
        rdmsr
        mov     %eax, %ebx
        mov     %cr0, %eax
        or      $0x80000000, %eax
        mov     %eax, %cr0
        ljmp    $CODE0, $again
        .code64
to_compatibility:
        .long   compatibility
        .word   CODE0_32
again:  END     NONE
        mov     %ebx, %ebx
        CHECK_BITS left-lma-clear-lme-set, %rbx, 0x500, 0x100
        GET_MSR   EFER
        CHECK_BITS entered-lma-again, %rax, 0x500, 0x500

# Control and debug registers, 64 bits (SDM 3A 2.5, SDM 2 MOV)
        .macro  UPPER what, register, bit
        RULE    "\what"
        mov     %\register, %rax
        bts     $\bit, %rax
98:     mov     %rax, %\register
        END_AT98 GP
        .endm
        UPPER   cr0-bit-32, cr0, 32
        UPPER   cr0-bit-63, cr0, 63
        UPPER   dr6-bit-32, dr6, 32
        UPPER   dr7-bit-63, dr7, 63
        RULE    "dr0-takes-any-address"
        movabs  $HOLE, %rax
        mov     %rax, %dr0
        mov     %dr0, %rbx
        END     NONE
        CHECK   dr0-kept-any-address, %rbx, HOLE
        RULE    "cr8"
        mov     $9, %eax
        mov     %rax, %cr8
        mov     %cr8, %rbx
        xor     %eax, %eax
        mov     %rax, %cr8
        END     NONE
        CHECK   cr8-value, %rbx, 9
        RULE    "cr8-reserved"
        mov     $16, %eax
98:     mov     %rax, %cr8
        END_AT98 GP
        RULE    "cr8-cpl3"
        USER
98:     mov     %cr8, %rax
        KERNEL
        END_AT98 GP
        # MSRs that hold addresses want canonical ones.
        .irp    msr, FS_BASE, GS_BASE, KERNEL_GS_BASE, LSTAR, CSTAR, SYSENTER_ESP, SYSENTER_EIP
        RULE    "msr-\msr-not-canonical"
        mov     $\msr, %ecx
        xor     %eax, %eax
        mov     $0x00008000, %edx
98:     wrmsr
        END_AT98 GP
        RULE    "msr-\msr-canonical"
        mov     $\msr, %ecx
        rdmsr
        mov     %eax, %ebx
        mov     %edx, %ebp
        xor     %eax, %eax
        mov     $0xffff8000, %edx
        wrmsr
        mov     %ebx, %eax
        mov     %ebp, %edx
        wrmsr
        END     NONE
        .endr

# Canonical addresses (SDM 1 3.3.7.1): #GP(0), by the stack #SS(0)
        movabs  $HOLE, %rbx
        .macro  FAULTS what, expected, code:vararg
        RULE    "\what"
98:     \code
        END_AT98 \expected
        .endm
        .macro  FINE what, code:vararg
        RULE    "\what"
        \code
        END     NONE
        .endm
        FAULTS  hole-read, GP, mov (%rbx), %al
        FAULTS  hole-write, GP, mov %al, (%rbx)
        FAULTS  hole-across, GP, mov -4(%rbx), %rax
        FAULTS  hole-fs, GP, mov %fs:(%rbx), %al
        FAULTS  hole-fpu, GP, fldt (%rbx)
        FAULTS  hole-jump, GP, jmp *%rbx
        FAULTS  hole-call, GP, call *%rbx
        RULE    "hole-lgdt"
98:     lgdt    hole_table
        lgdt    gdt_final
        END_AT98 GP
        RULE    "hole-lidt"
98:     lidt    hole_table
        lidt    idt_pointer
        END_AT98 GP
        FINE    hole-invlpg, invlpg (%rbx)
        FINE    hole-prefetch, prefetcht0 (%rbx)
        FINE    hole-nop, nopl (%rbx)
        FINE    hole-lea, lea (%rbx), %rax
        RULE    "hole-ret"
        push    %rbx
98:     ret
        END_AT98 GP
        CHECK   hole-ret-keeps-rsp, rec_sp, KERNEL_STACK-8
        RULE    "hole-by-rbp"
        mov     %rbx, %rbp
98:     mov     (%rbp), %al
        END_AT98 SS
        RULE    "hole-by-rsp"
        USER
        mov     %rbx, %rsp
98:     mov     8(%rsp), %al
        KERNEL
        END_AT98 SS
        RULE    "hole-push"
        USER
        mov     %rbx, %rsp
        add     $8, %rsp
98:     push    %rax
        KERNEL
        END_AT98 SS
        RULE    "hole-pop"
        USER
        mov     %rbx, %rsp
98:     pop     %rax
        KERNEL
        END_AT98 SS
        RULE    "hole-by-rbp-ds"
        mov     %rbx, %rbp
98:     mov     %gs:(%rbp), %al
        END_AT98 GP
        jmp     1f
hole_table:
        .word   0xff
        .quad   HOLE
1:
# Opcodes that 64-bit mode does not have
        .macro  GONE opcode:vararg
        RULE    "undefined-\opcode"
98:     .byte   \opcode
        nop
        nop
        nop
        nop
        nop
        nop
        END_AT98 UD
        .endm
        .irp    opcode, 0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea
        GONE    \opcode
        .endr

# Segments
        RULE    "ss-null-cpl0"
        xor     %eax, %eax
        mov     %eax, %ss
        push    %rax
        pop     %rax
        END     NONE
        mov     $DATA0, %eax
        mov     %eax, %ss
        RULE    "ss-null-cpl3"
        USER
        mov     $3, %eax
98:     mov     %eax, %ss
        KERNEL
        END_AT98 GP
        RULE    "ss-null-compatibility"
        USER32
        mov     $3, %eax
98:     mov     %eax, %ss
        KERNEL
        END_AT98 GP
        RULE    "ds-null-is-usable"
        xor     %eax, %eax
        mov     %eax, %ds
        mov     SCRATCH, %al
        END     NONE
        RULE    "limit-is-ignored"
        mov     $SMALL, %eax
        mov     %eax, %ds
        mov     %eax, %fs
        mov     SCRATCH+0x2000, %al
        mov     %fs:0x2000, %al
        END     NONE
        RULE    "ds-base-is-ignored"
        mov     $BASED, %eax
        mov     %eax, %ds
        mov     %eax, %fs
        movl    $0x1234, SCRATCH
        movl    %fs:0, %ebx             # FS has a base
        movl    SCRATCH, %ebp
        END     NONE
        CHECK   fs-base-is-used, %rbx, 0x1234
        CHECK   ds-base-is-zero, %rbp, 0x1234
        RULE    "rip-relative-with-fs"
        mov     $DATA0, %eax
        mov     %eax, %fs
        SET_MSR   FS_BASE, 0x20
        lea     1f(%rip), %rbx
        mov     %fs:1f-0x20(%rip), %rax
        cmp     1f(%rip), %rax
        setne   %cl
        movzbl  %cl, %ebx
        jmp     2f
1:      .quad   0x0123456789abcdef
2:      END     NONE
        CHECK   rip-relative-with-fs-value, %rbx, 0
        # MOV to FS keeps 32 bits of base, clears the rest.
        RULE    "mov-fs-clears-upper-base"
        SET_MSR   FS_BASE, 0x123456789000
        mov     $BASED, %eax
        mov     %eax, %fs
        GET_MSR   FS_BASE
        END     NONE
        CHECK   mov-fs-base, %rax, SCRATCH
        RULE    "swapgs"
        SET_MSR   GS_BASE, 0x1000
        SET_MSR   KERNEL_GS_BASE, 0xffff800000002000
        swapgs
        GET_MSR   GS_BASE
        mov     %rax, %rbx
        GET_MSR   KERNEL_GS_BASE
        mov     %rax, %rbp
        END     NONE
        CHECK   swapgs-gs, %rbx, 0xffff800000002000
        CHECK   swapgs-kernel-gs, %rbp, 0x1000
        SET_MSR   GS_BASE, 0
        RULE    "swapgs-cpl3"
        USER
98:     swapgs
        KERNEL
        END_AT98 GP
        mov     $7, %eax
        xor     %ecx, %ecx
        cpuid
        test    $1, %bl
        jnz     1f
        SKIP    fsgsbase, "CPUID.7.EBX.FSGSBASE is 0"
        jmp     2f
1:      RULE    "rdfsbase-without-cr4"
98:     rdfsbase %rax
        END_AT98 UD
        mov     %cr4, %rax
        or      $0x10000, %rax
        mov     %rax, %cr4
        RULE    "wrfsbase-cpl3"
        USER
        movabs  $0x7fff12345678, %rbx
        wrfsbase %rbx
        rdfsbase %rcx
        wrgsbase %ebx
        rdgsbase %rsi
        KERNEL
        END     NONE
        CHECK   wrfsbase-value, %rcx, 0x7fff12345678
        CHECK   wrgsbase-32-value, %rsi, 0x12345678
        RULE    "wrgsbase-not-canonical"
        movabs  $HOLE, %rbx
98:     wrgsbase %rbx
        END_AT98 GP
        RULE    "rdfsbase-compatibility"
        USER32
98:     .byte   0xf3, 0x0f, 0xae, 0xc0
        KERNEL
        END_AT98 UD
2:
# Interrupts (SDM 3A 6.14)
        GATE    V*16, CODE0, landed, A_INT+DPL3, 0, IDT
        RULE    "int-aligns-stack"
        sub     $5, %rsp
        int     $0x41
        END     LANDED
        CHECK   int-aligned, rec_own_sp, KERNEL_STACK-0x10-40
        CHECK   int-pushed-rsp, rec_sp, KERNEL_STACK-5
        CHECK   int-pushed-ss, rec_ss, DATA0
        RULE    "int-from-cpl3"
        USER
        int     $0x41
98:     END     LANDED
        CHECK   int-from-cpl3-rsp, rec_own_sp, INNER_STACK-40
        CHECK   int-from-cpl3-ss-is-null, note, 0
        CHECK   int-from-cpl3-pushed-cs, rec_cs, CODE3
        CHECK   int-from-cpl3-pushed-rip, rec_ip, 98b
        RULE    "int-from-compatibility"
        USER32
        int     $0x41
        .code64
        END     LANDED
        CHECK   int-from-compatibility-cs, rec_cs, CODE3_32
        CHECK   int-from-compatibility-rsp, rec_own_sp, INNER_STACK-40
        movq    $INNER_STACK-0x100, TSS_MAIN+0x24+6*8   # IST7
        GATE    V*16, CODE0, stubs+V*16, A_INT+DPL3, 7, IDT
        RULE    "int-with-ist-same-ring"
        int     $V
        END     V<<16
        CHECK   int-with-ist-rsp, rec_own_sp, INNER_STACK-0x100-40
        RULE    "int-with-ist-from-cpl3"
        USER
        int     $V
        END     V<<16
        CHECK   int-with-ist-from-cpl3-rsp, rec_own_sp, INNER_STACK-0x100-40
        movq    $INNER_STACK-0x105, TSS_MAIN+0x24+6*8
        RULE    "int-with-ist-aligns"
        int     $V
        END     V<<16
        CHECK   int-with-ist-aligned, rec_own_sp, INNER_STACK-0x110-40
        .macro  INTS what, expected, selector, access, high=0
        GATE    V*16, \selector, landed, \access, 0, IDT, \high
        RULE    "\what"
98:     int     $V
        END_AT98 \expected
        .endm
        INTS    int-gate-16-bit-type, GP+V*8+2, CODE0, 0x86
        INTS    int-task-gate, GP+V*8+2, TSS_IDLE, A_TASK
        INTS    int-gate-not-present, NP+V*8+2, CODE0, A_INT+ABSENT
        INTS    int-to-compatibility-code, GP+CODE0_32, CODE0_32, A_INT
        INTS    int-to-l-and-d, GP+CODE_LD, CODE_LD, A_INT
        INTS    int-to-null, GP, 0, A_INT
        INTS    int-to-data, GP+DATA0, DATA0, A_INT
        INTS    int-to-hole, GP, CODE0, A_INT, 0x8000
        RULE    "int-dpl0-from-cpl3"
        USER
98:     int     $V
        KERNEL
        END_AT98 GP+V*8+2
        RULE    "int-beyond-idt"
        lidt    short_idt
98:     int     $V
        END_AT98 GP+V*8+2
        lidt    idt_pointer
        jmp     1f
short_idt:
        .word   V*16+14
        .quad   IDT
1:
# IRETQ (SDM 2)
        .macro  IRETURN what, expected, ss, cs, flags=2, rip=landed
        RULE    "\what"
        pushq   $(\ss)
        pushq   $USER_STACK
        pushq   $(\flags)
        pushq   $(\cs)
        movabs  $\rip, %rax
        push    %rax
98:     iretq
        END_AT98 \expected
        .endm
        .macro  IRETURNS what, ss, cs, flags=2
        RULE    "\what"
        pushq   $(\ss)
        pushq   $USER_STACK
        pushq   $(\flags)
        pushq   $(\cs)
        pushq   $landed
        iretq
        END     LANDED
        .endm
        IRETURNS iretq-same-ring-null-ss, 0, CODE0
        CHECK   iretq-same-ring-rsp, rec_sp, USER_STACK
        CHECK   iretq-same-ring-ss, rec_ss, 0
        IRETURNS iretq-to-cpl3, DATA3, CODE3
        IRETURNS iretq-to-compatibility, DATA3, CODE3_32
        IRETURNS iretq-vm-is-ignored, DATA3, CODE3, 0x20002
        CHECK_BITS iretq-vm-stays-clear, rec_flags, 0x20000, 0
        IRETURN iretq-null-ss-cpl3, GP, 3, CODE3
        IRETURN iretq-null-ss-compatibility, GP, 0, CODE3_32
        IRETURN iretq-null-cs, GP, DATA0, 0
        IRETURN iretq-l-and-d, GP+CODE_LD, DATA0, CODE_LD
        IRETURN iretq-ss-rpl, GP+DATA3-3, DATA3-3, CODE3
        IRETURN iretq-ss-read-only, GP+SS_RO, SS_RO, CODE0
        IRETURN iretq-hole, GP, DATA3, CODE3, 2, HOLE
        IRETURN iretq-hole-same-ring, GP, DATA0, CODE0, 2, HOLE
        RULE    "iretq-with-nt"
        pushq   $DATA0
        pushq   $USER_STACK
        pushq   $2
        pushq   $CODE0
        pushq   $landed
        pushfq
        orl     $0x4000, (%rsp)
        popfq
98:     iretq
        END_AT98 GP
        pushq   $2
        popfq

# Call gates of 64 bits (SDM 3A 5.8.3.1)
        jmp     1f
through:
        .long   0
        .word   CALL3+3
1:      GATE    CALL3, CODE0, landed, A_CALL+DPL3
        RULE    "call-gate"
        USER
        lcall   *through
98:     END     LANDED
        CHECK   call-gate-rsp, rec_sp, INNER_STACK-32
        CHECK   call-gate-ss-is-null, rec_ss, 0
        CHECK   call-gate-pushed-ss, INNER_STACK-8, DATA3
        CHECK   call-gate-pushed-rsp, INNER_STACK-16, USER_STACK
        CHECK   call-gate-pushed-cs, INNER_STACK-24, CODE3
        CHECK   call-gate-pushed-rip, INNER_STACK-32, 98b
        RULE    "call-gate-from-compatibility"
        USER32
        lcall   $CALL3+3, $0
98:     .code64
        END     LANDED
        CHECK   call-gate-from-compatibility-rsp, rec_sp, INNER_STACK-32
        CHECK   call-gate-from-compatibility-cs, INNER_STACK-24, CODE3_32
        GATE    CALL3, CODE0, call_and_back, A_CALL+DPL3
        RULE    "call-gate-and-lretq"
        USER
        lcall   *through
        KERNEL
        END     NONE
        jmp     1f
call_and_back:
        lretq
1:      .macro  CALLS what, expected, selector, access, high=0, last=0
        GATE    CALL3, (\selector), landed, \access, 0, GDT, \high, \last
        RULE    "call-gate-\what"
        USER
98:     lcall   *through
        END_AT98 \expected
        .endm
        CALLS   to-compatibility-code, GP+CODE0_32, CODE0_32, A_CALL+DPL3
        CALLS   upper-type-not-zero, GP+CALL3, CODE0, A_CALL+DPL3, 0, 0x1f00
        CALLS   not-present, NP+CALL3, CODE0, A_CALL+DPL3+ABSENT
        CALLS   dpl0, GP+CALL3, CODE0, A_CALL
        CALLS   16-bit-type, GP+CALL3, CODE0, 0x84+DPL3
        CALLS   to-null, GP, 0, A_CALL+DPL3
        CALLS   to-hole, GP, CODE0, A_CALL+DPL3, 0x8000
        CALLS   is-tss, GP+CALL3, 0, A_TSS+DPL3
        CALLS   is-task-gate, GP+CALL3, TSS_IDLE, A_TASK+DPL3
        RULE    "ljmp-tss"
98:     ljmp    *far_tss
        END_AT98 GP+TSS_IDLE
        RULE    "ljmp-l-and-d"
98:     ljmp    *far_ld
        END_AT98 GP+CODE_LD
        RULE    "ljmp-64-bit-offset"
        rex.w ljmp *far_64
        END     LANDED
        jmp     1f
far_tss:
        .long   0
        .word   TSS_IDLE
far_ld: .long   landed
        .word   CODE_LD
far_64: .quad   landed
        .word   CODE0
1:
# System descriptors of 16 bytes; LAR and LSL know the types of 64-bit mode (SDM 2, table 3-53)
        .set    type, 0
        .rept   16
        SYSTEM  TYPES+type*16, SCRATCH, 0xabc, 0x80+DPL3+type
        .set    type, type + 1
        .endr
        .macro  READ what, operation, selector, value
        RULE    "\what"
        mov     $(\selector), %ecx
        mov     $0x5a5a5a5a, %ebx
        \operation %ecx, %ebx
        END     NONE
        CHECK_BITS \what-value, %rbx, 0xfff0ff00, \value
        .endm
        .macro  TYPED type, lar, lsl
        .if     \lar
        READ    lar-type-\type, lar, TYPES+\type*16, ((0x80+DPL3+\type)<<8)
        .else
        READ    lar-type-\type, lar, TYPES+\type*16, 0x5a505a00
        .endif
        .if     \lsl
        READ    lsl-type-\type, lsl, TYPES+\type*16, 0xa00
        .else
        READ    lsl-type-\type, lsl, TYPES+\type*16, 0x5a505a00
        .endif
        .endm
        TYPED   1, 0, 0
        TYPED   2, 1, 1
        TYPED   3, 0, 0
        TYPED   4, 0, 0
        TYPED   5, 0, 0
        TYPED   9, 1, 1
        TYPED   11, 1, 1
        TYPED   12, 1, 0
        TYPED   14, 0, 0
        .macro  LOADS what, operation, selector, expected
        RULE    "\what"
        mov     $(\selector), %eax
98:     \operation    %ax
        END_AT98 \expected
        .endm
        LOADS   lldt-fine, lldt, LDTS, NONE
        LOADS   lldt-null, lldt, 0, NONE
        SYSTEM  LDTS, LDT, 0x1f, A_LDT, 0x8000
        LOADS   lldt-base-not-canonical, lldt, LDTS, GP+LDTS
        SYSTEM  TSS_IDLE, TSS_TWO, 0x67, A_TSS, 0x8000
        LOADS   ltr-base-not-canonical, ltr, TSS_IDLE, GP+TSS_IDLE
        SYSTEM  TSS_IDLE, TSS_TWO, 0x67, A_TSS, 0, 0x100
        LOADS   ltr-upper-type-not-zero, ltr, TSS_IDLE, GP+TSS_IDLE
        LOADS   ltr-16-bit-tss, ltr, TYPES+16, GP+TYPES+16
        SYSTEM  TSS_IDLE, TSS_TWO, 0x67, A_TSS
        LOADS   ltr-fine, ltr, TSS_IDLE, NONE
        SYSTEM  TSS_SEL, TSS_MAIN, 0x67, A_TSS
        LOADS   ltr-again, ltr, TSS_SEL, NONE
        # The inner stack out of the TSS is not canonical: #SS(0); conforming handlers are 64-bit
        # code too, so an IST stack serves.
        movq    $INNER_STACK, TSS_MAIN+0x24
        GATE    12*16, CODE0, stubs+12*16, A_INT, 1, IDT
        movl    $0x8000, TSS_MAIN+8
        RULE    "int-to-hole-stack"
        USER
98:     int     $0x41
        .code64
        END_AT98 SS
        movl    $0, TSS_MAIN+8
        VECTOR_AGAIN 12

# SYSCALL and SYSRET (SDM 3A 5.8.8, SDM 2)
        SET_MSR   STAR, 0x0020000800000000
        SET_MSR   LSTAR, landed
        SET_MSR   CSTAR, landed
        SET_MSR   FMASK, 0x400
        RULE    "syscall-without-sce"
        USER
98:     syscall
        END_AT98 UD
        RULE    "sysret-without-sce"
        mov     $landed, %ecx
        mov     $2, %r11d
98:     sysretq
        END_AT98 UD
        mov     $EFER, %ecx
        rdmsr
        or      $1, %eax
        wrmsr
        RULE    "syscall"
        USER    0x8d7
        std
        syscall
98:     END     LANDED
        cld
        CHECK   syscall-rcx, %rcx, 98b
        CHECK   syscall-r11, %r11, 0xcd7
        CHECK   syscall-cs, rec_cs, CODE0
        CHECK   syscall-ss, rec_ss, DATA0
        CHECK   syscall-rsp, rec_sp, USER_STACK
        CHECK   syscall-flags, rec_flags, 0x8d7
        RULE    "syscall-cpl0"
        syscall
98:     END     LANDED
        CHECK   syscall-cpl0-rcx, %rcx, 98b
        RULE    "sysret-64"
        mov     $landed, %ecx
        mov     $0x30cd7, %r11d         # RF and VM are not taken
        mov     $USER_STACK, %esp
        sysretq
        END     LANDED
        CHECK   sysret-64-cs, rec_cs, CODE3
        CHECK   sysret-64-ss, rec_ss, DATA3
        CHECK   sysret-64-flags, rec_flags, 0xcd7
        cld
        RULE    "sysret-32"
        mov     $landed, %ecx
        mov     $2, %r11d
        mov     $USER_STACK, %esp
        sysretl
        END     LANDED
        CHECK   sysret-32-cs, rec_cs, CODE3_32
        CHECK   sysret-32-ss, rec_ss, DATA3
        RULE    "sysret-cpl3"
        USER
        mov     $landed, %ecx
98:     sysretq
        END_AT98 GP
        # SYSCALL and SYSRET look at TF when they are done: FMASK can hide the system from a
        # single-step, and the trap that SYSRET brings back is due at once.
        RULE    "sysret-steps-at-once"
        mov     $landed, %ecx
        mov     $0x102, %r11d
        mov     $USER_STACK, %esp
        sysretq
        END     DB
        CHECK   sysret-steps-at-once-rip, rec_ip, landed
        SET_MSR   FMASK, 0x100
        RULE    "syscall-masks-tf"
        USER    0x102
        syscall
        END     LANDED
        CHECK_BITS syscall-r11-has-tf, %r11, 0x100, 0x100
        cmpq    $0, intel
        jne     1f
        RULE    "syscall-compatibility-amd"
        USER32
        .byte   0x0f, 0x05
        .code64
        END     LANDED
        CHECK   syscall-compatibility-amd-cs, rec_cs, CODE0
        RULE    "sysenter-amd"
98:     sysenter
        END_AT98 UD
        RULE    "sysexit-amd"
98:     sysexitl
        END_AT98 UD
        SKIP    sysenter, "CPUID says AMD: no SYSENTER in long mode"
        jmp     no_sysenter
1:      RULE    "syscall-compatibility-intel"
        USER32
98:     .byte   0x0f, 0x05
        .code64
        END_AT98 UD
        RULE    "sysret-hole-intel"
        movabs  $HOLE, %rcx
        mov     $2, %r11d
98:     sysretq
        END_AT98 GP

# SYSENTER and SYSEXIT (SDM 3A 5.8.7)
        SET_MSR   SYSENTER_CS, 0
        RULE    "sysenter-cs-null"
        USER
98:     sysenter
        END_AT98 GP
        RULE    "sysexit-cs-null"
98:     sysexitl
        END_AT98 GP
        SET_MSR   SYSENTER_CS, CODE0
        SET_MSR   SYSENTER_ESP, INNER_STACK-0x40
        SET_MSR   SYSENTER_EIP, landed
        RULE    "sysenter-64"
        USER    0x602
        sysenter
        END     LANDED
        cld
        CHECK   sysenter-64-cs, rec_cs, CODE0
        CHECK   sysenter-64-ss, rec_ss, CODE0+8
        CHECK   sysenter-64-rsp, rec_sp, INNER_STACK-0x40
        CHECK   sysenter-64-clears-if, rec_flags, 0x402
        RULE    "sysenter-compatibility"
        USER32
        sysenter
        .code64
        END     LANDED
        CHECK   sysenter-compatibility-cs, rec_cs, CODE0
        RULE    "sysexit-64"
        mov     $landed, %edx
        mov     $USER_STACK, %ecx
        sysexitq
        END     LANDED
        CHECK   sysexit-64-cs, rec_cs, CODE0+32+3
        CHECK   sysexit-64-ss, rec_ss, CODE0+40+3
        CHECK   sysexit-64-rsp, rec_sp, USER_STACK
        RULE    "sysexit-32"
        mov     $landed, %edx
        mov     $USER_STACK, %ecx
        sysexitl
        END     LANDED
        CHECK   sysexit-32-cs, rec_cs, CODE0+16+3
        CHECK   sysexit-32-ss, rec_ss, CODE0+24+3
        RULE    "sysexit-cpl3"
        USER
98:     sysexitl
        END_AT98 GP
        RULE    "sysexit-64-hole"
        movabs  $HOLE, %rdx
        mov     $USER_STACK, %ecx
98:     sysexitq
        END_AT98 GP
no_sysenter:

# Compatibility mode keeps segmentation
        RULE    "compatibility-limit"
        USER32
        mov     $SMALL+3, %eax
        mov     %eax, %ds
98:     mov     0x1000, %al
        KERNEL
        END_AT98 GP
        RULE    "compatibility-base"
        movl    $0x4321, SCRATCH+8
        USER32
        mov     $SMALL+3, %eax
        mov     %eax, %ds
        mov     8, %ebx
        KERNEL
        END     NONE
        CHECK   compatibility-base-value, %rbx, 0x4321
        RULE    "compatibility-null"
        USER32
        xor     %eax, %eax
        mov     %eax, %es
98:     mov     %es:8, %ebx
        KERNEL
        END_AT98 GP
        RULE    "compatibility-inc-is-no-rex"
        USER32
        xor     %eax, %eax
        .byte   0x40                    # inc %eax
        KERNEL
        END     NONE
        mov     %eax, %eax
        CHECK   compatibility-inc-value, %rax, 1

# Alignment of operands (SDM 2)
        mov     %cr4, %rax
        or      $0x600, %rax
        mov     %rax, %cr4
        mov     $1, %eax
        cpuid
        test    $1 << 13, %ecx
        jnz     1f
        SKIP    cmpxchg16b, "CPUID.1.ECX.CMPXCHG16B is 0"
        jmp     2f
1:      FAULTS  cmpxchg16b-unaligned, GP, cmpxchg16b SCRATCH+8
        FINE    cmpxchg16b-aligned, cmpxchg16b SCRATCH+16
        FAULTS  lock-cmpxchg16b-unaligned, GP, lock cmpxchg16b SCRATCH+1
2:      FAULTS  fxsave-unaligned, GP, fxsave SCRATCH+8
        FAULTS  fxrstor-unaligned, GP, fxrstor SCRATCH+8
        FAULTS  movaps-unaligned, GP, movaps SCRATCH+8, %xmm0
        FAULTS  movntdq-unaligned, GP, movntdq %xmm0, SCRATCH+8
        FAULTS  addps-unaligned, GP, addps SCRATCH+4, %xmm0
        FINE    movups-unaligned, movups SCRATCH+8, %xmm0
        # RDTSCP
        mov     $0x80000001, %eax
        cpuid
        test    $1 << 27, %edx
        jnz     1f
        SKIP    rdtscp, "CPUID.80000001h.EDX.RDTSCP is 0"
        jmp     2f
1:      SET_MSR   0xc0000103, 0x1234
        RULE    "rdtscp"
        rdtscp
        END     NONE
        CHECK   rdtscp-aux, %rcx, 0x1234
        mov     %cr4, %rax
        or      $4, %rax
        mov     %rax, %cr4
        RULE    "rdtscp-cpl3-with-tsd"
        USER
98:     rdtscp
        KERNEL
        END_AT98 GP
        mov     %cr4, %rax
        and     $~4, %rax
        mov     %rax, %cr4
2:
# A breakpoint of eight bytes (SDM 3B 17.2.4)
        RULE    "watch-eight-bytes"
        mov     $SCRATCH, %eax
        mov     %rax, %dr1
        mov     $0xffff0ff0, %eax
        mov     %rax, %dr6
        mov     $0x900404, %eax
        mov     %rax, %dr7
        movb    $0, SCRATCH+7
98:     nop
        END_AT98 DB
        CHECK_BITS watch-eight-bytes-dr6, rec_dr6, 0xe00f, 2
        jmp     finish
