package lodge.interpreter;

/**
 * A near branch with a displacement, in a flat code segment. A target in the same page is linked;
 * backward branches look for attention, so that no loop can keep the processor from listening.
 */
abstract class BranchNode extends Node {
    /** Where the branch goes, once it has been there. */
    Node target;

    /** Displacement from the end of the instruction. */
    final long displacement;

    private final boolean backward;

    BranchNode(Insn i) {
        this(i, i);
    }

    /** Two fused instructions, of which the second is the branch. */
    BranchNode(Insn first, Insn branch) {
        offset = first.offset;
        length = (byte) (branch.offset + branch.length - first.offset);
        displacement = branch.imm;
        backward = branch.imm < 0;
    }

    /** Goes where the branch leads. */
    final Node take(Cpu c) {
        Node t = target;
        if (t != null && (!backward || !c.attentive())) {
            return t;
        }
        return c.branch(this);
    }

    @Override
    void unlink() {
        next = null;
        target = null;
    }
}
