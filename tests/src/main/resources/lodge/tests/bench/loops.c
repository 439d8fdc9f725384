/*
 * Six integer loops: bytes, rotates, recursion, a jump table, a function pointer, a chain of loads. Compiled twice: as a
 * guest without operating system, and with -DNATIVE as a program that times them on the host's processor.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

static u8 sieve_flags[65536];

__attribute__((noinline)) static u64 sieve(void)
{
    u64 n = 0;
    for (int i = 2; i < 65536; i++)
        sieve_flags[i] = 1;
    for (int i = 2; i < 65536; i++)
        if (sieve_flags[i]) {
            n++;
            for (int j = i + i; j < 65536; j += i)
                sieve_flags[j] = 0;
        }
    return n;
}

#define ROTATE(x, n) ((x >> n) | (x << (32 - n)))
static u32 schedule[64];
static u32 constants[64];

/* The compression function of SHA-256 (FIPS 180-4, 6.2.2) with other constants: only its speed matters here. */
__attribute__((noinline)) static u64 sha256(void)
{
    u32 h[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int i = 0; i < 64; i++)
        constants[i] = 0x9e3779b9u * (i + 1);
    for (int block = 0; block < 64; block++) {
        for (int i = 0; i < 16; i++)
            schedule[i] = i * 0x01234567u + block;
        for (int i = 16; i < 64; i++) {
            u32 a = schedule[i - 15], b = schedule[i - 2];
            schedule[i] = schedule[i - 16] + schedule[i - 7] + (ROTATE(a, 7) ^ ROTATE(a, 18) ^ (a >> 3))
                + (ROTATE(b, 17) ^ ROTATE(b, 19) ^ (b >> 10));
        }
        u32 s[8];
        for (int i = 0; i < 8; i++)
            s[i] = h[i];
        for (int i = 0; i < 64; i++) {
            u32 e = s[4], a = s[0];
            u32 t1 = s[7] + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + constants[i]
                + schedule[i];
            u32 t2 = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
            s[7] = s[6];
            s[6] = s[5];
            s[5] = e;
            s[4] = s[3] + t1;
            s[3] = s[2];
            s[2] = s[1];
            s[1] = a;
            s[0] = t1 + t2;
        }
        for (int i = 0; i < 8; i++)
            h[i] += s[i];
    }
    return h[0] ^ h[7];
}

__attribute__((noinline)) static u64 fib(u64 n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

__attribute__((noinline)) static u64 bytecode(void)
{
    static const u8 code[] = {0, 1, 2, 3, 4, 1, 3, 5, 6, 2, 7};
    u64 acc = 1, x = 12345;
    for (int round = 0; round < 20000; round++)
        for (const u8 *p = code; *p != 7; p++)
            switch (*p) {
            case 0: acc += x; break;
            case 1: acc ^= acc >> 3; break;
            case 2: x = x * 5 + 1; break;
            case 3: acc -= round; break;
            case 4: x ^= acc; break;
            case 5: acc = acc << 7 | acc >> 57; break;
            default: if (acc & 1) x++;
            }
    return acc;
}

static int array[4096];

static int compare(const void *a, const void *b)
{
    return *(int *)a < *(int *)b ? -1 : *(int *)a > *(int *)b;
}

static void quicksort(int *a, int n, int (*order)(const void *, const void *))
{
    while (n > 1) {
        int pivot = a[n / 2], i = 0, j = n - 1;
        while (i <= j) {
            while (order(&a[i], &pivot) < 0)
                i++;
            while (order(&a[j], &pivot) > 0)
                j--;
            if (i <= j) {
                int t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        if (j + 1 < n - i) {
            quicksort(a, j + 1, order);
            a += i;
            n -= i;
        } else {
            quicksort(a + i, n - i, order);
            n = j + 1;
        }
    }
}

static int (*volatile order)(const void *, const void *) = compare;

__attribute__((noinline)) static u64 sort(void)
{
    u32 x = 1;
    for (int i = 0; i < 4096; i++) {
        x = x * 1664525 + 1013904223;
        array[i] = x >> 4;
    }
    quicksort(array, 4096, order);
    return array[0] ^ array[4095];
}

static struct node {
    struct node *next;
    u64 value;
} nodes[4096];

__attribute__((noinline)) static u64 list(void)
{
    for (int i = 0; i < 4096; i++) {
        nodes[i].next = &nodes[(i * 1597 + 1) & 4095];
        nodes[i].value = i;
    }
    u64 sum = 0;
    struct node *p = nodes;
    for (int i = 0; i < 200000; i++) {
        sum += p->value;
        p = p->next;
    }
    return sum;
}

__attribute__((used)) u64 run(int which)
{
    switch (which) {
    case 0: return sieve();
    case 1: return sha256();
    case 2: return fib(22);
    case 3: return bytecode();
    case 4: return sort();
    default: return list();
    }
}

#ifdef NATIVE
#include <stdio.h>
#include <time.h>

/* Prints, for each loop, its result and the shortest time of 20 in nanoseconds. */
int main(void)
{
    for (int which = 0; which < 6; which++) {
        u64 best = -1UL, result = 0;
        for (int n = 0; n < 20; n++) {
            struct timespec a, b;
            clock_gettime(CLOCK_MONOTONIC, &a);
            result = run(which);
            clock_gettime(CLOCK_MONOTONIC, &b);
            u64 t = (b.tv_sec - a.tv_sec) * 1000000000UL + b.tv_nsec - a.tv_nsec;
            if (t < best)
                best = t;
        }
        printf("%lu %lu\n", result, best);
    }
    return 0;
}
#else
/* Entered with the number of the loop in EDI; says by port 0x10 that it is done, with the result in RAX. */
__asm__(".section .text.start\n.globl _start\n_start: call run\nout %al, $0x10\njmp .\n.text\n");
#endif
