package lodge.machine.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.BadImageException;
import lodge.core.serial.CharPort;
import lodge.machine.config.SerialConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Firmware files, folders and serial connections. */
@Timeout(60)
class HostSideTest {
    @TempDir private Path folder;

    @Test
    void theCacheFollowsTheEnvironment() {
        assertEquals(Path.of("/h/.cache/lodge"), LodgeFolders.cache(Map.of(), "/h"));
        assertEquals(Path.of("/x/lodge"), LodgeFolders.cache(Map.of("XDG_CACHE_HOME", "/x"), "/h"));
        assertEquals(
                Path.of("/h/.cache/lodge"),
                LodgeFolders.cache(Map.of("XDG_CACHE_HOME", "rel"), "/h"));
        assertEquals(
                Path.of("/own"),
                LodgeFolders.cache(Map.of("LODGE_CACHE", "/own", "XDG_CACHE_HOME", "/x"), "/h"));
    }

    @Test
    void firmwareIsFoundInTheFirstFolderThatHasIt() throws IOException {
        Path second = Files.createDirectory(folder.resolve("second"));
        FirmwareLocator locator = new FirmwareLocator(List.of(folder.resolve("none"), second));
        assertEquals(
                "SeaBIOS is not in the usual places; install the Debian package seabios, run 'lodge"
                        + " demo --grub' to fetch it, or name the file with --firmware FILE",
                assertThrows(BadConfigException.class, () -> locator.bios(Optional.empty()))
                        .getMessage());
        byte[] image = new byte[128 << 10];
        Files.write(second.resolve("bios.bin"), image);
        assertArrayEquals(image, locator.bios(Optional.empty()));
        Files.write(second.resolve("bios-256k.bin"), new byte[256 << 10]);
        assertEquals(256 << 10, locator.bios(Optional.empty()).length);
        assertEquals(128 << 10, locator.bios(Optional.of(second.resolve("bios.bin"))).length);
    }

    @Test
    void whatCannotBeFirmwareIsRefused() throws IOException {
        FirmwareLocator locator = new FirmwareLocator(List.of());
        Path file = folder.resolve("f");
        Files.write(file, new byte[100_000]);
        assertThrows(BadImageException.class, () -> locator.bios(Optional.of(file)));
        Files.write(file, new byte[(1 << 20) + 1]);
        assertThrows(BadImageException.class, () -> locator.bios(Optional.of(file)));
        assertThrows(BadConfigException.class, () -> locator.bios(Optional.of(folder)));
        assertThrows(
                BadConfigException.class, () -> locator.bios(Optional.of(folder.resolve("nope"))));
        Files.write(file, new byte[512]);
        assertThrows(BadImageException.class, () -> locator.vgaBios(Optional.of(file)));
        byte[] rom = new byte[512];
        rom[0] = 0x55;
        rom[1] = (byte) 0xaa;
        Files.write(file, rom);
        assertArrayEquals(rom, locator.vgaBios(Optional.of(file)));
    }

    @Test
    void aSerialFileHoldsWhatTheGuestSent() throws IOException, InterruptedException {
        Path file = folder.resolve("log");
        Files.writeString(file, "from the run before");
        byte[] sent = "hello\r\n".repeat(50_000).getBytes(StandardCharsets.US_ASCII);
        try (SerialConnection connection =
                SerialConnection.open("t", new SerialConfig.ToFile(file))) {
            connection.port().toHost().put(sent, 0, sent.length);
        }
        assertArrayEquals(sent, Files.readAllBytes(file));
        assertThrows(
                BadConfigException.class,
                () -> SerialConnection.open("t", new SerialConfig.ToFile(folder)));
    }

    @Test
    void aSocketCarriesBothDirections() throws IOException, InterruptedException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            SerialConfig config =
                    new SerialConfig.Tcp(
                            server.getInetAddress().getHostAddress(), server.getLocalPort());
            try (SerialConnection connection = SerialConnection.open("t", config);
                    Socket socket = server.accept()) {
                connection.port().toHost().put(new byte[] {1, 2, 3}, 0, 3);
                assertArrayEquals(new byte[] {1, 2, 3}, socket.getInputStream().readNBytes(3));
                socket.getOutputStream().write(42);
                byte[] got = new byte[8];
                assertEquals(1, connection.port().toGuest().take(got));
                assertEquals(42, got[0]);
            }
        }
    }

    @Test
    void nobodyListeningIsAnErrorWithARemedy() throws IOException {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }
        assertEquals(
                "Serial port: nobody answers at 127.0.0.1:"
                        + port
                        + "; start what should listen there first",
                assertThrows(
                                BadConfigException.class,
                                () ->
                                        SerialConnection.open(
                                                "t", new SerialConfig.Tcp("127.0.0.1", port)))
                        .getMessage());
    }

    @Test
    void aBrokenOutputNeverBlocksTheGuest() throws InterruptedException {
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("unplugged");
                    }
                };
        CharPort port = new CharPort();
        try (SerialConnection connection = SerialConnection.of("t", port, null, broken)) {
            byte[] much = new byte[1 << 20];
            port.toHost().put(much, 0, much.length);
            assertSame(port, connection.port());
        }
        assertTrue(port.toHost().size() == 0);
    }
}
