# Protected mode, 32 bit: far JMP, CALL and RET, call gates, interrupt and trap gates, IRET. SDM 3A
# 5.8 (privilege checks of transfers), 6.12 (delivery), 6.13 (error codes), 6.15; SDM 2, the pages
# of CALL, JMP, RET, INT n and IRET, whose pseudo code gives the error codes and their order.
        .include "guest32.inc"

        .equ    CONF, FREE              # conforming code, DPL 0
        .equ    CONF3, FREE + 0x08      # conforming code, DPL 3
        .equ    CODEX, FREE + 0x10      # execute-only code, DPL 0
        .equ    CODE16, FREE + 0x18     # 16-bit code, base 0x10000
        .equ    GONE, FREE + 0x20       # code, not present
        .equ    SHORT, FREE + 0x28      # code, limit 0xfff
        .equ    GATE0, FREE + 0x30      # call gate, DPL 0
        .equ    GATE3, FREE + 0x38      # call gate, DPL 3
        .equ    SS_GONE, FREE + 0x40    # data, not present
        .equ    SS_RO, FREE + 0x48      # data, read-only
        .equ    SS_SMALL, FREE + 0x50   # stack, limit 0xf
        .equ    LDTS, FREE + 0x58
        .equ    CODE1, FREE + 0x60      # code, DPL 1
        .equ    DATA1, FREE + 0x68      # data, DPL 1
        .equ    DATA16, FREE + 0x70     # 16-bit stack, DPL 0, base 0x30000
        .equ    SS3_GONE, FREE + 0x78   # data, DPL 3, not present
        .equ    SS3_RO, FREE + 0x80     # data, DPL 3, read-only
        .equ    GONE3, FREE + 0x88      # code, DPL 3, not present
        .equ    CODE0R, FREE + 0x90     # readable code, DPL 0
        .equ    CONF16, FREE + 0x98     # 16-bit conforming code, base 0x10000

main:
        SEGMENT CONF, 0, 0xfffff, A_CONF, G32
        SEGMENT CONF3, 0, 0xfffff, A_CONF+DPL3, G32
        SEGMENT CODEX, 0, 0xfffff, A_CODE_X, G32
        SEGMENT CODE16, 0x10000, 0xffff, A_CODE, B16
        SEGMENT GONE, 0, 0xfffff, A_CODE+ABSENT, G32
        SEGMENT SHORT, 0, 0xfff, A_CODE, B32
        SEGMENT SS_GONE, 0, 0xfffff, A_DATA+ABSENT, G32
        SEGMENT SS_RO, 0, 0xfffff, A_RODATA, G32
        SEGMENT SS_SMALL, SCRATCH, 0xf, A_DATA, B32
        SEGMENT LDTS, LDT, 0x1f, A_LDT, B16
        SEGMENT CODE1, 0, 0xfffff, A_CODE+0x20, G32
        SEGMENT DATA1, 0, 0xfffff, A_DATA+0x20, G32
        SEGMENT DATA16, 0x30000, 0xffff, A_DATA, B16
        SEGMENT SS3_GONE, 0, 0xfffff, A_DATA+DPL3+ABSENT, G32
        SEGMENT SS3_RO, 0, 0xfffff, A_RODATA+DPL3, G32
        SEGMENT GONE3, 0, 0xfffff, A_CODE+DPL3+ABSENT, G32
        SEGMENT CODE0R, 0, 0xfffff, A_CODE, G32
        SEGMENT CONF16, 0x10000, 0xffff, A_CONF, B16

# Far JMP and CALL without gates (SDM 3A 5.8.1)
        .macro  FAR what, operation, selector, expected, target=landed
        RULE    "\what"
98:     \operation   $(\selector), $\target
        END_AT98 \expected
        .endm
        .macro  LAND what, operation, selector, cs
        RULE    "\what"
        \operation   $(\selector), $landed
        END     LANDED
        CHECK   \what-cs, rec_cs, (\cs)
        .endm
        .macro  FAR3 what, operation, selector, expected
        RULE    "\what"
        USER
98:     \operation   $(\selector), $landed
        END_AT98 \expected
        .endm
        .macro  LAND3 what, operation, selector, cs
        RULE    "\what"
        USER
        \operation   $(\selector), $landed
        END     LANDED
        CHECK   \what-cs, rec_cs, (\cs)
        .endm
        .irp    op, jmp, call
        FAR     \op-null, l\op, 0, GP
        FAR     \op-null-rpl3, l\op, 3, GP
        FAR     \op-data, l\op, DATA0, GP+DATA0
        FAR     \op-beyond-gdt, l\op, GDT_LIMIT+1, GP+GDT_LIMIT+1
        FAR     \op-ldt-without-ldt, l\op, 0xc, GP+0xc
        FAR     \op-ldt-descriptor, l\op, LDTS, GP+LDTS
        FAR     \op-dpl3-from-cpl0, l\op, CODE3-3, GP+CODE3-3
        FAR     \op-dpl3-rpl3-from-cpl0, l\op, CODE3, GP+CODE3-3
        FAR     \op-rpl3-from-cpl0, l\op, CODE0+3, GP+CODE0
        FAR     \op-not-present, l\op, GONE, NP+GONE
        FAR     \op-not-present-rpl3, l\op, GONE+3, GP+GONE
        FAR     \op-conforming-dpl3-from-cpl0, l\op, CONF3, GP+CONF3
        FAR     \op-beyond-limit, l\op, SHORT, GP
        LAND    \op-same, l\op, CODE0, CODE0
        andb    $0xfe, GDT + CODEX + 5
        LAND    \op-execute-only, l\op, CODEX, CODEX
        CHECK_BITS \op-sets-accessed, GDT+CODEX+4, 0xff00, 0x9900
        LAND    \op-conforming, l\op, CONF, CONF
        LAND    \op-conforming-rpl3-from-cpl0, l\op, CONF+3, CONF
        FAR3    \op-cpl3-to-dpl0, l\op, CODE0, GP+CODE0
        FAR3    \op-cpl3-to-dpl0-rpl3, l\op, CODE0+3, GP+CODE0
        FAR3    \op-cpl3-to-dpl1, l\op, CODE1, GP+CODE1
        LAND3   \op-cpl3-to-conforming-dpl0, l\op, CONF, CONF+3
        LAND3   \op-cpl3-to-conforming-dpl3, l\op, CONF3, CONF3+3
        LAND3   \op-cpl3-to-dpl3-rpl0, l\op, CODE3-3, CODE3
        .endr
        # What CALL pushes, and that a failed one pushes nothing
        movl    $0x11111111, USER_STACK - 8
        movl    $0x11111111, USER_STACK - 4
        RULE    "call-pushes"
        USER
        lcall   $CODE3, $landed
98:     END     LANDED
        CHECK   call-pushed-cs, USER_STACK-4, CODE3
        CHECK   call-pushed-eip, USER_STACK-8, 98b
        CHECK   call-moved-esp, rec_sp, USER_STACK-8
        RULE    "failed-call"
        USER
        lcall   $GONE3+3, $landed
        END     NP+GONE3
        CHECK   failed-call-kept-esp, rec_sp, USER_STACK
        movl    $0x11111111, USER_STACK - 4
        RULE    "call-16-bit-pushes"
        USER
        .byte   0x66
        lcall   *%ss:here16
98:     END     LANDED
        CHECK   call-16-bit-pushed, USER_STACK-4, ((CODE3)<<16)+(98b-image)
        jmp     returns
here16: .word   landed16 - image, CONF16 + 3
        .code16
landed16:
        int     $0x41
        .code32

# Far RET (SDM 3A 5.8.6, SDM 2 RET)
returns:
        .macro  RETURN what, cs, expected
        RULE    "\what"
        push    $(\cs)
        push    $landed
98:     lretl
        END_AT98 \expected
        .endm
        RETURN  ret-null, 0, GP
        RETURN  ret-data, DATA0, GP+DATA0
        RETURN  ret-beyond-gdt, GDT_LIMIT+1, GP+GDT_LIMIT+1
        RETURN  ret-not-present, GONE, NP+GONE
        RETURN  ret-beyond-limit, SHORT, GP
        RETURN  ret-conforming-dpl3-to-rpl0, CONF3, GP+CONF3
        RETURN  ret-dpl3-rpl0, CODE3-3, GP+CODE3-3
        RETURN  ret-dpl0-rpl3, CODE0+3, GP+CODE0
        RETURN  ret-call-gate, LDTS, GP+LDTS
        RULE    "ret-same"
        push    $CODE0
        push    $landed
        lretl
        END     LANDED
        RULE    "ret-imm"
        push    $0
        push    $0
        push    $CODE0
        push    $landed
        lretl   $8
        END     LANDED
        CHECK   ret-imm-esp, rec_sp, KERNEL_STACK
        RULE    "cpl3-ret-to-rpl0"
        USER
        push    $CODE0
        push    $landed
98:     lretl
        END_AT98 GP+CODE0
        RULE    "cpl3-ret-to-conforming-rpl0"
        USER
        push    $CONF
        push    $landed
98:     lretl
        END_AT98 GP+CONF
        # to an outer ring
        .macro  OUTER what, cs, ss, expected
        RULE    "\what"
        push    $(\ss)
        push    $USER_STACK
        push    $(\cs)
        push    $landed
98:     lretl
        END_AT98 \expected
        .endm
        OUTER   ret-outer-ss-null, CODE3, 0, GP
        OUTER   ret-outer-ss-null-rpl3, CODE3, 3, GP
        OUTER   ret-outer-ss-rpl0, CODE3, DATA3-3, GP+DATA3-3
        OUTER   ret-outer-ss-dpl0, CODE3, DATA0+3, GP+DATA0
        OUTER   ret-outer-ss-code, CODE3, CODE3, GP+CODE3-3
        OUTER   ret-outer-ss-read-only, CODE3, SS3_RO+3, GP+SS3_RO
        OUTER   ret-outer-ss-not-present, CODE3, SS3_GONE+3, SS+SS3_GONE
        OUTER   ret-outer-ss-beyond-gdt, CODE3, GDT_LIMIT+4, GP+GDT_LIMIT+1
        OUTER   ret-outer-cs-not-present, GONE3+3, DATA3, NP+GONE3
        RULE    "ret-outer-imm"
        movl    $0x44444444, USER_STACK - 4
        push    $DATA3
        push    $USER_STACK - 8
        push    $1                      # released by RET
        push    $CODE3
        push    $landed
        lretl   $4
        END     LANDED
        CHECK   ret-outer-imm-esp, rec_sp, USER_STACK-4
        CHECK   ret-outer-cs, rec_cs, CODE3
        CHECK   ret-outer-ss, rec_ss, DATA3
        # data segments that ring 3 may not see become null
        RULE    "ret-outer-segments"
        mov     $DATA3, %eax
        mov     %eax, %es
        mov     $CONF, %eax
        mov     %eax, %fs
        mov     $CODE0R, %eax
        mov     %eax, %gs
        push    $DATA3
        push    $USER_STACK
        push    $CODE3
        push    $96f
        lretl
96:     mov     %ds, %ebx
        mov     %es, %ecx
        mov     %fs, %esi
        mov     %gs, %edi
        KERNEL
        END     NONE
        CHECK   ret-outer-nulls-ds-dpl0, %ebx, 0
        CHECK   ret-outer-keeps-es-dpl3, %ecx, DATA3
        CHECK   ret-outer-keeps-fs-conforming, %esi, CONF
        CHECK   ret-outer-nulls-gs-code-dpl0, %edi, 0

# IRET (SDM 2 IRET/IRETD, SDM 3A 6.12)
        .macro  IRETURN what, cs, expected
        RULE    "\what"
        push    $2
        push    $(\cs)
        push    $landed
98:     iretl
        END_AT98 \expected
        .endm
        IRETURN iret-null, 0, GP
        IRETURN iret-data, DATA0, GP+DATA0
        IRETURN iret-not-present, GONE, NP+GONE
        IRETURN iret-beyond-limit, SHORT, GP
        IRETURN iret-dpl0-rpl3, CODE0+3, GP+CODE0
        IRETURN iret-dpl3-rpl0, CODE3-3, GP+CODE3-3
        IRETURN iret-conforming-dpl3-rpl0, CONF3, GP+CONF3
        .macro  IOUTER what, cs, ss, expected
        RULE    "\what"
        push    $(\ss)
        push    $USER_STACK
        push    $2
        push    $(\cs)
        push    $landed
98:     iretl
        END_AT98 \expected
        .endm
        IOUTER  iret-outer-ss-null, CODE3, 0, GP
        IOUTER  iret-outer-ss-rpl0, CODE3, DATA3-3, GP+DATA3-3
        IOUTER  iret-outer-ss-dpl0, CODE3, DATA0+3, GP+DATA0
        IOUTER  iret-outer-ss-read-only, CODE3, SS3_RO+3, GP+SS3_RO
        IOUTER  iret-outer-ss-not-present, CODE3, SS3_GONE+3, SS+SS3_GONE
        IOUTER  iret-outer-cs-not-present, GONE3+3, DATA3, NP+GONE3
        RULE    "cpl3-iret-to-rpl0"
        USER
        push    $2
        push    $CODE0
        push    $landed
98:     iretl
        END_AT98 GP+CODE0
        # At CPL 3 with IOPL 0 IRET leaves IF, IOPL and VM alone, without a fault.
        RULE    "cpl3-iret-flags"
        USER
        push    $0x23ed7                # VM, IOPL 3, IF and the arithmetic flags
        push    $CODE3
        push    $landed
        iretl
        END     LANDED
        CHECK_BITS cpl3-iret-flags-kept, rec_flags, 0x23fd7, 0x00cd7
        # At CPL 0 it sets them; IOPL 3 then lets ring 3 change IF by POPF and IRET but not IOPL.
        RULE    "iret-outer-iopl"
        USER    0x3002
        pushl   $0x0202
        popfl
        int     $0x41
        END     LANDED
        CHECK_BITS cpl3-iopl3-popf, rec_flags, 0x3200, 0x3200
        RULE    "iret-outer-if"
        USER    0x202
        int     $0x41
        END     LANDED
        CHECK_BITS iret-outer-set-if, rec_flags, 0x200, 0x200
        RULE    "cpl3-popf-keeps-if-iopl"
        USER    0x202
        pushl   $0x3002
        popfl
        int     $0x41
        END     LANDED
        CHECK_BITS cpl3-popf-kept-if-iopl, rec_flags, 0x3200, 0x0200
        RULE    "iret-16-bit"
        SEGMENT CODE16, 0x10000, 0xffff, A_CODE, B16
        mov     $0xabcd0000 + landed16 - image, %eax    # the upper half is not popped
        pushw   $2
        pushw   $CODE16
        pushw   %ax
        iretw
        END     LANDED
        CHECK   iret-16-bit-cs, rec_cs, CODE16
        CHECK   iret-16-bit-esp, rec_sp, KERNEL_STACK

# Call gates (SDM 3A 5.8.3 to 5.8.5)
        GATE    GATE0, CODE0, landed, A_CALL
        GATE    GATE3, CODE0, landed, A_CALL+DPL3
        LAND    call-gate-same, lcall, GATE0, CODE0
        LAND    jmp-gate-same, ljmp, GATE0, CODE0
        FAR     call-gate-rpl3-dpl0, lcall, GATE0+3, GP+GATE0
        FAR     jmp-gate-rpl3-dpl0, ljmp, GATE0+3, GP+GATE0
        FAR3    call-gate-dpl0-from-cpl3, lcall, GATE0, GP+GATE0
        FAR3    jmp-gate-dpl0-from-cpl3, ljmp, GATE0, GP+GATE0
        FAR3    jmp-gate-to-inner, ljmp, GATE3, GP+CODE0
        LAND3   call-gate-to-inner, lcall, GATE3+3, CODE0
        CHECK   call-gate-inner-esp, rec_sp, INNER_STACK-16
        CHECK   call-gate-inner-ss, rec_ss, DATA0
        CHECK   call-gate-pushed-ss, INNER_STACK-4, DATA3
        CHECK   call-gate-pushed-esp, INNER_STACK-8, USER_STACK
        CHECK   call-gate-pushed-cs, INNER_STACK-12, CODE3
        LAND3   call-gate-to-inner-rpl0, lcall, GATE3, CODE0
        GATE    GATE3, CODE0, landed, A_CALL+DPL3+ABSENT
        FAR3    call-gate-not-present, lcall, GATE3, NP+GATE3
        FAR     jmp-gate-not-present, ljmp, GATE3, NP+GATE3
        GATE    GATE0, CODE0, landed, A_CALL+ABSENT
        FAR3    call-gate-dpl0-not-present-from-cpl3, lcall, GATE0, GP+GATE0
        .macro  VIA what, target, expected, offset=landed
        GATE    GATE3, (\target), \offset, A_CALL+DPL3
        FAR3    call-gate-to-\what, lcall, GATE3, \expected
        .endm
        VIA     null, 0, GP
        VIA     data, DATA0, GP+DATA0
        VIA     beyond-gdt, GDT_LIMIT+1, GP+GDT_LIMIT+1
        VIA     not-present, GONE, NP+GONE
        VIA     ldt-descriptor, LDTS, GP+LDTS
        VIA     beyond-limit, SHORT, GP
        GATE    GATE0, CODE3, landed, A_CALL
        FAR     call-gate-to-dpl3-from-cpl0, lcall, GATE0, GP+CODE3-3
        GATE    GATE0, CODE0+3, landed, A_CALL
        LAND    call-gate-ignores-rpl-of-target, lcall, GATE0, CODE0
        GATE    GATE3, CONF, landed, A_CALL+DPL3
        LAND3   call-gate-to-conforming, lcall, GATE3, CONF+3
        CHECK   call-gate-conforming-keeps-stack, rec_sp, USER_STACK-8
        LAND3   jmp-gate-to-conforming, ljmp, GATE3, CONF+3
        GATE    GATE3, CODE3, landed, A_CALL+DPL3
        LAND3   call-gate-same-cpl3, lcall, GATE3, CODE3
        LAND3   jmp-gate-same-cpl3, ljmp, GATE3, CODE3
        # Parameters
        GATE    GATE3, CODE0, landed, A_CALL+DPL3, 3
        RULE    "call-gate-parameters"
        USER
        push    $0x333
        push    $0x222
        push    $0x111
        lcall   $GATE3, $0
        END     LANDED
        CHECK   call-gate-parameters-esp, rec_sp, INNER_STACK-28
        CHECK   call-gate-parameter-3, INNER_STACK-12, 0x333
        CHECK   call-gate-parameter-2, INNER_STACK-16, 0x222
        CHECK   call-gate-parameter-1, INNER_STACK-20, 0x111
        CHECK   call-gate-parameters-cs, INNER_STACK-24, CODE3
        CHECK   call-gate-parameters-old-esp, INNER_STACK-8, USER_STACK-12
        # and the way back, which releases them on both stacks
        GATE    GATE3, CODE0, inner_ret, A_CALL+DPL3, 3
        RULE    "call-gate-and-ret"
        USER
        push    $0x333
        push    $0x222
        push    $0x111
        lcall   $GATE3, $0
        mov     %ds, %ecx
        int     $0x41
        END     LANDED
        CHECK   call-gate-and-ret-esp, rec_sp, USER_STACK
        CHECK   call-gate-and-ret-cs, rec_cs, CODE3
        CHECK   call-gate-and-ret-keeps-null-ds, %ecx, 0
        # 16-bit gate: 16-bit offset, words pushed
        GATE    GATE3, CODE16, landed16-image, A_CALL16+DPL3, 2
        RULE    "call-gate-16"
        USER
        pushw   $0x2222
        pushw   $0x1111
        lcall   $GATE3, $0xffffffff
98:     END     LANDED
        CHECK   call-gate-16-cs, rec_cs, CODE16
        CHECK   call-gate-16-esp, rec_sp, INNER_STACK-12
        CHECK   call-gate-16-ss-sp, INNER_STACK-4, (DATA3<<16)+((USER_STACK-4)&0xffff)
        CHECK   call-gate-16-parameters, INNER_STACK-8, 0x22221111
        CHECK   call-gate-16-cs-ip, INNER_STACK-12, (CODE3<<16)+(98b-image)
        # The inner stack out of the TSS
        GATE    GATE3, CODE0, landed, A_CALL+DPL3
        .macro  INNER_SS what, ss, expected
        movl    $(\ss), TSS_MAIN + 8
        VECTOR  10, on_task_stack, A_INT, CONF
        VECTOR  12, on_task_stack_12, A_INT, CONF
        FAR3    call-gate-inner-ss-\what, lcall, GATE3, \expected
        .endm
        # Their exceptions come from ring 3 and would need the very stack that is bad; the handlers
        # are conforming code and stay in ring 3.
        jmp     inner_stacks
on_task_stack:
        movl    $TS, %ss:outcome
        jmp     1f
on_task_stack_12:
        movl    $SS, %ss:outcome
1:      pop     %eax
        add     %eax, %ss:outcome
        pop     %eax
        mov     %eax, %ss:rec_ip
        mov     %esp, %ss:rec_sp
        # In ring 3: make the stack of ring 0 good again for the way back.
        movl    $DATA0, %ss:TSS_MAIN + 8
        movl    $INNER_STACK, %ss:TSS_MAIN + 4
        int     $0x40
        jmp     *resume
inner_stacks:
        INNER_SS null, 0, TS
        INNER_SS null-rpl3, 3, TS
        INNER_SS beyond-gdt, GDT_LIMIT+1, TS+GDT_LIMIT+1
        INNER_SS rpl3, DATA0+3, TS+DATA0
        INNER_SS dpl3, DATA3, TS+DATA3-3
        INNER_SS dpl1, DATA1, TS+DATA1
        INNER_SS read-only, SS_RO, TS+SS_RO
        INNER_SS code, CODE0, TS+CODE0
        INNER_SS not-present, SS_GONE, SS+SS_GONE
        movl    $0x10, TSS_MAIN + 4
        GATE    GATE3, CODE0, landed_full, A_CALL+DPL3
        movl    $SS_SMALL, TSS_MAIN + 8
        LAND3   call-gate-inner-ss-fits, lcall, GATE3, CODE0
        GATE    GATE3, CODE0, landed, A_CALL+DPL3
        movl    $0xc, TSS_MAIN + 4
        INNER_SS too-small, SS_SMALL, SS+SS_SMALL
        movl    $INNER_STACK, TSS_MAIN + 4
        # A TSS too short for the stack of ring 0
        movl    $DATA0, TSS_MAIN + 8
        VECTOR_AGAIN 10
        VECTOR_AGAIN 12
        # Room for the stack of ring 0 only
        GATE    GATE3, CODE1, landed, A_CALL+DPL3
        SEGMENT TSS_SEL, TSS_MAIN, 0xb, A_TSS, 0
        mov     $TSS_SEL, %eax
        ltr     %ax
        FAR3    call-gate-tss-too-short, lcall, GATE3, TS+TSS_SEL
        SEGMENT TSS_SEL, TSS_MAIN, 0x67, A_TSS, 0
        mov     $TSS_SEL, %eax
        ltr     %ax
        jmp     interrupts
# The stack is full to the last byte.
landed_full:
        mov     $DATA0, %eax
        mov     %eax, %ss
        mov     $KERNEL_STACK, %esp
        jmp     landed
inner_ret:
        push    %eax
        xor     %eax, %eax
        mov     %eax, %ds
        pop     %eax
        lretl   $12

# Interrupt and trap gates (SDM 3A 6.12, SDM 2 INT n)
interrupts:
        .equ    V, 0x60
        .macro  INTERRUPT what, selector, access, expected, target=landed
        GATE    V*8, (\selector), \target, (\access), 0, IDT
        RULE    "\what"
98:     int     $V
        END_AT98 \expected
        .endm
        INTERRUPT int-gate-null, 0, A_INT, GP
        INTERRUPT int-gate-data, DATA0, A_INT, GP+DATA0
        INTERRUPT int-gate-beyond-gdt, GDT_LIMIT+1, A_INT, GP+GDT_LIMIT+1
        INTERRUPT int-gate-code-not-present, GONE, A_INT, NP+GONE
        INTERRUPT int-gate-dpl3-from-cpl0, CODE3, A_INT, GP+CODE3-3
        INTERRUPT int-gate-beyond-limit, SHORT, A_INT, GP
        INTERRUPT int-gate-not-present, CODE0, A_INT+ABSENT, NP+V*8+2
        INTERRUPT trap-gate-not-present, CODE0, A_TRAP+ABSENT, NP+V*8+2
        INTERRUPT int-call-gate-in-idt, CODE0, A_CALL, GP+V*8+2
        INTERRUPT int-data-in-idt, CODE0, A_DATA, GP+V*8+2
        INTERRUPT int-empty-gate, 0, 0, GP+V*8+2
        INTERRUPT int-wrong-type-not-present, CODE0, A_CALL+ABSENT, GP+V*8+2
        GATE    V*8, CODE0, landed, A_INT, 0, IDT
        RULE    "int-dpl0-from-cpl3"
        USER
98:     int     $V
        END_AT98 GP+V*8+2
        GATE    V*8, CODE0, landed, A_INT+ABSENT, 0, IDT
        RULE    "int-dpl0-not-present-from-cpl3"
        USER
98:     int     $V
        END_AT98 GP+V*8+2
        RULE    "int3-dpl0-from-cpl3"
        USER
98:     int3
        END_AT98 GP+3*8+2
        RULE    "into-dpl0-from-cpl3"
        USER    0x802
98:     into
        END_AT98 GP+4*8+2
        RULE    "int1-needs-no-dpl"
        USER
        .byte   0xf1
98:     END_AT98 DB
        RULE    "bound-needs-no-dpl"
        movl    $0, SCRATCH
        movl    $1, SCRATCH + 4
        USER
        mov     $2, %eax
        mov     $DATA3, %ecx
        mov     %ecx, %ds
98:     bound   %eax, SCRATCH
        END_AT98 BR
        RULE    "ud2-needs-no-dpl"
        USER
98:     ud2
        END_AT98 UD
        CHECK_BITS fault-pushes-rf, rec_flags, 0x10000, 0x10000
        RULE    "int-beyond-idt"
        lidtl   short_idt
98:     int     $V
        END_AT98 GP+V*8+2
        lidtl   idt_pointer
        RULE    "int-at-end-of-idt"
        lidtl   idt_to_v
        GATE    V*8, CODE0, landed, A_INT, 0, IDT
        int     $V
        END     LANDED
        lidtl   idt_pointer
        # A fault is external to the program: EXT (SDM 3A 6.13)
        .macro  EXTERNAL what, selector, access, expected
        GATE    6*8, (\selector), landed, (\access), 0, IDT
        RULE    "\what"
98:     ud2
        END_AT98 \expected
        .endm
        EXTERNAL ud-gate-not-present, CODE0, A_INT+ABSENT, NP+6*8+3
        EXTERNAL ud-gate-wrong-type, CODE0, A_CALL, GP+6*8+3
        EXTERNAL ud-gate-null, 0, A_INT, GP+1
        EXTERNAL ud-gate-data, DATA0, A_INT, GP+DATA0+1
        EXTERNAL ud-gate-code-not-present, GONE, A_INT, NP+GONE+1
        EXTERNAL ud-gate-dpl3-from-cpl0, CODE3, A_INT, GP+CODE3-3+1
        EXTERNAL ud-gate-beyond-limit, SHORT, A_INT, GP+1
        VECTOR_AGAIN 6
        # Double fault: two contributory exceptions (SDM 3A table 6-5)
        GATE    0, CODE0, landed, A_INT+ABSENT, 0, IDT
        RULE    "de-then-np-is-double-fault"
        xor     %ecx, %ecx
98:     div     %ecx
        END_AT98 DF
        GATE    13*8, CODE0, landed, A_INT+ABSENT, 0, IDT
        RULE    "gp-then-np-is-double-fault"
98:     ljmp    $DATA0, $0
        END_AT98 DF
        GATE    V*8, CODE0, landed, A_INT+ABSENT, 0, IDT
        GATE    11*8, CODE0, landed, A_CALL, 0, IDT
        RULE    "np-of-int-then-gp-then-np-is-double-fault"
98:     int     $V
        END_AT98 DF
        VECTOR_AGAIN 0
        VECTOR_AGAIN 13
        RULE    "np-of-int-then-gp-is-double-fault"
98:     int     $V
        END_AT98 DF
        VECTOR_AGAIN 11

# What delivery does to EFLAGS and the stack
        GATE    V*8, CODE0, seen, A_INT+DPL3, 0, IDT
        .macro  FLAGS_SEEN what, flags, mask, expected
        RULE    "\what"
        USER    (\flags)
        int     $V
        END     NONE
        CHECK_BITS \what-in-handler, note, \mask, \expected
        .endm
        jmp     1f
seen:   pushfl
        popl    %ss:note
        mov     8(%esp), %eax
        mov     %eax, %ss:rec_flags
        mov     %ss:saved_sp, %esp
        jmp     *%ss:resume
1:      FLAGS_SEEN int-gate-clears-if, 0x202, 0x200, 0
        CHECK_BITS int-gate-pushed-if, rec_flags, 0x200, 0x200
        FLAGS_SEEN int-gate-clears-nt, 0x4202, 0x4000, 0
        CHECK_BITS int-gate-pushed-nt, rec_flags, 0x4000, 0x4000
        FLAGS_SEEN int-gate-keeps-iopl-ac-df, 0x43602, 0x43400, 0x43400
        FLAGS_SEEN int-gate-keeps-arithmetic-flags, 0x8d7, 0x8d5, 0x8d5
        cld
        GATE    V*8, CODE0, seen, A_TRAP+DPL3, 0, IDT
        FLAGS_SEEN trap-gate-keeps-if, 0x202, 0x200, 0x200
        cli
        FLAGS_SEEN trap-gate-clears-nt, 0x4002, 0x4000, 0
        # Frames
        GATE    V*8, CODE0, frame, A_INT+DPL3, 0, IDT
        RULE    "int-gate-inner-frame"
        USER
        int     $V
98:     END     NONE
        CHECK   int-gate-inner-esp, note, INNER_STACK-20
        CHECK   int-gate-pushed-ss, INNER_STACK-4, DATA3
        CHECK   int-gate-pushed-esp, INNER_STACK-8, USER_STACK
        CHECK   int-gate-pushed-cs, INNER_STACK-16, CODE3
        CHECK   int-gate-pushed-eip, INNER_STACK-20, 98b
        RULE    "int-gate-same-frame"
        int     $V
98:     END     NONE
        CHECK   int-gate-same-esp, note, KERNEL_STACK-12
        CHECK   int-gate-same-pushed-eip, count, 98b
        jmp     1f
frame:  mov     %esp, %ss:note
        popl    %ss:count
        mov     %ss:saved_sp, %esp
        jmp     *%ss:resume
1:      # A 16-bit gate has 16 bits of offset: the handler needs a segment that begins at 0x10000.
        SEGMENT CODE16, 0x10000, 0xfffff, A_CODE, B32
        GATE    V*8, CODE16, frame_flat16-image, A_INT16+DPL3, 0, IDT
        RULE    "int-gate-16-inner-frame"
        USER
        int     $V
98:     END     NONE
        CHECK   int-gate-16-inner-esp, note, INNER_STACK-10
        CHECK_BITS int-gate-16-pushed-ss, INNER_STACK-2, 0xffff, DATA3
        CHECK_BITS int-gate-16-pushed-sp, INNER_STACK-4, 0xffff, USER_STACK&0xffff
        CHECK_BITS int-gate-16-pushed-cs, INNER_STACK-8, 0xffff, CODE3
        CHECK_BITS int-gate-16-pushed-ip, INNER_STACK-10, 0xffff, 98b-image
        RULE    "int-gate-16-same-frame"
        int     $V
        END     NONE
        CHECK   int-gate-16-same-esp, note, KERNEL_STACK-6
        # A 16-bit gate pushes a 16-bit error code.
        GATE    13*8, CODE16, frame_flat16-image, A_INT16, 0, IDT
        RULE    "fault-gate-16-frame"
        ljmp    $DATA0, $0
        END     NONE
        CHECK   fault-gate-16-esp, note, KERNEL_STACK-8
        CHECK_BITS fault-gate-16-error, count, 0xffff, DATA0
        VECTOR_AGAIN 13
        jmp     1f
short_idt:
        .word   V*8 + 6
        .long   IDT
idt_to_v:
        .word   V*8 + 7
        .long   IDT
frame_flat16:
        mov     %esp, %ss:note
        popl    %ss:count
        mov     %ss:saved_sp, %esp
        ljmp    $CODE0, $2f
2:      jmp     *%ss:resume
        # A conforming handler stays in ring 3 on its stack.
1:      GATE    V*8, CONF, landed, A_INT+DPL3, 0, IDT
        RULE    "int-gate-conforming"
        USER
        int     $V
        END     LANDED
        CHECK   int-gate-conforming-cs, rec_cs, CONF+3
        CHECK   int-gate-conforming-esp, rec_sp, USER_STACK-12
        # The inner stack of an exception out of ring 3: #TS and #SS with EXT
        .macro  FAULT_SS what, ss, expected
        VECTOR  10, on_task_stack, A_INT, CONF
        VECTOR  12, on_task_stack_12, A_INT, CONF
        movl    $(\ss), TSS_MAIN + 8
        RULE    "ud-inner-ss-\what"
        USER
98:     ud2
        END_AT98 \expected
        .endm
        FAULT_SS null, 0, TS+1
        FAULT_SS rpl3, DATA0+3, TS+DATA0+1
        FAULT_SS dpl3, DATA3, TS+DATA3-3+1
        FAULT_SS not-present, SS_GONE, SS+SS_GONE+1
        GATE    V*8, CODE0, landed, A_INT+DPL3, 0, IDT
        movl    $0, TSS_MAIN + 8
        RULE    "int-inner-ss-null"
        USER
98:     int     $V
        END_AT98 TS
        movl    $DATA0, TSS_MAIN + 8
        # A call from ring 0 to ring 1 through a gate is refused, a return to ring 1 is fine.
        GATE    GATE0, CODE1, landed, A_CALL
        FAR     call-gate-to-outer, lcall, GATE0, GP+CODE1
        RULE    "ret-to-ring-1"
        push    $DATA1 + 1
        push    $USER_STACK
        push    $CODE1 + 1
        push    $landed
        lretl
        END     LANDED
        CHECK   ret-to-ring-1-cs, rec_cs, CODE1+1
        CHECK   ret-to-ring-1-ss, rec_ss, DATA1+1
        # From ring 3 through a gate to ring 1 on that ring's stack
        GATE    GATE3, CODE1, landed, A_CALL+DPL3
        movl    $USER_STACK - 0x100, TSS_MAIN + 0x0c
        movl    $DATA1 + 1, TSS_MAIN + 0x10
        LAND3   call-gate-to-ring-1, lcall, GATE3, CODE1+1
        CHECK   call-gate-to-ring-1-esp, rec_sp, USER_STACK-0x110
        CHECK   call-gate-to-ring-1-ss, rec_ss, DATA1+1
        jmp     finish
