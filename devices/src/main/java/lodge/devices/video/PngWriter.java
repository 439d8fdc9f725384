package lodge.devices.video;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Writes a picture as PNG (ISO/IEC 15948): 8-bit RGB, not interlaced. */
public final class PngWriter {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int HEADER = 0x49484452;
    private static final int DATA = 0x49444154;
    private static final int END = 0x49454e44;
    private static final int BIT_DEPTH = 8;
    private static final int COLOUR_TYPE_RGB = 2;

    /** Filter type 2: each byte is stored as the difference to the one above. */
    private static final int FILTER_UP = 2;

    private PngWriter() {}

    /**
     * Writes one picture.
     *
     * @param frame the picture; width and height at least 1
     * @param out where to, not closed
     * @throws IOException when {@code out} fails
     */
    public static void write(Frame frame, OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.write(SIGNATURE);
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeInt(frame.width());
        fields.writeInt(frame.height());
        fields.write(new byte[] {BIT_DEPTH, COLOUR_TYPE_RGB, 0, 0, 0});
        chunk(data, HEADER, header.toByteArray());
        chunk(data, DATA, compress(frame));
        chunk(data, END, new byte[0]);
        data.flush();
    }

    private static byte[] compress(Frame frame) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream stream = new DeflaterOutputStream(compressed, deflater)) {
            int width = frame.width();
            int[] pixels = frame.pixels();
            byte[] line = new byte[1 + 3 * width];
            line[0] = FILTER_UP;
            for (int y = 0; y < frame.height(); y++) {
                for (int x = 0; x < width; x++) {
                    int here = pixels[y * width + x];
                    int above = y == 0 ? 0 : pixels[(y - 1) * width + x];
                    line[1 + 3 * x] = (byte) ((here >> 16) - (above >> 16));
                    line[2 + 3 * x] = (byte) ((here >> 8) - (above >> 8));
                    line[3 + 3 * x] = (byte) (here - above);
                }
                stream.write(line);
            }
        } finally {
            deflater.end();
        }
        return compressed.toByteArray();
    }

    private static void chunk(DataOutputStream out, int type, byte[] body) throws IOException {
        out.writeInt(body.length);
        CRC32 crc = new CRC32();
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(type >> shift);
            crc.update(type >> shift);
        }
        out.write(body);
        crc.update(body);
        out.writeInt((int) crc.getValue());
    }
}
