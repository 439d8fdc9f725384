package lodge.core;

/** A call to the host's operating system failed. Only {@code native-bindings} creates these. */
public final class NativeCallException extends LodgeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errorCode;
    private final String errorName;

    /**
     * A failed call.
     *
     * @param call the call as a C programmer would write it, for example {@code
     *     ioctl(KVM_CREATE_VM)}
     * @param errorCode errno on POSIX systems, HRESULT on Windows
     * @param errorName the code's symbolic name, for example {@code EACCES}
     * @param remedy what the user can do; empty when nothing sensible is known
     */
    public NativeCallException(String call, int errorCode, String errorName, String remedy) {
        super(call + " failed: " + errorName + (remedy.isEmpty() ? "" : "; " + remedy), null);
        this.call = call;
        this.errorCode = errorCode;
        this.errorName = errorName;
    }

    /** Returns the call that failed. */
    public String call() {
        return call;
    }

    /** Returns errno (POSIX) or the HRESULT (Windows). */
    public int errorCode() {
        return errorCode;
    }

    /** Returns the symbolic name of {@link #errorCode()}. */
    public String errorName() {
        return errorName;
    }
}
