# What the system says about x87, MMX, SSE and XSAVE. SDM 3A 2.5 (CR0.EM, MP, TS, NE; CR4.OSFXSR,
# OSXMMEXCPT, OSXSAVE; tables 2-2 and 13-1), 2.6 (XCR0), 6.15 "Interrupt 7, 16, 19", SDM 1 8.6 and 8.7
# (when #MF is reported), 13 (XSAVE), and the pages of the instructions in SDM 2.
        .include "guest32.inc"

        .equ    MP, 2
        .equ    EM, 4
        .equ    TS_BIT, 8
        .equ    NE, 0x20

        .macro  CR0 set, clear
        mov     %cr0, %eax
        and     $~(\clear), %eax
        or      $(\set), %eax
        mov     %eax, %cr0
        .endm
        .macro  CR4 set, clear
        mov     %cr4, %eax
        and     $~(\clear), %eax
        or      $(\set), %eax
        mov     %eax, %cr4
        .endm
        .macro  ONE what, expected, code:vararg
        RULE    "\what"
98:     \code
        END_AT98 \expected
        .endm

main:
        CR0     NE, EM+TS_BIT+MP
        CR4     0x600, 0
        fninit
        mov     $SCRATCH, %ebx
# EM and TS (SDM 3A table 2-2 and table 13-1)
        CR0     EM, 0
        ONE     em-x87, NM, fld1
        ONE     em-x87-nowait, NM, fnstsw %ax
        ONE     em-mmx, UD, pxor %mm0, %mm0
        ONE     em-sse, UD, xorps %xmm0, %xmm0
        ONE     em-sse2, UD, pxor %xmm0, %xmm0
        ONE     em-fxsave, NM, fxsave (%ebx)
        ONE     em-ldmxcsr, UD, ldmxcsr (%ebx)
        ONE     em-wait, NONE, fwait
        ONE     em-sfence, NONE, sfence
        ONE     em-movnti, NONE, movnti %eax, (%ebx)
        ONE     em-prefetch, NONE, prefetcht0 (%ebx)
        CR0     MP, 0
        ONE     em-mp-wait-without-ts, NONE, fwait
        CR0     TS_BIT, EM+MP
        ONE     ts-x87, NM, fld1
        ONE     ts-x87-nowait, NM, fnstsw %ax
        ONE     ts-x87-init, NM, fninit
        ONE     ts-mmx, NM, pxor %mm0, %mm0
        ONE     ts-emms, NM, emms
        ONE     ts-sse, NM, xorps %xmm0, %xmm0
        ONE     ts-sse-move, NM, movaps %xmm0, %xmm1
        ONE     ts-fxsave, NM, fxsave (%ebx)
        ONE     ts-fxrstor, NM, fxrstor (%ebx)
        ONE     ts-stmxcsr, NM, stmxcsr (%ebx)
        ONE     ts-popcnt-is-free, NONE, popcnt %eax, %ecx
        ONE     ts-crc32-is-free, NONE, crc32 %eax, %ecx
        ONE     ts-movnti-is-free, NONE, movnti %eax, (%ebx)
        ONE     ts-wait-without-mp, NONE, fwait
        CR0     MP, 0
        ONE     ts-mp-wait, NM, fwait
        RULE    "cpl3-ts-mp-wait"
        USER
98:     fwait
        KERNEL
        END_AT98 NM
        # #NM is a fault: CLTS and again
        VECTOR  7, lazy
        RULE    "nm-handler-clears-ts"
        movl    $0, count
        fninit
        fld1
        fstps   SCRATCH
        END     NONE
        VECTOR_AGAIN 7
        CHECK   nm-handler-ran-once, count, 1
        CHECK   nm-handler-value, SCRATCH, 0x3f800000
        jmp     1f
lazy:   incl    count
        clts
        iretl
1:      CR0     0, MP+TS_BIT
# OSFXSR
        CR4     0, 0x200
        ONE     no-osfxsr-sse, UD, xorps %xmm0, %xmm0
        ONE     no-osfxsr-sse2, UD, movdqa %xmm0, %xmm1
        ONE     no-osfxsr-ldmxcsr, UD, ldmxcsr (%ebx)
        ONE     no-osfxsr-sse-and-ts, UD, .byte 0x0f, 0x57, 0xc0
        ONE     no-osfxsr-mmx, NONE, pxor %mm0, %mm0
        ONE     no-osfxsr-sse-mmx, NONE, pavgb %mm0, %mm0
        ONE     no-osfxsr-sfence, NONE, sfence
        ONE     no-osfxsr-lfence, NONE, lfence
        ONE     no-osfxsr-movnti, NONE, movnti %eax, (%ebx)
        ONE     no-osfxsr-prefetch, NONE, prefetchnta (%ebx)
        ONE     no-osfxsr-fxsave, NONE, fxsave (%ebx)
        emms
        CR0     TS_BIT, 0
        ONE     no-osfxsr-before-ts, UD, xorps %xmm0, %xmm0
        CR0     0, TS_BIT
        CR4     0x200, 0
# #MF (SDM 1 8.7.1): reported at the next waiting instruction
        fninit
        movl    $0x037b, SCRATCH        # divide by zero unmasked
        fldcw   SCRATCH
        RULE    "mf-is-late"
        fld1
        fldz
        fdivrp
        nop
        mov     $1, %eax
98:     fwait
        END_AT98 MF
        ONE     mf-again, MF, fld1
        ONE     mf-by-store, MF, fstps (%ebx)
        ONE     mf-by-mmx, MF, pxor %mm0, %mm0
        ONE     mf-by-emms, MF, emms
        ONE     mf-by-fnsave-is-none, NONE, fnstsw %ax
        ONE     mf-by-fnstcw-is-none, NONE, fnstcw (%ebx)
        ONE     mf-by-fnstenv-is-none, NONE, fnstenv 0x100(%ebx)
        movl    $0x037b, SCRATCH        # FNSTENV has masked all
        fldcw   SCRATCH
        ONE     mf-after-unmasking, MF, fwait
        ONE     mf-by-sse-is-none, NONE, xorps %xmm0, %xmm0
        ONE     mf-by-fxsave-is-none, NONE, fxsave 0x200(%ebx)
        CR0     TS_BIT+MP, 0
        ONE     nm-before-mf, NM, fwait
        CR0     0, TS_BIT+MP
        RULE    "fnclex-ends-mf"
        fnclex
        fwait
        fld1
        END     NONE
        fninit
        RULE    "masked-is-silent"
        fld1
        fldz
        fdivrp
        fwait
        fnstsw  %ax
        END     NONE
        CHECK_BITS masked-status, %eax, 0x80ff, 4
        fninit
        # An unmasked invalid operation leaves the operands; a store is not done.
        movl    $0x037e, SCRATCH
        fldcw   SCRATCH
        movl    $0x12345678, SCRATCH+8
        RULE    "mf-store-not-done"
        fldz
        fldz
        fdivrp                          # 0/0
98:     fistpl  SCRATCH+8
        END_AT98 MF
        CHECK   mf-store-wrote-nothing, SCRATCH+8, 0x12345678
        fninit

# #XM (SDM 3A 6.15, "Interrupt 19")
        movl    $0x1d80, SCRATCH        # divide by zero unmasked
        ldmxcsr SCRATCH
        movl    $0x3f800000, SCRATCH+4
        movss   SCRATCH+4, %xmm0
        xorps   %xmm1, %xmm1
        ONE     xm, XM, divss %xmm1, %xmm0
        RULE    "xm-keeps-destination"
        movss   %xmm0, SCRATCH+8
        stmxcsr SCRATCH+12
        END     NONE
        CHECK   xm-kept-destination, SCRATCH+8, 0x3f800000
        CHECK_BITS xm-set-flag, SCRATCH+12, 0x3f, 4
        CR4     0, 0x400
        ONE     xm-without-osxmmexcpt, UD, divss %xmm1, %xmm0
        CR4     0x400, 0
        CR0     TS_BIT, 0
        ONE     nm-before-xm, NM, divss %xmm1, %xmm0
        CR0     0, TS_BIT
        movl    $0x1f80, SCRATCH
        ldmxcsr SCRATCH
        movl    $0x11f80, SCRATCH
        ONE     ldmxcsr-reserved-bit, GP, ldmxcsr SCRATCH
        ONE     ldmxcsr-lock, UD, .byte 0xf0, 0x0f, 0xae, 0x13
        fxsave  SCRATCH+0x200
        movl    $0x11f80, SCRATCH+0x200+24
        ONE     fxrstor-reserved-mxcsr, GP, fxrstor SCRATCH+0x200
        movl    $0x1f80, SCRATCH+0x200+24
        ONE     fxrstor-fine, NONE, fxrstor SCRATCH+0x200
        ONE     fxsave-unaligned, GP, fxsave SCRATCH+8
        ONE     fxsave-register, UD, .byte 0x0f, 0xae, 0xc0

# XSAVE and XCR0 (SDM 1 13.2, 13.3; SDM 2)
        CR4     0, 0x40000
        mov     $1, %eax
        cpuid
        mov     $SCRATCH, %ebx
        test    $1 << 26, %ecx
        jnz     1f
        SKIP    xsave, "CPUID.1.ECX.XSAVE is 0"
        RULE    "osxsave-is-reserved-without-cpuid"
        mov     %cr4, %eax
        or      $0x40000, %eax
98:     mov     %eax, %cr4
        END_AT98 GP
        jmp     finish
1:      CHECK_BITS osxsave-cpuid-before, %ecx, 1<<27, 0
        mov     $7, %eax
        xor     %edx, %edx
        xor     %ecx, %ecx
        ONE     no-osxsave-xgetbv, UD, xgetbv
        ONE     no-osxsave-xsetbv, UD, xsetbv
        ONE     no-osxsave-xsave, UD, xsave (%ebx)
        ONE     no-osxsave-xrstor, UD, xrstor (%ebx)
        CR4     0x40000, 0
        mov     $1, %eax
        cpuid
        mov     %ecx, %edi
        mov     $SCRATCH, %ebx
        CHECK_BITS osxsave-cpuid-after, %ecx, 1<<27, 1<<27
        RULE    "xgetbv-reset"
        xor     %ecx, %ecx
        xgetbv
        END     NONE
        CHECK   xcr0-reset, %eax, 1
        .macro  XSETBV_ what, number, low, high, expected
        RULE    "\what"
        mov     $\number, %ecx
        mov     $\low, %eax
        mov     $\high, %edx
98:     xsetbv
        END_AT98 \expected
        .endm
        XSETBV_ xsetbv-clears-x87, 0, 0, 0, GP
        XSETBV_ xsetbv-clears-x87-keeps-sse, 0, 2, 0, GP
        XSETBV_ xsetbv-avx-without-sse, 0, 5, 0, GP
        XSETBV_ xsetbv-reserved, 0, 3, 0x80000000, GP
        XSETBV_ xsetbv-other-register, 5, 3, 0, GP
        XSETBV_ xsetbv-sse, 0, 3, 0, NONE
        RULE    "xsetbv-cpl3"
        USER
        xor     %ecx, %ecx
        mov     $3, %eax
        xor     %edx, %edx
98:     xsetbv
        KERNEL
        END_AT98 GP
        RULE    "xgetbv-cpl3"
        USER
        xor     %ecx, %ecx
        xgetbv
        KERNEL
        END     NONE
        CHECK   xgetbv-value, %eax, 3
        RULE    "xgetbv-other-register"
        mov     $7, %ecx
98:     xgetbv
        END_AT98 GP
        # Saving and restoring
        mov     $SCRATCH+0x400, %ebx
        mov     %ebx, %edi
        xor     %eax, %eax
        mov     $0x100, %ecx
        rep stosl
        RULE    "xsave"
        fninit
        fld1
        movl    $0x12345678, SCRATCH
        movss   SCRATCH, %xmm3
        mov     $7, %eax
        xor     %edx, %edx
        xsave   (%ebx)
        END     NONE
        CHECK   xsave-bv, SCRATCH+0x400+512, 3
        CHECK   xsave-xmm3, SCRATCH+0x400+160+48, 0x12345678
        RULE    "xrstor"
        fninit
        xorps   %xmm3, %xmm3
        mov     $7, %eax
        xor     %edx, %edx
        xrstor  (%ebx)
        movss   %xmm3, SCRATCH
        fstps   SCRATCH+4
        END     NONE
        CHECK   xrstor-xmm3, SCRATCH, 0x12345678
        CHECK   xrstor-st0, SCRATCH+4, 0x3f800000
        # Only what is asked for; what BV does not name is initialised.
        RULE    "xrstor-subset"
        movl    $0x55555555, SCRATCH
        movss   SCRATCH, %xmm3
        mov     $1, %eax
        xor     %edx, %edx
        xrstor  (%ebx)
        movss   %xmm3, SCRATCH
        END     NONE
        CHECK   xrstor-subset-leaves-sse, SCRATCH, 0x55555555
        RULE    "xrstor-initialises"
        movl    $1, SCRATCH+0x400+512
        mov     $3, %eax
        xor     %edx, %edx
        xrstor  (%ebx)
        movss   %xmm3, SCRATCH
        END     NONE
        CHECK   xrstor-initialised-sse, SCRATCH, 0
        .macro  BAD_HEADER what, at, value, good
        RULE    "\what"
        movl    $\value, SCRATCH+0x400+512+\at
        mov     $3, %eax
        xor     %edx, %edx
98:     xrstor  (%ebx)
        END_AT98 GP
        movl    $\good, SCRATCH+0x400+512+\at
        .endm
        BAD_HEADER xrstor-bv-beyond-xcr0, 0, 7, 3
        BAD_HEADER xrstor-bv-reserved, 4, 0x80000000, 0
        BAD_HEADER xrstor-header-not-zero, 16, 1, 0
        BAD_HEADER xrstor-compacted-form, 12, 0x80000000, 0
        RULE    "xrstor-reserved-mxcsr"
        movl    $0x11f80, SCRATCH+0x400+24
        mov     $3, %eax
        xor     %edx, %edx
98:     xrstor  (%ebx)
        END_AT98 GP
        movl    $0x1f80, SCRATCH+0x400+24
        mov     $3, %eax
        xor     %edx, %edx
        ONE     xsave-unaligned, GP, xsave 16(%ebx)
        ONE     xrstor-unaligned, GP, xrstor 32(%ebx)
        ONE     xsave-lock, UD, .byte 0xf0, 0x0f, 0xae, 0x23
        ONE     xsave-66, UD, .byte 0x66, 0x0f, 0xae, 0x23
        CR0     TS_BIT, 0
        ONE     ts-xsave, NM, xsave (%ebx)
        ONE     ts-xrstor, NM, xrstor (%ebx)
        CR0     0, TS_BIT
        # AVX needs XCR0 as well.
        mov     $1, %eax
        cpuid
        test    $1 << 28, %ecx
        jnz     1f
        SKIP    avx, "CPUID.1.ECX.AVX is 0"
        jmp     2f
1:      ONE     avx-without-xcr0, UD, vxorps %ymm0, %ymm0, %ymm0
        ONE     avx128-without-xcr0, UD, vxorps %xmm0, %xmm0, %xmm0
        XSETBV_ xsetbv-avx, 0, 7, 0, NONE
        ONE     avx-with-xcr0, NONE, vxorps %ymm0, %ymm0, %ymm0
        CR0     TS_BIT, 0
        ONE     ts-avx, NM, vxorps %ymm0, %ymm0, %ymm0
        CR0     0, TS_BIT
        CR0     EM, 0
        ONE     em-leaves-avx, NONE, vxorps %ymm0, %ymm0, %ymm0
        CR0     0, EM
        CR4     0, 0x40000
        ONE     avx-without-osxsave, UD, vxorps %ymm0, %ymm0, %ymm0
        CR4     0x40000, 0
2:      jmp     finish
