# 16-bit code and stacks in protected mode, and the 16-bit TSS as the current one. SDM 3A 5.8.5 (the
# stack of an inner ring), 7.6 (16-bit TSS), chapter 21 (21.1 to 21.4: mixing 16- and 32-bit code), and
# the pages of CALL, RET, INT n, IRET, ENTER and LOOP in SDM 2.
        .include "guest32.inc"

        .equ    CODE16, FREE            # base 0x10000: the image
        .equ    CODE16_3, FREE + 0x08 + 3
        .equ    STACK16, FREE + 0x10    # 16-bit stack, base SCRATCH
        .equ    STACK16_3, FREE + 0x18 + 3
        .equ    TSS16, FREE + 0x20
        .equ    GATE16, FREE + 0x28 + 3
        .equ    GATE32, FREE + 0x30 + 3
        .equ    DATA16_3, FREE + 0x38 + 3
        .equ    TINY, FREE + 0x40       # 16-bit code, base SCRATCH, 64 KiB
        .equ    V, 0x60

main:
        SEGMENT CODE16, 0x10000, 0xffff, A_CODE, B16
        SEGMENT CODE16_3, 0x10000, 0xffff, A_CODE+DPL3, B16
        SEGMENT STACK16, SCRATCH, 0xffff, A_DATA, B16
        SEGMENT STACK16_3, SCRATCH, 0xffff, A_DATA+DPL3, B16
        SEGMENT DATA16_3, SCRATCH, 0xffff, A_DATA+DPL3, B16
        SEGMENT TINY, SCRATCH, 0xffff, A_CODE, B16

        # Between CODE_16 and CODE_32 the program runs 16-bit code on a 16-bit stack in ring 0, SP
        # 0x4000.
        .macro  CODE_16
        mov     $STACK16, %eax
        mov     %eax, %ss
        mov     $0x4000, %esp
        ljmp    $CODE16, $96f-image
        .code16
96:
        .endm
        .macro  CODE_32
        ljmpl   $CODE0, $95f
        .code32
95:     mov     $DATA0, %ax
        mov     %eax, %ss
        mov     %ds:saved_sp, %esp
        .endm

        RULE    "sizes-of-16-bit-code"
        CODE_16
        mov     $0x12345678, %eax       # with an operand-size prefix
        mov     $0x1111, %ax
        mov     %eax, %ebx
        push    %ax
        mov     %esp, %ecx
        pop     %dx
        CODE_32
        END     NONE
        CHECK   sizes-eax, %ebx, 0x12341111
        CHECK   sizes-push, %ecx, 0x3ffe
        RULE    "near-call-16"
        CODE_16
        call    1f
2:      jmp     3f
1:      mov     %esp, %ecx
        pop     %bx
        push    %bx
        ret
3:      CODE_32
        END     NONE
        CHECK   near-call-16-esp, %ecx, 0x3ffe
        RULE    "near-ret-16-clears-upper-eip"
        CODE_16
        mov     $0xffff0000+1f-image, %eax
        jmp     *%ax
1:      CODE_32
        END     NONE
        RULE    "jump-over-64k-wraps-16"
        movw    $0x02eb, SCRATCH+0xfffc # jmp short +2: to 0, with 16-bit operands
        movl    $0x00ea66, SCRATCH      # then back: jmp 8:1f with 32-bit operand
        movl    $1f, SCRATCH+2
        movw    $CODE0, SCRATCH+6
        ljmp    $TINY, $0xfffc
1:      END     NONE
        RULE    "loop-uses-cx-16"
        CODE_16
        mov     $0x00020002, %ecx
1:      loop    1b
        CODE_32
        END     NONE
        CHECK   loop-16-ecx, %ecx, 0x00020000
        RULE    "far-call-16-to-32-bit-code"
        CODE_16
        lcallw  $CODE16, $1f-image
        jmp     2f
1:      mov     %esp, %ecx
        lretw
2:      CODE_32
        END     NONE
        CHECK   far-call-16-esp, %ecx, 0x3ffc
        RULE    "far-call-32-from-16"
        CODE_16
        lcalll  $CODE0, $1f
        jmp     2f
        .code32
1:      mov     %esp, %ecx
        lretl
        .code16
2:      CODE_32
        END     NONE
        CHECK   far-call-32-esp, %ecx, 0x3ff8
        RULE    "enter-16-on-16-bit-stack"
        CODE_16
        mov     $0xaaaabbbb, %ebp
        enter   $0x10, $0
        mov     %esp, %ecx
        mov     %ebp, %ebx
        leave
        mov     %ebp, %edx
        CODE_32
        END     NONE
        CHECK   enter-16-esp, %ecx, 0x3fee
        CHECK   enter-16-ebp, %ebx, 0xaaaa3ffe
        CHECK   enter-16-leave, %edx, 0xaaaabbbb
        RULE    "int-gate-32-from-16"
        GATE    V*8, CODE0, 1f, A_INT, 0, IDT
        CODE_16
        mov     $0x12344000, %esp       # only SP counts
        int     $V
        .code32
98:     jmp     2f
1:      movzwl  %sp, %ecx
        movzwl  %sp, %edx
        mov     %ss:(%edx), %ebx
        mov     %ss:4(%edx), %edx
        mov     $DATA0, %eax
        mov     %eax, %ss
        mov     %ds:saved_sp, %esp
2:      END     NONE
        CHECK   int-gate-32-from-16-sp, %ecx, 0x3ff4
        CHECK   int-gate-32-from-16-eip, %ebx, 98b-image
        CHECK_BITS int-gate-32-from-16-cs, %edx, 0xffff, CODE16
        RULE    "int-gate-16-from-16"
        GATE    V*8, CODE16, 1f-image, A_INT16, 0, IDT
        CODE_16
        int     $V
        jmp     2f
1:      mov     %esp, %ecx
        iretw
2:      CODE_32
        END     NONE
        CHECK   int-gate-16-esp, %ecx, 0x3ffa
        VECTOR_AGAIN V

# The 16-bit TSS gives SP and SS of the inner rings (SDM 3A figure 7-10)
        SEGMENT TSS16, TSS_TWO, 0x2b, A_TSS16, B16
        mov     $TSS16, %eax
        ltr     %ax
        str     %eax
        CHECK   ltr-16-tr, %eax, TSS16
        CHECK_BITS ltr-16-busy, GDT+TSS16+4, 0xff00, 0x8300
        movw    $0x8000, TSS_TWO + 2    # SP0
        movw    $STACK16, TSS_TWO + 4   # SS0
        GATE    GATE32, CODE0, landed_flat, A_CALL+DPL3
        GATE    GATE16, CODE16, landed16-image, A_CALL16+DPL3, 1
        jmp     1f
landed_flat:
        mov     %esp, %ecx
        mov     %ss, %edx
        mov     $DATA0, %eax
        mov     %eax, %ss
        mov     $KERNEL_STACK, %esp
        jmp     landed
        .code16
landed16:
        mov     %esp, %ecx
        mov     %ss, %dx
        mov     $DATA0, %ax
        mov     %ax, %ss
        mov     $KERNEL_STACK, %esp
        int     $0x41
        .code32
1:      RULE    "call-gate-with-tss-16"
        USER
        lcall   $GATE32, $0
98:     END     LANDED
        CHECK_BITS call-gate-tss-16-sp, %ecx, 0xffff, 0x7ff0
        CHECK_BITS call-gate-tss-16-ss, %edx, 0xffff, STACK16
        CHECK   call-gate-tss-16-pushed-eip, SCRATCH+0x7ff0, 98b
        CHECK   call-gate-tss-16-pushed-esp, SCRATCH+0x7ff8, USER_STACK
        RULE    "call-gate-16-with-tss-16"
        push    $DATA3
        push    $USER_STACK
        push    $2
        push    $CODE16_3
        push    $96f-image
        iretl
        .code16
96:
        mov     $STACK16_3, %ax
        mov     %ax, %ss
        mov     $0x6000, %esp
        pushw   $0x4321
        lcallw  $GATE16, $0
98:     .code32
        END     LANDED
        CHECK_BITS call-gate-16-tss-16-sp, %ecx, 0xffff, 0x7ff6
        CHECK_BITS call-gate-16-pushed-ss, SCRATCH+0x7ffe, 0xffff, STACK16_3
        CHECK_BITS call-gate-16-pushed-sp, SCRATCH+0x7ffc, 0xffff, 0x5ffe
        CHECK_BITS call-gate-16-parameter, SCRATCH+0x7ffa, 0xffff, 0x4321
        CHECK_BITS call-gate-16-pushed-cs, SCRATCH+0x7ff8, 0xffff, CODE16_3
        CHECK_BITS call-gate-16-pushed-ip, SCRATCH+0x7ff6, 0xffff, 98b-image
        # No I/O bitmap in a 16-bit TSS (SDM 1 19.5.2)
        RULE    "no-io-bitmap-in-tss-16"
        movw    $DATA0, TSS_TWO + 4     # the handler records on flat segments
        movw    $0x8000, TSS_TWO + 2
        movw    $0x68, TSS_TWO + 0x66
        USER
98:     in      $0x80, %al
        KERNEL
        END_AT98 GP
        jmp     finish
