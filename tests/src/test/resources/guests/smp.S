# Several processors. SDM 3A 8.4 (INIT and SIPI), 8.1 (locked operations), 8.1.3 (self- and
# cross-modifying code), 8.2 (memory ordering, its examples), 10.6 (IPIs).
# machine: cpus=4
        .include "guest32.inc"

        .equ    CPUS, 4
        .equ    ENTRY, 0x8000           # where SIPI 8 starts the others
        .equ    STACKS, 0x60000
        .equ    APIC, 0xfee00000
        .equ    ICR, APIC + 0x300
        .equ    ICR_HIGH, APIC + 0x310
        .equ    LIMIT, 200000000        # turns of a waiting loop
        # Shared, each in a cache line of its own
        .equ    alive, SCRATCH + 0x000
        .equ    work, SCRATCH + 0x040   # what to do
        .equ    round, SCRATCH + 0x080  # grows when there is something to do
        .equ    done, SCRATCH + 0x0c0
        .equ    sum, SCRATCH + 0x100
        .equ    ids, SCRATCH + 0x140
        .equ    bsp_flags, SCRATCH + 0x180
        .equ    ready, SCRATCH + 0x1c0
        .equ    ipis, SCRATCH + 0x200
        .equ    nmis, SCRATCH + 0x240
        .equ    x, SCRATCH + 0x280
        .equ    y, SCRATCH + 0x2c0
        .equ    turn, SCRATCH + 0x300
        .equ    wrong, SCRATCH + 0x340
        .equ    seen_x, SCRATCH + 0x380
        .equ    seen_y, SCRATCH + 0x3c0
        .equ    lock_word, SCRATCH + 0x400
        .equ    barrier, SCRATCH + 0x440
        .equ    ipi_set, SCRATCH + 0x500
        .equ    split, SCRATCH + 0x47e  # four bytes over the end of a line
        .equ    split_page, SCRATCH + 0xffe     # and over the end of a page

        # Waits until a number in memory is reached.
        .macro  UNTIL where, number
        mov     $LIMIT, %ecx
71:     cmpl    $(\number), \where
        jae     72f
        pause
        dec     %ecx
        jnz     71b
72:
        .endm
        # INIT, a pause as the manual wants, and SIPI (SDM 3A 8.4.4.1)
        .macro  DELAY
        mov     $1000000, %ecx
73:     pause
        loop    73b
        .endm
        # The others do something.
        .macro  START what
        movl    $\what, work
        movl    $0, done
        movl    $0, ready
        lock incl round
        movl    $0xc4053, ICR
        .endm
        # All processors do something; returns when all have.
        .macro  TOGETHER what
        movl    $0, barrier
        START   \what
        xor     %ebx, %ebx
        call    \what
        UNTIL   done, CPUS-1
        .endm
        .macro  TO cpu, command
        movl    $(\cpu) << 24, ICR_HIGH
        movl    $(\command), ICR
        .endm

        .code16
trampoline:
        cli
        mov     %cr0, %eax
        mov     %cs, %bx
        mov     %bx, %ds
        mov     %eax, at_cr0 - trampoline
        mov     %bx, at_cs - trampoline
        call    1f
1:      pop     %ax                     # needs a stack: SS:SP is 0:0 after INIT, fffe is written
        sub     $1b - trampoline, %ax
        mov     %ax, at_ip - trampoline
        pushfw
        popw    at_flags - trampoline
        lgdtl   at_gdt - trampoline
        mov     %cr0, %eax
        or      $1, %eax
        and     $0x9fffffff, %eax
        mov     %eax, %cr0
        ljmpl   $CODE0, $other
        .balign 4
at_cr0: .long   0
at_cs:  .long   0
at_ip:  .long   0
at_flags: .long 0
at_gdt: .word   GDT_LIMIT
        .long   GDT
trampoline_end:
        .code32

# The others: EBX is the APIC id, EBP the last round.
other:  mov     $DATA0, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        mov     APIC + 0x20, %ebx
        shr     $24, %ebx
        mov     %ebx, %esp
        shl     $12, %esp
        add     $STACKS + 0x1000, %esp
        lidtl   idt_pointer
        movl    $0x1ff, APIC + 0xf0
        lock bts %ebx, ids
        mov     $0x1b, %ecx
        rdmsr
        shr     $8, %eax
        and     $1, %eax
        lock or %eax, bsp_flags
        mov     round, %ebp
        lock incl alive
1:      cli                             # idle until an IPI says that there is something to do
        cmp     %ebp, round
        jne     2f
        sti
        hlt
        jmp     1b
2:      mov     round, %ebp
        push    %ebp
        call    *work
        pop     %ebp
        mov     APIC + 0x20, %ebx
        shr     $24, %ebx
        lock incl done
        jmp     1b

# Two meet here. Each meeting counts 2 more.
meet:   push    %eax
        mov     $1, %eax
        lock xadd %eax, barrier
        and     $~1, %eax
        add     $2, %eax
1:      cmp     %eax, barrier
        jae     2f
        pause
        jmp     1b
2:      pop     %eax
        ret

on_ipi: push    %eax
        mov     APIC + 0x20, %eax
        shr     $24, %eax
        lock bts %eax, ipi_set
        pop     %eax
        lock incl ipis
on_wake:
        movl    $0, APIC + 0xb0
        iretl
on_nmi: lock incl nmis
        iretl
on_ping:                                # processor 1 answers
        movl    $0, ICR_HIGH
        movl    $0x52, ICR
        movl    $0, APIC + 0xb0
        iretl
on_pong:
        lock incl ipis
        movl    $0, APIC + 0xb0
        iretl

main:   movl    $0x1ff, APIC + 0xf0
        mov     $SCRATCH, %edi
        xor     %eax, %eax
        mov     $0x400, %ecx
        rep stosl
        mov     $trampoline, %esi
        mov     $ENTRY, %edi
        mov     $trampoline_end - trampoline, %ecx
        rep movsb
        VECTOR  0x50, on_ipi
        VECTOR  0x51, on_ping
        VECTOR  0x53, on_wake
        VECTOR  0x52, on_pong
        VECTOR  2, on_nmi

# Starting (SDM 3A 8.4.4.1)
        RULE    "init-alone-starts-nothing"
        movl    $0xc4500, ICR           # INIT to all but itself
        DELAY
        mov     alive, %ebx
        END     NONE
        CHECK   init-alone-started, %ebx, 0
        RULE    "sipi-starts"
        movl    $0xc4600 + ENTRY/0x1000, ICR
        UNTIL   alive, CPUS-1
        END     NONE
        CHECK   sipi-started, alive, CPUS-1
        CHECK   ids-are-different, ids, 0xe
        CHECK   others-are-no-bsp, bsp_flags, 0
        CHECK   sipi-cs, ENTRY+at_cs-trampoline, ENTRY>>4
        CHECK   sipi-ip, ENTRY+at_ip-trampoline, 0
        CHECK   sipi-cr0, ENTRY+at_cr0-trampoline, 0x60000010
        CHECK_BITS sipi-flags, ENTRY+at_flags-trampoline, 0x7702, 2
        RULE    "second-sipi-is-ignored"
        movl    $0xc4600 + ENTRY/0x1000, ICR
        DELAY
        END     NONE
        CHECK   second-sipi-ignored, alive, CPUS-1

# Locked operations (SDM 3A 8.1.2)
        .macro  RACE what, body, expected, where=sum
        RULE    "\what"
        movl    $0, \where
        TOGETHER \body
        END     NONE
        CHECK   \what-sum, \where, \expected
        .endm
        RACE    lock-inc, do_inc, CPUS*20000
        RACE    lock-xadd, do_xadd, CPUS*20000
        RACE    lock-cmpxchg, do_cmpxchg, CPUS*5000
        RACE    lock-cmpxchg8b, do_cmpxchg8b, CPUS*5000
        RACE    xchg-spinlock, do_spinlock, CPUS*2000
        RACE    lock-bts-spinlock, do_bts, CPUS*2000
        RACE    lock-inc-split-line, do_split, CPUS*2000, split
        RACE    lock-inc-split-page, do_split_page, CPUS*2000, split_page
        RACE    lock-byte-neighbours, do_bytes, 0x20202020
        jmp     ordering

do_inc: mov     $20000, %ecx
1:      lock incl sum
        loop    1b
        ret
do_xadd:
        mov     $20000, %ecx
1:      mov     $1, %eax
        lock xadd %eax, sum
        loop    1b
        ret
do_cmpxchg:
        mov     $5000, %ecx
1:      mov     sum, %eax
2:      lea     1(%eax), %edx
        lock cmpxchg %edx, sum
        jne     2b
        loop    1b
        ret
do_cmpxchg8b:
        mov     $5000, %esi
1:      mov     sum, %eax
        mov     sum+4, %edx
2:      mov     %eax, %ebx
        mov     %edx, %ecx
        add     $1, %ebx
        adc     $0, %ecx
        lock cmpxchg8b sum
        jne     2b
        dec     %esi
        jnz     1b
        ret
do_spinlock:
        mov     $2000, %esi
1:      mov     $1, %eax
2:      xchg    %eax, lock_word
        test    %eax, %eax
        jz      3f
        pause
        mov     $1, %eax
        jmp     2b
3:      incl    sum                     # not locked: the lock protects it
        movl    $0, lock_word
        dec     %esi
        jnz     1b
        ret
do_bts: mov     $2000, %esi
1:      lock btsl $5, lock_word
        jnc     2f
        pause
        jmp     1b
2:      incl    sum
        lock btrl $5, lock_word
        dec     %esi
        jnz     1b
        ret
do_split:
        mov     $2000, %ecx
1:      lock incl split
        loop    1b
        ret
do_split_page:
        mov     $2000, %ecx
1:      lock incl split_page
        loop    1b
        ret
do_bytes:                               # each processor has a byte of the same word
        mov     $0x20, %ecx
1:      incb    sum(%ebx)
        push    %ecx
        mov     $50, %ecx
2:      loop    2b
        pop     %ecx
        loop    1b
        ret

# Memory ordering (SDM 3A 8.2.3)
ordering:
        # 8.2.3.2: stores are seen in order, loads are done in order.
        RULE    "message-passing"
        movl    $0, wrong
        movl    $0, x
        movl    $0, y
        TOGETHER do_messages
        END     NONE
        CHECK   message-passing-wrong, wrong, 0
        # 8.2.3.4 allows a load to pass an older store; a locked instruction or MFENCE between
        # them does not (8.2.3.9, 8.2.5).
        RULE    "store-mfence-load"
        movl    $0, wrong
        TOGETHER do_fenced
        END     NONE
        CHECK   store-mfence-load-wrong, wrong, 0
        RULE    "store-locked-load"
        movl    $0, wrong
        TOGETHER do_locked
        END     NONE
        CHECK   store-locked-load-wrong, wrong, 0
        RULE    "xchg-load"
        movl    $0, wrong
        TOGETHER do_xchg
        END     NONE
        CHECK   xchg-load-wrong, wrong, 0
        jmp     interrupts
do_messages:
        cmp     $1, %ebx
        ja      9f
        je      reader
        mov     $20000, %ecx
1:      incl    x
        incl    y
        loop    1b
        ret
reader: mov     $20000, %ecx
1:      mov     y, %eax
        mov     x, %edx
        cmp     %eax, %edx              # X was written first
        jae     2f
        lock incl wrong
2:      loop    1b
9:      ret
        .macro  BUFFERED name, fence:vararg
\name:  cmp     $1, %ebx
        ja      6f
        mov     $50, %esi
1:      call    meet
        test    %ebx, %ebx
        jnz     2f
        movl    $0, x
        movl    $0, y
2:      call    meet
        cmp     $1, %ebx
        je      3f
        STORE_\name x
        mov     y, %eax
        mov     %eax, seen_y
        jmp     4f
3:      STORE_\name y
        mov     x, %eax
        mov     %eax, seen_x
4:      call    meet
        test    %ebx, %ebx
        jnz     5f
        mov     seen_x, %eax
        or      seen_y, %eax
        jnz     5f
        incl    wrong
5:      dec     %esi
        jnz     1b
6:      ret
        .endm
        .macro  STORE_do_fenced where
        movl    $1, \where
        mfence
        .endm
        .macro  STORE_do_locked where
        movl    $1, \where
        lock addl $0, (%esp)
        .endm
        .macro  STORE_do_xchg where
        mov     $1, %eax
        xchg    %eax, \where
        .endm
        BUFFERED do_fenced
        BUFFERED do_locked
        BUFFERED do_xchg

# IPIs
interrupts:
        RULE    "ipi-to-all-but-self"
        movl    $0, ipis
        movl    $0, ipi_set
        START   do_wait_for_ipis
        UNTIL   ready, CPUS-1
        movl    $0xc4050, ICR
        UNTIL   done, CPUS-1
        END     NONE
        CHECK   ipi-to-all-but-self-count, ipis, CPUS-1
        RULE    "ipi-to-one-by-one"
        movl    $0, ipis
        movl    $0, ipi_set
        START   do_wait_for_ipis
        UNTIL   ready, CPUS-1
        TO      1, 0x4050
        UNTIL   ipis, 1
        TO      2, 0x4050
        UNTIL   ipis, 2
        TO      3, 0x4050
        UNTIL   done, CPUS-1
        END     NONE
        CHECK   ipi-to-one-by-one-count, ipis, CPUS-1
        RULE    "nmi-wakes-halted-processors"
        movl    $0, nmis
        START   do_wait_for_nmi
        UNTIL   ready, CPUS-1
        mov     $100000, %ecx
1:      loop    1b
        movl    $0xc4400, ICR
        UNTIL   done, CPUS-1
        END     NONE
        CHECK   nmi-count, nmis, CPUS-1
        RULE    "ping-pong"
        movl    $0, ipis
        START   do_pong
        UNTIL   ready, CPUS-1
        xor     %esi, %esi
1:      inc     %esi
        TO      1, 0x4051
        mov     $LIMIT, %ecx
2:      sti
        nop
        cli
        cmp     %esi, ipis
        jae     3f
        dec     %ecx
        jnz     2b
        jmp     4f
3:      cmp     $50, %esi
        jb      1b
4:      movl    $1, turn
        UNTIL   done, CPUS-1
        END     NONE
        CHECK   ping-pong-count, ipis, 50
        jmp     code
do_wait_for_ipis:
        lock incl ready
1:      cli
        bt      %ebx, ipi_set
        jc      2f
        sti
        hlt
        jmp     1b
2:      ret
do_wait_for_nmi:
        lock incl ready
        cli
1:      hlt                             # only an NMI ends this
        cmpl    $0, nmis
        je      1b
        ret
do_pong:
        lock incl ready
        cmp     $1, %ebx
        jne     2f
        sti
1:      pause
        cmpl    $0, turn
        je      1b
        cli
2:      ret

# Cross-modifying code (SDM 3A 8.1.3): the writer writes and raises a flag, the reader sees the flag,
# executes CPUID and then the new code.
code:   RULE    "cross-modifying-code"
        movl    $0, wrong
        movl    $0, turn
        movl    $0, x
        movl    $0, y
        TOGETHER do_modify
        END     NONE
        CHECK   cross-modifying-code-wrong, wrong, 0
        RULE    "self-modifying-code"
        xor     %ebx, %ebx
        mov     $100, %ecx
1:      mov     %ecx, 2f+1
2:      mov     $0, %eax
        add     %eax, %ebx
        loop    1b
        END     NONE
        CHECK   self-modifying-code-sum, %ebx, 5050
        # INIT stops a processor wherever it is; SIPI starts it afresh.
        RULE    "init-and-sipi-again"
        movl    $0, alive
        TO      2, 0x4500
        DELAY
        TO      2, 0x4600+ENTRY/0x1000
        UNTIL   alive, 1
        TOGETHER do_inc
        END     NONE
        CHECK   init-and-sipi-again-alive, alive, 1
        RULE    "init-ends-hlt"
        movl    $0, alive
        START   do_halt
        UNTIL   ready, CPUS-1
        movl    $0xc4500, ICR
        DELAY
        movl    $0xc4600+ENTRY/0x1000, ICR
        UNTIL   alive, CPUS-1
        END     NONE
        CHECK   init-ends-hlt-alive, alive, CPUS-1
        jmp     finish
do_halt:
        lock incl ready
        cli
1:      hlt
        jmp     1b
do_modify:
        cmp     $1, %ebx
        ja      9f
        je      modified
        mov     $1, %esi
1:      mov     %esi, changing+1
        mov     %esi, x                 # there is new code
2:      pause
        cmp     %esi, y                 # it was executed
        jne     2b
        inc     %esi
        cmp     $60, %esi
        jb      1b
9:      ret
modified:
        mov     $1, %esi
1:      pause
        cmp     %esi, x
        jne     1b
        xor     %eax, %eax
        cpuid
        call    changing
        cmp     %esi, %eax
        je      2f
        lock incl wrong
2:      mov     %esi, y
        inc     %esi
        cmp     $60, %esi
        jb      1b
        ret
changing:
        mov     $0, %eax
        ret
