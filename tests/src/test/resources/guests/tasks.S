# Task switches. SDM 3A chapter 7 (7.2 structures, 7.3 switching: steps, order of the checks and table
# 7-1, 7.4 linking, 7.6 16-bit TSS), 6.12.1.2 (task gates), 17.3.1.5 (the T flag), and the pages of
# JMP, CALL, INT n and IRET in SDM 2.
        .include "guest32.inc"

        .equ    TWO, FREE               # TSS of 32 bits
        .equ    THREE, FREE + 0x08      # TSS of 16 bits
        .equ    GATE_TWO, FREE + 0x10   # task gate
        .equ    DATA_GONE, FREE + 0x18
        .equ    CODE_GONE, FREE + 0x20
        .equ    LDTS, FREE + 0x28
        .equ    SHORT, FREE + 0x30      # code, limit 0xfff
        .equ    CONF3, FREE + 0x38
        .equ    SMALL_STACK, FREE + 0x40
        .equ    SS_RO, FREE + 0x48
        .equ    LDT_GONE, FREE + 0x50
        .equ    TASK_STACK, SCRATCH + 0x8000
        .equ    V, 0x60
        .equ    BUSY, 0x200             # in the second word of a descriptor
        # Offsets in a TSS
        .equ    LINK, 0
        .equ    CR3, 0x1c
        .equ    EIP, 0x20
        .equ    EFLAGS, 0x24
        .equ    EAX, 0x28
        .equ    ECX, 0x2c
        .equ    EBX, 0x34
        .equ    ESP, 0x38
        .equ    EBP, 0x3c
        .equ    ESI, 0x40
        .equ    EDI, 0x44
        .equ    ES, 0x48
        .equ    CS, 0x4c
        .equ    SSEG, 0x50
        .equ    DS, 0x54
        .equ    FS, 0x58
        .equ    GS, 0x5c
        .equ    LDTR, 0x60
        .equ    TRAP, 0x64

# A fresh start: TSS_MAIN is the current task, TSS_TWO and TSS_THREE are idle and lead to `landed`.
fresh:  pushal
        pushfl
        andl    $~0x4000, (%esp)
        popfl
        mov     $TSS_TWO, %edi
        xor     %eax, %eax
        mov     $0x1000/4*2, %ecx
        rep stosl
        mov     $TSS_MAIN+0x1c, %edi
        mov     $(0x64-0x1c)/4, %ecx
        rep stosl
        movl    $0, TSS_MAIN + LINK
        movl    $landed, TSS_TWO + EIP
        movl    $2, TSS_TWO + EFLAGS
        movl    $TASK_STACK, TSS_TWO + ESP
        movl    $CODE0, TSS_TWO + CS
        movl    $DATA0, TSS_TWO + SSEG
        movl    $DATA0, TSS_TWO + DS
        movl    $DATA0, TSS_TWO + ES
        movl    $INNER_STACK, TSS_TWO + 4
        movl    $DATA0, TSS_TWO + 8
        movl    $0x680000, TSS_TWO + TRAP
        SEGMENT TWO, TSS_TWO, 0x67, A_TSS, 0
        SEGMENT THREE, TSS_THREE, 0x2b, A_TSS16, 0
        GATE    GATE_TWO, TWO, 0, A_TASK
        SEGMENT TSS_SEL, TSS_MAIN, 0x67, A_TSS, 0
        mov     $TSS_SEL, %eax
        ltr     %ax
        clts
        popal
        ret

        .macro  CLEAN text
        call    fresh
        RULE    "\text"
        .endm

main:
        SEGMENT DATA_GONE, 0, 0xfffff, A_DATA+ABSENT, G32
        SEGMENT CODE_GONE, 0, 0xfffff, A_CODE+ABSENT, G32
        SEGMENT LDTS, LDT, 0x1f, A_LDT, B16
        SEGMENT LDT_GONE, LDT, 0x1f, A_LDT+ABSENT, B16
        SEGMENT SHORT, 0, 0xfff, A_CODE, B32
        SEGMENT CONF3, 0, 0xfffff, A_CONF+DPL3, G32
        SEGMENT SMALL_STACK, SCRATCH, 0xfff, A_DATA, B32
        SEGMENT SS_RO, 0, 0xfffff, A_RODATA, G32

# JMP: the old task becomes idle, there is no link
        CLEAN   "jmp-tss"
        movl    $0x11111111, TSS_TWO + EAX
        movl    $0x22222222, TSS_TWO + EBX
        movl    $0x33333333, TSS_TWO + ESI
        movl    $0xcd7, TSS_TWO + EFLAGS
        mov     $0xaaaaaaaa, %eax
        mov     $0xbbbbbbbb, %ebx
        mov     $0xcccccccc, %edi
        stc
        ljmp    $TWO, $0x12345678
98:     END     LANDED
        cld
        CHECK   jmp-tss-eax, rec_ax, 0x11111111
        CHECK   jmp-tss-ebx, %ebx, 0x22222222
        CHECK   jmp-tss-esi, %esi, 0x33333333
        CHECK   jmp-tss-esp, rec_sp, TASK_STACK
        CHECK   jmp-tss-flags, rec_flags, 0xcd7
        CHECK   jmp-tss-saved-eip, TSS_MAIN+EIP, 98b
        CHECK   jmp-tss-saved-eax, TSS_MAIN+EAX, 0xaaaaaaaa
        CHECK   jmp-tss-saved-ebx, TSS_MAIN+EBX, 0xbbbbbbbb
        CHECK   jmp-tss-saved-edi, TSS_MAIN+EDI, 0xcccccccc
        CHECK   jmp-tss-saved-esp, TSS_MAIN+ESP, KERNEL_STACK
        CHECK_BITS jmp-tss-saved-cs, TSS_MAIN+CS, 0xffff, CODE0
        CHECK_BITS jmp-tss-saved-ds, TSS_MAIN+DS, 0xffff, DATA0
        CHECK_BITS jmp-tss-saved-flags, TSS_MAIN+EFLAGS, 0x4003, 3
        CHECK_BITS jmp-tss-old-is-idle, GDT+TSS_SEL+4, BUSY, 0
        CHECK_BITS jmp-tss-new-is-busy, GDT+TWO+4, BUSY, BUSY
        CHECK_BITS jmp-tss-no-link, TSS_TWO+LINK, 0xffff, 0
        str     %eax
        CHECK   jmp-tss-tr, %eax, TWO
        mov     %cr0, %eax
        CHECK_BITS jmp-tss-sets-ts, %eax, 8, 8
# CALL: nested
        CLEAN   "call-tss"
        lcall   $TWO, $0
98:     END     LANDED
        CHECK_BITS call-tss-sets-nt, rec_flags, 0x4000, 0x4000
        CHECK_BITS call-tss-link, TSS_TWO+LINK, 0xffff, TSS_SEL
        CHECK_BITS call-tss-old-stays-busy, GDT+TSS_SEL+4, BUSY, BUSY
        CHECK_BITS call-tss-new-is-busy, GDT+TWO+4, BUSY, BUSY
        CHECK   call-tss-saved-eip, TSS_MAIN+EIP, 98b
        CHECK   call-tss-pushes-nothing, rec_sp, TASK_STACK
        # and back by IRET
        CLEAN   "call-and-iret"
        movl    $come_back, TSS_TWO + EIP
        mov     $0x12345678, %ebx
        stc
        lcall   $TWO, $0
        setc    %al
        movzbl  %al, %ecx
        END     NONE
        CHECK   call-and-iret-ebx, %ebx, 0x12345678
        CHECK   call-and-iret-flags, %ecx, 1
        CHECK_BITS call-and-iret-two-is-idle, GDT+TWO+4, BUSY, 0
        CHECK_BITS call-and-iret-main-is-busy, GDT+TSS_SEL+4, BUSY, BUSY
        CHECK_BITS call-and-iret-saved-nt-clear, TSS_TWO+EFLAGS, 0x4000, 0
        CHECK   call-and-iret-saved-eip, TSS_TWO+EIP, come_back_end
        CHECK   call-and-iret-saved-ebx, TSS_TWO+EBX, 0x99999999
        str     %eax
        CHECK   call-and-iret-tr, %eax, TSS_SEL
        pushfl
        pop     %eax
        CHECK_BITS call-and-iret-nt, %eax, 0x4000, 0
        jmp     1f
come_back:
        mov     $0x99999999, %ebx
        iretl
come_back_end:
        int     $0x41                   # where a second CALL goes on
1:      RULE    "call-goes-on"
        lcall   $TWO, $0
        END     LANDED

# Checks of the selector and descriptor, still in the old task
        .macro  SWITCH what, operation, selector, expected
        CLEAN   "\what"
98:     \operation   $(\selector), $0
        END_AT98 \expected
        .endm
        .irp    op, jmp, call
        SWITCH  \op-busy, l\op, TSS_SEL, GP+TSS_SEL
        call    fresh
        SEGMENT TWO, TSS_TWO, 0x67, A_TSS+ABSENT, 0
        RULE    "\op-not-present"
98:     l\op    $TWO, $0
        END_AT98 NP+TWO
        call    fresh
        SEGMENT TWO, TSS_TWO, 0x66, A_TSS, 0
        RULE    "\op-limit-too-small"
98:     l\op    $TWO, $0
        END_AT98 TS+TWO
        SWITCH  \op-rpl3, l\op, TWO+3, GP+TWO
        CLEAN   "\op-dpl0-from-cpl3"
        USER
98:     l\op    $TWO, $0
        END_AT98 GP+TWO
        call    fresh
        SEGMENT TWO, TSS_TWO, 0x67, A_TSS+DPL3, 0
        RULE    "\op-dpl3-from-cpl3"
        USER
        l\op    $TWO, $0
        END     LANDED
        CHECK_BITS \op-dpl3-from-cpl3-saved-cs, TSS_MAIN+CS, 0xffff, CODE3
        CHECK_BITS \op-dpl3-from-cpl3-saved-ss, TSS_MAIN+SSEG, 0xffff, DATA3
        CHECK   \op-dpl3-from-cpl3-saved-esp, TSS_MAIN+ESP, USER_STACK
        # Task gates
        CLEAN   "\op-gate"
        l\op    $GATE_TWO, $0
        END     LANDED
        call    fresh
        GATE    GATE_TWO, TWO, 0, A_TASK+ABSENT
        RULE    "\op-gate-not-present"
98:     l\op    $GATE_TWO, $0
        END_AT98 NP+GATE_TWO
        SWITCH  \op-gate-rpl3, l\op, GATE_TWO+3, GP+GATE_TWO
        call    fresh
        GATE    GATE_TWO, TWO, 0, A_TASK+DPL3
        RULE    "\op-gate-dpl3-from-cpl3"       # the DPL of the TSS does not matter
        USER
        l\op    $GATE_TWO, $0
        END     LANDED
        call    fresh
        GATE    GATE_TWO, TSS_SEL, 0, A_TASK
        RULE    "\op-gate-to-busy"
98:     l\op    $GATE_TWO, $0
        END_AT98 GP+TSS_SEL
        call    fresh
        GATE    GATE_TWO, CODE0, 0, A_TASK
        RULE    "\op-gate-to-code"
98:     l\op    $GATE_TWO, $0
        END_AT98 GP+CODE0
        call    fresh
        GATE    GATE_TWO, 0xc, 0, A_TASK
        RULE    "\op-gate-to-ldt-selector"
98:     l\op    $GATE_TWO, $0
        END_AT98 GP+0xc
        call    fresh
        SEGMENT TWO, TSS_TWO, 0x67, A_TSS+ABSENT, 0
        RULE    "\op-gate-to-not-present"
98:     l\op    $GATE_TWO, $0
        END_AT98 NP+TWO
        .endr

# Checks of what the new TSS holds are faults in the new task (SDM 3A table 7-1). Their handler must
# be a task (SDM 3A 6.15, "Interrupt 10"): TSS_THREE, of 16 bits, which runs INT V.
        .equ    CODE16, FREE + 0x58
        .equ    DATA16, FREE + 0x60
        jmp     bad_tasks
small_task:
        movw    $small_code - image, TSS_THREE + 0x0e   # IP
        movw    $2, TSS_THREE + 0x10
        movw    $0x9000, TSS_THREE + 0x1a               # SP: TASK_STACK + 0x1000
        movw    $CODE16, TSS_THREE + 0x24
        movw    $DATA16, TSS_THREE + 0x26
        movw    $DATA0, TSS_THREE + 0x22
        movw    $DATA0, TSS_THREE + 0x28
        SEGMENT CODE16, 0x10000, 0xffff, A_CODE, B16
        SEGMENT DATA16, SCRATCH, 0xffff, A_DATA, B16
        ret
        .code16
small_code:
        movzwl  %sp, %esp               # a 16-bit TSS does not say what is above SP
        int     $V
        .code32
        .macro  BAD what, field, value, expected
        call    fresh
        movl    $(\value), TSS_TWO + \field
        GATE    ((\expected)>>16)*8, THREE, 0, A_TASK, 0, IDT
        call    small_task
        RULE    "\what"
        ljmp    $TWO, $0
        END     V<<16
        VECTOR_AGAIN (\expected)>>16
        CHECK_BITS \what-error-code, TASK_STACK+0x1000-2, 0xffff, (\expected)&0xffff
        CHECK_BITS \what-in-new-task, TSS_THREE, 0xffff, TWO
        .endm
bad_tasks:
        BAD     new-cs-null, CS, 0, TS
        BAD     new-cs-data, CS, DATA0, TS+DATA0
        BAD     new-cs-not-present, CS, CODE_GONE, NP+CODE_GONE
        BAD     new-cs-beyond-gdt, CS, GDT_LIMIT+1, TS+GDT_LIMIT+1
        BAD     new-cs-conforming-dpl3-rpl0, CS, CONF3, TS+CONF3
        BAD     new-ss-null, SSEG, 0, TS
        BAD     new-ss-rpl3, SSEG, DATA0+3, TS+DATA0
        BAD     new-ss-read-only, SSEG, SS_RO, TS+SS_RO
        BAD     new-ss-dpl3, SSEG, DATA3, TS+DATA3-3
        BAD     new-ss-not-present, SSEG, DATA_GONE, SS+DATA_GONE
        BAD     new-ds-beyond-gdt, DS, GDT_LIMIT+1, TS+GDT_LIMIT+1
        BAD     new-ds-not-present, DS, DATA_GONE, NP+DATA_GONE
        BAD     new-es-tss, ES, TSS_SEL, TS+TSS_SEL
        BAD     new-fs-rpl3-dpl0, FS, DATA0+3, TS+DATA0
        BAD     new-gs-ldt-without-ldt, GS, 0xc, TS+0xc
        BAD     new-ldt-data, LDTR, DATA0, TS+DATA0
        BAD     new-ldt-not-present, LDTR, LDT_GONE, TS+LDT_GONE
        BAD     new-ldt-in-ldt, LDTR, LDTS+4, TS+LDTS+4
        CLEAN   "new-eip-beyond-limit"
        movl    $SHORT, TSS_TWO + CS
        ljmp    $TWO, $0
        END     GP
        str     %ecx
        CHECK   new-eip-beyond-limit-in-new-task, %ecx, TWO
        CLEAN   "new-ldt-is-loaded"
        movl    $LDTS, TSS_TWO + LDTR
        SEGMENT 0x08, 0, 0xfffff, A_DATA, G32, LDT
        movl    $0xc, TSS_TWO + GS
        ljmp    $TWO, $0
        END     LANDED
        sldt    %eax
        CHECK   new-ldtr, %eax, LDTS
        xor     %eax, %eax
        lldt    %ax

# Interrupts through task gates (SDM 3A 6.12.1.2)
        .macro  INTERRUPT what, selector, access, expected
        call    fresh
        GATE    V*8, \selector, 0, \access, 0, IDT
        RULE    "\what"
98:     int     $V
        END_AT98 \expected
        .endm
        call    fresh
        GATE    V*8, TWO, 0, A_TASK, 0, IDT
        RULE    "int-task-gate"
        int     $V
98:     END     LANDED
        CHECK_BITS int-task-gate-link, TSS_TWO+LINK, 0xffff, TSS_SEL
        CHECK_BITS int-task-gate-sets-nt, rec_flags, 0x4000, 0x4000
        CHECK   int-task-gate-saved-eip, TSS_MAIN+EIP, 98b
        CHECK   int-task-gate-pushes-nothing, rec_sp, TASK_STACK
        INTERRUPT int-task-gate-not-present, TWO, A_TASK+ABSENT, NP+V*8+2
        INTERRUPT int-task-gate-to-busy, TSS_SEL, A_TASK, GP+TSS_SEL
        INTERRUPT int-task-gate-null, 0, A_TASK, GP
        INTERRUPT int-task-gate-to-code, CODE0, A_TASK, GP+CODE0
        call    fresh
        GATE    V*8, TWO, 0, A_TASK, 0, IDT
        RULE    "int-task-gate-dpl0-from-cpl3"
        USER
98:     int     $V
        END_AT98 GP+V*8+2
        VECTOR_AGAIN V
        call    fresh
        GATE    13*8, TWO, 0, A_TASK, 0, IDT
        RULE    "gp-task-gate"
98:     ljmp    $DATA0, $0
        END     LANDED
        VECTOR_AGAIN 13
        CHECK   gp-task-gate-saved-eip, TSS_MAIN+EIP, 98b
        CHECK   gp-task-gate-esp, rec_sp, TASK_STACK-4
        CHECK   gp-task-gate-error-code, TASK_STACK-4, DATA0
        CHECK_BITS gp-task-gate-saved-rf, TSS_MAIN+EFLAGS, 0x10000, 0x10000
        call    fresh
        GATE    6*8, TSS_SEL, 0, A_TASK, 0, IDT
        RULE    "ud-task-gate-to-busy"
98:     ud2
        END_AT98 GP+TSS_SEL+1
        VECTOR_AGAIN 6
        # The double fault of an overflowing stack, whose handler has a stack of its own
        call    fresh
        GATE    8*8, TWO, 0, A_TASK, 0, IDT
        RULE    "double-fault-task"
        mov     $SMALL_STACK, %eax
        mov     $4, %ecx
        mov     %eax, %ss
        mov     %ecx, %esp
        push    %eax
98:     push    %eax
        mov     $DATA0, %eax            # for a processor without limits
        mov     %eax, %ss
        mov     %ds:saved_sp, %esp
        END     LANDED
        VECTOR_AGAIN 8
        CHECK   double-fault-task-error-code, TASK_STACK-4, 0
        CHECK   double-fault-task-saved-esp, TSS_MAIN+ESP, 0
        CHECK_BITS double-fault-task-saved-ss, TSS_MAIN+SSEG, 0xffff, SMALL_STACK
        CHECK   double-fault-task-saved-eip, TSS_MAIN+EIP, 98b

# IRET with NT (SDM 3A 7.4)
        .macro  NESTED what, link, expected
        call    fresh
        movw    $(\link), TSS_MAIN + LINK
        RULE    "\what"
        pushfl
        orl     $0x4000, (%esp)
        popfl
98:     iretl
        END_AT98 \expected
        pushl   $2
        popfl
        .endm
        NESTED  iret-link-null, 0, TS
        NESTED  iret-link-idle, TWO, TS+TWO
        NESTED  iret-link-code, CODE0, TS+CODE0
        NESTED  iret-link-beyond-gdt, GDT_LIMIT+1, TS+GDT_LIMIT+1
        NESTED  iret-link-in-ldt, 0xc, TS+0xc
        call    fresh
        movw    $TWO, TSS_MAIN + LINK
        SEGMENT TWO, TSS_TWO, 0x67, A_TSS_BUSY, 0
        RULE    "iret-to-busy-link"
        pushfl
        orl     $0x4000, (%esp)
        popfl
        iretl
        END     LANDED
        CHECK_BITS iret-old-is-idle, GDT+TSS_SEL+4, BUSY, 0
        CHECK_BITS iret-new-stays-busy, GDT+TWO+4, BUSY, BUSY
        CHECK_BITS iret-clears-nt-of-old, TSS_MAIN+EFLAGS, 0x4000, 0
        CHECK_BITS iret-leaves-nt-of-new, rec_flags, 0x4000, 0

# The T flag and the debug registers
        CLEAN   "trap-flag-of-tss"
        movl    $0x680001, TSS_TWO + TRAP
        mov     $0xffff0ff0, %eax
        mov     %eax, %dr6
        ljmp    $TWO, $0
        END     DB
        CHECK   trap-flag-eip, rec_ip, landed
        CHECK_BITS trap-flag-dr6, rec_dr6, 0xe00f, 0x8000
        CLEAN   "switch-clears-local-breakpoints"
        mov     $0x5a5, %eax            # L0, L1, LE and G1
        and     $~0xa0, %eax
        or      $0xa, %eax
        mov     $0x12345678, %ebx
        mov     %ebx, %dr0
        mov     %ebx, %dr1
        mov     %eax, %dr7
        ljmp    $TWO, $0
        END     LANDED
        CHECK   switch-cleared-local-breakpoints, rec_dr7, 0x40a

# A TSS of 16 bits (SDM 3A 7.6)
        call    fresh
        call    small_task
        movw    $0x1357, TSS_THREE + 0x12       # AX
        RULE    "jmp-tss-16"
        ljmp    $THREE, $0
        END     V<<16
        CHECK_BITS jmp-tss-16-ax, rec_ax, 0xffff, 0x1357
        CHECK   jmp-tss-16-cs, rec_cs, CODE16
        CHECK_BITS jmp-tss-16-sp, rec_sp, 0xffff, 0x9000
        # From a 16-bit task to a 32-bit one: words are saved
        call    fresh
        call    small_task
        movw    $small_switch - image, TSS_THREE + 0x0e
        RULE    "from-tss-16"
        ljmp    $THREE, $0
        END     LANDED
        CHECK_BITS from-tss-16-saved-ax, TSS_THREE+0x12, 0xffff, 0x2468
        CHECK_BITS from-tss-16-saved-ip, TSS_THREE+0x0e, 0xffff, small_switched-image
        CHECK_BITS from-tss-16-saved-cs, TSS_THREE+0x24, 0xffff, CODE16
        CHECK_BITS from-tss-16-is-idle, GDT+THREE+4, BUSY, 0
        call    fresh
        SEGMENT THREE, TSS_THREE, 0x2a, A_TSS16, 0
        RULE    "jmp-tss-16-limit-too-small"
98:     ljmp    $THREE, $0
        END_AT98 TS+THREE
        jmp     1f
        .code16
small_switch:
        mov     $0x2468, %ax
        ljmp    $TWO, $0
small_switched:
        movzwl  %sp, %esp
        int     $V
        .code32
1:
# A task in virtual-8086 mode
        CLEAN   "task-in-vm86"
        movl    $0x20002, TSS_TWO + EFLAGS
        movl    $0x1000, TSS_TWO + CS
        movl    $small_ud - image, TSS_TWO + EIP
        movl    $0x3400, TSS_TWO + SSEG
        movl    $0x3ff0, TSS_TWO + ESP
        movl    $0x1234, TSS_TWO + DS
        movl    $0x2345, TSS_TWO + GS
        lcall   $TWO, $0
        END     UD
        CHECK_BITS task-in-vm86-flags, rec_flags, 0x24000, 0x24000
        CHECK   task-in-vm86-cs, rec_cs, 0x1000
        CHECK   task-in-vm86-gs, INNER_STACK-4, 0x2345
        CHECK   task-in-vm86-ds, INNER_STACK-12, 0x1234
        call    fresh
        jmp     finish
small_ud:
        ud2
