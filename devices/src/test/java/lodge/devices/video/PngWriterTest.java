package lodge.devices.video;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;

class PngWriterTest {
    /** A reader of just the kind of PNG that is written, from the specification. */
    private static int[] read(byte[] png, int width, int height) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(png));
        assertEquals(0x89504e470d0a1a0aL, in.readLong());
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        String type;
        do {
            byte[] body = new byte[in.readInt()];
            byte[] name = in.readNBytes(4);
            in.readFully(body);
            CRC32 crc = new CRC32();
            crc.update(name);
            crc.update(body);
            assertEquals((int) crc.getValue(), in.readInt());
            type = new String(name, java.nio.charset.StandardCharsets.US_ASCII);
            if (type.equals("IHDR")) {
                DataInputStream header = new DataInputStream(new ByteArrayInputStream(body));
                assertEquals(width, header.readInt());
                assertEquals(height, header.readInt());
                assertEquals(0x0802, header.readShort());
            } else if (type.equals("IDAT")) {
                data.write(body);
            }
        } while (!type.equals("IEND"));
        assertEquals(0, in.available());
        byte[] lines =
                new InflaterInputStream(new ByteArrayInputStream(data.toByteArray()))
                        .readAllBytes();
        assertEquals(height * (1 + 3 * width), lines.length);
        int[] pixels = new int[width * height];
        for (int y = 0; y < height; y++) {
            int line = y * (1 + 3 * width);
            assertEquals(2, lines[line]);
            for (int i = 1; i <= 3 * width; i++) {
                if (y > 0) {
                    lines[line + i] += lines[line - (1 + 3 * width) + i];
                }
                int pixel = y * width + (i - 1) / 3;
                pixels[pixel] = pixels[pixel] << 8 | lines[line + i] & 0xff;
            }
        }
        return pixels;
    }

    @Test
    void aPictureComesBackFromItsPng() throws IOException {
        VgaFixture vga = new VgaFixture();
        vga.set(VgaFixture.MODE_13H);
        for (int i = 0; i < 64000; i++) {
            vga.poke(0xa0000 + i, i * 7 >> 3);
        }
        vga.render();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        PngWriter.write(vga.frame, png);
        int[] pixels = read(png.toByteArray(), 320, 200);
        for (int i = 0; i < pixels.length; i++) {
            assertEquals(vga.frame.pixels()[i] & 0xffffff, pixels[i], "pixel " + i);
        }
    }
}
