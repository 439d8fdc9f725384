package lodge.natives.posix;

/**
 * Constants of the C library on Linux, x86-64, under their C names: fcntl.h, sys/mman.h,
 * sys/eventfd.h, poll.h, signal.h, unistd.h.
 */
public final class Posix {
    /** Open for reading. */
    public static final int O_RDONLY = 0;

    /** Open for reading and writing. */
    public static final int O_RDWR = 2;

    /** Do not block. */
    public static final int O_NONBLOCK = 0x800;

    /** Close on exec. */
    public static final int O_CLOEXEC = 0x80000;

    /** Memory may be read. */
    public static final int PROT_READ = 1;

    /** Memory may be written. */
    public static final int PROT_WRITE = 2;

    /** Writes go to the file or device behind the mapping. */
    public static final int MAP_SHARED = 1;

    /** Writes stay private. */
    public static final int MAP_PRIVATE = 2;

    /** Memory without a file. */
    public static final int MAP_ANONYMOUS = 0x20;

    /** Swap space is not set aside. */
    public static final int MAP_NORESERVE = 0x4000;

    /** Pages may be thrown away; they read as zero afterwards. */
    public static final int MADV_DONTNEED = 4;

    /** A child process does not get the memory. */
    public static final int MADV_DONTFORK = 10;

    /** Huge pages are welcome. */
    public static final int MADV_HUGEPAGE = 14;

    /** Close the eventfd on exec. */
    public static final int EFD_CLOEXEC = 0x80000;

    /** Do not block on the eventfd. */
    public static final int EFD_NONBLOCK = 0x800;

    /** There is something to read. */
    public static final int POLLIN = 1;

    /** Writing will not block. */
    public static final int POLLOUT = 4;

    /** An error. */
    public static final int POLLERR = 8;

    /** The other side hung up. */
    public static final int POLLHUP = 0x10;

    /** Urgent data on a socket; ignored unless a handler is set. */
    public static final int SIGURG = 23;

    /** Blocks signals. */
    public static final int SIG_BLOCK = 0;

    /** Lets signals through. */
    public static final int SIG_UNBLOCK = 1;

    /** A system call that a handler interrupted is started again, where the call allows it. */
    public static final int SA_RESTART = 0x10000000;

    /** The handler runs on the alternate stack, if the thread has one. */
    public static final int SA_ONSTACK = 0x08000000;

    /** Argument of sysconf: how many pages of memory the host has. */
    public static final int _SC_PHYS_PAGES = 85;

    /** Argument of sysconf: the size of a page. */
    public static final int _SC_PAGESIZE = 30;

    private Posix() {}
}
