# 4-level paging, NX, PCIDs and INVPCID. SDM 3A 4.5 (translation, reserved bits), 4.6 (rights), 4.7
# (error codes), 4.8 (accessed and dirty), 4.10 (PCIDs, invalidation); SDM 2 INVPCID, MOV to CR3.
        .include "guest64.inc"

        .equ    HIGH, 0xffff808000000000        # PML4 entry 257: under test
        .equ    PDPT2, 0x53000
        .equ    PD2, 0x54000
        .equ    PT2, 0x55000
        .equ    PML4_2, 0x56000         # another address space
        .equ    PDPT3, 0x57000
        .equ    PD3, 0x58000
        .equ    PT3, 0x59000
        .equ    FRAME, 0x00300000
        .equ    FRAME2, 0x00301000
        .equ    PML4E, PML4 + 257*8
        .equ    PDPTE, PDPT2
        .equ    PDPTE_BIG, PDPT2 + 8    # HIGH + 1 GiB
        .equ    PDE, PD2
        .equ    PDE_BIG, PD2 + 8        # HIGH + 2 MiB
        .equ    PTE, PT2
        .equ    PTE2, PT2 + 8
        .equ    P, 1
        .equ    W, 2
        .equ    U, 4
        .equ    A, 0x20
        .equ    D, 0x40
        .equ    PS, 0x80
        .equ    G, 0x100
        .equ    ALL, P+W+U
        .equ    NX, 0x80000000

        .macro  ENTRY at, low, high=0
        movl    $(\low), \at
        movl    $(\high), \at + 4
        call    flush
        .endm
flush:  push    %rax
        mov     %cr3, %rax
        mov     %rax, %cr3
        pop     %rax
        ret

main:
        mov     $PDPT2, %edi
        xor     %eax, %eax
        mov     $0x7000 / 8, %ecx
        rep stosq
        movw    $0x41cd, FRAME          # int $0x41
        movl    $0x1111, FRAME+8
        movl    $0x2222, FRAME2+8
        ENTRY   PML4E, PDPT2+ALL
        ENTRY   PDPTE, PD2+ALL
        ENTRY   PDE, PT2+ALL
        ENTRY   PDE_BIG, 0x200000+PS+ALL
        ENTRY   PTE, FRAME+ALL
        movabs  $HIGH, %rbx
        movabs  $HIGH+0x300000, %rbp    # the same frame in the page of 2 MiB
        RULE    "translations"
        mov     8(%rbx), %eax
        mov     8(%rbp), %ecx
        END     NONE
        CHECK   translated-4k, %rax, 0x1111
        CHECK   translated-2m, %rcx, 0x1111
        CHECK_BITS accessed-pml4e, PML4E, A+D, A
        CHECK_BITS accessed-pdpte, PDPTE, A+D, A
        CHECK_BITS accessed-pde, PDE, A+D, A
        CHECK_BITS accessed-pte, PTE, A+D, A
        CHECK_BITS accessed-2m, PDE_BIG, A+D, A
        RULE    "writes"
        movl    $0x1111, 8(%rbx)
        movl    $0x1111, 8(%rbp)
        END     NONE
        CHECK_BITS dirty-pml4e-bit-6, PML4E, A+D, A
        CHECK_BITS dirty-pdpte-bit-6, PDPTE, A+D, A
        CHECK_BITS dirty-pde-bit-6, PDE, A+D, A
        CHECK_BITS dirty-pte, PTE, A+D, A+D
        CHECK_BITS dirty-2m, PDE_BIG, A+D, A+D

# Rights are those that every level gives; each level alone refuses.
        .macro  ACCESS what, expected, code:vararg
        RULE    "\what"
98:     \code
        END_AT98 \expected
        .endm
        .macro  USER_ACCESS what, expected, code:vararg
        RULE    "\what"
        USER
98:     \code
        KERNEL
        END_AT98 \expected
        .endm
        .macro  LEVEL at, base
        ENTRY   \at, \base+W+U
        ACCESS  absent-\at-read, PF, mov (%rbx), %al
        CHECK   absent-\at-cr2, rec_cr2, HIGH
        USER_ACCESS absent-\at-user-write, PF+6, mov %al, 8(%rbx)
        ENTRY   \at, \base+P+U
        ACCESS  read-only-\at-write, PF+3, mov %al, 8(%rbx)
        USER_ACCESS read-only-\at-user-write, PF+7, mov %al, 8(%rbx)
        USER_ACCESS read-only-\at-user-read, NONE, mov 8(%rbx), %al
        ENTRY   \at, \base+P+W
        USER_ACCESS supervisor-\at-user-read, PF+5, mov 8(%rbx), %al
        RULE    "supervisor-\at-user-fetch"
        USER
        jmp     *%rbx
        END     PF+5
        ACCESS  supervisor-\at-write, NONE, mov %al, 0x10(%rbx)
        # Reserved bits: 52 and up are ignored but for 63 here; bits of the address beyond
        # MAXPHYADDR are reserved at every level, tested with bit 51.
        ENTRY   \at, \base+ALL, 0x00080000
        ACCESS  reserved-\at-read, PF+9, mov (%rbx), %al
        USER_ACCESS reserved-\at-user-write, PF+0xf, mov %al, (%rbx)
        ENTRY   \at, \base+ALL, NX
        ACCESS  bit-63-without-nxe-\at, PF+9, mov (%rbx), %al
        ENTRY   \at, \base+ALL, 0x7ff00000
        ACCESS  available-bits-\at, NONE, mov (%rbx), %al
        ENTRY   \at, \base+ALL
        .endm
        LEVEL   PML4E, PDPT2
        LEVEL   PDPTE, PD2
        LEVEL   PDE, PT2
        LEVEL   PTE, FRAME
        ENTRY   PML4E, PDPT2+ALL+PS
        ACCESS  reserved-ps-of-pml4e, PF+9, mov (%rbx), %al
        ENTRY   PML4E, PDPT2+ALL
        ENTRY   PDE_BIG, 0x200000+PS+ALL+0x2000
        ACCESS  reserved-bit-13-2m, PF+9, mov (%rbp), %al
        ENTRY   PDE_BIG, 0x200000+PS+ALL+0x1000
        ACCESS  pat-bit-2m, NONE, mov (%rbp), %al
        ENTRY   PDE_BIG, 0x200000+PS+P+W
        USER_ACCESS supervisor-2m-user-read, PF+5, mov (%rbp), %al
        CHECK   supervisor-2m-cr2, rec_cr2, HIGH+0x300000
        ENTRY   PDE_BIG, 0x200000+PS+ALL
        # Pages of 1 GiB
        mov     $0x80000001, %eax
        cpuid
        test    $1 << 26, %edx
        movabs  $HIGH, %rbx
        jnz     1f
        SKIP    page-1g, "CPUID.80000001h.EDX.Page1GB is 0"
        ENTRY   PDPTE_BIG, PS+ALL
        movabs  $HIGH+0x40000000+FRAME, %rsi
        ACCESS  ps-of-pdpte-is-reserved-without-1g, PF+9, mov (%rsi), %al
        jmp     2f
1:      ENTRY   PDPTE_BIG, PS+ALL
        movabs  $HIGH+0x40000000+FRAME, %rsi
        RULE    "page-1g"
        mov     8(%rsi), %eax
        END     NONE
        CHECK   page-1g-value, %rax, 0x1111
        CHECK_BITS page-1g-accessed, PDPTE_BIG, A+D, A
        RULE    "page-1g-write"
        movl    $0x1111, 8(%rsi)
        END     NONE
        CHECK_BITS page-1g-dirty, PDPTE_BIG, A+D, A+D
        ENTRY   PDPTE_BIG, PS+ALL+0x2000
        ACCESS  reserved-bit-13-1g, PF+9, mov (%rsi), %al
        ENTRY   PDPTE_BIG, PS+ALL+0x20000000
        ACCESS  reserved-bit-29-1g, PF+9, mov (%rsi), %al
        ENTRY   PDPTE_BIG, PS+P+U
        ACCESS  page-1g-read-only, PF+3, mov %al, 8(%rsi)
        ENTRY   PDPTE_BIG, 0
2:
# NX at each level
        mov     $0x80000001, %eax
        cpuid
        test    $1 << 20, %edx
        movabs  $HIGH, %rbx
        jnz     1f
        SKIP    nx, "CPUID.80000001h.EDX.NX is 0"
        jmp     no_nx
1:      mov     $0xc0000080, %ecx
        rdmsr
        or      $0x800, %eax
        wrmsr
        .macro  NX_LEVEL at, base
        ENTRY   \at, \base+ALL, NX
        RULE    "nx-\at-user-fetch"
        USER
        jmp     *%rbx
        END     PF+0x15
        CHECK   nx-\at-rip, rec_ip, HIGH
        RULE    "nx-\at-fetch"
        jmp     *%rbx
        END     PF+0x11
        USER_ACCESS nx-\at-user-write, NONE, mov %al, 0x10(%rbx)
        ENTRY   \at, \base+ALL
        .endm
        NX_LEVEL PML4E, PDPT2
        NX_LEVEL PDPTE, PD2
        NX_LEVEL PDE, PT2
        NX_LEVEL PTE, FRAME
        RULE    "without-nx-user-fetch"
        USER
        jmp     *%rbx
        END     LANDED
no_nx:
        # Accesses over a page: CR2 is the first byte that is missing, nothing is written.
        ENTRY   PTE2, 0
        movq    $0x1234, FRAME+0xff8
        RULE    "cross-write"
        mov     $-1, %rax
98:     mov     %rax, 0xffc(%rbx)
        END_AT98 PF+2
        CHECK   cross-write-cr2, rec_cr2, HIGH+0x1000
        CHECK   cross-write-wrote-nothing, FRAME+0xff8, 0x1234
        mov     %cr4, %rax
        or      $0x600, %rax
        mov     %rax, %cr4
        RULE    "cross-write-sse"
        pcmpeqd %xmm0, %xmm0
98:     movups  %xmm0, 0xff8(%rbx)
        END_AT98 PF+2
        CHECK   cross-write-sse-wrote-nothing, FRAME+0xff8, 0x1234
        RULE    "cross-fxsave"
        lea     0xf00(%rbx), %rsi
98:     fxsave  (%rsi)
        END_AT98 PF+2
        CHECK   cross-fxsave-cr2, rec_cr2, HIGH+0x1000
        # The end of the address space wraps: byte 2^64 - 1 is canonical, its page is absent.
        ACCESS  last-byte, PF, mov -1, %al
        CHECK   last-byte-cr2, rec_cr2, 0xffffffffffffffff

# PCIDs (SDM 3A 4.10.1)
        mov     $1, %eax
        cpuid
        test    $1 << 17, %ecx
        movabs  $HIGH, %rbx
        jnz     1f
        SKIP    pcid, "CPUID.1.ECX.PCID is 0"
        jmp     no_pcid
1:      RULE    "pcide-needs-pcid-0"
        mov     %cr3, %rax
        or      $8, %rax
        mov     %rax, %cr3
        mov     %cr4, %rax
        bts     $17, %rax
98:     mov     %rax, %cr4
        END_AT98 GP
        call    plain_cr3
        RULE    "pcide-on"
        mov     %cr4, %rax
        bts     $17, %rax
        mov     %rax, %cr4
        END     NONE
        # Two address spaces: HIGH is FRAME in PML4 and FRAME2 in PML4_2.
        mov     $PML4, %esi
        mov     $PML4_2, %edi
        mov     $512, %ecx
        rep movsq
        movl    $PDPT3+ALL, PML4_2+257*8
        movl    $PD3+ALL, PDPT3
        movl    $PT3+ALL, PD3
        movl    $FRAME2+ALL, PT3
        movl    $FRAME+ALL, PTE
        RULE    "pcid-spaces"
        mov     $PML4+1, %eax
        mov     %rax, %cr3
        mov     8(%rbx), %ecx
        mov     $PML4_2+2, %eax
        mov     %rax, %cr3
        mov     8(%rbx), %edx
        movabs  $0x8000000000000000+PML4+1, %rax
        mov     %rax, %cr3
        mov     8(%rbx), %esi
        movabs  $0x8000000000000000+PML4_2+2, %rax
        mov     %rax, %cr3
        mov     8(%rbx), %edi
        mov     %cr3, %rbp
        END     NONE
        CHECK   pcid-1, %rcx, 0x1111
        CHECK   pcid-2, %rdx, 0x2222
        CHECK   pcid-1-again, %rsi, 0x1111
        CHECK   pcid-2-again, %rdi, 0x2222
        CHECK   pcid-cr3-bit-63-reads-0, %rbp, PML4_2+2
        RULE    "pcid-cr3-flushes-its-own"
        mov     $PML4+1, %eax
        mov     %rax, %cr3
        mov     8(%rbx), %ecx
        movl    $FRAME2+ALL, PTE
        mov     %rax, %cr3
        mov     8(%rbx), %edx
        movl    $FRAME+ALL, PTE
        invlpg  (%rbx)
        mov     8(%rbx), %esi
        END     NONE
        CHECK   pcid-cr3-flushed, %rdx, 0x2222
        CHECK   pcid-invlpg, %rsi, 0x1111
        mov     $7, %eax
        xor     %ecx, %ecx
        cpuid
        test    $1 << 10, %ebx
        movabs  $HIGH, %rbx
        jnz     1f
        SKIP    invpcid, "CPUID.7.EBX.INVPCID is 0"
        jmp     pcid_off
        # EAX is the type, the descriptor holds PCID and address.
1:      .macro  WITH_INVPCID what, type, low, high, address, expected
        RULE    "\what"
        mov     $(\type), %ecx
        movl    $(\low), SCRATCH
        movl    $(\high), SCRATCH+4
        movabs  $(\address), %rax
        mov     %rax, SCRATCH+8
98:     invpcid SCRATCH, %rcx
        END_AT98 \expected
        .endm
        WITH_INVPCID invpcid-type-4, 4, 1, 0, 0, GP
        WITH_INVPCID invpcid-reserved-bit-12, 1, 0x1000, 0, 0, GP
        WITH_INVPCID invpcid-reserved-bit-63, 0, 1, 0x80000000, 0, GP
        WITH_INVPCID invpcid-address-not-canonical, 0, 1, 0, 0x800000000000, GP
        WITH_INVPCID invpcid-context-ignores-address, 1, 1, 0, 0x800000000000, NONE
        WITH_INVPCID invpcid-all, 2, 0, 0, 0, NONE
        WITH_INVPCID invpcid-all-but-global, 3, 0, 0, 0, NONE
        RULE    "invpcid-cpl3"
        USER
        mov     $2, %ecx
98:     invpcid SCRATCH, %rcx
        KERNEL
        END_AT98 GP
        .macro  FLUSHES what, type
        RULE    "\what"
        movl    $FRAME+ALL, PTE
        mov     $PML4+1, %eax
        mov     %rax, %cr3
        mov     8(%rbx), %edx
        mov     $PML4_2+2, %eax
        mov     %rax, %cr3
        movl    $FRAME2+ALL, PTE        # of the other space
        movq    $1, SCRATCH
        mov     %rbx, SCRATCH+8
        mov     $\type, %ecx
        invpcid SCRATCH, %rcx
        movabs  $0x8000000000000000+PML4+1, %rax
        mov     %rax, %cr3
        mov     8(%rbx), %edx
        END     NONE
        CHECK   \what-value, %rdx, 0x2222
        .endm
        FLUSHES invpcid-address-of-other, 0
        FLUSHES invpcid-context-of-other, 1
pcid_off:
        call    plain_cr3
        RULE    "pcide-off"
        mov     %cr4, %rax
        btr     $17, %rax
        mov     %rax, %cr4
        END     NONE
        mov     $7, %eax
        xor     %ecx, %ecx
        cpuid
        test    $1 << 10, %ebx
        movabs  $HIGH, %rbx
        jz      no_pcid
        WITH_INVPCID invpcid-pcid-without-pcide, 1, 1, 0, 0, GP
        WITH_INVPCID invpcid-pcid-0-without-pcide, 1, 0, 0, 0, NONE
no_pcid:
        jmp     finish
plain_cr3:
        mov     $PML4, %eax
        mov     %rax, %cr3
        ret
