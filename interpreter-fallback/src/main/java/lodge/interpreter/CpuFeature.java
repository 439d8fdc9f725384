package lodge.interpreter;

import java.util.Locale;

/** A CPUID feature that brings instructions; the ordinal is its bit in a feature mask. */
enum CpuFeature {
    /** Always there. */
    BASE,
    X87,
    CMOV,
    CX8,
    CX16,
    FXSR,
    MMX,
    SSE,
    SSE2,
    SSE3,
    SSSE3,
    SSE4_1,
    SSE4_2,
    POPCNT,
    SYSCALL,
    SEP,
    LAHF64,
    XSAVE,
    XSAVEOPT,
    RDTSCP,
    RDRAND,
    RDSEED,
    INVPCID,
    FSGSBASE,
    MOVBE,
    CLFLUSHOPT,
    CLWB,
    MONITOR,
    SMAP,
    ADX,
    BMI1,
    BMI2,
    LZCNT,
    AES,
    PCLMULQDQ,
    SHA,
    AVX,
    AVX2,
    FMA,
    F16C,
    PREFETCHW,
    RDPID,
    VAES,
    VPCLMULQDQ,
    GFNI,
    XGETBV1,
    SERIALIZE;

    /** Returns the feature with a name as the table writes it, for example {@code SSE4.1}. */
    static CpuFeature of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT).replace('.', '_'));
    }

    /** The feature's bit in a mask; never stored, so the order may change. */
    @SuppressWarnings("EnumOrdinal")
    long mask() {
        return 1L << ordinal();
    }
}
