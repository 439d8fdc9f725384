# PAE paging, NX, SMEP and SMAP in 32-bit mode. SDM 3A 4.4 (PDPTE registers, reserved bits), 4.6
# (access rights), 4.7 (error codes), 4.8, and SDM 2 CLAC, STAC, MOV to CR3.
        .include "guest32.inc"

        .equ    POINTERS, 0x50020       # 32-byte aligned, not page-aligned
        .equ    DIRECTORY, 0x51000      # of the first GiB
        .equ    TABLE, 0x52000          # of VIRTUAL
        .equ    DIRECTORY3, 0x53000     # of the fourth GiB
        .equ    VIRTUAL, 0x00800000
        .equ    BIG, 0x00a00000         # 2 MiB
        .equ    TOP, 0xc0000000         # 2 MiB in the fourth GiB
        .equ    FRAME, 0x00100000
        .equ    PDE, DIRECTORY + 4*8
        .equ    BIG_PDE, DIRECTORY + 5*8
        .equ    TOP_PDE, DIRECTORY3
        .equ    PTE, TABLE
        .equ    FAR_DATA, FREE
        .equ    P, 1
        .equ    W, 2
        .equ    U, 4
        .equ    A, 0x20
        .equ    D, 0x40
        .equ    PS, 0x80
        .equ    ALL, P+W+U
        .equ    NX, 0x80000000          # of the upper half

        .macro  ENTRY at, low, high=0
        movl    $(\low), \at
        movl    $(\high), \at + 4
        call    flush
        .endm
        # What the first 4 MiB allow: two pages of 2 MiB.
        .macro  OURSELVES flags
        movl    $PS+P+W+(\flags), DIRECTORY
        movl    $0x200000+PS+P+W+(\flags), DIRECTORY + 8
        call    flush
        .endm
        .macro  CR4 set, clear=0
        mov     %cr4, %eax
        and     $~(\clear), %eax
        or      $(\set), %eax
        mov     %eax, %cr4
        .endm

flush:  push    %eax
        mov     %cr3, %eax
        mov     %eax, %cr3
        pop     %eax
        ret

main:
        mov     $1, %eax
        cpuid
        test    $0x40, %edx
        jnz     1f
        SKIP    pae, "CPUID.1.EDX.PAE is 0"
        jmp     finish
1:      mov     $0x50000, %edi
        xor     %eax, %eax
        mov     $0x4000 / 4, %ecx
        rep stosl
        movl    $DIRECTORY + P, POINTERS
        movl    $DIRECTORY3 + P, POINTERS + 24
        movl    $PS+ALL, DIRECTORY
        movl    $0x200000+PS+ALL, DIRECTORY + 8
        movl    $TABLE+ALL, PDE
        movl    $FRAME+ALL, PTE
        movl    $PS+ALL, BIG_PDE
        movl    $PS+ALL, TOP_PDE
        movw    $0x41cd, FRAME          # int $0x41
        CR4     0x20
        mov     $POINTERS, %eax
        mov     %eax, %cr3
        RULE    "paging-on"
        mov     %cr0, %eax
        or      $0x80010000, %eax       # PG and WP
        mov     %eax, %cr0
        jmp     1f
1:      nop
        END     NONE
        RULE    "translations"
        mov     VIRTUAL, %ax
        mov     BIG+FRAME, %bx
        mov     TOP+FRAME, %cx
        END     NONE
        CHECK_BITS translated-4k, %eax, 0xffff, 0x41cd
        CHECK_BITS translated-2m, %ebx, 0xffff, 0x41cd
        CHECK_BITS translated-fourth-gib, %ecx, 0xffff, 0x41cd
        CHECK_BITS accessed-4k, PTE, A+D, A
        CHECK_BITS accessed-pde, PDE, A, A
        CHECK_BITS accessed-2m, BIG_PDE, A+D, A
        CHECK_BITS pdpte-has-no-accessed, POINTERS, 0xff, P
        RULE    "dirty"
        movb    $0xcd, VIRTUAL
        movb    $0xcd, BIG+FRAME
        END     NONE
        CHECK_BITS dirty-4k, PTE, A+D, A+D
        CHECK_BITS dirty-2m, BIG_PDE, A+D, A+D

# PDPTEs: loaded and checked by MOV to CR3 (SDM 3A 4.4.1)
        RULE    "absent-gib"
98:     mov     0x40000000, %al
        END_AT98 PF
        CHECK   absent-gib-cr2, rec_cr2, 0x40000000
        RULE    "absent-gib-write-user"
        USER
98:     mov     %al, %ss:0x80000000
        END_AT98 PF+6
        .macro  POINTER what, low, high, expected
        movl    $(\low), POINTERS + 8
        movl    $(\high), POINTERS + 12
        RULE    "\what"
        mov     %cr3, %eax
98:     mov     %eax, %cr3
        END_AT98 \expected
        .endm
        .irp    bit, 1, 2, 5, 6, 7, 8
        POINTER pdpte-reserved-bit-\bit, DIRECTORY+P+(1<<\bit), 0, GP
        .endr
        POINTER pdpte-reserved-bit-63, DIRECTORY+P, 0x80000000, GP
        POINTER pdpte-reserved-bit-52, DIRECTORY+P, 0x00100000, GP
        POINTER pdpte-available-bits, DIRECTORY+P+0xe18, 0, NONE
        POINTER pdpte-absent-may-hold-anything, DIRECTORY+0x1e6, 0x80000000, NONE
        # A refused load keeps the old ones; changed memory is not seen before the next load.
        POINTER pdpte-load, DIRECTORY+P, 0, NONE
        POINTER pdpte-refused, DIRECTORY+P+2, 0, GP
        RULE    "pdpte-kept-when-refused"
        mov     0x40000000+VIRTUAL, %ax
        END     NONE
        movl    $0, POINTERS + 8
        RULE    "pdpte-is-a-register"
        invlpg  0x40000000+VIRTUAL
        mov     0x40000000+VIRTUAL, %ax
        END     NONE
        CHECK_BITS pdpte-register-value, %eax, 0xffff, 0x41cd
        POINTER pdpte-unload, 0, 0, NONE
        RULE    "pdpte-unloaded"
98:     mov     0x40000000+VIRTUAL, %ax
        END_AT98 PF
        # Toggling CR4.PGE loads them too; CR0.PG as well.
        movl    $DIRECTORY+P+2, POINTERS + 8
        RULE    "pdpte-checked-by-cr4-pge"
        mov     %cr4, %eax
        xor     $0x80, %eax
98:     mov     %eax, %cr4
        END_AT98 GP
        movl    $0, POINTERS + 8

# Reserved bits of PDE and PTE (SDM 3A table 4-9 to 4-11): P and RSVD
        .macro  RESERVED what, at, low, high, address
        ENTRY   \at, \low, \high
        RULE    "\what"
98:     mov     \address, %al
        END_AT98 PF+9
        .endm
        RESERVED pte-reserved-bit-52, PTE, FRAME+ALL, 0x00100000, VIRTUAL
        RESERVED pte-reserved-bit-62, PTE, FRAME+ALL, 0x40000000, VIRTUAL
        RESERVED pte-bit-63-without-nxe, PTE, FRAME+ALL, NX, VIRTUAL
        RESERVED pde-2m-reserved-bit-13, BIG_PDE, PS+ALL+0x2000, 0, BIG
        RESERVED pde-2m-reserved-bit-20, BIG_PDE, PS+ALL+0x100000, 0, BIG
        RESERVED pde-bit-63-without-nxe, BIG_PDE, PS+ALL, NX, BIG
        ENTRY   PTE, FRAME+ALL
        RESERVED pde-reserved-bit-52, PDE, TABLE+ALL, 0x00100000, VIRTUAL
        ENTRY   PDE, TABLE+ALL
        # Absent entries have none.
        ENTRY   PTE, FRAME+W+U, 0xfff00000
        RULE    "absent-pte-has-no-reserved-bits"
98:     mov     VIRTUAL, %al
        END_AT98 PF
        # A reserved bit wins over missing rights.
        ENTRY   PTE, FRAME+P, 0x00100000
        RULE    "reserved-before-rights"
        USER
98:     mov     %al, %ss:VIRTUAL
        END_AT98 PF+0xf
        ENTRY   PTE, FRAME+ALL
        ENTRY   BIG_PDE, PS+ALL

# NX
        mov     $0x80000001, %eax
        cpuid
        test    $1 << 20, %edx
        jnz     1f
        SKIP    nx, "CPUID.80000001h.EDX.NX is 0"
        jmp     no_nx
1:      mov     $0xc0000080, %ecx
        rdmsr
        or      $0x800, %eax
        wrmsr
        .macro  FETCH3 what, expected
        RULE    "\what"
        USER
        jmp     VIRTUAL
        END     \expected
        .endm
        ENTRY   PTE, FRAME+ALL, NX
        FETCH3  nx-user-fetch, PF+0x15
        CHECK   nx-user-fetch-eip, rec_ip, VIRTUAL
        CHECK   nx-user-fetch-cr2, rec_cr2, VIRTUAL
        CHECK_BITS nx-leaves-dirty, PTE, D, 0
        RULE    "nx-supervisor-fetch"
        jmp     VIRTUAL
        END     PF+0x11
        RULE    "nx-user-read-write"
        USER
        incb    %ss:VIRTUAL+8
        KERNEL
        END     NONE
        ENTRY   PTE, FRAME+ALL
        ENTRY   PDE, TABLE+ALL, NX
        FETCH3  nx-in-pde-user-fetch, PF+0x15
        ENTRY   PDE, TABLE+ALL
        FETCH3  without-nx-user-fetch, LANDED
        ENTRY   PTE, FRAME+W+U, NX
        FETCH3  absent-user-fetch-with-nxe, PF+0x14
        ENTRY   PTE, FRAME+P+W
        FETCH3  supervisor-page-user-fetch-with-nxe, PF+0x15
        ENTRY   PTE, FRAME+ALL
        RULE    "nx-second-page-of-instruction"
        movl    $TABLE+ALL, PDE
        movl    $FRAME+0x1000+ALL, TABLE+8
        movl    $NX, TABLE+12
        call    flush
        movl    $0xb8909090, FRAME+0xffc
        jmp     VIRTUAL+0xffc
        END     PF+0x11
        CHECK   nx-second-page-cr2, rec_cr2, VIRTUAL+0x1000
        CHECK   nx-second-page-eip, rec_ip, VIRTUAL+0xfff
        # Without NXE the I bit is not reported.
        mov     $0xc0000080, %ecx
        rdmsr
        and     $~0x800, %eax
        wrmsr
        movl    $0, TABLE+12
        ENTRY   PTE, FRAME+P+W
        FETCH3  user-fetch-without-nxe, PF+5
        ENTRY   PTE, FRAME+ALL
no_nx:

# SMEP: no fetch from a user page in ring 0
        mov     $7, %eax
        xor     %ecx, %ecx
        cpuid
        mov     %ebx, %ebp
        test    $0x80, %ebp
        jnz     1f
        SKIP    smep, "CPUID.7.EBX.SMEP is 0"
        RULE    "smep-is-reserved-without-cpuid"
        mov     %cr4, %eax
        or      $0x100000, %eax
98:     mov     %eax, %cr4
        END_AT98 GP
        jmp     no_smep
1:      OURSELVES 0
        CR4     0x100000
        RULE    "smep-supervisor-fetch-of-user-page"
        jmp     VIRTUAL
        END     PF+0x11
        CHECK   smep-eip, rec_ip, VIRTUAL
        RULE    "smep-supervisor-read-of-user-page"
        mov     VIRTUAL, %al
        END     NONE
        ENTRY   PTE, FRAME+P+W
        RULE    "smep-supervisor-fetch-of-supervisor-page"
        jmp     VIRTUAL
        END     LANDED
        ENTRY   PTE, FRAME+ALL
        ENTRY   PDE, TABLE+P+W
        RULE    "smep-supervisor-pde-makes-supervisor-page"
        jmp     VIRTUAL
        END     LANDED
        ENTRY   PDE, TABLE+ALL
        ENTRY   PTE, FRAME
        RULE    "smep-absent-fetch-reports-i"
        jmp     VIRTUAL
        END     PF+0x10
        ENTRY   PTE, FRAME+ALL
        CR4     0, 0x100000
        RULE    "without-smep"
        jmp     VIRTUAL
        END     LANDED
        OURSELVES U
no_smep:

# SMAP: no access to a user page in ring 0 unless AC is set
        test    $1 << 20, %ebp
        jnz     1f
        SKIP    smap, "CPUID.7.EBX.SMAP is 0"
        RULE    "smap-is-reserved-without-cpuid"
        mov     %cr4, %eax
        or      $0x200000, %eax
98:     mov     %eax, %cr4
        END_AT98 GP
        RULE    "stac-without-smap"
98:     stac
        END_AT98 UD
        jmp     no_smap
1:      OURSELVES 0
        CR4     0x200000
        clac
        RULE    "smap-read"
98:     mov     VIRTUAL, %al
        END_AT98 PF+1
        RULE    "smap-write"
98:     mov     %al, VIRTUAL
        END_AT98 PF+3
        CHECK   smap-cr2, rec_cr2, VIRTUAL
        stac
        RULE    "smap-read-with-ac"
        mov     VIRTUAL, %al
        END     NONE
        RULE    "smap-write-with-ac"
        movb    $0xcd, VIRTUAL
        END     NONE
        clac
        RULE    "stac-sets-ac"
        stac
        pushfl
        clac
        pop     %ebx
        pushfl
        pop     %ecx
        END     NONE
        CHECK_BITS stac-set-ac, %ebx, 0x40000, 0x40000
        CHECK_BITS clac-cleared-ac, %ecx, 0x40000, 0
        RULE    "smap-fetch-is-not-checked"
        jmp     VIRTUAL
        END     LANDED
        ENTRY   PDE, TABLE+P+W
        RULE    "smap-supervisor-pde"
        mov     VIRTUAL, %al
        END     NONE
        ENTRY   PDE, TABLE+ALL
        # The processor's own accesses are refused even with AC: a GDT of which FAR_DATA alone lies
        # in a user page.
        ENTRY   PTE, FRAME+P+W
        ENTRY   TABLE+8, FRAME+0x1000+ALL
        stac
        mov     $GDT, %esi
        mov     $VIRTUAL+0x1000-FAR_DATA, %edi
        mov     $FAR_DATA/4, %ecx
        rep movsl
        movl    $0x0000ffff, VIRTUAL+0x1000
        movl    $0x00cff300, VIRTUAL+0x1004
        lgdtl   user_gdt
        RULE    "smap-implicit-access-with-ac"
        mov     $FAR_DATA, %eax
98:     mov     %eax, %es
        END_AT98 PF+1
        lgdtl   gdt_final
        clac
        CR4     0, 0x200000
        OURSELVES U
        RULE    "stac-cpl3"
        USER
98:     stac
        KERNEL
        END_AT98 UD
        RULE    "clac-cpl3"
        USER
98:     clac
        KERNEL
        END_AT98 UD
no_smap:
        jmp     finish
user_gdt:
        .word   GDT_LIMIT
        .long   VIRTUAL+0x1000-FAR_DATA
