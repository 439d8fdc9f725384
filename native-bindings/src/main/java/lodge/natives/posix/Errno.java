package lodge.natives.posix;

/** Error numbers of Linux on x86-64, with their names (errno.h). */
public final class Errno {
    /** {@code EPERM}. */
    public static final int EPERM = 1;

    /** {@code ENOENT}. */
    public static final int ENOENT = 2;

    /** {@code ESRCH}. */
    public static final int ESRCH = 3;

    /** {@code EINTR}. */
    public static final int EINTR = 4;

    /** {@code EIO}. */
    public static final int EIO = 5;

    /** {@code ENXIO}. */
    public static final int ENXIO = 6;

    /** {@code E2BIG}. */
    public static final int E2BIG = 7;

    /** {@code ENOEXEC}. */
    public static final int ENOEXEC = 8;

    /** {@code EBADF}. */
    public static final int EBADF = 9;

    /** {@code ECHILD}. */
    public static final int ECHILD = 10;

    /** {@code EAGAIN}. */
    public static final int EAGAIN = 11;

    /** {@code ENOMEM}. */
    public static final int ENOMEM = 12;

    /** {@code EACCES}. */
    public static final int EACCES = 13;

    /** {@code EFAULT}. */
    public static final int EFAULT = 14;

    /** {@code ENOTBLK}. */
    public static final int ENOTBLK = 15;

    /** {@code EBUSY}. */
    public static final int EBUSY = 16;

    /** {@code EEXIST}. */
    public static final int EEXIST = 17;

    /** {@code EXDEV}. */
    public static final int EXDEV = 18;

    /** {@code ENODEV}. */
    public static final int ENODEV = 19;

    /** {@code ENOTDIR}. */
    public static final int ENOTDIR = 20;

    /** {@code EISDIR}. */
    public static final int EISDIR = 21;

    /** {@code EINVAL}. */
    public static final int EINVAL = 22;

    /** {@code ENFILE}. */
    public static final int ENFILE = 23;

    /** {@code EMFILE}. */
    public static final int EMFILE = 24;

    /** {@code ENOTTY}. */
    public static final int ENOTTY = 25;

    /** {@code ETXTBSY}. */
    public static final int ETXTBSY = 26;

    /** {@code EFBIG}. */
    public static final int EFBIG = 27;

    /** {@code ENOSPC}. */
    public static final int ENOSPC = 28;

    /** {@code ESPIPE}. */
    public static final int ESPIPE = 29;

    /** {@code EROFS}. */
    public static final int EROFS = 30;

    /** {@code EMLINK}. */
    public static final int EMLINK = 31;

    /** {@code EPIPE}. */
    public static final int EPIPE = 32;

    /** {@code EDOM}. */
    public static final int EDOM = 33;

    /** {@code ERANGE}. */
    public static final int ERANGE = 34;

    /** {@code EDEADLK}. */
    public static final int EDEADLK = 35;

    /** {@code ENAMETOOLONG}. */
    public static final int ENAMETOOLONG = 36;

    /** {@code ENOSYS}. */
    public static final int ENOSYS = 38;

    /** {@code ELOOP}. */
    public static final int ELOOP = 40;

    /** {@code EOVERFLOW}. */
    public static final int EOVERFLOW = 75;

    /** {@code EOPNOTSUPP}. */
    public static final int EOPNOTSUPP = 95;

    /** {@code ETIMEDOUT}. */
    public static final int ETIMEDOUT = 110;

    /** {@code EALREADY}. */
    public static final int EALREADY = 114;

    /** {@code EINPROGRESS}. */
    public static final int EINPROGRESS = 115;

    /** {@code ENETDOWN}. */
    public static final int ENETDOWN = 100;

    /** {@code EADDRINUSE}. */
    public static final int EADDRINUSE = 98;

    private Errno() {}

    /**
     * The name of an error number.
     *
     * @param errno the number
     * @return for example {@code EACCES}; {@code errno 523} for one without a name here
     */
    public static String name(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM";
            case ENOENT -> "ENOENT";
            case ESRCH -> "ESRCH";
            case EINTR -> "EINTR";
            case EIO -> "EIO";
            case ENXIO -> "ENXIO";
            case E2BIG -> "E2BIG";
            case ENOEXEC -> "ENOEXEC";
            case EBADF -> "EBADF";
            case ECHILD -> "ECHILD";
            case EAGAIN -> "EAGAIN";
            case ENOMEM -> "ENOMEM";
            case EACCES -> "EACCES";
            case EFAULT -> "EFAULT";
            case ENOTBLK -> "ENOTBLK";
            case EBUSY -> "EBUSY";
            case EEXIST -> "EEXIST";
            case EXDEV -> "EXDEV";
            case ENODEV -> "ENODEV";
            case ENOTDIR -> "ENOTDIR";
            case EISDIR -> "EISDIR";
            case EINVAL -> "EINVAL";
            case ENFILE -> "ENFILE";
            case EMFILE -> "EMFILE";
            case ENOTTY -> "ENOTTY";
            case ETXTBSY -> "ETXTBSY";
            case EFBIG -> "EFBIG";
            case ENOSPC -> "ENOSPC";
            case ESPIPE -> "ESPIPE";
            case EROFS -> "EROFS";
            case EMLINK -> "EMLINK";
            case EPIPE -> "EPIPE";
            case EDOM -> "EDOM";
            case ERANGE -> "ERANGE";
            case EDEADLK -> "EDEADLK";
            case ENAMETOOLONG -> "ENAMETOOLONG";
            case ENOSYS -> "ENOSYS";
            case ELOOP -> "ELOOP";
            case EOVERFLOW -> "EOVERFLOW";
            case EOPNOTSUPP -> "EOPNOTSUPP";
            case ETIMEDOUT -> "ETIMEDOUT";
            case EALREADY -> "EALREADY";
            case EINPROGRESS -> "EINPROGRESS";
            case ENETDOWN -> "ENETDOWN";
            case EADDRINUSE -> "EADDRINUSE";
            default -> "errno " + errno;
        };
    }
}
