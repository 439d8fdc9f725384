# What control registers and MSRs refuse. SDM 3A 2.5 (reserved bits and forbidden combinations),
# SDM 2 MOV to control registers, SDM 3A 4.1.2 (LME and PCIDE), SDM 3A 10.4.4 (IA32_APIC_BASE),
# SDM 3A 11.11 (MTRRs). A page directory maps the first 4 MiB to themselves, so that a processor
# that lets PG go without PE can say so.
        .include "guest32.inc"

        .macro  CR what, register, set, clear, expected
        RULE    "\what"
        mov     %\register, %eax
        mov     %eax, %ebx
        or      $(\set), %eax
        and     $~(\clear), %eax
98:     mov     %eax, %\register
        mov     %ebx, %\register
        END_AT98 \expected
        .endm
        .macro  MSR what, number, low, high, expected
        RULE    "\what"
        mov     $\number, %ecx
        mov     $\low, %eax
        mov     $\high, %edx
98:     wrmsr
        END_AT98 \expected
        .endm
main:
        mov     $0x80000001, %eax
        cpuid
        mov     %edx, %ebp
        MSR     msr-mtrr-default-reserved-type, 0x2ff, 0x2, 0, GP
        MSR     msr-mtrr-default-reserved-bit, 0x2ff, 0x1006, 0, GP
        MSR     msr-mtrr-fixed-reserved-type, 0x250, 0x06060602, 0x06060606, GP
        MSR     msr-mtrr-physbase-reserved-type, 0x200, 0x3, 0, GP
        MSR     msr-mtrr-physbase-reserved-bit, 0x200, 0x106, 0, GP
        MSR     msr-mtrr-physbase-fine, 0x200, 0x6, 0, NONE
        MSR     msr-mtrr-cap-is-read-only, 0xfe, 0, 0, GP
        MSR     msr-pat-reserved-type, 0x277, 0x00070402, 0x00070406, GP
        MSR     msr-pat-reserved-bit, 0x277, 0x00070486, 0x00070406, GP
        MSR     msr-pat-fine, 0x277, 0x00070106, 0x00070406, NONE
        MSR     msr-apic-base-reserved-low, 0x1b, 0xfee00901, 0, GP
        MSR     msr-apic-base-extd-without-en, 0x1b, 0xfee00500, 0, GP
        test    $1 << 29, %ebp
        jz      no_long
        RULE    "efer-lme-sets"
        mov     $0xc0000080, %ecx
        rdmsr
        or      $0x100, %eax
        wrmsr
        rdmsr
        END     NONE
        CHECK_BITS efer-lme-without-paging, %eax, 0x500, 0x100
        # Long mode needs PAE (SDM 3A 9.8.5)
        CR      cr0-pg-with-lme-without-pae, cr0, 0x80000000, 0, GP
        mov     $0xc0000080, %ecx
        xor     %eax, %eax
        xor     %edx, %edx
        wrmsr
no_long:
        CR      cr4-pcide-without-long-mode, cr4, 0x20000, 0, GP
        CR      cr4-reserved-bit-15, cr4, 0x8000, 0, GP
        CR      cr4-reserved-bit-30, cr4, 0x40000000, 0, GP
        CR      cr4-reserved-bit-31, cr4, 0x80000000, 0, GP
        # 32-bit paging: one page of 4 MiB
        mov     %cr4, %eax
        or      $0x10, %eax
        mov     %eax, %cr4
        movl    $0x83, SCRATCH
        mov     $SCRATCH, %eax
        mov     %eax, %cr3
        mov     %cr0, %eax
        or      $0x80000000, %eax
        mov     %eax, %cr0
        CR      cr0-pg-without-pe, cr0, 0, 1, GP
        CR      cr0-nw-without-cd, cr0, 0x20000000, 0, GP
        test    $1 << 29, %ebp
        jz      1f
        RULE    "efer-lme-with-paging"
        mov     $0xc0000080, %ecx
        rdmsr
        or      $0x100, %eax
98:     wrmsr
        END_AT98 GP
1:      jmp     finish
