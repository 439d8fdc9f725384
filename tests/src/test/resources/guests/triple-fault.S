# A triple fault shuts the processor down, and the machine resets it (SDM 3A 6.15, "Interrupt 8").
# Memory survives: a mark below the image counts the lives, others keep what was seen.
# machine: resets=yes
        .include "guest32.inc"

        .equ    MARK, 0x7100
        .equ    LIFE, MARK
        .equ    MAGIC, MARK + 4
        .equ    NUMBER, 0x4c6f6467

main:
        cmpl    $NUMBER, MAGIC
        je      1f
        movl    $NUMBER, MAGIC
        movl    $0, LIFE
1:      incl    LIFE
        cmpl    $1, LIFE
        je      first
        cmpl    $2, LIFE
        je      second
        cmpl    $3, LIFE
        je      third
        movl    $0, MAGIC
        CHECK   lives, LIFE, 4
        jmp     finish

        # No IDT at all
first:  lidtl   no_idt
        ud2
        # The handler of a double fault is missing
second: GATE    13*8, CODE0, landed, A_INT+ABSENT, 0, IDT
        GATE    8*8, CODE0, landed, A_INT+ABSENT, 0, IDT
        ljmp    $DATA0, $0
        # The stack lies in a page that is absent: #PF, #PF, #DF, #PF
third:  mov     %cr4, %eax
        or      $0x10, %eax
        mov     %eax, %cr4
        mov     $SCRATCH, %edi
        xor     %eax, %eax
        mov     $1024, %ecx
        rep stosl
        movl    $0x83, SCRATCH
        mov     $SCRATCH, %eax
        mov     %eax, %cr3
        mov     %cr0, %eax
        or      $0x80000000, %eax
        mov     %eax, %cr0
        mov     $0x00800000, %esp
        ud2
no_idt: .word   0
        .long   0
