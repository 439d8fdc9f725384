package lodge.interpreter;

/**
 * One decoded instruction (or two fused ones) at an offset of a physical page. Executing it returns
 * the node that follows, or null when the run loop must look around; then {@code Cpu.rip} holds
 * where to go on. Immutable but for its links, which are set when they are first followed and cut
 * when the page changes; nodes are shared by all processors of a machine.
 *
 * <p>An instruction that faults must not have changed anything: memory first, registers after.
 */
abstract class Node {
    /** The instruction behind this one, when it lies in the same page and has been seen. */
    Node next;

    /** Offset of the first byte in its page. */
    short offset;

    /** Number of bytes; 1 to 15, for fused instructions the sum. */
    byte length;

    /**
     * Executes the instruction.
     *
     * @param c the processor
     * @return the next node, or null when {@code c.rip} has been set and the run loop is to go on
     *     from there
     */
    abstract Node exec(Cpu c);

    /** The node behind this one; for the end of {@link #exec}. */
    final Node done(Cpu c) {
        Node n = next;
        return n != null ? n : c.follow(this);
    }

    /** Cuts the links to other nodes. */
    void unlink() {
        next = null;
    }

    /** How many bytes of the page were decoded for this node. */
    int span() {
        return length;
    }

    /** This node, or where two instructions are fused the first of them. */
    Node single() {
        return this;
    }

    /** Whether a non-canonical address of this instruction is a stack fault. */
    boolean usesStack() {
        return false;
    }
}
