package lodge.interpreter.fp;

/** A number with a significand of 128 bits that the transcendental operations compute with. */
final class Wide {
    static final int PLACES = 16;
}
