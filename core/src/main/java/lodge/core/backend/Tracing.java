package lodge.core.backend;

import java.util.function.Consumer;

/**
 * A {@link Vcpu} that can tell instruction by instruction what it does: only a processor made of
 * software can. Costs nothing until {@link #trace} is called, and nothing again when the window is
 * over; meanwhile, and while it waits for its window, it executes one instruction at a time.
 */
public interface Tracing {
    /**
     * Traces a part of what the processor executes from now on. Replaces an earlier trace. Belongs
     * to whom {@link Vcpu#run} belongs to.
     *
     * <p>The lines are of the form that QEMU writes with {@code -d in_asm,int} when it executes one
     * instruction at a time, port accesses as its trace events {@code cpu_in} and {@code cpu_out};
     * docs/trace.md describes them.
     *
     * @param window which part
     * @param lines takes one line after the other, without its end; called on the processor's
     *     thread
     */
    void trace(TraceWindow window, Consumer<String> lines);
}
