/** x86 in pure Java: so far what a hardware backend needs when it cannot execute an instruction. */
module lodge.interpreter {
    requires transitive lodge.core;

    exports lodge.interpreter;

    provides lodge.core.backend.InstructionAssist with
            lodge.interpreter.EmulationAssist;
}
