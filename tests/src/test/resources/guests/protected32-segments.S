# Protected mode, 32 bit: what loading a segment register checks, and what an access is checked
# against. SDM 3A chapter 5, 5.2 to 5.8.1, and the pages of MOV, POP, LDS and PUSH in SDM 2.
        .include "guest32.inc"

        .equ    CODE, FREE              # readable code
        .equ    CODEX, FREE + 0x08      # execute-only code
        .equ    CONF, FREE + 0x10       # conforming code
        .equ    RO, FREE + 0x18         # read-only data
        .equ    GONE, FREE + 0x20       # data, not present
        .equ    DOWN, FREE + 0x28       # expand-down, 32 bit, limit 0xfff
        .equ    DOWN16, FREE + 0x30     # expand-down, 16 bit, limit 0xfff
        .equ    EDGE, FREE + 0x38       # data, limit 0xfff
        .equ    PAGE, FREE + 0x40       # data, limit 0 in pages
        .equ    FRESH, FREE + 0x48      # data, not accessed
        .equ    LDTS, FREE + 0x50       # an LDT
        .equ    EDGE3, FREE + 0x58      # data, limit 0xfff, DPL 3
        .equ    CONF3, FREE + 0x60      # conforming code, DPL 3
        .equ    STACK, FREE + 0x68      # stack, 32 bit, limit 0xfff
        .equ    STACK16, FREE + 0x70    # stack, 16 bit, 64 KiB
        .equ    TSS_IDLE, FREE + 0x78
        .equ    CODE_GONE, FREE + 0x80
        .equ    GATE_SEL, FREE + 0x88
        .equ    RSVD, FREE + 0x90       # system type 0

main:
        SEGMENT CODE, SCRATCH, 0xfff, A_CODE
        SEGMENT CODEX, SCRATCH, 0xfff, A_CODE_X
        SEGMENT CONF, SCRATCH, 0xfff, A_CONF
        SEGMENT RO, SCRATCH, 0xfff, A_RODATA
        SEGMENT GONE, SCRATCH, 0xfff, A_DATA+ABSENT
        SEGMENT DOWN, SCRATCH, 0xfff, A_DOWN
        SEGMENT DOWN16, SCRATCH, 0xfff, A_DOWN, B16
        SEGMENT EDGE, SCRATCH, 0xfff, A_DATA
        SEGMENT PAGE, SCRATCH, 0, A_DATA, G32
        SEGMENT FRESH, SCRATCH, 0xfff, A_DATA
        SEGMENT LDTS, LDT, 0x1f, A_LDT, B16
        SEGMENT EDGE3, SCRATCH, 0xfff, A_DATA+DPL3
        SEGMENT CONF3, SCRATCH, 0xfff, A_CONF+DPL3
        SEGMENT STACK, SCRATCH, 0xfff, A_DATA
        SEGMENT STACK16, SCRATCH, 0xffff, A_DATA, B16
        SEGMENT TSS_IDLE, TSS_TWO, 0x67, A_TSS, B16
        SEGMENT CODE_GONE, SCRATCH, 0xfff, A_CODE+ABSENT
        GATE    GATE_SEL, CODE0, main, A_CALL
        SEGMENT 0x08, SCRATCH, 0xfff, A_DATA, B32, LDT
        SEGMENT 0x10, SCRATCH, 0xfff, A_DATA+DPL3, B32, LDT

# Loading DS, ES, FS, GS (SDM 2, MOV, "Protected Mode Exceptions")
        .macro  LOAD what, register, selector, expected
        RULE    "\what"
        mov     $(\selector), %eax
98:     mov     %eax, %\register
        END_AT98 \expected
        .endm
        .macro  LOAD_FINE what, register, selector
        RULE    "\what"
        mov     $(\selector), %eax
        mov     %eax, %\register
        END     NONE
        .endm
        LOAD_FINE load-ds-null, ds, 0
        LOAD_FINE load-es-null-rpl3, es, 3
        LOAD_FINE load-fs-data, fs, EDGE
        LOAD_FINE load-gs-readable-code, gs, CODE
        LOAD_FINE load-ds-conforming-code, ds, CONF
        LOAD_FINE load-es-read-only, es, RO
        LOAD_FINE load-fs-expand-down, fs, DOWN
        LOAD_FINE load-ds-data-dpl3-at-cpl0, ds, EDGE3+3
        LOAD    load-ds-rpl3-dpl0, ds, EDGE+3, GP+EDGE
        LOAD    load-es-rpl1-dpl0, es, EDGE+1, GP+EDGE
        LOAD    load-fs-code-rpl3-dpl0, fs, CODE+3, GP+CODE
        LOAD_FINE load-gs-conforming-rpl3-dpl0, gs, CONF+3
        LOAD    load-ds-execute-only, ds, CODEX, GP+CODEX
        LOAD    load-es-not-present, es, GONE, NP+GONE
        LOAD    load-fs-not-present-rpl3, fs, GONE+3, GP+GONE
        LOAD    load-gs-tss, gs, TSS_IDLE, GP+TSS_IDLE
        LOAD    load-ds-ldt-descriptor, ds, LDTS, GP+LDTS
        LOAD    load-ds-call-gate, ds, GATE_SEL, GP+GATE_SEL
        LOAD    load-ds-empty-descriptor, ds, RSVD, GP+RSVD
        LOAD    load-es-beyond-gdt, es, GDT_LIMIT+1, GP+GDT_LIMIT+1
        LOAD    load-fs-last-bytes-beyond-gdt, fs, 0xfff8, GP+0xfff8
        LOAD    load-gs-without-ldt, gs, 0xc, GP+0xc
        LOAD    load-ds-without-ldt-index-0, ds, 4, GP+4

        RULE    "lldt-loads"
        mov     $LDTS, %eax
        lldt    %ax
        END     NONE
        LOAD_FINE load-ds-from-ldt, ds, 0xc
        LOAD_FINE load-es-from-ldt-rpl3, es, 0x17
        LOAD    load-fs-ldt-beyond-limit, fs, 0x24, GP+0x24
        LOAD    load-gs-ldt-empty, gs, 0x1c, GP+0x1c
        xor     %eax, %eax
        lldt    %ax
        LOAD    load-ds-after-null-lldt, ds, 0xc, GP+0xc

# A failed load leaves the register alone
        mov     $EDGE, %ebx
        mov     %ebx, %fs
        xor     %ebp, %ebp
        VECTOR  11, keep_fs
        RULE    "failed-load-keeps-register"
        mov     $GONE, %eax
        mov     %eax, %fs
        END     NONE
        VECTOR_AGAIN 11
        CHECK   failed-load-kept-selector, count, EDGE
        jmp     accessed
keep_fs:
        mov     %fs, %eax
        mov     %eax, count
        add     $4, %esp
        addl    $2, (%esp)             # behind the MOV
        iretl

# The accessed bit (SDM 3A 3.4.5.1)
accessed:
        CHECK_BITS accessed-bit-clear-before, GDT+FRESH+4, 0x100, 0
        RULE    "load-sets-accessed"
        mov     $FRESH, %eax
        mov     %eax, %ds
        END     NONE
        CHECK_BITS accessed-bit-set-by-load, GDT+FRESH+4, 0x100, 0x100
        CHECK_BITS accessed-bit-clear-after-failed-load, GDT+GONE+4, 0x100, 0
        movl    $EDGE, SCRATCH + 4
        movl    $5, SCRATCH
        RULE    "lfs-loads-pointer"
        lfs     SCRATCH, %ebx
        END     NONE
        movl    $GONE, SCRATCH + 4
        mov     $0x1234, %ebx
        RULE    "lgs-not-present"
98:     lgs     SCRATCH, %ebx
        END_AT98 NP+GONE
        CHECK   lgs-failed-keeps-offset, %ebx, 0x1234
        RULE    "pop-es-not-present"
        push    $GONE
98:     pop     %es
        END_AT98 NP+GONE
        CHECK_BITS pop-failed-keeps-esp, rec_sp, 0xffff, (KERNEL_STACK-4)&0xffff

# Loading SS: a null selector and every wrong type are #GP, absence alone is #SS
        LOAD    load-ss-null, ss, 0, GP
        LOAD    load-ss-null-rpl3, ss, 3, GP
        LOAD    load-ss-rpl3, ss, STACK+3, GP+STACK
        LOAD    load-ss-dpl3, ss, EDGE3, GP+EDGE3
        LOAD    load-ss-dpl3-rpl3, ss, EDGE3+3, GP+EDGE3
        LOAD    load-ss-read-only, ss, RO, GP+RO
        LOAD    load-ss-code, ss, CODE, GP+CODE
        LOAD    load-ss-not-present, ss, GONE, SS+GONE
        LOAD    load-ss-tss, ss, TSS_IDLE, GP+TSS_IDLE
        LOAD    load-ss-beyond-gdt, ss, GDT_LIMIT+1, GP+GDT_LIMIT+1
        RULE    "load-ss-fine"
        mov     $STACK, %eax
        mov     %eax, %ss
        mov     $DATA0, %eax
        mov     %eax, %ss
        END     NONE
        RULE    "mov-to-cs-undefined"
98:     .byte   0x8e, 0xc8              # mov %eax, %cs
        END_AT98 UD
        RULE    "mov-to-sreg-6-undefined"
98:     .byte   0x8e, 0xf0
        END_AT98 UD
        RULE    "mov-from-sreg-7-undefined"
98:     .byte   0x8c, 0xf8
        END_AT98 UD
        RULE    "lds-register-undefined"
98:     .byte   0xc5, 0xc0
        END_AT98 UD

# From ring 3
        RULE    "cpl3-load-ds-dpl0"
        USER
        mov     $EDGE, %eax
98:     mov     %eax, %ds
        KERNEL
        END_AT98 GP+EDGE
        RULE    "cpl3-load-ds-dpl3-rpl0"
        USER
        mov     $EDGE3, %eax
        mov     %eax, %ds
        KERNEL
        END     NONE
        RULE    "cpl3-load-ds-conforming-dpl0"
        USER
        mov     $CONF, %eax
        mov     %eax, %ds
        KERNEL
        END     NONE
        RULE    "cpl3-load-ds-code-dpl0"
        USER
        mov     $CODE, %eax
98:     mov     %eax, %ds
        KERNEL
        END_AT98 GP+CODE
        RULE    "cpl3-load-ss-rpl0"
        USER
        mov     $EDGE3, %eax
98:     mov     %eax, %ss
        KERNEL
        END_AT98 GP+EDGE3
        RULE    "cpl3-load-ss-null-rpl3"
        USER
        mov     $3, %eax
98:     mov     %eax, %ss
        KERNEL
        END_AT98 GP

# Null selectors and types at the access (SDM 3A 5.4.1, 5.5)
        .macro  ACCESS what, selector, register, expected, code:vararg
        RULE    "\what"
        mov     $(\selector), %eax
        mov     %eax, %\register
98:     \code
        END_AT98 \expected
        .endm
        .macro  ACCESS_FINE what, selector, register, code:vararg
        RULE    "\what"
        mov     $(\selector), %eax
        mov     %eax, %\register
        \code
        END     NONE
        .endm
        ACCESS  read-null-ds, 0, ds, GP, mov 0, %al
        ACCESS  read-null-es, 3, es, GP, mov %es:0, %al
        ACCESS  write-null-fs, 0, fs, GP, mov %al, %fs:0
        ACCESS_FINE lea-null-ds-is-no-access, 0, ds, lea 0x1000, %ebx
        ACCESS  write-read-only, RO, ds, GP, mov %al, 0
        ACCESS_FINE read-read-only, RO, ds, mov 0, %al
        ACCESS  rmw-read-only, RO, es, GP, incb %es:4
        ACCESS  xchg-read-only, RO, es, GP, xchg %al, %es:4
        ACCESS  write-code-segment, CODE, ds, GP, mov %al, 0
        ACCESS_FINE read-code-segment, CODE, ds, mov 0, %al
        RULE    "write-through-cs"
98:     mov     %al, %cs:SCRATCH
        END_AT98 GP
        RULE    "read-through-cs"
        mov     %cs:SCRATCH, %al
        END     NONE

# Limits (SDM 3A 5.3)
        ACCESS_FINE limit-last-byte, EDGE, ds, mov 0xfff, %al
        ACCESS  limit-next-byte, EDGE, ds, GP, mov 0x1000, %al
        ACCESS_FINE limit-last-word, EDGE, ds, mov 0xffe, %ax
        ACCESS  limit-word-across, EDGE, ds, GP, mov 0xfff, %ax
        ACCESS_FINE limit-last-dword, EDGE, ds, mov 0xffc, %eax
        ACCESS  limit-dword-across, EDGE, ds, GP, mov 0xffd, %eax
        ACCESS  limit-dword-write-across, EDGE, ds, GP, mov %eax, 0xffd
        ACCESS  limit-fpu-qword-across, EDGE, ds, GP, fldl 0xff9
        ACCESS  limit-fpu-tbyte-across, EDGE, ds, GP, fldt 0xff7
        ACCESS  limit-wrapped-dword, EDGE, ds, GP, mov 0xfffffffe, %eax
        ACCESS  limit-far-pointer-across, EDGE, ds, GP, lfs 0xffb, %eax
        ACCESS  limit-bound-across, EDGE, ds, GP, bound %eax, 0xff9
        ACCESS  limit-sgdt-across, EDGE, ds, GP, sgdt 0xffb
        ACCESS_FINE limit-sgdt-inside, EDGE, ds, sgdt 0xffa
        ACCESS_FINE page-limit-last-byte, PAGE, ds, mov 0xfff, %al
        ACCESS  page-limit-next-byte, PAGE, ds, GP, mov 0x1000, %al
        ACCESS  expand-down-at-limit, DOWN, ds, GP, mov 0xfff, %al
        ACCESS  expand-down-below, DOWN, ds, GP, mov 0, %al
        ACCESS_FINE expand-down-above, DOWN, ds, mov 0x1000, %al
        ACCESS  expand-down-word-from-limit, DOWN, ds, GP, mov 0xfff, %ax
        ACCESS_FINE expand-down-32-bit-top, DOWN, ds, mov 0x10000, %al
        ACCESS_FINE expand-down16-top-byte, DOWN16, ds, mov 0xffff, %al
        ACCESS  expand-down16-top-word, DOWN16, ds, GP, mov 0xffff, %ax
        ACCESS  expand-down16-beyond-64k, DOWN16, ds, GP, mov 0x10000, %al
        # A store that fails halfway writes nothing.
        movl    $0x11223344, SCRATCH + 0xffc
        ACCESS  limit-store-across, EDGE, ds, GP, mov %eax, 0xffe
        CHECK   limit-store-wrote-nothing, SCRATCH+0xffc, 0x11223344
        # SS gives #SS(0), also by EBP and ESP as base (SDM 3A 6.15, "Interrupt 12")
        .macro  STACKED what, pointer, expected, code:vararg
        VECTOR  12, on_good_stack
        VECTOR  13, on_good_stack_13
        RULE    "\what"
        mov     $STACK, %eax
        mov     %eax, %ss
        mov     $(\pointer), %esp
        mov     %esp, %ebp
98:     \code
        mov     %ds:saved_sp, %esp
        mov     $DATA0, %eax
        mov     %eax, %ss
        END_AT98 \expected
        .endm
        # These faults are on a bad stack: a task gate would be the way, but here ESP stays usable
        # because the exception pushes lie below the limit.
        jmp     stacks
on_good_stack:
        mov     $DATA0, %eax
        movl    $SS, %ds:outcome
        jmp     1f
on_good_stack_13:
        mov     $DATA0, %eax
        movl    $GP, %ds:outcome
1:      pop     %edx                    # error code
        add     %edx, %ds:outcome
        pop     %ds:rec_ip
        mov     %esp, %ds:rec_sp
        mov     %eax, %ss
        mov     %ds:saved_sp, %esp
        jmp     *%ds:resume
stacks: STACKED stack-read-ebp-beyond, 0x800, SS, mov 0x900(%ebp), %al
        STACKED stack-read-esp-across, 0x800, SS, mov 0x7fd(%esp), %eax
        STACKED stack-ds-override-uses-ds, 0x800, NONE, mov %ds:0x900(%ebp), %al
        STACKED stack-pop-last, 0xffc, NONE, pop %eax
        mov     $SCRATCH + 0xf00, %ebx
        STACKED stack-read-ss-override, 0x800, SS, mov %ss:0x1000, %al
        STACKED stack-enter-frame-beyond, 0x800, SS, enter $0x900, $0
        STACKED stack-pop-memory-destination, 0x800, GP, popl %cs:SCRATCH
        VECTOR_AGAIN 12
        VECTOR_AGAIN 13

# A 16-bit stack uses SP alone (SDM 1 6.2.3)
        RULE    "stack16-push-wraps-sp"
        mov     %esp, %ebx
        mov     $STACK16, %eax
        mov     %eax, %ss
        mov     $0x00030002, %esp
        pushw   $0x1234                 # SP 0000
        pushw   $0x5678                 # SP fffe
        mov     %esp, %ecx
        mov     $DATA0, %eax
        mov     %eax, %ss
        mov     %ebx, %esp
        END     NONE
        CHECK   stack16-high-half-kept, %ecx, 0x0003fffe
        CHECK_BITS stack16-pushed-at-0, SCRATCH, 0xffff, 0x1234
        CHECK_BITS stack16-pushed-at-fffe, SCRATCH+0xfffe, 0xffff, 0x5678
        RULE    "stack16-leave-takes-bp"
        mov     %esp, %ebx
        mov     $STACK16, %eax
        mov     %eax, %ss
        mov     $0x00054000, %esp
        mov     $0xabcd8000, %ebp
        movl    $0x87654321, SCRATCH + 0x8000
        leave
        mov     %esp, %ecx
        mov     $DATA0, %eax
        mov     %eax, %ss
        mov     %ebx, %esp
        END     NONE
        CHECK   stack16-leave-sp, %ecx, 0x00058004
        CHECK   stack16-leave-ebp, %ebp, 0x87654321

# The code segment's limit (SDM 3A 5.3)
        SEGMENT CODE, 0, 0x1ffff, A_CODE
        RULE    "jump-beyond-code-limit"
98:     ljmp    $CODE, $0x20000
        END_AT98 GP
        # Code that ends at the limit: HLT would be the last byte, its successor is out of reach.
        movl    $0x90909090, SCRATCH + 0xffc
        SEGMENT CODE, SCRATCH, 0xfff, A_CODE
        RULE    "run-over-code-limit"
        ljmp    $CODE, $0xffc
        END     GP
        CHECK   run-over-code-limit-ip, rec_ip, 0x1000
        CHECK   run-over-code-limit-cs, rec_cs, CODE
        movl    $0xb8909090, SCRATCH + 0xffc    # mov $imm32, %eax across the limit
        RULE    "fetch-across-code-limit"
        ljmp    $CODE, $0xffc
        END     GP
        CHECK   fetch-across-code-limit-ip, rec_ip, 0xfff
        movl    $0x70eb9090, SCRATCH + 0xffc    # jmp short beyond
        RULE    "short-jump-beyond-code-limit"
        ljmp    $CODE, $0xffc
        END     GP
        CHECK   short-jump-beyond-code-limit-ip, rec_ip, 0xffe
        # Prefixes alone: an instruction has at most 15 bytes (SDM 2A 2.3.11)
        RULE    "instruction-of-16-bytes"
98:     .rept   15
        .byte   0x66
        .endr
        nop
        END_AT98 GP
        RULE    "instruction-of-15-bytes"
        .rept   14
        .byte   0x66
        .endr
        nop
        END     NONE
        jmp     finish
