/**
 * x86 in pure Java: a whole processor, and single instructions for hardware backends that cannot
 * execute them.
 */
module lodge.interpreter {
    requires transitive lodge.core;

    exports lodge.interpreter;
    exports lodge.interpreter.assist;

    provides lodge.core.backend.InstructionAssist with
            lodge.interpreter.assist.EmulationAssist;
    provides lodge.core.backend.Hypervisor with
            lodge.interpreter.InterpreterHypervisor;
}
