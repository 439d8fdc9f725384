# Real mode. SDM 3A chapter 20 (20.1 "Real-Address Mode"), 5.3 (a limit of 0xffff), SDM 3A 9.9 (big
# real mode comes from keeping limits over a switch), and the pages of the instructions in SDM 2.
        .include "guest16.inc"

main:
# Limits: a segment ends at 0xffff (SDM 3A 20.1.1, SDM 2 "Real-Address Mode Exceptions")
        .macro  ACCESS what, expected, code:vararg
        RULE    "\what"
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     $0xffff, %bx
        xor     %edx, %edx
98:     \code
        END_AT98 \expected
        .endm
        .macro  FINE what, code:vararg
        RULE    "\what"
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     $0xffff, %bx
        xor     %edx, %edx
        \code
        END     NONE
        .endm
        FINE    byte-at-ffff, mov (%bx), %al
        ACCESS  word-at-ffff, GP, mov (%bx), %ax
        ACCESS  word-store-at-ffff, GP, mov %ax, (%bx)
        ACCESS  dword-at-fffd, GP, mov -2(%bx), %eax
        FINE    dword-at-fffc, mov -3(%bx), %eax
        FINE    address-wraps, mov 1(%bx), %ax
        ACCESS  rmw-at-ffff, GP, incw (%bx)
        ACCESS  les-at-fffd, GP, les -2(%bx), %ax
        ACCESS  bound-at-fffd, GP, bound %ax, -2(%bx)
        ACCESS  fpu-at-fffc, GP, fldl -3(%bx)
        ACCESS  dword-offset-above-64k, GP, mov 0x10000(%edx), %al
        FINE    dword-offset-below-64k, mov 0xfff0(%edx), %al
        RULE    "stack-word-at-ffff"
        mov     $0xffff, %bp
98:     mov     (%bp), %ax
        END_AT98 SS
        RULE    "pop-at-ffff"
        mov     $0xffff, %sp
98:     pop     %ax
        END_AT98 SS
        CHECK16 pop-at-ffff-keeps-sp, %fs:r_sp, 0xffff
        RULE    "pop-at-fffe-wraps"
        mov     $0xfffe, %sp
        pop     %ax
        mov     %sp, %bx
        mov     %fs:r_saved, %sp
        END     NONE
        CHECK16 pop-at-fffe-sp, %bx, 0
        RULE    "push-at-0-wraps"
        xor     %sp, %sp
        push    $0x1234
        mov     %sp, %bx
        pop     %ax
        mov     %fs:r_saved, %sp
        END     NONE
        CHECK16 push-at-0-sp, %bx, 0xfffe
        CHECK16 push-at-0-value, %ax, 0x1234
        # Fetching beyond the limit
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %es
        movw    $0x9090, %es:0xfffe
        # A processor that runs on, or wraps, finds INT 0x41.
        movl    $0x41cd41cd, %es:0
        mov     $SCRATCH_SEGMENT+0x1000, %ax
        mov     %ax, %es
        movl    $0x41cd41cd, %es:0
        movl    $0x41cd41cd, %es:4
        RULE    "run-over-ffff"
        ljmp    $SCRATCH_SEGMENT, $0xfffe
        END     GP
        # IP is 0x10000 in IPv32; 16 bits of it are pushed.
        CHECK16 run-over-ffff-cs, %fs:r_cs, SCRATCH_SEGMENT
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %es
        movb    $0xb8, %es:0xffff       # mov $imm16, %ax
        RULE    "fetch-across-ffff"
        ljmp    $SCRATCH_SEGMENT, $0xffff
        END     GP
        CHECK16 fetch-across-ffff-ip, %fs:r_ip, 0xffff
        RULE    "jump-32-beyond-limit"
        mov     $SCRATCH-0x10000, %eax
98:     jmpl    *%eax
        END_AT98 GP
        RULE    "ret-32-beyond-limit"
        pushl   $SCRATCH-0x10000
98:     retl
        END_AT98 GP
        RULE    "far-jump-32-beyond-limit"
98:     ljmpl   $IMAGE_SEGMENT, $SCRATCH-0x10000
        END_AT98 GP

# Strings wrap at 64 KiB (SDM 2)
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %es
        RULE    "stosb-wraps"
        mov     $0xfffe, %di
        mov     $4, %cx
        mov     $0x5a, %al
        rep stosb
        mov     %es:0, %bx
        END     NONE
        CHECK16 stosb-wrapped-di, %di, 2
        CHECK16 stosb-wrapped-value, %bx, 0x5a5a
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %es
        RULE    "stosw-at-ffff"
        mov     $0xfffd, %di
        mov     $3, %cx
98:     rep stosw
        END_AT98 GP
        CHECK16 stosw-at-ffff-di, %di, 0xffff
        CHECK16 stosw-at-ffff-cx, %cx, 2
        RULE    "movsb-down-wraps"
        std
        xor     %si, %si
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %es
        mov     $1, %di
        mov     $2, %cx
        rep movsb
        cld
        END     NONE
        CHECK16 movsb-down-si, %si, 0xfffe
        CHECK16 movsb-down-di, %di, 0xffff
        RULE    "addr32-lodsb-beyond"
        mov     $0x10000, %esi
98:     addr32 lodsb
        END_AT98 GP
        RULE    "addr32-loop-uses-ecx"
        mov     $0x10001, %ecx
        xor     %bx, %bx
1:      inc     %bx
        cmp     $3, %bx
        je      2f
        addr32 loop 1b
2:      END     NONE
        CHECK16 addr32-loop-count, %bx, 3
        RULE    "loop-uses-cx"
        mov     $0x10001, %ecx
        xor     %bx, %bx
1:      inc     %bx
        loop    1b
        END     NONE
        CHECK16 loop-count, %bx, 1
        CHECK   loop-keeps-upper-ecx, %ecx, 0x10000

# INT and IRET (SDM 3A 20.1.3, 20.1.4)
        VECTOR  0x60, seen
        RULE    "int"
        pushw   $0x0ed7                 # IF, DF, OF and the arithmetic flags
        popfw
        int     $0x60
98:     END     NONE
        CHECK16 int-pushed-ip, %fs:r_ip, 98b
        CHECK16 int-pushed-cs, %fs:r_cs, IMAGE_SEGMENT
        CHECK16 int-pushed-flags, %fs:r_flags, 0x0ed7
        CHECK_BITS int-clears-if, %fs:r_now, 0x0300, 0
        CHECK16 int-moves-sp-by-6, %fs:r_sp, STACK-6
        jmp     1f
seen:   pushfw
        popw    %fs:r_now
        mov     %sp, %fs:r_sp
        popw    %fs:r_ip
        popw    %fs:r_cs
        popw    %fs:r_flags
        cld
        cli
        jmp     *%fs:r_resume
1:      RULE    "iret"
        pushw   $0x0ad7
        pushw   $IMAGE_SEGMENT
        pushw   $1f
        iretw
1:      pushfw
        pop     %bx
        cli
        cld
        END     NONE
        CHECK16 iret-flags, %bx, 0x0ad7
        RULE    "iret-32"
        pushl   $0x00200002             # ID
        pushl   $IMAGE_SEGMENT
        pushl   $1f
        iretl
1:      pushfl
        pop     %ebx
        push    $2
        popfw
        END     NONE
        CHECK   iret-32-flags, %ebx, 0x00200002
        RULE    "popfd-clears-rf-keeps-vm"
        pushl   $0x00030002
        popfl
        pushfl
        pop     %ebx
        END     NONE
        CHECK   popfd-flags, %ebx, 0x00000002
        RULE    "popfd-id-ac"
        pushl   $0x00040002
        popfl
        pushfl
        pop     %ebx
        pushl   $2
        popfl
        END     NONE
        CHECK   popfd-id-ac-flags, %ebx, 0x00040002
        RULE    "popf-fixed-bits"
        pushw   $0x8028
        popfw
        pushfw
        pop     %bx
        END     NONE
        CHECK16 popf-fixed-bits-value, %bx, 0x0002
        RULE    "popf-iopl-nt"
        pushw   $0x7002
        popfw
        pushfw
        pop     %bx
        pushw   $2
        popfw
        END     NONE
        CHECK16 popf-iopl-nt-value, %bx, 0x7002
        RULE    "int-beyond-limit"
        lidt    short_ivt
98:     int     $0x60
        END_AT98 GP
        RULE    "int-across-limit"
        lidt    odd_ivt
98:     int     $0x60
        END_AT98 GP
        RULE    "int-at-limit"
        lidt    fitting_ivt
        VECTOR_AGAIN 0x60
        int     $0x60
        END     0x600000
        lidt    whole_ivt
        RULE    "ivt-elsewhere"
        movw    $seen, other_ivt+4
        movw    $IMAGE_SEGMENT, other_ivt+6
        lidt    moved_ivt
        int     $1
98:     END     NONE
        lidt    whole_ivt
        CHECK16 ivt-elsewhere-ip, %fs:r_ip, 98b
        jmp     1f
short_ivt:      .word 0x60*4 - 1
                .long 0
odd_ivt:        .word 0x60*4 + 2
                .long 0
fitting_ivt:    .word 0x60*4 + 3
                .long 0
whole_ivt:      .word 0x3ff
                .long 0
moved_ivt:      .word 0x3ff
                .long 0x10000 + other_ivt - image
other_ivt:      .space 8
1:      lidt    whole_ivt

# Exceptions
        RULE    "int3"
        int3
98:     END_AT98 BP
        RULE    "into"
        mov     $0x7f, %al
        inc     %al
        into
98:     END_AT98 OF
        RULE    "into-without-of"
        xor     %ax, %ax
        into
        END     NONE
        RULE    "div-by-0"
        xor     %cx, %cx
98:     div     %cx
        END_AT98 DE
        RULE    "div-overflow"
        mov     $2, %dx
        mov     $2, %cx
98:     div     %cx
        END_AT98 DE
        CHECK16 div-overflow-keeps-dx, %dx, 2
        RULE    "idiv-minimum"
        mov     $0x8000, %ax
        cwd
        mov     $-1, %cx
98:     idiv    %cx
        END_AT98 DE
        RULE    "idiv-byte-minimum-fits"
        mov     $-0x80, %ax
        mov     $1, %cl
        idiv    %cl
        END     NONE
        CHECK16 idiv-byte-minimum-result, %ax, 0x0080
        RULE    "aam-0"
98:     .byte   0xd4, 0
        END_AT98 DE
        RULE    "bound-below"
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %ds
        movl    $0x00050002, 0
        mov     $1, %ax
98:     bound   %ax, 0
        END_AT98 BR
        RULE    "bound-inside"
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %ds
        mov     $5, %ax
        bound   %ax, 0
        END     NONE
        .macro  UNDEFINED what, code:vararg
        RULE    "\what"
98:     \code
        nop
        nop
        nop
        END_AT98 UD
        .endm
        UNDEFINED ud2, ud2
        UNDEFINED lldt, lldt %ax
        UNDEFINED ltr, ltr %ax
        UNDEFINED sldt, sldt %ax
        UNDEFINED str, str %ax
        UNDEFINED verr, verr %ax
        UNDEFINED lar, lar %ax, %bx
        UNDEFINED lsl, lsl %ax, %bx
        UNDEFINED arpl, arpl %ax, %bx
        UNDEFINED mov-to-cs, .byte 0x8e, 0xc8
        UNDEFINED lea-register, .byte 0x8d, 0xc0
        UNDEFINED les-register, .byte 0xc4, 0xc0
        UNDEFINED bound-register, .byte 0x62, 0xc0
        UNDEFINED jmp-far-register, .byte 0xff, 0xe8
        UNDEFINED push-reg-7, .byte 0xff, 0xf8
        UNDEFINED fe-2, .byte 0xfe, 0xd0
        UNDEFINED 8f-1, .byte 0x8f, 0xc8
        UNDEFINED c6-1, .byte 0xc6, 0xc8, 0
        UNDEFINED 0f-ff, .byte 0x0f, 0xff, 0xc0
        UNDEFINED lock-nop, .byte 0xf0, 0x90
        UNDEFINED lock-mov, .byte 0xf0, 0x89, 0x07
        UNDEFINED lock-inc-register, .byte 0xf0, 0x40
        UNDEFINED lock-cmp, .byte 0xf0, 0x39, 0x07
        UNDEFINED sysret, .byte 0x0f, 0x07
        RULE    "lock-inc-memory"
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %ds
        lock incw 0
        END     NONE
        RULE    "sysenter"
98:     sysenter
        END_AT98 GP
        RULE    "sysexit"
98:     sysexit
        END_AT98 GP
        RULE    "prefixes-of-fault"
98:     .byte   0x26, 0x2e, 0xf0, 0x90
        END_AT98 UD
        RULE    "16-bytes"
98:     .rept   15
        .byte   0x26
        .endr
        nop
        END_AT98 GP

# Single-step
        .macro  STEP_ON
        pushfw
        mov     %sp, %bp
        orw     $0x100, (%bp)
        popfw
        .endm
        RULE    "step"
        STEP_ON
        nop
98:     nop
        END_AT98 DB
        CHECK_BITS step-pushed-tf, %fs:r_flags, 0x100, 0x100
        CHECK_BITS step-cleared-tf, %fs:r_now, 0x100, 0
        RULE    "step-over-mov-ss"
        mov     %ss, %cx
        STEP_ON
        mov     %cx, %ss
        nop
98:     nop
        END_AT98 DB
        RULE    "step-over-mov-ds"
        mov     %ds, %cx
        STEP_ON
        mov     %cx, %ds
98:     nop
        END_AT98 DB
        RULE    "step-int"
        STEP_ON
        int     $0x41
        END     LANDED

# Stack instructions
        RULE    "pusha-popa"
        mov     $1, %ax
        mov     $2, %cx
        mov     $3, %dx
        mov     $4, %bx
        mov     $5, %bp
        mov     $6, %si
        mov     $7, %di
        pushaw
        mov     %sp, %bp
        mov     6(%bp), %bx             # SP as it was
        mov     14(%bp), %cx            # AX
        mov     0(%bp), %dx             # DI
        movw    $0x99, 6(%bp)           # POPA skips SP
        mov     %bx, %fs:r_note
        mov     %cx, %fs:r_count
        mov     %dx, %fs:r_count+2
        popaw
        mov     %sp, %ax
        END     NONE
        CHECK16 pusha-sp, %fs:r_note, STACK
        CHECK   pusha-ax-di, %fs:r_count, 0x00070001
        CHECK16 popa-bp, %bp, 5
        CHECK16 popa-sp, %ax, STACK
        RULE    "push-sp"
        push    %sp
        pop     %bx
        END     NONE
        CHECK16 push-sp-is-old, %bx, STACK
        RULE    "pop-sp"
        push    $0x1234
        mov     %sp, %bx
        pop     %sp
        mov     %sp, %cx
        mov     %fs:r_saved, %sp
        END     NONE
        CHECK16 pop-sp-value, %cx, 0x1234
        RULE    "pop-memory-sp-base"
        sub     $4, %sp
        push    $0x4321
        mov     %esp, %eax
        movzwl  %ax, %esp
        addr32 popw 2(%esp)             # the address is made after ESP was incremented
        mov     %sp, %bp
        mov     2(%bp), %bx
        mov     %fs:r_saved, %sp
        END     NONE
        CHECK16 pop-memory-sp-base-value, %bx, 0x4321
        RULE    "enter-leave"
        mov     $0x1111, %bp
        enter   $6, $0
        mov     %sp, %bx
        mov     %bp, %cx
        leave
        END     NONE
        CHECK16 enter-sp, %bx, STACK-8
        CHECK16 enter-bp, %cx, STACK-2
        CHECK16 leave-bp, %bp, 0x1111
        RULE    "enter-nested"
        mov     %sp, %bp
        sub     $4, %bp
        pushw   $0xaaaa
        pushw   $0xbbbb
        mov     %sp, %bp
        add     $2, %bp                 # [bp] = aaaa, [bp-2] = bbbb
        enter   $2, $3
        mov     %sp, %bx
        mov     -2(%bp), %cx            # copied frame pointers
        mov     -4(%bp), %dx
        mov     -6(%bp), %si            # the new frame
        mov     %bp, %di
        mov     %fs:r_saved, %sp
        END     NONE
        CHECK16 enter-nested-sp, %bx, STACK-14
        CHECK16 enter-nested-bp, %di, STACK-6
        CHECK16 enter-nested-copy-1, %cx, 0xbbbb
        CHECK16 enter-nested-frame, %si, STACK-6

# Decimal adjustments (SDM 2 AAA, AAD, AAM, AAS, DAA, DAS); the mask names the defined flags
        .macro  DECIMAL what, flags, ax, mask, result, after, code:vararg
        RULE    "\what"
        mov     $\ax, %ax
        pushw   $\flags+2
        popfw
        \code
        pushfw
        pop     %bx
        END     NONE
        CHECK16 \what-ax, %ax, \result
        CHECK_BITS \what-flags, %bx, \mask, \after
        .endm
        DECIMAL aaa-plain, 0, 0x0005, 0x11, 0x0005, 0, aaa
        DECIMAL aaa-adjusts, 0, 0x000b, 0x11, 0x0101, 0x11, aaa
        DECIMAL aaa-by-af, 0x10, 0x0003, 0x11, 0x0109, 0x11, aaa
        DECIMAL aaa-carries-al-into-ah, 0, 0x00fb, 0x11, 0x0201, 0x11, aaa
        DECIMAL aas-adjusts, 0, 0x020f, 0x11, 0x0109, 0x11, aas
        DECIMAL aas-by-af-borrows, 0x10, 0x0205, 0x11, 0x000f, 0x11, aas
        DECIMAL aad-10, 0, 0x0307, 0xc4, 0x0025, 0, aad
        DECIMAL aad-16, 0, 0x0a0b, 0xc4, 0x00ab, 0x80, .byte 0xd5, 16
        DECIMAL aam-10, 0, 0x003f, 0xc4, 0x0603, 0x04, aam
        DECIMAL aam-16, 0, 0x00ab, 0xc4, 0x0a0b, 0, .byte 0xd4, 16
        DECIMAL daa-low, 0, 0x000a, 0xd5, 0x0010, 0x10, daa
        DECIMAL daa-high, 0, 0x00a0, 0xd5, 0x0000, 0x45, daa
        DECIMAL daa-both, 0, 0x009a, 0xd5, 0x0000, 0x55, daa
        DECIMAL daa-by-cf, 1, 0x0000, 0xd5, 0x0060, 0x05, daa
        DECIMAL das-low, 0, 0x000f, 0xd5, 0x0009, 0x14, das
        DECIMAL das-by-af-borrows, 0x10, 0x0001, 0xd5, 0x00fb, 0x91, das
        DECIMAL das-by-cf, 1, 0x0070, 0xd5, 0x0010, 0x01, das

# Far transfers
        RULE    "far-call-and-ret"
        push    $0x77
        lcall   $IMAGE_SEGMENT, $far_target
        mov     %sp, %bx
        END     NONE
        CHECK16 far-ret-imm-sp, %bx, STACK
        CHECK16 far-call-pushed-cs, %fs:r_note, IMAGE_SEGMENT
        RULE    "far-jump-other-segment"
        ljmp    $IMAGE_SEGMENT-0x100, $landed+0x1000
        END     LANDED
        CHECK16 far-jump-cs, %fs:r_cs, IMAGE_SEGMENT-0x100
        RULE    "far-call-32"
        .byte   0x66, 0x9a
        .long   far_target_32
        .word   IMAGE_SEGMENT
        END     NONE
        CHECK   far-call-32-pushed-cs, %fs:r_note, IMAGE_SEGMENT
        jmp     1f
far_target:
        mov     %sp, %bp
        mov     2(%bp), %ax
        mov     %ax, %fs:r_note
        lretw   $2
far_target_32:
        mov     %sp, %bp
        mov     4(%bp), %eax
        and     $0xffff, %eax           # SDM 2 CALL: what is pushed above CS is not defined
        mov     %eax, %fs:r_note
        lretl
1:
# System instructions that real mode has
        RULE    "smsw-lmsw-clts"
        smsw    %ax
        or      $8, %ax
        lmsw    %ax
        smsw    %bx
        clts
        smsw    %cx
        END     NONE
        CHECK_BITS lmsw-set-ts, %bx, 9, 8
        CHECK_BITS clts-cleared-ts, %cx, 9, 0
        RULE    "sgdt-sidt"
        push    %cs
        pop     %ds
        sidt    %fs:r_count
        END     NONE
        CHECK16 sidt-limit, %fs:r_count, 0x3ff
        # "Big real mode": the limit of a segment survives the way back from protected mode, as does
        # its use by a selector loaded in real mode: only base and selector change (SDM 3A 9.9.2).
        RULE    "big-real-mode"
        lgdtl   big_pointer
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        mov     $8, %bx
        mov     %bx, %ds
        mov     %bx, %es
        and     $0xfe, %al
        mov     %eax, %cr0
        xor     %ax, %ax
        mov     %ax, %ds
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %es
        xor     %edx, %edx
        movl    $0xcafe0001, %ds:SCRATCH+0x8000(%edx)
        mov     %es:0x8000, %ebx
        mov     $0x00120000, %edi
        movl    $0xcafe0002, (%edi)
        mov     %es:0x00120000-SCRATCH(%edx), %ecx
        END     NONE
        CHECK   big-real-mode-low, %ebx, 0xcafe0001
        CHECK   big-real-mode-high, %ecx, 0xcafe0002
        RULE    "big-real-mode-stays-after-load"
        mov     $IMAGE_SEGMENT, %ax
        mov     %ax, %ds
        xor     %ax, %ax
        mov     %ax, %ds
        mov     0x00120000(%edx), %ebx
        END     NONE
        CHECK   big-real-mode-after-load, %ebx, 0xcafe0002
        # PE alone changes nothing until a segment is loaded.
        RULE    "protected-mode-before-far-jump"
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        nop
        mov     %fs:r_note, %bx
        and     $0xfe, %al
        mov     %eax, %cr0
        END     NONE
# Breakpoints; last, because QEMU 7.2 dies of them
        RULE    "break-execute"
        mov     $0x10000, %eax
        mov     $98f, %ax
        mov     %eax, %dr0
        mov     $0x401, %eax
        mov     %eax, %dr7
        nop
98:     nop
        END_AT98 DB
        RULE    "watch-write"
        mov     $SCRATCH+0x10, %eax
        mov     %eax, %dr1
        mov     $0x100404, %eax
        mov     %eax, %dr7
        mov     $SCRATCH_SEGMENT, %ax
        mov     %ax, %ds
        movb    $0, 0x10
98:     nop
        END_AT98 DB
        jmp     finish
        .balign 8
big_gdt:        .quad 0, 0x008f92000000ffff
big_pointer:    .word 15
                .long 0x10000 + big_gdt - image
