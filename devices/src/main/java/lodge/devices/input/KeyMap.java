package lodge.devices.input;

/** Which keys make a character on a keyboard with US layout. */
public final class KeyMap {
    private static final String UNSHIFTED = "`1234567890-=[]\\;',./ \t\n\b\u001b";
    private static final String SHIFTED = "~!@#$%^&*()_+{}|:\"<>?";
    private static final Key[] KEYS = {
        Key.GRAVE,
        Key.DIGIT_1,
        Key.DIGIT_2,
        Key.DIGIT_3,
        Key.DIGIT_4,
        Key.DIGIT_5,
        Key.DIGIT_6,
        Key.DIGIT_7,
        Key.DIGIT_8,
        Key.DIGIT_9,
        Key.DIGIT_0,
        Key.MINUS,
        Key.EQUAL,
        Key.LEFT_BRACKET,
        Key.RIGHT_BRACKET,
        Key.BACKSLASH,
        Key.SEMICOLON,
        Key.APOSTROPHE,
        Key.COMMA,
        Key.PERIOD,
        Key.SLASH,
        Key.SPACE,
        Key.TAB,
        Key.ENTER,
        Key.BACKSPACE,
        Key.ESCAPE
    };

    private KeyMap() {}

    /**
     * Finds the key for a character.
     *
     * @param character printable ASCII, or tab, line feed, carriage return (both Enter), backspace,
     *     escape
     * @return the key, to be pressed with Shift if {@link #shifted}; null when no key makes it
     */
    public static Key key(char character) {
        if (character >= 'a' && character <= 'z') {
            return Key.ofUsage(Key.A.usage() + character - 'a');
        } else if (character >= 'A' && character <= 'Z') {
            return Key.ofUsage(Key.A.usage() + character - 'A');
        } else if (character == '\r') {
            return Key.ENTER;
        }
        int index = UNSHIFTED.indexOf(character);
        if (index < 0) {
            index = SHIFTED.indexOf(character);
        }
        return index < 0 ? null : KEYS[index];
    }

    /**
     * Tells whether a character needs Shift.
     *
     * @param character any
     * @return whether its key must be pressed together with Shift
     */
    public static boolean shifted(char character) {
        return character >= 'A' && character <= 'Z' || SHIFTED.indexOf(character) >= 0;
    }
}
