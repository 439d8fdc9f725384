package lodge.interpreter;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much heap a machine's decoded code may take. A guest can execute all of its memory, once;
 * what it has not executed again must not stay for ever.
 */
final class CodeBudget {
    /** Estimated bytes of the table of a page in one mode. */
    static final int TABLE = 4 * CodePage.SIZE + 16;

    /** Estimated bytes of a node. */
    static final int NODE = 56;

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    /** Half of the heap that the JVM may use. */
    CodeBudget() {
        this(Runtime.getRuntime().maxMemory() / 2);
    }

    /**
     * A budget.
     *
     * @param limit bytes
     */
    CodeBudget(long limit) {
        this.limit = limit;
    }

    void charge(int bytes) {
        used.addAndGet(bytes);
    }

    boolean exhausted() {
        return used.get() > limit;
    }

    void clear() {
        used.set(0);
    }
}
