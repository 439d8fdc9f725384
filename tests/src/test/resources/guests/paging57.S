# 5-level paging and addresses of 57 bits: SDM 3A 4.5 (a PML5 table where CR4.LA57 is 1), SDM 1 3.3.7.1
# (canonical means bits 63 to 56 are equal), SDM 3A 9.8.5 (LA57 changes only outside IA-32e mode).
        .include "guest64.inc"

        .equ    PML5, 0x53000
        .equ    PML4_2, 0x54000
        .equ    PDPT2, 0x55000
        .equ    PD2, 0x56000
        .equ    FRAME, 0x00200000
        .equ    ALL, 7
        .equ    PS, 0x80
        .equ    PML5E, PML5 + 8

main:
        mov     $7, %eax
        xor     %ecx, %ecx
        cpuid
        test    $1 << 16, %ecx
        jnz     1f
        SKIP    la57, "CPUID.7.ECX.LA57 is 0"
        RULE    "la57-is-reserved-without-cpuid"
        mov     %cr4, %rax
        bts     $12, %rax
98:     mov     %rax, %cr4
        END_AT98 GP
        jmp     finish
1:      mov     $PML5, %edi
        xor     %eax, %eax
        mov     $0x4000/8, %ecx
        rep stosq
        movq    $PML4+ALL, PML5                 # the first 2^48 bytes as before
        movq    $PML4_2+ALL, PML5E              # from 2^48 on
        movq    $PDPT2+ALL, PML4_2
        movq    $PD2+ALL, PDPT2
        movq    $FRAME+PS+ALL, PD2
        movl    $0x13572468, FRAME
        RULE    "la57-while-paging"
        mov     %cr4, %rax
        bts     $12, %rax
98:     mov     %rax, %cr4
        END_AT98 GP
        RULE    "enter-with-la57"
        ljmp    *to_compatibility
        .code32
compatibility:
        mov     %cr0, %eax
        and     $0x7fffffff, %eax
        mov     %eax, %cr0
        mov     %cr4, %eax
        or      $0x1000, %eax
        mov     %eax, %cr4
        mov     $PML5, %eax
        mov     %eax, %cr3
        mov     %cr0, %eax
        or      $0x80000000, %eax
        mov     %eax, %cr0
        ljmp    $CODE0, $again
        .code64
to_compatibility:
        .long   compatibility
        .word   CODE0_32
again:  END     NONE
        mov     %cr4, %rax
        CHECK_BITS la57-is-set, %rax, 0x1000, 0x1000
        movabs  $0x0001000000000000, %rbx       # not canonical with 48 bits
        RULE    "five-levels"
        mov     (%rbx), %eax
        END     NONE
        CHECK   five-levels-value, %rax, 0x13572468
        CHECK_BITS five-levels-accessed, PML5E, 0x20, 0x20
        RULE    "five-levels-absent"
        movabs  $0x0002000000000000, %rbx
98:     mov     (%rbx), %eax
        END_AT98 PF
        CHECK   five-levels-cr2, rec_cr2, 0x0002000000000000
        RULE    "canonical-57-top"
        movabs  $0xff00000000000000, %rbx
98:     mov     (%rbx), %eax
        END_AT98 PF
        RULE    "not-canonical-57"
        movabs  $0x0100000000000000, %rbx
98:     mov     (%rbx), %eax
        END_AT98 GP
        RULE    "across-the-hole-57"
        movabs  $0x00fffffffffffffc, %rbx
98:     mov     (%rbx), %rax
        END_AT98 GP
        RULE    "msr-canonical-57"
        mov     $0xc0000100, %ecx
        xor     %eax, %eax
        mov     $0x00800000, %edx
        wrmsr
        xor     %edx, %edx
        wrmsr
        END     NONE
        RULE    "msr-not-canonical-57"
        mov     $0xc0000100, %ecx
        xor     %eax, %eax
        mov     $0x01000000, %edx
98:     wrmsr
        END_AT98 GP
        # Rights at the fifth level
        movabs  $0x0001000000000000, %rbx
        .macro  LEVEL5 what, low, high, expected, code:vararg
        movl    $PML4_2+(\low), PML5E
        movl    $\high, PML5E+4
        mov     %cr3, %rax
        mov     %rax, %cr3
        RULE    "\what"
        USER
98:     \code
        KERNEL
        END_AT98 \expected
        .endm
        LEVEL5  pml5e-absent, 6, 0, PF+4, mov (%rbx), %al
        LEVEL5  pml5e-supervisor, 3, 0, PF+5, mov (%rbx), %al
        LEVEL5  pml5e-read-only, 5, 0, PF+7, mov %al, (%rbx)
        LEVEL5  pml5e-reserved-ps, 0x87, 0, PF+0xd, mov (%rbx), %al
        LEVEL5  pml5e-fine, 7, 0, NONE, mov (%rbx), %al
        jmp     finish
