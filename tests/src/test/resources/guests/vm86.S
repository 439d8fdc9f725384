# Virtual-8086 mode, and its extensions. SDM 3A 20.2 (entering, leaving, sensitive instructions, I/O),
# 20.3 (interrupts, tables 20-2 and 20-3: how a software interrupt is handled), 20.4 (PVI), and the
# pages of INT n, IRET, PUSHF, POPF, CLI and STI in SDM 2.
        .include "guest32.inc"

        .equ    CONF, FREE
        .equ    CODE1, FREE + 0x08
        .equ    DATA1, FREE + 0x10
        .equ    VM, 0x20000
        .equ    IOPL3, 0x3000
        .equ    IF, 0x200
        .equ    TF, 0x100
        .equ    VIF, 0x80000
        .equ    VIP, 0x100000
        .equ    SEG, 0x1000             # the image as a real-mode segment
        .equ    V86_STACK, 0x3400       # SS; SP 0x3ff0 is USER_STACK
        .equ    V, 0x60
        .equ    IOBASE, 0x88            # of the I/O bitmap; the redirection bitmap is before it

# Between V86 and UD2 at label 98 the program runs in virtual-8086 mode; END_AT98 UD.
        .macro  V86 flags
        pushl   $0x1111                 # GS
        pushl   $0x2222                 # FS
        pushl   $SCRATCH >> 4           # DS
        pushl   $SCRATCH >> 4           # ES
        pushl   $V86_STACK
        pushl   $0x3ff0
        pushl   $VM+2+(\flags)
        pushl   $SEG
        pushl   $96f - image
        iretl
        .code16
96:
        .endm
        .macro  STOP
        .byte   0x0f, 0x0b              # UD2
        .code32
        .endm
        .macro  END_V86 expected=UD
99:     push    %ss
        pop     %ds
        push    %ss
        pop     %es
        push    %edx
        push    %eax
        movl    $(\expected), %edx
        movl    $98b-image, %eax
        call    verdict_at
        pop     %eax
        pop     %edx
        .endm
        # One instruction that ends in the expected way; NONE is UD by the UD2 behind it.
        .macro  ONE what, flags, expected, code:vararg
        RULE    "\what"
        V86     \flags
98:     \code
        STOP
        END_V86 \expected
        .endm
        .macro  FINE what, flags, code:vararg
        RULE    "\what"
        V86     \flags
        \code
98:     STOP
        END_V86 UD
        .endm

main:
        SEGMENT CONF, 0, 0xfffff, A_CONF, G32
        SEGMENT CODE1, 0, 0xfffff, A_CODE+0x20, G32
        SEGMENT DATA1, 0, 0xfffff, A_DATA+0x20, G32
        SEGMENT TSS_SEL, TSS_MAIN, 0x2090, A_TSS, 0
        movw    $IOBASE, TSS_MAIN + 0x66
        movb    $0xff, TSS_MAIN + 0x2090
        mov     $TSS_SEL, %eax
        ltr     %ax
        # Vector V of the interrupt table at 0
        movl    $(SEG << 16), V*4
        movw    $handler86-image, V*4
        movl    $(SEG << 16), 0x41*4
        movw    $handler86-image, 0x41*4
        GATE    V*8, CODE0, stubs+V*16, A_INT+DPL3, 0, IDT

# Entering and leaving (SDM 3A 20.2.5, 20.2.6)
        RULE    "enter"
        V86     0
        mov     %cs, %ax
        mov     %ds, %bx
        mov     %fs, %cx
        mov     %gs, %dx
        mov     %ss, %si
        mov     %sp, %di
98:     STOP
        END_V86 UD
        CHECK_BITS enter-cs, %eax, 0xffff, SEG
        CHECK_BITS enter-ds, %ebx, 0xffff, SCRATCH>>4
        CHECK_BITS enter-fs, %ecx, 0xffff, 0x2222
        CHECK_BITS enter-gs, %edx, 0xffff, 0x1111
        CHECK_BITS enter-ss, %esi, 0xffff, V86_STACK
        CHECK_BITS enter-sp, %edi, 0xffff, 0x3ff0
        CHECK_BITS leave-pushed-vm, rec_flags, VM, VM
        CHECK   leave-pushed-cs, rec_cs, SEG
        CHECK   leave-pushed-ss, rec_ss, V86_STACK
        CHECK   leave-pushed-gs, INNER_STACK-4, 0x1111
        CHECK   leave-pushed-fs, INNER_STACK-8, 0x2222
        CHECK   leave-pushed-ds, INNER_STACK-12, SCRATCH>>4
        CHECK   leave-pushed-es, INNER_STACK-16, SCRATCH>>4
        CHECK_BITS leave-clears-ds, rec_ds, 0xffff, 0
        pushfl
        pop     %eax
        CHECK_BITS leave-clears-vm, %eax, VM, 0
        # Addresses
        movw    $0x1234, SCRATCH + 0x20
        RULE    "segments-are-paragraphs"
        V86     0
        mov     $(SCRATCH >> 4) + 1, %ax
        mov     %ax, %es
        mov     %es:0x10, %bx
98:     STOP
        END_V86 UD
        CHECK_BITS segments-are-paragraphs-value, %ebx, 0xffff, 0x1234
        RULE    "limit-is-64k"
        V86     0
        mov     $0xffff, %bx
98:     mov     (%bx), %ax
        STOP
        END_V86 GP
        RULE    "beyond-1-mib"
        movl    $0x5678, 0x100000
        V86     0
        mov     $0xffff, %ax
        mov     %ax, %es
        mov     %es:0x10, %bx
98:     STOP
        END_V86 UD
        CHECK_BITS beyond-1-mib-value, %ebx, 0xffff, 0x5678
        RULE    "far-jump"
        V86     0
        ljmp    $SEG-0x100, $1f-image+0x1000
1:      mov     %cs, %bx
        ljmp    $SEG, $98f-image
98:     STOP
        END_V86 UD
        CHECK_BITS far-jump-cs, %ebx, 0xffff, SEG-0x100

# IOPL below 3: sensitive instructions are #GP(0) (SDM 3A 20.2.7)
        ONE     cli-iopl0, 0, GP, cli
        ONE     sti-iopl0, 0, GP, sti
        ONE     pushf-iopl0, 0, GP, pushfw
        ONE     pushfd-iopl0, 0, GP, pushfl
        ONE     popf-iopl0, 0, GP, popfw
        ONE     int-iopl0, 0, GP, int $V
        ONE     iret-iopl0, 0, GP, iretw
        ONE     iret-iopl2, 0x2000, GP, iretw
        ONE     hlt, 0, GP, hlt
        ONE     hlt-iopl3, IOPL3, GP, hlt
        ONE     mov-cr0, IOPL3, GP, mov %cr0, %eax
        ONE     mov-dr0, IOPL3, GP, mov %dr0, %eax
        ONE     lgdt, IOPL3, GP, lgdt 0
        ONE     clts, IOPL3, GP, clts
        ONE     lmsw, IOPL3, GP, lmsw %ax
        ONE     rdmsr, IOPL3, GP, rdmsr
        ONE     wbinvd, IOPL3, GP, wbinvd
        ONE     lldt, IOPL3, UD, lldt %ax
        ONE     sldt, IOPL3, UD, sldt %ax
        ONE     str, IOPL3, UD, str %ax
        ONE     lar, IOPL3, UD, lar %ax, %ax
        ONE     verr, IOPL3, UD, verr %ax
        ONE     arpl, IOPL3, UD, arpl %ax, %ax
        ONE     sysenter-cs-0, IOPL3, GP, sysenter
        FINE    smsw, 0, smsw %ax
        FINE    sgdt, 0, sgdt 0
        # INT3 and INTO are not sensitive to IOPL; the gate's DPL counts.
        ONE     int3-dpl0, 0, GP+3*8+2, int3
        GATE    3*8, CODE0, stubs+3*16, A_INT+DPL3, 0, IDT
        RULE    "int3-dpl3"
        V86     0
        int3
98:     STOP
        END_V86 BP
        VECTOR_AGAIN 3
        GATE    4*8, CODE0, stubs+4*16, A_INT+DPL3, 0, IDT
        RULE    "into-dpl3"
        V86     0x800
        into
98:     STOP
        END_V86 OF
        VECTOR_AGAIN 4
        # IOPL 3
        RULE    "int-iopl3"
        V86     IOPL3
        int     $V
98:     STOP
        END_V86 (V<<16)
        CHECK_BITS int-iopl3-pushed-vm, rec_flags, VM+IOPL3, VM+IOPL3
        ONE     int-iopl3-dpl0, IOPL3, GP+0x61*8+2, int $0x61
        GATE    V*8, CONF, stubs+V*16, A_INT+DPL3, 0, IDT
        ONE     int-to-conforming, IOPL3, GP+CONF, int $V
        GATE    V*8, CODE1, stubs+V*16, A_INT+DPL3, 0, IDT
        ONE     int-to-ring-1, IOPL3, GP+CODE1, int $V
        GATE    6*8, CONF, stubs+6*16, A_INT, 0, IDT
        ONE     fault-to-conforming, 0, GP+CONF+1, ud2
        VECTOR_AGAIN 6
        GATE    V*8, CODE0, stubs+V*16, A_INT+DPL3, 0, IDT
        RULE    "flags-iopl3"
        V86     IOPL3
        sti
        pushfw
        pop     %ax
        cli
        pushfl
        pop     %ebx
        pushl   $VM+0x0202+0x40000
        popfl
        pushfl
        pop     %ecx
        pushl   $2
        popfl
98:     STOP
        END_V86 UD
        CHECK_BITS flags-iopl3-sti, %eax, 0x7202, 0x3202
        CHECK   flags-iopl3-pushfd-hides-vm, %ebx, 0x3002
        CHECK   flags-iopl3-popfd-keeps-iopl-sets-ac, %ecx, 0x43202
        CHECK_BITS flags-iopl3-popfd-keeps-vm, rec_flags, VM+IOPL3, VM+IOPL3
        RULE    "iret-iopl3"
        V86     IOPL3
        pushw   $0x0ed7
        pushw   $SEG
        pushw   $98f-image
        iretw
98:     STOP
        END_V86 UD
        cld
        CHECK_BITS iret-iopl3-flags, rec_flags, 0x23fd7, 0x23ed7
        RULE    "iretd-iopl3"
        V86     IOPL3
        pushl   $0x00040202
        pushl   $SEG
        pushl   $98f-image
        iretl
98:     STOP
        END_V86 UD
        CHECK_BITS iretd-iopl3-flags, rec_flags, 0x63fd7, 0x63202

# I/O: the bitmap alone decides (SDM 3A 20.2.8.1)
        FINE    in-bitmap-clear, 0, in $0x80, %al
        movb    $1, TSS_MAIN + IOBASE + 0x10
        ONE     in-bitmap-set, 0, GP, in $0x80, %al
        ONE     in-bitmap-set-iopl3, IOPL3, GP, in $0x80, %al
        ONE     outw-bitmap-set, IOPL3, GP, out %ax, $0x7f
        FINE    in-bitmap-clear-iopl3, IOPL3, in $0x81, %al
        movb    $0, TSS_MAIN + IOBASE + 0x10
# Debug traps lead out as well
        RULE    "step"
        V86     TF
        nop
98:     STOP
        END_V86 DB
        CHECK_BITS step-pushed-tf, rec_flags, VM+TF, VM+TF

# Virtual-8086 mode extensions (SDM 3A 20.3)
        mov     $1, %eax
        cpuid
        test    $2, %edx
        jnz     1f
        SKIP    vme, "CPUID.1.EDX.VME is 0"
        jmp     finish
1:      mov     %cr4, %eax
        or      $1, %eax
        mov     %eax, %cr4
        movb    $0, TSS_MAIN + 0x68 + V/8       # V is for the 8086 program
        jmp     1f
        .code16
handler86:
        mov     %sp, %bp
        mov     0(%bp), %ax             # IP, CS, FLAGS as pushed
        mov     2(%bp), %bx
        mov     4(%bp), %cx
        .byte   0x0f, 0x0b
        .code32
1:      .macro  REDIRECTED what, flags, pushed, now
        RULE    "\what"
        V86     (\flags)
        int     $V
98:     STOP
        END     UD
        CHECK   \what-ip, rec_ip, handler86-image+11
        CHECK_BITS \what-pushed-ip, %eax, 0xffff, 98b-image
        CHECK_BITS \what-pushed-cs, %ebx, 0xffff, SEG
        CHECK_BITS \what-pushed-flags, %ecx, 0xffff, (\pushed)
        CHECK_BITS \what-flags, rec_flags, VM+IOPL3+IF+TF+VIF+0x4000, VM+(\now)
        .endm
        REDIRECTED redirect-iopl3, IOPL3+IF, 0x3202, IOPL3
        REDIRECTED redirect-iopl3-keeps-vif, IOPL3+VIF, 0x3002, IOPL3+VIF
        REDIRECTED redirect-iopl0, IF, 0x3002, IF
        REDIRECTED redirect-iopl0-vif, IF+VIF, 0x3202, IF
        REDIRECTED redirect-iopl0-nt, 0x4000+VIF, 0x7202, 0x4000
        movb    $0xff, TSS_MAIN + 0x68 + V/8
        ONE     not-redirected-iopl0, 0, GP, int $V
        RULE    "not-redirected-iopl3"
        V86     IOPL3
        int     $V
98:     STOP
        END_V86 (V<<16)
        # CLI and STI work on VIF
        RULE    "cli-vme"
        V86     IF+VIF
        cli
98:     STOP
        END_V86 UD
        CHECK_BITS cli-vme-flags, rec_flags, IF+VIF, IF
        RULE    "sti-vme"
        V86     0
        sti
98:     STOP
        END_V86 UD
        CHECK_BITS sti-vme-flags, rec_flags, IF+VIF, VIF
        ONE     sti-vme-vip, VIP, GP, sti
        RULE    "sti-vme-iopl3"
        V86     IOPL3+VIP
        sti
98:     STOP
        END_V86 UD
        CHECK_BITS sti-vme-iopl3-flags, rec_flags, IF+VIF, IF
        # PUSHF, POPF and IRET with 16-bit operands
        RULE    "pushf-vme"
        V86     VIF
        pushfw
        pop     %bx
98:     STOP
        END_V86 UD
        CHECK_BITS pushf-vme-image, %ebx, 0xffff, 0x3202
        RULE    "pushf-vme-vif-clear"
        V86     IF
        pushfw
        pop     %bx
98:     STOP
        END_V86 UD
        CHECK_BITS pushf-vme-vif-clear-image, %ebx, 0xffff, 0x3002
        ONE     pushfd-vme, 0, GP, pushfl
        ONE     popfd-vme, 0, GP, popfl
        ONE     iretd-vme, 0, GP, iretl
        RULE    "popf-vme"
        V86     0
        pushw   $0x3ad7+0x400
        popfw
98:     STOP
        END_V86 UD
        cld
        CHECK_BITS popf-vme-flags, rec_flags, VM+IOPL3+IF+VIF+0xcd5, VM+VIF+0xcd5
        RULE    "popf-vme-clears-vif"
        V86     VIF+IF
        pushw   $2
        popfw
98:     STOP
        END_V86 UD
        CHECK_BITS popf-vme-clears-vif-flags, rec_flags, IF+VIF, IF
        RULE    "popf-vme-tf"
        V86     0
        pushw   $TF+2
98:     popfw
        STOP
        END_V86 GP
        RULE    "popf-vme-if-with-vip"
        V86     VIP
        pushw   $IF+2
98:     popfw
        STOP
        END_V86 GP
        RULE    "popf-vme-vip-alone"
        V86     VIP
        pushw   $2
        popfw
98:     STOP
        END_V86 UD
        RULE    "iret-vme"
        V86     0
        pushw   $0x3a02
        pushw   $SEG
        pushw   $98f-image
        iretw
98:     STOP
        END_V86 UD
        CHECK_BITS iret-vme-flags, rec_flags, VM+IOPL3+IF+VIF+0x800, VM+VIF+0x800
        RULE    "iret-vme-tf"
        V86     0
        pushw   $TF+2
        pushw   $SEG
        pushw   $1f-image
98:     iretw
1:      STOP
        END_V86 GP
        RULE    "iret-vme-if-with-vip"
        V86     VIP
        pushw   $IF+2
        pushw   $SEG
        pushw   $1f-image
98:     iretw
1:      STOP
        END_V86 GP
        mov     %cr4, %eax
        and     $~1, %eax
        mov     %eax, %cr4

# Protected-mode virtual interrupts (SDM 3A 20.4)
        .macro  PVI what, expected, flags, code:vararg
        RULE    "\what"
        USER    (\flags)
98:     \code
        int     $0x41
        END_AT98 \expected
        .endm
        PVI     cli-without-pvi, GP, 2, cli
        mov     %cr4, %eax
        or      $2, %eax
        mov     %eax, %cr4
        RULE    "pvi-cli"
        USER    VIF+2
        cli
        int     $0x41
        END     LANDED
        CHECK_BITS pvi-cli-flags, rec_flags, IF+VIF, 0
        RULE    "pvi-sti"
        USER    2
        sti
        int     $0x41
        END     LANDED
        CHECK_BITS pvi-sti-flags, rec_flags, IF+VIF, VIF
        PVI     pvi-sti-vip, GP, VIP+2, sti
        RULE    "pvi-popf-leaves-vif"
        USER    VIF+2
        pushl   $IF+2
        popfl
        int     $0x41
        END     LANDED
        CHECK_BITS pvi-popf-flags, rec_flags, IF+VIF, VIF
        RULE    "pvi-iopl3"
        USER    IOPL3+2
        sti
        int     $0x41
        END     LANDED
        CHECK_BITS pvi-iopl3-flags, rec_flags, IF+VIF, IF
        jmp     finish
