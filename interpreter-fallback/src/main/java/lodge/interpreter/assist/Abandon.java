package lodge.interpreter.assist;

/**
 * Why an instruction is not completed. Checked, so that the compiler finds a way on which nobody
 * deals with it; without a stack trace, so it costs little. Never leaves this package.
 */
abstract sealed class Abandon extends Exception permits GuestFault, NotMine {
    Abandon(String message) {
        super(message, null, false, false);
    }
}
