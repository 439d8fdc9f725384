package lodge.tests.contract;

/**
 * What every backend must do, written with guests of a few instructions, their disassembly beside
 * the bytes. A backend's test class extends this one and says which backend it is; it skips with a
 * reason and a remedy where the backend cannot run.
 */
abstract class HypervisorContract
        implements CpuidContract,
                ExitContract,
                MemoryContract,
                KickContract,
                InterruptContract,
                InstructionContract,
                StateContract,
                HostileContract {}
