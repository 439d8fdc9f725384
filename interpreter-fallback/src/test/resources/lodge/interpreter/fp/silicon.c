/*
 * Executes floating-point instructions on the processor itself. Reads records of 32 bytes on
 * standard input and answers each with 32 bytes, in batches of BATCH records.
 *
 * x87 (operations below 100): fninit; ST(1) = b; ST(0) = a; the upper half of control as
 * condition codes, the lower as control word; the instruction, with
 * the bytes of a, from 50 on of b, as memory operand. The answer is ST(0), ST(1), the memory operand and the whole status word.
 * SSE: MXCSR, the instruction on xmm0 = x, xmm1 = y, xmm2 = z; the answer is xmm0, rax, MXCSR
 * (in se0) and whether the instruction raised SIGFPE (in se1).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

enum { BATCH = 1024 };

struct question {
    uint32_t operation, control;
    uint64_t x, y, z;
};

struct answer {
    uint64_t first, second, memory;
    uint16_t se0, se1, memory_top, status;
};

struct __attribute__((packed)) extended {
    uint64_t mantissa;
    uint16_t se;
};

struct __attribute__((packed)) saved {
    uint32_t environment[7];
    struct extended st[8];
};

static volatile uint64_t resume;
static volatile uint32_t faulted;

static void on_fault(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = (greg_t)resume;
    faulted = 1;
}

#define X87(number, instruction)                                                                  \
    case number:                                                                                  \
        __asm__ volatile("fninit\n\tfldt %[b]\n\tfldt %[a]\n\tfnstenv %[s]\n\t"                    \
                         "orw %[codes], 4+%[s]\n\tfldenv %[s]\n\tfldcw %[cw]\n\t" instruction   \
                         "\n\tfnstsw %[sw]\n\tfnclex\n\tfnsave %[s]"                              \
                         : [sw] "=m"(sw), [s] "+m"(s), [m] "+m"(memory)                           \
                         : [a] "m"(a), [b] "m"(b), [cw] "m"(cw), [codes] "r"(codes)               \
                         : "memory", "cc");                                                       \
        break;

static int x87(const struct question *q, struct answer *r) {
    struct extended a = {q->x, (uint16_t)q->z};
    struct extended b = {q->y, (uint16_t)(q->z >> 16)};
    struct extended memory = {q->operation < 50 ? q->x : q->y, (uint16_t)q->z};
    struct saved s = {0};
    uint16_t codes = (uint16_t)(q->control >> 16);
    uint16_t cw = (uint16_t)q->control;
    uint16_t sw = 0;
    switch (q->operation) {
        X87(0, "fadd %%st(1), %%st")
        X87(1, "fsub %%st(1), %%st")
        X87(2, "fmul %%st(1), %%st")
        X87(3, "fdiv %%st(1), %%st")
        X87(4, "fsqrt")
        X87(5, "fprem")
        X87(6, "fprem1")
        X87(7, "frndint")
        X87(8, "fscale")
        X87(9, "fxtract")
        X87(10, "fcom %%st(1)")
        X87(11, "fucom %%st(1)")
        X87(12, "fxam")
        X87(13, "fsts %[m]")
        X87(14, "fstl %[m]")
        X87(15, "fistps %[m]")
        X87(16, "fistpl %[m]")
        X87(17, "fistpll %[m]")
        X87(18, "fisttps %[m]")
        X87(19, "fisttpl %[m]")
        X87(20, "fisttpll %[m]")
        X87(21, "fbstp %[m]")
        X87(22, "fbld %[m]")
        X87(23, "flds %[m]")
        X87(24, "fldl %[m]")
        X87(25, "filds %[m]")
        X87(26, "fildl %[m]")
        X87(27, "fildll %[m]")
        X87(28, "fld1")
        X87(29, "fldl2t")
        X87(30, "fldl2e")
        X87(31, "fldpi")
        X87(32, "fldlg2")
        X87(33, "fldln2")
        X87(34, "fldz")
        X87(35, "f2xm1")
        X87(36, "fyl2x")
        X87(37, "fyl2xp1")
        X87(38, "fpatan")
        X87(39, "fsin")
        X87(40, "fcos")
        X87(41, "fsincos")
        X87(42, "fptan")
        X87(50, "fadds %[m]")
        X87(51, "fsubs %[m]")
        X87(52, "fsubrs %[m]")
        X87(53, "fmuls %[m]")
        X87(54, "fdivs %[m]")
        X87(55, "fdivrs %[m]")
        X87(56, "fcoms %[m]")
        X87(60, "faddl %[m]")
        X87(61, "fsubl %[m]")
        X87(62, "fsubrl %[m]")
        X87(63, "fmull %[m]")
        X87(64, "fdivl %[m]")
        X87(65, "fdivrl %[m]")
        X87(66, "fcoml %[m]")
        default:
            return 0;
    }
    r->first = s.st[0].mantissa;
    r->se0 = s.st[0].se;
    r->second = s.st[1].mantissa;
    r->se1 = s.st[1].se;
    r->memory = memory.mantissa;
    r->memory_top = memory.se;
    r->status = sw;
    return 1;
}

#define RUN(number, instruction)                                                                  \
    case number:                                                                                  \
        __asm__ volatile("movq %[x], %%xmm0\n\tmovq %[y], %%xmm1\n\tmovq %[z], %%xmm2\n\t"        \
                         "lea 1f(%%rip), %%rax\n\tmov %%rax, %[resume]\n\tmov %[x], %%rax\n\t"    \
                         "ldmxcsr %[mxcsr]\n\t" instruction "\n1:\tstmxcsr %[mxcsr]\n\t"          \
                         "mov %%rax, %[integer]\n\tmovq %%xmm0, %[first]\n\t"                     \
                         "movhlps %%xmm0, %%xmm0\n\tmovq %%xmm0, %[second]"                       \
                         : [resume] "=m"(resume), [mxcsr] "+m"(mxcsr), [first] "=m"(r->first),    \
                           [second] "=m"(r->second), [integer] "=m"(r->memory)                    \
                         : [x] "m"(q->x), [y] "m"(q->y), [z] "m"(q->z)                            \
                         : "rax", "rcx", "xmm0", "xmm1", "xmm2", "memory", "cc");                 \
        break;

#define FLAGS "\n\tpushfq\n\tpop %%rax"
#define BOTH(base, s, other)                                                                      \
    RUN(base + 0, "adds" s " %%xmm1, %%xmm0")                                                     \
    RUN(base + 1, "subs" s " %%xmm1, %%xmm0")                                                     \
    RUN(base + 2, "muls" s " %%xmm1, %%xmm0")                                                     \
    RUN(base + 3, "divs" s " %%xmm1, %%xmm0")                                                     \
    RUN(base + 4, "sqrts" s " %%xmm0, %%xmm0")                                                    \
    RUN(base + 5, "mins" s " %%xmm1, %%xmm0")                                                     \
    RUN(base + 6, "maxs" s " %%xmm1, %%xmm0")                                                     \
    RUN(base + 7, "cvts" s "2s" other " %%xmm0, %%xmm0")                                          \
    RUN(base + 8, "cvts" s "2si %%xmm0, %%eax")                                                   \
    RUN(base + 9, "cvts" s "2si %%xmm0, %%rax")                                                   \
    RUN(base + 10, "cvtts" s "2si %%xmm0, %%eax")                                                 \
    RUN(base + 11, "cvtts" s "2si %%xmm0, %%rax")                                                 \
    RUN(base + 12, "cvtsi2s" s "l %%eax, %%xmm0")                                                 \
    RUN(base + 13, "cvtsi2s" s "q %%rax, %%xmm0")                                                 \
    RUN(base + 14, "pushq $2\n\tpopfq\n\tucomis" s " %%xmm1, %%xmm0" FLAGS)                       \
    RUN(base + 15, "pushq $2\n\tpopfq\n\tcomis" s " %%xmm1, %%xmm0" FLAGS)                        \
    RUN(base + 16, "vfmadd132s" s " %%xmm1, %%xmm2, %%xmm0")                                      \
    RUN(base + 17, "vfmadd213s" s " %%xmm2, %%xmm1, %%xmm0")                                      \
    RUN(base + 18, "vfmadd231s" s " %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0")             \
    RUN(base + 80, "vfmsub213s" s " %%xmm2, %%xmm1, %%xmm0")                                      \
    RUN(base + 81, "vfnmadd213s" s " %%xmm2, %%xmm1, %%xmm0")                                     \
    RUN(base + 82, "vfnmsub213s" s " %%xmm2, %%xmm1, %%xmm0")                                     \
    ROUND(base + 20, s, 0) ROUND(base + 21, s, 1) ROUND(base + 22, s, 2) ROUND(base + 23, s, 3)   \
    ROUND(base + 24, s, 4) ROUND(base + 25, s, 5) ROUND(base + 26, s, 6) ROUND(base + 27, s, 7)   \
    ROUND(base + 28, s, 8) ROUND(base + 29, s, 9) ROUND(base + 30, s, 10)                         \
    ROUND(base + 31, s, 11) ROUND(base + 32, s, 12) ROUND(base + 33, s, 13)                       \
    ROUND(base + 34, s, 14) ROUND(base + 35, s, 15)                                               \
    COMPARE(base + 40, s, 0) COMPARE(base + 41, s, 1) COMPARE(base + 42, s, 2)                    \
    COMPARE(base + 43, s, 3) COMPARE(base + 44, s, 4) COMPARE(base + 45, s, 5)                    \
    COMPARE(base + 46, s, 6) COMPARE(base + 47, s, 7) COMPARE(base + 48, s, 8)                    \
    COMPARE(base + 49, s, 9) COMPARE(base + 50, s, 10) COMPARE(base + 51, s, 11)                  \
    COMPARE(base + 52, s, 12) COMPARE(base + 53, s, 13) COMPARE(base + 54, s, 14)                 \
    COMPARE(base + 55, s, 15) COMPARE(base + 56, s, 16) COMPARE(base + 57, s, 17)                 \
    COMPARE(base + 58, s, 18) COMPARE(base + 59, s, 19) COMPARE(base + 60, s, 20)                 \
    COMPARE(base + 61, s, 21) COMPARE(base + 62, s, 22) COMPARE(base + 63, s, 23)                 \
    COMPARE(base + 64, s, 24) COMPARE(base + 65, s, 25) COMPARE(base + 66, s, 26)                 \
    COMPARE(base + 67, s, 27) COMPARE(base + 68, s, 28) COMPARE(base + 69, s, 29)                 \
    COMPARE(base + 70, s, 30) COMPARE(base + 71, s, 31)
#define ROUND(n, s, immediate) RUN(n, "rounds" s " $" #immediate ", %%xmm0, %%xmm0")
#define COMPARE(n, s, predicate) RUN(n, "vcmps" s " $" #predicate ", %%xmm1, %%xmm0, %%xmm0")
#define HALF(n, immediate) RUN(n, "vcvtps2ph $" #immediate ", %%xmm0, %%xmm0")

static int sse(const struct question *q, struct answer *r) {
    uint32_t mxcsr = q->control;
    uint32_t usual = 0x1f80;
    faulted = 0;
    switch (q->operation) {
        BOTH(100, "d", "s")
        BOTH(200, "s", "d")
        /* Two elements at once: x / z and y / z. */
        RUN(300, "movlhps %%xmm1, %%xmm0\n\tmovlhps %%xmm2, %%xmm2\n\tdivpd %%xmm2, %%xmm0")
        RUN(301, "vcvtph2ps %%xmm0, %%xmm0")
        RUN(302, "rcpss %%xmm0, %%xmm0")
        RUN(303, "rsqrtss %%xmm0, %%xmm0")
        HALF(310, 0)
        HALF(311, 1)
        HALF(312, 2)
        HALF(313, 3)
        HALF(314, 4)
        case 399:
            r->first = (__builtin_cpu_supports("avx") ? 1 : 0)
                    | (__builtin_cpu_supports("fma") ? 2 : 0)
                    | (__builtin_cpu_supports("f16c") ? 4 : 0)
                    | (__builtin_cpu_supports("sse4.1") ? 8 : 0)
                    | (__builtin_cpu_is("amd") ? 16 : 0);
            return 1;
        default:
            return 0;
    }
    __asm__ volatile("ldmxcsr %0" : : "m"(usual));
    r->se0 = (uint16_t)mxcsr;
    r->se1 = (uint16_t)faulted;
    return 1;
}

int main(void) {
    static struct question questions[BATCH];
    static struct answer answers[BATCH];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    if (sigaction(SIGFPE, &action, NULL) != 0) {
        perror("sigaction");
        return 2;
    }
    while (fread(questions, sizeof questions, 1, stdin) == 1) {
        memset(answers, 0, sizeof answers);
        for (int i = 0; i < BATCH; i++) {
            const struct question *q = &questions[i];
            if (!(q->operation < 100 ? x87(q, &answers[i]) : sse(q, &answers[i]))) {
                fprintf(stderr, "no operation %u\n", q->operation);
                return 3;
            }
        }
        if (fwrite(answers, sizeof answers, 1, stdout) != 1 || fflush(stdout) != 0) {
            return 4;
        }
    }
    return 0;
}
