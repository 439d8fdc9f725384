package lodge.interpreter;

/** How a vector instruction is encoded, which decides on its registers and on what it leaves. */
enum SimdEncoding {
    /** MMX registers. */
    MMX,

    /** XMM registers; the destination is the first source, bits 255 to 128 stay as they are. */
    LEGACY,

    /** VEX prefix: XMM or YMM, VEX.vvvv is the first source, and the upper bits are cleared. */
    VEX;

    /**
     * Finds a constant of a unit by a mnemonic, whose V stands for this encoding.
     *
     * @throws IllegalArgumentException when the unit does not know it
     */
    <E extends Enum<E>> E operation(Class<E> type, String name) {
        if (this == VEX && name.startsWith("V")) {
            for (E constant : type.getEnumConstants()) {
                if (constant.name().equals(name)) {
                    return constant;
                }
            }
            return Enum.valueOf(type, name.substring(1));
        }
        return Enum.valueOf(type, name);
    }
}
