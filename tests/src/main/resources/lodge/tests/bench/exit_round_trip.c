/*
 * The shortest run loop that C allows, to compare Lodge's with: the same guest, the same /dev/kvm, a
 * split irqchip as Lodge has it. The guest writes to the stop port after every burst of exits; prints
 * the nanoseconds of the shortest burst.
 *
 * Usage: exit_round_trip PORT BURSTS GUEST-CODE-IN-HEX
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

enum { STOP_PORT = 0x10, CODE = 0x1000, MEMORY = 0x10000 };

static void check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Runs until the guest writes to the stop port. */
static void run(int vcpu, struct kvm_run *page, int port)
{
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0) {
            if (errno == EINTR || errno == EAGAIN) {
                continue;
            }
            check(-1, "KVM_RUN");
        }
        if (page->exit_reason != KVM_EXIT_IO || page->io.direction != KVM_EXIT_IO_OUT) {
            fprintf(stderr, "unexpected exit %u\n", page->exit_reason);
            exit(1);
        }
        if (page->io.port == STOP_PORT) {
            return;
        }
        if (page->io.port != port) {
            fprintf(stderr, "unexpected port %u\n", page->io.port);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    int port = atoi(argv[1]);
    long bursts = atol(argv[2]);
    int kvm = open("/dev/kvm", O_RDWR);
    check(kvm, "/dev/kvm");
    int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    check(vm, "KVM_CREATE_VM");
    struct kvm_enable_cap split = {.cap = KVM_CAP_SPLIT_IRQCHIP, .args = {24}};
    check(ioctl(vm, KVM_ENABLE_CAP, &split), "KVM_ENABLE_CAP");
    unsigned char *memory =
        mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const char *hex = argv[3];
    for (size_t i = 0; hex[2 * i] && hex[2 * i + 1]; i++) {
        char byte[3] = {hex[2 * i], hex[2 * i + 1], 0};
        memory[CODE + i] = (unsigned char) strtoul(byte, NULL, 16);
    }
    struct kvm_userspace_memory_region region = {
        .memory_size = MEMORY, .userspace_addr = (unsigned long long) memory};
    check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    check(vcpu, "KVM_CREATE_VCPU");
    int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    struct kvm_run *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    struct kvm_sregs sregs;
    check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
    struct kvm_regs regs = {.rip = CODE, .rflags = 2};
    check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
    run(vcpu, page, port);
    long long best = -1;
    for (long i = 0; i < bursts; i++) {
        long long start = now();
        run(vcpu, page, port);
        long long nanos = now() - start;
        if (best < 0 || nanos < best) {
            best = nanos;
        }
    }
    printf("%lld\n", best);
    return 0;
}
