package lodge.interpreter;

/**
 * A group of instructions that are executed by one class: what an instruction of the table does
 * when no specialised node exists for it. Stateless; everything is in the processor.
 */
abstract class Unit {
    /**
     * Returns the unit's own constant for an operation of the table.
     *
     * @param name the mnemonic, or what the tag {@code op:} says
     * @throws IllegalArgumentException when the unit does not know it
     */
    abstract Enum<?> operation(String name);

    /**
     * Executes an instruction. Memory is accessed before any register is changed, so that a fault
     * leaves everything as it was. For instructions tagged {@code end}, {@code c.rip} is already
     * behind the instruction and may be changed.
     *
     * @throws GuestFault when the instruction raises an exception
     */
    abstract void exec(Cpu c, Insn i);
}
