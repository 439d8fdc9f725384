package lodge.devices.video;

/**
 * The character set of the PC's display adapters, code page 437, with the pictures of the control
 * codes.
 */
final class CodePage437 {
    private static final String CONTROLS = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
    private static final String UPPER_HALF =
            "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
                    + "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

    private CodePage437() {}

    /**
     * Returns the Unicode character of a code.
     *
     * @param code 0 to 255; 0 is a blank
     */
    static char toUnicode(int code) {
        if (code < CONTROLS.length()) {
            return CONTROLS.charAt(code);
        }
        if (code < 0x7f) {
            return (char) code;
        }
        return code == 0x7f ? '⌂' : UPPER_HALF.charAt(code - 0x80);
    }
}
