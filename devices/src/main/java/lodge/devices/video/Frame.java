package lodge.devices.video;

/**
 * A picture: what a display adapter shows at one moment. Reuse one for every look; it grows when
 * needed.
 */
public final class Frame {
    private int width;
    private int height;
    private int[] pixels = new int[0];

    /** An empty picture. */
    public Frame() {}

    /** Returns the width in pixels. */
    public int width() {
        return width;
    }

    /** Returns the height in pixels. */
    public int height() {
        return height;
    }

    /**
     * Returns the pixels, line by line from the top, 0xffRRGGBB each; the array may be longer than
     * width times height. It is the frame's own.
     */
    public int[] pixels() {
        return pixels;
    }

    void resize(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        if (pixels.length < newWidth * newHeight) {
            pixels = new int[newWidth * newHeight];
        }
    }
}
