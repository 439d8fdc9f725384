# What a processor in 64-bit mode does not let go: SDM 3A 2.5 and 9.8.5.4, SDM 2 MOV to control
# registers and WRMSR. Apart from longmode because an emulator that lets it go is lost.
        .include "guest64.inc"

        .equ    EFER, 0xc0000080

main:
        RULE    "efer-clear-lme"
        mov     $EFER, %ecx
        rdmsr
        and     $~0x100, %eax
98:     wrmsr
        END_AT98 GP
        RULE    "efer-lma-is-not-written"
        mov     $EFER, %ecx
        rdmsr
        and     $~0x400, %eax
        wrmsr
        rdmsr
        END     NONE
        mov     %eax, %eax
        CHECK_BITS efer-lma-stays, %rax, 0x500, 0x500
        RULE    "efer-reserved-bit"
        mov     $EFER, %ecx
        rdmsr
        or      $2, %eax
98:     wrmsr
        END_AT98 GP
        .macro  CR3 what, bit
        RULE    "\what"
        mov     %cr3, %rax
        bts     $\bit, %rax
98:     mov     %rax, %cr3
        END_AT98 GP
        .endm
        CR3     cr3-bit-52, 52
        CR3     cr3-bit-62, 62
        CR3     cr3-bit-63-without-pcid, 63
        .macro  CR4 what, bit
        RULE    "\what"
        mov     %cr4, %rax
        btc     $\bit, %rax
98:     mov     %rax, %cr4
        END_AT98 GP
        .endm
        CR4     cr4-bit-63, 63
        CR4     cr4-bit-32, 32
        CR4     cr4-la57-while-paging, 12
        CR4     cr4-clear-pae, 5
        RULE    "cr0-clear-pg"
        mov     %cr0, %rax
        btr     $31, %rax
98:     mov     %rax, %cr0
        END_AT98 GP
        jmp     finish
