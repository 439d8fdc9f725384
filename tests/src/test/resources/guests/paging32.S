# 32-bit paging. SDM 3A 4.3 (translation, PSE-36), 4.6 (access rights), 4.7 (page-fault exceptions,
# error codes, CR2), 4.8 (accessed and dirty flags), 4.10 (invalidation), 6.15 "Interrupt 14".
        .include "guest32.inc"

        .equ    DIRECTORY, 0x50000
        .equ    LOW, 0x51000            # table of the first 4 MiB, mapped to themselves for all
        .equ    TABLE, 0x52000          # table of VIRTUAL
        .equ    VIRTUAL, 0x00800000     # three pages under test
        .equ    BIG, 0x00c00000         # 4 MiB under test
        .equ    FRAME, 0x00100000       # their memory
        .equ    FRAME2, 0x00101000
        .equ    FRAME3, 0x00102000
        .equ    PDE, DIRECTORY + 2*4
        .equ    BIG_PDE, DIRECTORY + 3*4
        .equ    PTE, TABLE
        .equ    PTE2, TABLE + 4
        .equ    CONF, FREE
        .equ    FAR_DATA, FREE + 0x08
        .equ    V, 0x60

# Bits of an entry
        .equ    P, 1
        .equ    W, 2
        .equ    U, 4
        .equ    A, 0x20
        .equ    D, 0x40
        .equ    PS, 0x80
        .equ    G, 0x100

        .macro  PAGE entry, value
        movl    $(\value), \entry
        call    flush
        .endm
        .macro  PAGES pde, pte, pte2=0
        movl    $TABLE+(\pde), PDE
        movl    $FRAME+(\pte), PTE
        movl    $FRAME2+(\pte2), PTE2
        call    flush
        .endm
        .equ    ALL, P+W+U

main:
        SEGMENT CONF, 0, 0xfffff, A_CONF, G32
        mov     $DIRECTORY, %edi
        xor     %eax, %eax
        mov     $0x3000 / 4, %ecx
        rep stosl
        mov     $LOW, %edi
        mov     $ALL, %eax
1:      stosl
        add     $0x1000, %eax
        cmp     $0x400000, %eax
        jb      1b
        movl    $LOW + ALL, DIRECTORY
        movl    $FRAME3 + ALL, TABLE + 8
        movw    $0x41cd, FRAME          # int $0x41: what a fetch finds
        mov     $DIRECTORY, %eax
        mov     %eax, %cr3
        mov     %cr4, %eax
        or      $0x10, %eax             # PSE
        mov     %eax, %cr4
        RULE    "paging-on"
        mov     %cr0, %eax
        or      $0x80000000, %eax
        mov     %eax, %cr0
        jmp     1f
1:      nop
        END     NONE

# Every combination of P, W and U in PDE and PTE, WP, and kind of access. EBP is the combination.
        jmp     matrix
flush:  push    %eax
        mov     %cr3, %eax
        mov     %eax, %cr3
        pop     %eax
        ret

        .equ    writes, RECORD + 0x100  # of the kind of access: bit 1 write, bit 2 user
        .equ    wp, RECORD + 0x108
        .equ    expectation, RECORD + 0x110
        .equ    wrong, RECORD + 0x118
        .equ    allowed, RECORD + 0x120 # what the access ends with when it is allowed

        .macro  MATRIX what, kind, ok, write_protect, code:vararg
        mov     %cr0, %eax
        and     $~0x10000, %eax
        .if     \write_protect
        or      $0x10000, %eax
        .endif
        mov     %eax, %cr0
        movl    $\kind, writes
        movl    $\write_protect, wp
        movl    $\ok, allowed
        movl    $0, wrong
        xor     %ebp, %ebp
50:     call    prepare
        RULE    "\what"
        .if     \kind & 4
        USER
        mov     $DATA3, %eax
        mov     %eax, %ds
        .endif
        \code
        .if     \kind & 4
        KERNEL
        .endif
99:     push    %ss
        pop     %ds
        push    %ss
        pop     %es
        call    judge
        inc     %ebp
        cmp     $64, %ebp
        jb      50b
        CHECK   \what, wrong, 0
        .endm

# PDE from bits 0 to 2 of EBP, PTE from bits 3 to 5; the expectation after SDM 3A 4.6.1 and 4.7.
prepare:
        mov     %ebp, %eax
        and     $7, %eax
        mov     %eax, %ecx
        add     $TABLE, %eax
        mov     %eax, PDE
        mov     %ebp, %eax
        shr     $3, %eax
        and     %eax, %ecx              # rights of both
        add     $FRAME, %eax
        mov     %eax, PTE
        call    flush
        mov     writes, %edx
        mov     %edx, %eax
        test    $P, %cl
        jz      3f                      # not present: P of the error code is 0
        or      $P, %eax
        test    $4, %dl
        jz      1f
        test    $U, %cl                 # user
        jz      3f
        jmp     2f
1:      cmpl    $0, wp
        je      4f                      # a supervisor without WP may do everything
2:      test    $2, %dl
        jz      4f
        test    $W, %cl
        jz      3f
4:      mov     allowed, %eax
        mov     %eax, expectation
        ret
3:      or      $PF, %eax
        mov     %eax, expectation
        ret

# Outcome, CR2 and the flags A and D of the PTE
judge:  mov     expectation, %eax
        cmp     outcome, %eax
        jne     5f
        mov     PTE, %ecx
        cmp     allowed, %eax
        je      1f
        cmpl    $VIRTUAL, rec_cr2
        jne     5f
        test    $D, %cl
        jnz     5f
        ret
1:      test    $A, %cl
        jz      5f
        testb   $A, PDE
        jz      5f
        shl     $5, %eax
        mov     writes, %eax
        shl     $5, %eax                # write, bit 1, to D, bit 6
        xor     %ecx, %eax
        test    $D, %al
        jnz     5f
        ret
5:      cmpl    $0, wrong               # the first one that is wrong is shown
        jne     6f
        mov     %ebp, %eax
        shl     $24, %eax
        or      outcome, %eax
        or      $0x40000000, %eax
        mov     %eax, wrong
6:      ret

matrix: MATRIX  matrix-supervisor-read, 0, NONE, 0, mov VIRTUAL, %al
        MATRIX  matrix-supervisor-read-wp, 0, NONE, 1, mov VIRTUAL, %al
        MATRIX  matrix-supervisor-write, 2, NONE, 0, movb $0xcd, VIRTUAL
        MATRIX  matrix-supervisor-write-wp, 2, NONE, 1, movb $0xcd, VIRTUAL
        MATRIX  matrix-user-read, 4, NONE, 0, mov VIRTUAL, %al
        MATRIX  matrix-user-read-wp, 4, NONE, 1, mov VIRTUAL, %al
        MATRIX  matrix-user-write, 6, NONE, 0, movb $0xcd, VIRTUAL
        MATRIX  matrix-user-write-wp, 6, NONE, 1, movb $0xcd, VIRTUAL
        MATRIX  matrix-user-fetch, 4, LANDED, 1, jmp VIRTUAL
        MATRIX  matrix-user-modify, 6, NONE, 1, orb $0xcd, VIRTUAL
        MATRIX  matrix-supervisor-modify, 2, NONE, 1, lock orb $0xcd, VIRTUAL

# Accessed and dirty flags (SDM 3A 4.8)
        PAGES   ALL, ALL
        RULE    "read-sets-accessed"
        mov     VIRTUAL, %al
        END     NONE
        CHECK_BITS read-sets-a-not-d, PTE, A+D, A
        CHECK_BITS read-sets-a-of-pde, PDE, A, A
        RULE    "write-sets-dirty"
        mov     %al, VIRTUAL            # after the read: a cached translation without D
        END     NONE
        CHECK_BITS write-set-d, PTE, A+D, A+D
        CHECK_BITS write-leaves-pde-bit-6, PDE, D, 0
        PAGES   ALL, ALL
        RULE    "failing-cmpxchg-writes"
        mov     VIRTUAL, %al
        not     %al
        mov     %al, %cl
        lock cmpxchg %cl, VIRTUAL
        END     NONE
        CHECK_BITS failing-cmpxchg-set-d, PTE, D, D
        PAGES   ALL, ALL
        RULE    "lea-and-invlpg-touch-nothing"
        lea     VIRTUAL, %eax
        invlpg  VIRTUAL
        END     NONE
        CHECK_BITS lea-and-invlpg-leave-a, PTE, A, 0
        PAGES   ALL, P+U
        RULE    "cmpxchg-needs-write"
        mov     %cr0, %eax
        or      $0x10000, %eax
        mov     %eax, %cr0
98:     cmpxchg %cl, VIRTUAL
        END_AT98 PF+3
        CHECK_BITS failed-write-leaves-d, PTE, D, 0

# Pages of 4 MiB (CR4.PSE)
        PAGE    BIG_PDE, PS+ALL
        RULE    "big-page-read"
        mov     BIG+FRAME, %ax
        END     NONE
        CHECK_BITS big-page-value, %eax, 0xffff, 0x41cd
        CHECK_BITS big-page-accessed, BIG_PDE, A+D, A
        RULE    "big-page-write"
        movb    $0xcd, BIG+FRAME
        END     NONE
        CHECK_BITS big-page-dirty, BIG_PDE, A+D, A+D
        PAGE    BIG_PDE, PS+P+W
        RULE    "big-page-user-read"
        USER
        mov     %ss:BIG+0x123456, %al
        KERNEL
        END     PF+5
        CHECK   big-page-cr2, rec_cr2, BIG+0x123456
        # Bit 21 is reserved: P and RSVD. The other bits go on to address bits 32 and up (PSE-36).
        PAGE    BIG_PDE, 0x200000+PS+ALL
        RULE    "big-page-reserved-bit-read"
98:     mov     BIG, %al
        END_AT98 PF+9
        RULE    "big-page-reserved-bit-write"
98:     mov     %al, BIG
        END_AT98 PF+0xb
        RULE    "big-page-reserved-bit-user"
        USER
        mov     %ss:BIG, %al
        KERNEL
        END     PF+0xd
        CHECK_BITS reserved-bit-leaves-a, BIG_PDE, A+D, 0
        PAGE    BIG_PDE, PS+ALL+0x2000
        RULE    "pse36-reads-above-4g"
        mov     BIG+FRAME, %ax
        END     NONE
        movzwl  %ax, %eax
        xor     $0x41cd, %eax           # nothing is there
        setz    %al
        movzbl  %al, %eax
        CHECK   pse36-is-not-low-memory, %eax, 0
        # Without PSE the bit PS is ignored.
        mov     %cr4, %eax
        and     $~0x10, %eax
        mov     %eax, %cr4
        PAGE    BIG_PDE, TABLE+PS+ALL
        PAGES   ALL, ALL
        RULE    "ps-ignored-without-pse"
        mov     BIG, %ax
        END     NONE
        CHECK_BITS ps-ignored-value, %eax, 0xffff, 0x41cd
        mov     %cr4, %eax
        or      $0x10, %eax
        mov     %eax, %cr4

# CR2, and accesses across pages (SDM 3A 4.7; SDM 2 says nothing is half done)
        PAGES   ALL, ALL, 0
        movl    $0x11223344, FRAME+0xffc
        RULE    "cross-write-second-absent"
        mov     $0x55667788, %eax
98:     mov     %eax, VIRTUAL+0xffe
        END_AT98 PF+2
        CHECK   cross-write-cr2, rec_cr2, VIRTUAL+0x1000
        CHECK   cross-write-wrote-nothing, FRAME+0xffc, 0x11223344
        RULE    "cross-read-second-absent"
98:     mov     VIRTUAL+0xffd, %eax
        END_AT98 PF
        CHECK   cross-read-cr2, rec_cr2, VIRTUAL+0x1000
        RULE    "cross-modify-second-absent"
98:     addl    $0x1000000, VIRTUAL+0xffe
        END_AT98 PF+2
        CHECK   cross-modify-wrote-nothing, FRAME+0xffc, 0x11223344
        RULE    "cross-double-store-second-absent"
        fninit
        fld1
98:     fstpl   VIRTUAL+0xffc
        END_AT98 PF+2
        CHECK   cross-double-wrote-nothing, FRAME+0xffc, 0x11223344
        fninit
        PAGES   ALL, 0, ALL
        RULE    "cross-write-first-absent"
98:     mov     %eax, VIRTUAL+0xffe
        END_AT98 PF+2
        CHECK   cross-first-cr2, rec_cr2, VIRTUAL+0xffe
        PAGES   ALL, ALL, P+U
        RULE    "cross-write-second-read-only"
        USER
98:     mov     %eax, %ss:VIRTUAL+0xfff
        KERNEL
        END_AT98 PF+7
        CHECK   cross-read-only-cr2, rec_cr2, VIRTUAL+0x1000
        CHECK   cross-read-only-wrote-nothing, FRAME+0xffc, 0x11223344
        PAGES   ALL, ALL, ALL
        RULE    "cross-write-fine"
        mov     $0x55667788, %eax
        mov     %eax, VIRTUAL+0xffe
        mov     VIRTUAL+0xffe, %ebx
        END     NONE
        CHECK   cross-write-value, %ebx, 0x55667788
        CHECK_BITS cross-write-second-dirty, PTE2, A+D, A+D
        # Instructions that access several times leave the registers as they were.
        PAGES   ALL, 0, ALL
        RULE    "pusha-half-absent"
        USER
        mov     $VIRTUAL+0x1010, %esp
98:     pushal
        END_AT98 PF+6
        CHECK   pusha-half-absent-esp, rec_sp, VIRTUAL+0x1010
        PAGES   ALL, ALL, 0
        RULE    "popa-half-absent"
        USER
        mov     $VIRTUAL+0xff0, %esp
98:     popal
        END_AT98 PF+4
        CHECK   popa-half-absent-esp, rec_sp, VIRTUAL+0xff0
        CHECK   popa-half-absent-cr2, rec_cr2, VIRTUAL+0x1000
        RULE    "movs-absent"
        mov     $VIRTUAL+0xffd, %edi
        mov     $SCRATCH, %esi
        mov     $8, %ecx
98:     rep movsb
        END_AT98 PF+2
        CHECK   movs-absent-ecx, %ecx, 5
        CHECK   movs-absent-edi, %edi, VIRTUAL+0x1000
        CHECK   movs-absent-esi, %esi, SCRATCH+3
        CHECK   movs-absent-cr2, rec_cr2, VIRTUAL+0x1000
        RULE    "stos-dwords-absent"
        mov     $VIRTUAL+0xff6, %edi
        mov     $8, %ecx
98:     rep stosl
        END_AT98 PF+2
        CHECK   stos-dwords-absent-ecx, %ecx, 6
        CHECK   stos-dwords-absent-edi, %edi, VIRTUAL+0xffe
        RULE    "pop-to-absent-keeps-esp"
        push    $0x1234
98:     popl    VIRTUAL+0x1000
        END_AT98 PF+2
        CHECK   pop-to-absent-esp, rec_sp, KERNEL_STACK-4
        RULE    "call-through-absent"
98:     call    *VIRTUAL+0x1000
        END_AT98 PF
        CHECK   call-through-absent-esp, rec_sp, KERNEL_STACK
        RULE    "xchg-absent"
        mov     $0x77, %ebx
98:     xchg    %ebx, VIRTUAL+0x1000
        END_AT98 PF+2
        CHECK   xchg-absent-register, %ebx, 0x77
        # Fetches
        RULE    "jump-to-absent"
        jmp     VIRTUAL+0x1004
        END     PF
        CHECK   jump-to-absent-cr2, rec_cr2, VIRTUAL+0x1004
        CHECK   jump-to-absent-eip, rec_ip, VIRTUAL+0x1004
        movl    $0xb8909090, FRAME+0xffc        # mov $imm32, %eax over the end
        RULE    "fetch-cross-absent"
        jmp     VIRTUAL+0xffc
        END     PF
        CHECK   fetch-cross-cr2, rec_cr2, VIRTUAL+0x1000
        CHECK   fetch-cross-eip, rec_ip, VIRTUAL+0xfff
        RULE    "mov-cr2"
        mov     $0x12345678, %eax
        mov     %eax, %cr2
        mov     %cr2, %ebx
        END     NONE
        CHECK   mov-cr2-value, %ebx, 0x12345678
        RULE    "other-faults-keep-cr2"
        ud2
        END     UD
        CHECK   other-faults-kept-cr2, rec_cr2, 0x12345678

# What the processor reads itself are supervisor accesses, also out of ring 3 (SDM 3A 4.6)
        PAGES   ALL, ALL, P+W
        mov     $VIRTUAL+0x1000-FAR_DATA, %eax  # a GDT whose FAR_DATA lies in the second page
        mov     %eax, new_gdt+2
        mov     $GDT, %esi
        mov     $VIRTUAL+0x1000-FAR_DATA, %edi
        mov     $0x40, %ecx
        rep movsl
        movl    $0x0000ffff, VIRTUAL+0x1000
        movl    $0x00cff200, VIRTUAL+0x1004
        PAGES   ALL, ALL, P+W
        lgdtl   new_gdt
        RULE    "cpl3-load-from-supervisor-gdt"
        USER
        mov     $FAR_DATA+3, %eax
        mov     %eax, %es
        KERNEL
        END     NONE
        CHECK_BITS gdt-accessed-bit-dirties, PTE2, A+D, A+D
        CHECK_BITS gdt-accessed-bit, FRAME2+4, 0x100, 0x100
        PAGES   ALL, ALL, 0
        RULE    "cpl3-load-from-absent-gdt"
        USER
        mov     $FAR_DATA+3, %eax
98:     mov     %eax, %es
        KERNEL
        END_AT98 PF
        CHECK   absent-gdt-cr2, rec_cr2, VIRTUAL+0x1000
        # The accessed bit cannot be written: WP holds for the processor too.
        movl    $0x00cff200, FRAME2+4
        PAGES   ALL, ALL, P
        RULE    "accessed-bit-in-read-only-gdt"
        USER
        mov     $FAR_DATA+3, %eax
98:     mov     %eax, %es
        KERNEL
        END_AT98 PF+3
        movl    $0x00cff300, FRAME2+4
        RULE    "accessed-already-in-read-only-gdt"
        USER
        mov     $FAR_DATA+3, %eax
        mov     %eax, %es
        KERNEL
        END     NONE
        lgdtl   gdt_final
        # The IDT
        mov     $VIRTUAL+0x1000-V*8, %eax
        mov     %eax, new_idt+2
        PAGES   ALL, ALL, ALL
        mov     $IDT, %esi
        mov     $VIRTUAL+0x1000-V*8, %edi
        mov     $V*2+2, %ecx
        rep movsl
        PAGES   ALL, ALL, 0
        RULE    "int-through-absent-idt"
        lidtl   new_idt
98:     int     $V
        END_AT98 PF
        lidtl   idt_pointer
        CHECK   absent-idt-cr2, rec_cr2, VIRTUAL+0x1000
        # The stack of ring 0 is absent: a page fault of a supervisor's write. Its handler is
        # conforming code and stays on ring 3's stack.
        GATE    V*8, CODE0, landed, A_INT+DPL3, 0, IDT
        VECTOR  14, on_user_stack, A_INT, CONF
        movl    $VIRTUAL+0x2000, TSS_MAIN+4
        .macro  ABSENT_STACK what, code:vararg
        RULE    "\what"
        USER
98:     \code
        END_AT98 PF+2
        CHECK   \what-cr2, note, VIRTUAL+0x1ffc
        .endm
        jmp     1f
on_user_stack:
        popl    %ss:outcome
        orl     $PF, %ss:outcome
        popl    %ss:rec_ip
        movl    $INNER_STACK, %ss:TSS_MAIN+4
        int     $0x40
        mov     %cr2, %eax
        mov     %eax, note
        movl    $VIRTUAL+0x2000, TSS_MAIN+4
        jmp     *resume
1:      ABSENT_STACK int-to-absent-stack, int $V
        ABSENT_STACK fault-to-absent-stack, ud2
        # #GP is contributory, a page fault behind it is delivered by itself (SDM 3A table 6-5).
        ABSENT_STACK gp-to-absent-stack, hlt
        movl    $INNER_STACK, TSS_MAIN+4
        VECTOR_AGAIN 14
        # #PF whose gate is bad: a double fault
        GATE    14*8, CODE0, landed, A_INT+ABSENT, 0, IDT
        RULE    "pf-then-np-is-double-fault"
98:     mov     VIRTUAL+0x1000, %al
        END_AT98 DF
        VECTOR_AGAIN 14

# Invalidation (SDM 3A 4.10.4)
        movl    $0x1111, FRAME
        movl    $0x2222, FRAME2
        PAGES   ALL, ALL
        RULE    "invlpg"
        mov     VIRTUAL, %eax
        movl    $FRAME2+ALL, PTE
        invlpg  VIRTUAL+0x123
        mov     VIRTUAL, %ebx
        END     NONE
        CHECK   invlpg-value, %ebx, 0x2222
        RULE    "invlpg-after-rights"
        movl    $FRAME2+P, PTE
        invlpg  VIRTUAL
98:     movl    $0x2222, VIRTUAL
        END_AT98 PF+3
        RULE    "more-rights-need-no-invlpg"
        movl    $FRAME2+ALL, PTE        # a fault drops what was cached (SDM 3A 4.10.2.1, 4.10.4.1)
        movl    $0x2222, VIRTUAL
        END     NONE
        PAGES   ALL, 0
        RULE    "present-needs-no-invlpg"
        mov     $1f, %eax
        mov     %eax, resume
        mov     VIRTUAL, %al
1:      movl    $99f, resume
        cmpl    $PF, outcome
        jne     99f
        movl    $NONE, outcome
        movl    $FRAME+ALL, PTE
        mov     VIRTUAL, %eax
        END     NONE
        RULE    "cr3-flushes"
        mov     VIRTUAL, %eax
        movl    $FRAME2+ALL, PTE
        mov     %cr3, %eax
        mov     %eax, %cr3
        mov     VIRTUAL, %ebx
        END     NONE
        CHECK   cr3-flushed, %ebx, 0x2222
        mov     %cr4, %eax
        or      $0x80, %eax             # PGE
        mov     %eax, %cr4
        PAGES   ALL, ALL+G
        RULE    "invlpg-global"
        mov     VIRTUAL, %eax
        movl    $FRAME2+ALL+G, PTE
        invlpg  VIRTUAL
        mov     VIRTUAL, %ebx
        END     NONE
        CHECK   invlpg-global-value, %ebx, 0x2222
        RULE    "cr4-pge-flushes"
        mov     VIRTUAL, %eax
        movl    $FRAME+ALL+G, PTE
        mov     %cr4, %eax
        and     $~0x80, %eax
        mov     %eax, %cr4
        mov     VIRTUAL, %ebx
        END     NONE
        CHECK   cr4-pge-flushed, %ebx, 0x1111
        RULE    "cr0-pg-flushes"
        mov     VIRTUAL, %eax
        movl    $FRAME2+ALL, PTE
        mov     %cr0, %eax
        and     $~0x80000000, %eax
        mov     %eax, %cr0
        or      $0x80000000, %eax
        mov     %eax, %cr0
        mov     VIRTUAL, %ebx
        END     NONE
        CHECK   cr0-pg-flushed, %ebx, 0x2222
        RULE    "cr3-keeps-pwt-pcd"
        mov     $DIRECTORY+0x18, %eax
        mov     %eax, %cr3
        mov     %cr3, %ebx
        END     NONE
        CHECK_BITS cr3-kept-pwt-pcd, %ebx, 0x18, 0x18
        jmp     finish
new_gdt:
        .word   GDT_LIMIT
        .long   0
new_idt:
        .word   V*8+7
        .long   0
