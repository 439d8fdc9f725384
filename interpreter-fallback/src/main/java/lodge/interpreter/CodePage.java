package lodge.interpreter;

/**
 * What has been decoded from one page of host memory that holds guest code: for every way of
 * decoding (code size, stack size, flat segments) the node that begins at each byte. Owner of
 * invalidation: a store to a 64-byte granule that holds decoded bytes removes the nodes it touches
 * and cuts all links between the page's nodes, so that nobody passes from one node to the next
 * without looking again. Shared by all processors of a machine.
 */
final class CodePage {
    /** Number of decode modes ({@link Decoder}). */
    static final int MODES = 16;

    static final int SIZE = 4096;

    /** Where the page lies in the host. */
    final long host;

    private final Node[][] tables = new Node[MODES][];
    private final CodeBudget budget;
    private volatile long granules;
    private volatile boolean retired;

    /** How often a store removed nodes. */
    private int invalidations;

    /**
     * A page of which nothing has been decoded.
     *
     * @param host where it lies in the host
     * @param budget what its nodes are charged to
     */
    CodePage(long host, CodeBudget budget) {
        this.host = host;
        this.budget = budget;
    }

    /** Whether the page is no longer the one that stores look for: it must be looked up again. */
    boolean retired() {
        return retired;
    }

    /** Returns the node at an offset, or null. */
    Node find(int mode, int offset) {
        Node[] table = tables[mode];
        return table == null ? null : table[offset];
    }

    /**
     * Tells that bytes are about to be decoded; before they are read.
     *
     * @return to be given to {@link #put}: whether bytes were stored meanwhile
     */
    synchronized int claim(int offset, int length) {
        granules |= mask(offset, length);
        RawMemory.fullFence();
        return invalidations;
    }

    /** Keeps a node, unless decoded bytes of the page have been stored since the claim. */
    synchronized void put(int mode, int offset, Node node, int claim) {
        if (claim != invalidations || retired) {
            return;
        }
        Node[] table = tables[mode];
        if (table == null) {
            table = new Node[SIZE];
            tables[mode] = table;
            budget.charge(CodeBudget.TABLE);
        }
        table[offset] = node;
        budget.charge(CodeBudget.NODE);
    }

    /** Removes a node that is no longer right. */
    synchronized void remove(int mode, int offset) {
        Node[] table = tables[mode];
        if (table != null) {
            table[offset] = null;
        }
    }

    /**
     * Forgets everything, for good: nobody gets from one of the nodes to the next without looking
     * the page up again.
     */
    synchronized void retire() {
        retired = true;
        for (int mode = 0; mode < MODES; mode++) {
            Node[] table = tables[mode];
            if (table != null) {
                for (Node node : table) {
                    if (node != null) {
                        node.unlink();
                    }
                }
                tables[mode] = null;
            }
        }
    }

    /** Links a node to its successor, unless one of them has been removed meanwhile. */
    synchronized Node follow(Node from, int mode, int offset) {
        Node[] table = tables[mode];
        Node to = table == null ? null : table[offset];
        if (to != null && !retired && table[from.offset] != null) {
            from.next = to;
        }
        return to;
    }

    /** Links a branch to its target, unless one of them has been removed meanwhile. */
    @SuppressWarnings("ReferenceEquality") // that very node, not one like it
    synchronized void link(BranchNode from, int mode, int offset, Node to) {
        Node[] table = tables[mode];
        if (table != null && table[offset] == to && table[from.offset] != null) {
            from.target = to;
        }
    }

    private static long mask(int offset, int length) {
        int first = offset >>> 6;
        int last = Math.min(offset + length - 1, SIZE - 1) >>> 6;
        return -1L >>> 63 - (last - first) << first;
    }

    /** Returns whether a store would touch bytes that are decoded. */
    boolean holds(int offset, int length) {
        return (granules & mask(offset, length)) != 0;
    }

    /** Bytes of the page have been stored; inside the page. */
    void written(int offset, int length) {
        if (holds(offset, length)) {
            invalidate(offset, length);
        }
    }

    private synchronized void invalidate(int offset, int length) {
        long left = 0;
        invalidations++;
        for (Node[] table : tables) {
            if (table == null) {
                continue;
            }
            for (int at = 0; at < SIZE; at++) {
                Node node = table[at];
                if (node == null) {
                    continue;
                }
                node.unlink();
                if (at < offset + length && at + node.span() > offset) {
                    table[at] = null;
                } else {
                    left |= mask(at, node.span());
                }
            }
        }
        granules = left;
    }
}
