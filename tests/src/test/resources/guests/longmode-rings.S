# More of 64-bit mode: far returns, the TSS's other stacks and its I/O bitmap, alignment checks, debug
# traps, CR8 as the local APIC's TPR. SDM 3A 5.8.6, 7.7, 6.14.2, 10.8.6 and 10.8.6.1 (CR8), 6.15
# "Interrupt 17", SDM 3B 17.2, SDM 1 19.5.2, SDM 2 RET.
        .include "guest64.inc"

        .equ    CALL3, 0x60
        .equ    CODE1, 0x70             # 64 bit, DPL 1
        .equ    DATA1, 0x78
        .equ    CONF, 0x80
        .equ    SS3_RO, 0x88
        .equ    V, 0x60
        .equ    HOLE, 0x0000800000000000
        .equ    APIC_PD, 0x53000
        .equ    APIC, 0xfee00000

main:
        SEGMENT CODE1, 0, 0xfffff, A_CODE+0x20, G64
        SEGMENT DATA1, 0, 0xfffff, A_DATA+0x20, G32
        SEGMENT CONF, 0, 0xfffff, A_CONF, G64
        SEGMENT SS3_RO, 0, 0xfffff, A_RODATA+DPL3, G32

# Far returns
        .macro  RETURN what, ss, cs, expected, rip=landed
        RULE    "\what"
        pushq   $(\ss)
        pushq   $USER_STACK
        pushq   $(\cs)
        movabs  $\rip, %rax
        push    %rax
98:     lretq
        END_AT98 \expected
        .endm
        .macro  RETURNS what, ss, cs
        RULE    "\what"
        pushq   $(\ss)
        pushq   $USER_STACK
        pushq   $(\cs)
        pushq   $landed
        lretq
        END     LANDED
        CHECK   \what-cs, rec_cs, (\cs)
        .endm
        RETURNS ret-to-cpl3, DATA3, CODE3
        CHECK   ret-to-cpl3-rsp, rec_sp, USER_STACK
        CHECK   ret-to-cpl3-ss, rec_ss, DATA3
        RETURNS ret-to-compatibility, DATA3, CODE3_32
        RETURNS ret-to-ring-1, DATA1+1, CODE1+1
        RETURNS ret-to-ring-1-null-ss, 1, CODE1+1
        RETURN  ret-null-ss-to-cpl3, 3, CODE3, GP
        RETURN  ret-null-ss-to-compatibility, 3, CODE3_32, GP
        RETURN  ret-ss-rpl, DATA3-3, CODE3, GP+DATA3-3
        RETURN  ret-ss-dpl0, DATA0+3, CODE3, GP+DATA0
        RETURN  ret-ss-read-only, SS3_RO+3, CODE3, GP+SS3_RO
        RETURN  ret-null-cs, DATA3, 0, GP
        RETURN  ret-to-hole, DATA3, CODE3, GP, HOLE
        RULE    "ret-same-ring-keeps-stack"
        pushq   $CODE0
        pushq   $landed
        lretq
        END     LANDED
        CHECK   ret-same-ring-rsp, rec_sp, KERNEL_STACK
        RULE    "ret-outer-imm"
        pushq   $DATA3
        pushq   $USER_STACK-0x20
        pushq   $0
        pushq   $CODE3
        pushq   $landed
        lretq   $8
        END     LANDED
        CHECK   ret-outer-imm-rsp, rec_sp, USER_STACK-0x18
        RULE    "ret-outer-nulls-segments"
        mov     $DATA0, %eax
        mov     %eax, %ds
        mov     $DATA3, %eax
        mov     %eax, %es
        mov     $CONF, %eax
        mov     %eax, %gs
        pushq   $DATA3
        pushq   $USER_STACK
        pushq   $CODE3
        pushq   $1f
        lretq
1:      mov     %ds, %ebx
        mov     %es, %esi
        mov     %gs, %edi
        KERNEL
        END     NONE
        CHECK   ret-outer-ds, %rbx, 0
        CHECK   ret-outer-es, %rsi, DATA3
        CHECK   ret-outer-gs, %rdi, CONF

# Stacks of the TSS
        movq    $INNER_STACK-0x800, TSS_MAIN+12         # RSP1
        GATE    CALL3, CODE1, landed, A_CALL+DPL3
        jmp     1f
through:
        .long   0
        .word   CALL3+3
1:      RULE    "call-gate-to-ring-1"
        USER
        lcall   *through
        END     LANDED
        CHECK   call-gate-to-ring-1-rsp, rec_sp, INNER_STACK-0x800-32
        CHECK   call-gate-to-ring-1-ss, rec_ss, 1
        CHECK   call-gate-to-ring-1-cs, rec_cs, CODE1+1
        RULE    "int-from-ring-1"
        pushq   $DATA1+1
        pushq   $USER_STACK
        pushq   $2
        pushq   $CODE1+1
        pushq   $landed
        iretq
        END     LANDED
        CHECK   int-from-ring-1-own-rsp, rec_own_sp, INNER_STACK-40
        GATE    V*16, CONF, landed, A_INT+DPL3, 0, IDT
        RULE    "int-gate-conforming"
        USER
        sub     $3, %rsp
        int     $V
        END     LANDED
        CHECK   int-gate-conforming-cs, rec_cs, CONF+3
        CHECK   int-gate-conforming-rsp, rec_sp, USER_STACK-0x10-40
        CHECK   int-gate-conforming-ss, rec_ss, DATA3

# The I/O bitmap of a 64-bit TSS
        .macro  IO3 what, expected, code:vararg
        RULE    "\what"
        USER
98:     \code
        KERNEL
        END_AT98 \expected
        .endm
        IO3     io-without-bitmap, GP, in $0x80, %al
        SYSTEM  TSS_SEL, TSS_MAIN, 0x2068, A_TSS
        mov     $TSS_SEL, %eax
        ltr     %ax
        IO3     io-bitmap-clear, NONE, in $0x80, %al
        movb    $2, TSS_MAIN+0x68+0x10
        IO3     io-bitmap-set, GP, in $0x81, %al
        IO3     io-bitmap-word, GP, in $0x80, %ax
        RULE    "io-bitmap-compatibility"
        USER32
98:     in      $0x81, %al
        KERNEL
        END_AT98 GP
        movb    $0, TSS_MAIN+0x68+0x10

# Alignment checks
        mov     %cr0, %rax
        or      $0x40000, %rax
        mov     %rax, %cr0
        .macro  ALIGN what, expected, code:vararg
        RULE    "\what"
        USER    0x40002
        mov     $SCRATCH, %ebx
98:     \code
        KERNEL
        END_AT98 \expected
        .endm
        ALIGN   ac-qword, AC, mov 4(%rbx), %rax
        ALIGN   ac-qword-store, AC, mov %rax, 1(%rbx)
        ALIGN   ac-qword-aligned, NONE, mov 8(%rbx), %rax
        mov     %cr0, %rax
        and     $~0x40000, %rax
        mov     %rax, %cr0

# Debug traps
        RULE    "step"
        pushfq
        orl     $0x100, (%rsp)
        popfq
        nop
98:     nop
        END_AT98 DB
        CHECK_BITS step-dr6, rec_dr6, 0x4000, 0x4000
        RULE    "break-execute"
        movq    $98f, %rax
        mov     %rax, %dr2
        mov     $0x420, %eax
        mov     %rax, %dr7
        nop
98:     nop
        END_AT98 DB
        RULE    "step-cpl3"
        USER    0x102
        nop
98:     nop
        KERNEL
        END_AT98 DB
        RULE    "step-compatibility"
        USER32  0x102
        nop
98:     nop
        KERNEL
        END_AT98 DB
        RULE    "step-over-mov-ss"
        mov     %ss, %ecx
        pushfq
        orl     $0x100, (%rsp)
        popfq
        mov     %ecx, %ss
        nop
98:     nop
        END_AT98 DB

# CR8 is bits 7 to 4 of TPR
        movl    $APIC_PD+7, PDPT+3*8
        movl    $0xfee00000+0x93, APIC_PD+(0xfee00000>>21&511)*8
        mov     %cr3, %rax
        mov     %rax, %cr3
        mov     $APIC, %ebx             # zero-extended
        movl    $0x1ff, 0xf0(%rbx)
        RULE    "cr8-sets-tpr"
        mov     $5, %eax
        mov     %rax, %cr8
        mov     0x80(%rbx), %esi
        movl    $0x9c, 0x80(%rbx)
        mov     %cr8, %rdi
        END     NONE
        CHECK   cr8-tpr, %rsi, 0x50
        CHECK   tpr-cr8, %rdi, 9
        RULE    "cr8-blocks"
        mov     $6, %eax
        mov     %rax, %cr8
        movl    $0x40061, 0x300(%rbx)   # self-IPI of vector 0x61
        sti
        nop
        nop
        cli
        END     NONE
        RULE    "cr8-opens"
        sti
        xor     %eax, %eax
        mov     %rax, %cr8
        nop
        nop
        cli
        END     0x610000
        movl    $0, 0xb0(%rbx)
        RULE    "nmi-unblocked-by-iretq"
        movl    $0, 0x310(%rbx)
        movl    $0x400, 0x300(%rbx)
        nop
        nop
        END     NMI
        RULE    "nmi-still-blocked"
        movl    $0x400, 0x300(%rbx)
        nop
        nop
        END     NONE
        RULE    "nmi-after-iretq"
        pushq   $DATA0
        pushq   $KERNEL_STACK
        pushq   $2
        pushq   $CODE0
        pushq   $98f
        iretq
98:     nop
        nop
        END     NMI
        CHECK   nmi-after-iretq-rip, rec_ip, 98b
        jmp     finish
