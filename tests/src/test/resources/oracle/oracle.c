/*
 * The oracle: executes single user-mode instructions on the host's own processor.
 *
 * Usage: oracle FILE
 *
 * FILE is shared with the Java side (Oracle.java) and mapped by both. A byte 0 or 1 on standard
 * input asks for the batch in that half of the file; the same byte on standard output says that it
 * was executed. Every record holds an instruction and the complete user-visible state before it;
 * the outcome beside it receives the complete state after it, and the exception if there was one.
 *
 * Addresses that the instruction sees (the interpreter under test maps the same ones):
 *
 *   0x0ccccccd1 + n   the way back: where the jump behind the instruction leads, see below
 *   0x10000000        data: two pages, readable and writable; before them nothing
 *   0x10002000        one page that is only readable; behind it nothing
 *   0x18000000        stack: one page; nothing around it
 *   0x40000000        code: sixteen pages of 0xcc (INT3), executable; behind them nothing
 *
 * An instruction ends at one of a few fixed addresses ("slots") in the code area. Behind each slot
 * stands `e9 cc cc cc cc`, a near jump to the way back, 0x33333334 - 5 bytes below the slot. So an
 * instruction that completes costs no signal; and should it be longer than the caller believes, it
 * swallows bytes of the jump and what remains of that are breakpoints. With RFLAGS.TF in the
 * record's flags the processor reports by itself (#DB) where it has got to.
 *
 * The state is loaded by XRSTOR and IRETQ, which also serialises: the bytes of the instruction have
 * just been written, through another address (SDM vol. 3A, 8.1.3). A fault arrives as a signal on an alternate stack; the handler copies the
 * state out of the signal frame and goes back to the loop without sigreturn(2).
 *
 * After the initialisation nothing may use thread-local storage: FS and GS bases are then those
 * that the interpreter uses too. A seccomp filter lets no system call through that comes from the
 * low addresses, so a stray SYSCALL or INT 80h harms nobody and is reported as signal SIGSYS.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <cpuid.h>
#include <emmintrin.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096u
#define DATA 0x10000000ul
#define DATA_PAGES 2u
#define READ_ONLY (DATA + DATA_PAGES * PAGE)
#define STACK 0x18000000ul
#define CODE 0x40000000ul
#define CODE_PAGES 16u
#define CODE_END (CODE + CODE_PAGES * PAGE)
#define BACK_DISTANCE 0x3333332ful
#define SLOT_COMPATIBILITY 0x4000a800ul
#define FS_BASE 0x40ul
#define GS_BASE 0x80ul

#define MAGIC 0x31454c4341524f4cul
#define WINDOW 128u
#define MAX_CHANGES 32u

enum { COMPLETED, EXCEPTION, TRANSFERRED, TIMEOUT, REFUSED, NOT_LOADED };
enum { FLAG_COMPATIBILITY = 1 };

/* The layout is that of OracleLayout.java, which the static assertions below and the header check. */
struct input {
    uint8_t xsave[832];
    uint64_t gpr[16]; /* rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
    uint64_t rip;
    uint64_t rflags;
    uint8_t code[16];
    uint32_t length;
    uint32_t flags;
    uint64_t window_offset;
    uint8_t reserved[16];
    uint8_t window[WINDOW];
};

struct outcome {
    uint8_t xsave[832];
    uint64_t gpr[16];
    uint64_t rip;
    uint64_t rflags;
    uint32_t kind;
    uint32_t vector;
    uint64_t error;
    uint64_t address;
    uint32_t signal;
    uint32_t changes;
    uint64_t hash;
    uint64_t reserved;
    struct {
        uint64_t address, value;
    } change[MAX_CHANGES];
};

struct record {
    struct input in;
    struct outcome out;
};

struct header {
    uint64_t magic;
    uint32_t record_size;
    uint32_t capacity; /* records per half */
    uint32_t count[2];
    uint32_t current; /* for a post-mortem */
    uint32_t features; /* written by us: bit 0 = AVX */
    uint8_t fill[PAGE - 32];
    uint8_t data[DATA_PAGES * PAGE]; /* what the areas hold before every instruction, */
    uint8_t read_only[PAGE];         /* but for the record's window */
    uint8_t stack[PAGE];
};

_Static_assert(sizeof(struct input) == 1152, "input");
_Static_assert(sizeof(struct outcome) == 1536, "outcome");
_Static_assert(offsetof(struct outcome, change) == 1024, "changes");
_Static_assert(sizeof(struct header) == 5 * PAGE, "header");

/* Read and written by the assembly below. */
struct frame {
    uint64_t rip, cs, rflags, rsp, ss;
};
__attribute__((used)) static struct frame frame;
__attribute__((used)) static uint64_t host_rsp;
__attribute__((used)) static uint64_t saved_rax;
__attribute__((used)) static struct outcome *current_outcome;
__attribute__((used)) static uint32_t has_avx;

static volatile uint32_t in_guest;
static volatile uint64_t executed;
static uint64_t executed_at_tick;
static struct header *header;
static struct record *records;
static uint8_t *code_to_write;
/* What the two writable areas must hold unless the instruction changed them. */
static uint8_t expected[DATA_PAGES * PAGE + PAGE] __attribute__((aligned(64)));

/* Loads the state of a record and executes its instruction; returns 0 when the way back was taken,
   1 when a signal handler brought us back. */
int enter_guest(const struct input *in);
void way_back(void);
void way_back_from_signal(void);
void signal_entry(int, siginfo_t *, void *);
void end_of_assembly(void);

__asm__(
    ".text\n"
    ".globl enter_guest\n"
    "enter_guest:\n"
    "  push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "  mov %rsp, host_rsp(%rip)\n"
    "  mov $7, %eax\n"
    "  xor %edx, %edx\n"
    "  cmpl $0, has_avx(%rip)\n"
    "  je 1f\n"
    "  xrstor64 (%rdi)\n"
    "  jmp 2f\n"
    "1: fxrstor64 (%rdi)\n"
    "2: lea frame(%rip), %rsp\n"
    "  mov 832(%rdi), %rax\n"
    "  mov 840(%rdi), %rcx\n"
    "  mov 848(%rdi), %rdx\n"
    "  mov 856(%rdi), %rbx\n"
    "  mov 872(%rdi), %rbp\n"
    "  mov 880(%rdi), %rsi\n"
    "  mov 896(%rdi), %r8\n"
    "  mov 904(%rdi), %r9\n"
    "  mov 912(%rdi), %r10\n"
    "  mov 920(%rdi), %r11\n"
    "  mov 928(%rdi), %r12\n"
    "  mov 936(%rdi), %r13\n"
    "  mov 944(%rdi), %r14\n"
    "  mov 952(%rdi), %r15\n"
    "  mov 888(%rdi), %rdi\n"
    "  iretq\n"
    ".globl way_back\n"
    "way_back:\n" /* no instruction before PUSHFQ may change a flag */
    "  mov %rax, saved_rax(%rip)\n"
    "  mov current_outcome(%rip), %rax\n"
    "  mov %rcx, 840(%rax)\n"
    "  mov %rdx, 848(%rax)\n"
    "  mov %rbx, 856(%rax)\n"
    "  mov %rsp, 864(%rax)\n"
    "  mov %rbp, 872(%rax)\n"
    "  mov %rsi, 880(%rax)\n"
    "  mov %rdi, 888(%rax)\n"
    "  mov %r8, 896(%rax)\n"
    "  mov %r9, 904(%rax)\n"
    "  mov %r10, 912(%rax)\n"
    "  mov %r11, 920(%rax)\n"
    "  mov %r12, 928(%rax)\n"
    "  mov %r13, 936(%rax)\n"
    "  mov %r14, 944(%rax)\n"
    "  mov %r15, 952(%rax)\n"
    "  mov saved_rax(%rip), %rcx\n"
    "  mov %rcx, 832(%rax)\n"
    "  mov host_rsp(%rip), %rsp\n"
    "  pushfq\n"
    "  pop 968(%rax)\n"
    "  push $2\n" /* no AC, DF or NT for the C code */
    "  popfq\n"
    "  mov %rax, %rdi\n"
    "  mov $7, %eax\n"
    "  xor %edx, %edx\n"
    "  cmpl $0, has_avx(%rip)\n"
    "  je 1f\n"
    "  xsave64 (%rdi)\n"
    "  jmp 2f\n"
    "1: fxsave64 (%rdi)\n"
    "2: xor %eax, %eax\n"
    "  jmp 3f\n"
    ".globl way_back_from_signal\n"
    "way_back_from_signal:\n"
    "  mov host_rsp(%rip), %rsp\n"
    "  mov $1, %eax\n"
    "3: pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
    "  ret\n"
    ".globl signal_entry\n"
    "signal_entry:\n" /* Linux clears DF, RF and TF for a handler, but not AC and NT */
    "  push $2\n"
    "  popfq\n"
    "  jmp on_signal\n"
    ".globl end_of_assembly\n"
    "end_of_assembly:\n");

static void fail(const char *what) {
    fprintf(stderr, "oracle: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* After initialisation: no TLS, hence no errno and no libc call that might set it. */
static long raw_call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static void die(const char *message, size_t length) {
    raw_call(SYS_write, 2, (long)message, (long)length);
    raw_call(SYS_exit_group, 3, 0, 0);
}
#define DIE(text) die(text, sizeof(text) - 1)

static void copy(void *to, const void *from, size_t n) {
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void clear(void *to, size_t n) {
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory");
}

__attribute__((used)) static void on_signal(int number, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    greg_t *r = uc->uc_mcontext.gregs;
    (void)info;
    if (number == SIGVTALRM) {
        uint64_t before = executed_at_tick;
        executed_at_tick = executed;
        if (!in_guest || before != executed) {
            return;
        }
    } else if (!in_guest) {
        DIE("oracle: a signal outside any instruction\n");
    }
    static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                  REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                  REG_R12, REG_R13, REG_R14, REG_R15};
    struct outcome *out = current_outcome;
    uint64_t rip = (uint64_t)r[REG_RIP];
    for (int i = 0; i < 16; i++) {
        out->gpr[i] = (uint64_t)r[order[i]];
    }
    out->rip = rip;
    out->rflags = (uint64_t)r[REG_EFL];
    out->signal = (uint32_t)number;
    out->vector = (uint32_t)r[REG_TRAPNO];
    out->error = (uint64_t)r[REG_ERR];
    out->address = out->vector == 14 ? (uint64_t)r[REG_CR2] : 0;
    out->kind = EXCEPTION;
    if (number == SIGVTALRM) {
        out->kind = TIMEOUT;
    } else if (rip >= (uint64_t)&enter_guest && rip < (uint64_t)&end_of_assembly) {
        out->kind = NOT_LOADED;
    }
    /* The frame has the format of XSAVE; a component whose bit in XSTATE_BV (bytes 512..519) is
       clear is in its initial state whatever the bytes say. */
    const uint8_t *fp = (const uint8_t *)uc->uc_mcontext.fpregs;
    copy(out->xsave, fp, 512);
    uint64_t present = 3;
    if (has_avx) {
        copy(&present, fp + 512, 8);
    }
    if (present & 4) {
        copy(out->xsave + 576, fp + 576, 256);
    } else {
        clear(out->xsave + 576, 256);
    }
    if (!(present & 2)) {
        clear(out->xsave + 160, 256);
    }
    if (!(present & 1)) {
        clear(out->xsave, 24);
        clear(out->xsave + 32, 128);
        out->xsave[0] = 0x7f;
        out->xsave[1] = 3;
    }
    way_back_from_signal();
}

static void *map(uint64_t address, size_t size, int protection) {
    void *p = mmap((void *)address, size, protection,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p == MAP_FAILED || p != (void *)address) {
        fail("cannot map the guest's areas at their fixed addresses");
    }
    return p;
}

static void build_slots(void) {
    static const uint64_t slots[] = {0x40000800, 0x40002001, 0x40004004, 0x40006008,
                                     0x4000800c, SLOT_COMPATIBILITY};
    uint64_t low = (CODE - BACK_DISTANCE) & ~(uint64_t)(PAGE - 1);
    uint8_t *back = map(low, (CODE_PAGES + 2) * PAGE, PROT_READ | PROT_WRITE);
    /* Twice: for us to write, and at its address to execute and read only. */
    int fd = memfd_create("code", 0);
    if (fd < 0 || ftruncate(fd, CODE_PAGES * PAGE) != 0) {
        fail("memfd_create");
    }
    code_to_write =
        mmap(NULL, CODE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    void *code = mmap((void *)CODE, CODE_PAGES * PAGE, PROT_READ | PROT_EXEC,
                      MAP_SHARED | MAP_POPULATE | MAP_FIXED_NOREPLACE, fd, 0);
    if (code_to_write == MAP_FAILED || code != (void *)CODE) {
        fail("cannot map the code area at its fixed address");
    }
    memset(back, 0xcc, (CODE_PAGES + 2) * PAGE);
    memset(code_to_write, 0xcc, CODE_PAGES * PAGE);
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        uint64_t end = slots[i];
        uint8_t *target = back + (end - BACK_DISTANCE - low);
        code_to_write[end - CODE] = 0xe9; /* the displacement is 0xcccccccc already */
        if (slots[i] == SLOT_COMPATIBILITY) {
            /* jmp far 0x33:next: from the 32-bit code segment into the 64-bit one */
            uint32_t next = (uint32_t)(uintptr_t)(target + 7);
            target[0] = 0xea;
            memcpy(target + 1, &next, 4);
            target[5] = 0x33;
            target[6] = 0;
            target += 7;
        }
        /* jmp *pointer(%rip); the pointer is aligned, for RFLAGS.AC may be set */
        uint64_t to = (uint64_t)&way_back;
        uint64_t pointer = ((uint64_t)target + 6 + 7) & ~7ul;
        target[0] = 0xff;
        target[1] = 0x25;
        *(uint32_t *)(target + 2) = (uint32_t)(pointer - ((uint64_t)target + 6));
        *(uint64_t *)pointer = to;
    }
    if (mprotect(back, (CODE_PAGES + 2) * PAGE, PROT_READ | PROT_EXEC) != 0) {
        fail("mprotect");
    }
}

static void build_areas(void) {
    copy(map(DATA, DATA_PAGES * PAGE, PROT_READ | PROT_WRITE), header->data, DATA_PAGES * PAGE);
    copy(map(READ_ONLY, PAGE, PROT_READ | PROT_WRITE), header->read_only, PAGE);
    if (mprotect((void *)READ_ONLY, PAGE, PROT_READ) != 0) {
        fail("mprotect");
    }
    copy(map(STACK, PAGE, PROT_READ | PROT_WRITE), header->stack, PAGE);
    copy(expected, header->data, DATA_PAGES * PAGE);
    copy(expected + DATA_PAGES * PAGE, header->stack, PAGE);
}

static void install_handlers(void) {
    static uint8_t alternate[65536] __attribute__((aligned(64)));
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    if (sigaltstack(&stack, NULL) != 0) {
        fail("sigaltstack");
    }
    static const int numbers[] = {SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP, SIGSYS, SIGVTALRM};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action = {0};
        action.sa_sigaction = signal_entry;
        /* NODEFER: handlers are left without sigreturn, so the mask must not change. */
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
        if (sigaction(numbers[i], &action, NULL) != 0) {
            fail("sigaction");
        }
    }
    /* Time of this process's own execution: a host that is busy with others times nothing out. */
    struct itimerval tick = {{0, 50000}, {0, 50000}};
    if (setitimer(ITIMER_VIRTUAL, &tick, NULL) != 0) {
        fail("setitimer");
    }
}

static void forbid_system_calls(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        fail("seccomp");
    }
}

static void data_segments(uint32_t selector) {
    __asm__ volatile("mov %0, %%ds\n mov %0, %%es" : : "r"(selector));
}

static void own_segments(void) {
    data_segments(0);
    __asm__ volatile("mov %0, %%fs\n mov %0, %%gs" : : "r"(0));
    if (raw_call(SYS_arch_prctl, ARCH_SET_FS, FS_BASE, 0) != 0
        || raw_call(SYS_arch_prctl, ARCH_SET_GS, GS_BASE, 0) != 0) {
        DIE("oracle: arch_prctl failed\n");
    }
}

/* Whether the areas differ from what is expected: the common answer is no. */
__attribute__((target_clones("avx2", "default"), optimize("O3"))) static int changed(
    const uint8_t *area, const uint8_t *wanted, size_t size) {
    const uint64_t *a = __builtin_assume_aligned(area, 64);
    const uint64_t *b = __builtin_assume_aligned(wanted, 64);
    uint64_t any = 0;
    for (size_t i = 0; i < size / 8; i++) {
        any |= a[i] ^ b[i];
    }
    return any != 0;
}

/* Reports every changed word and puts the old one back. */
static void collect(struct outcome *out, uint64_t start, const uint8_t *wanted, size_t size) {
    uint64_t *words = (uint64_t *)start;
    const uint64_t *old = (const uint64_t *)wanted;
    for (size_t i = 0; i < size / 8; i++) {
        if (words[i] == old[i]) {
            continue;
        }
        uint64_t address = start + i * 8;
        if (out->changes < MAX_CHANGES) {
            out->change[out->changes].address = address;
            out->change[out->changes].value = words[i];
        }
        out->changes++;
        out->hash = (out->hash ^ address) * 0x9e3779b97f4a7c15ul;
        out->hash = (out->hash ^ (out->hash >> 29) ^ words[i]) * 0xbf58476d1ce4e5b9ul;
        words[i] = old[i];
    }
}

static int acceptable(const struct input *in) {
    uint64_t end = in->rip + in->length;
    return in->length <= 15 && end > CODE + 16 && end <= CODE_END
           && in->window_offset <= DATA_PAGES * PAGE - WINDOW && (in->window_offset & 7) == 0;
}

static void execute(const struct input *in, struct outcome *out) {
    out->changes = 0;
    out->hash = 0;
    out->signal = out->vector = 0;
    out->error = out->address = 0;
    if (!acceptable(in)) {
        out->kind = REFUSED;
        return;
    }
    uint64_t end = in->rip + in->length;
    uint8_t *code = code_to_write + (end - 16 - CODE);
    __m128i bytes = _mm_set1_epi8((char)0xcc);
    _mm_storeu_si128((__m128i *)code, bytes);
    for (uint32_t i = 0; i < in->length; i++) {
        code[16 - in->length + i] = in->code[i];
    }
    uint8_t *window = (uint8_t *)DATA + in->window_offset;
    copy(window, in->window, WINDOW);
    copy(expected + in->window_offset, in->window, WINDOW);

    frame.rip = in->rip;
    frame.cs = in->flags & FLAG_COMPATIBILITY ? 0x23 : 0x33;
    frame.rflags = in->rflags;
    frame.rsp = in->gpr[4];
    frame.ss = 0x2b;
    current_outcome = out;
    executed++;
    /* 32-bit code needs data segments; FS and GS stay null. */
    if (in->flags & FLAG_COMPATIBILITY) {
        data_segments(0x2b);
    }
    in_guest = 1;
    int signalled = enter_guest(in);
    in_guest = 0;
    if (in->flags & FLAG_COMPATIBILITY) {
        data_segments(0);
    }
    if (!signalled) {
        out->kind = COMPLETED;
        out->rip = end;
        if (!has_avx) {
            clear(out->xsave + 576, 256);
        }
    } else if (out->kind == EXCEPTION && out->vector == 3
               && (out->rip - 1 < in->rip || out->rip - 1 >= end)) {
        out->kind = TRANSFERRED; /* to one of our breakpoints */
        out->vector = 0;
        out->rip--;
    }
    if (changed((uint8_t *)DATA, expected, DATA_PAGES * PAGE)) {
        collect(out, DATA, expected, DATA_PAGES * PAGE);
    }
    if (changed((uint8_t *)STACK, expected + DATA_PAGES * PAGE, PAGE)) {
        collect(out, STACK, expected + DATA_PAGES * PAGE, PAGE);
    }
    copy(window, header->data + in->window_offset, WINDOW);
    copy(expected + in->window_offset, header->data + in->window_offset, WINDOW);
}

static void serve(void) {
    for (;;) {
        uint8_t half;
        if (raw_call(SYS_read, 0, (long)&half, 1) != 1) {
            raw_call(SYS_exit_group, 0, 0, 0);
        }
        if (half > 1 || header->count[half] > header->capacity) {
            DIE("oracle: no such batch\n");
        }
        own_segments();
        struct record *batch = records + (size_t)half * header->capacity;
        for (uint32_t i = 0; i < header->count[half]; i++) {
            header->current = half * header->capacity + i;
            execute(&batch[i].in, &batch[i].out);
        }
        if (raw_call(SYS_write, 1, (long)&half, 1) != 1) {
            raw_call(SYS_exit_group, 4, 0, 0);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: oracle FILE\n", stderr);
        return 2;
    }
    int fd = open(argv[1], O_RDWR);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        fail(argv[1]);
    }
    header = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (header == MAP_FAILED) {
        fail(argv[1]);
    }
    records = (struct record *)(header + 1);
    if (header->magic != MAGIC || header->record_size != sizeof(struct record)
        || (size_t)status.st_size
               < sizeof *header + 2 * (size_t)header->capacity * sizeof(struct record)) {
        fputs("oracle: the file has another layout; OracleLayout.java and oracle.c differ\n", stderr);
        return 2;
    }
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE) && (c & bit_AVX)) {
        unsigned low, high;
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        has_avx = (low & 7) == 7;
    }
    header->features = has_avx;
    build_slots();
    build_areas();
    install_handlers();
    forbid_system_calls();
    serve();
    return 0;
}
