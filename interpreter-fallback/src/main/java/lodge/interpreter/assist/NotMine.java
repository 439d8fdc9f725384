package lodge.interpreter.assist;

/** The instruction is not one that is known here, or what it does in this state is not. */
final class NotMine extends Abandon {
    NotMine(String why) {
        super(why);
    }
}
