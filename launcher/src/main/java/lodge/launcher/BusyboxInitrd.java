package lodge.launcher;

import lodge.core.BadConfigException;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A user space for a Linux kernel in one initial RAM disk: BusyBox, and a first process that mounts
 * what programs expect and starts a shell with job control on the console. {@code poweroff}, {@code
 * reboot} and the end of the shell do what they say.
 */
public final class BusyboxInitrd {
    /** What the shell writes when it waits for a command, without the blank behind it. */
    public static final String PROMPT = "lodge:/#";

    /** Where the package busybox-static holds the program, as a pattern of tar's. */
    public static final String IN_PACKAGE = "*bin/busybox";

    private static final String INIT =
            """
            #!/bin/busybox sh
            # The first process. BusyBox's poweroff, halt and reboot leave word with it by a signal.
            export PATH=/bin HOME=/root TERM="${TERM:-vt100}"
            /bin/busybox mount -t proc proc /proc
            /bin/busybox mount -t sysfs sys /sys
            /bin/busybox mount -t devtmpfs dev /dev
            /bin/busybox mount -t tmpfs tmp /tmp
            /bin/busybox --install -s /bin
            mkdir -p /dev/pts
            mount -t devpts pts /dev/pts
            hostname -F /etc/hostname
            ip link set lo up
            trap 'poweroff -f' USR2
            trap 'halt -f' USR1
            trap 'reboot -f' TERM
            cat /etc/issue
            # In the background, because a trap waits for a program in the foreground.
            setsid cttyhack sh -l &
            shell=$!
            while kill -0 $shell 2>/dev/null; do
                wait $shell
            done
            poweroff -f
            """;

    private static final String PROFILE =
            """
            PS1='\\h:\\w# '
            """;

    private static final String ISSUE =
            """

            This is Linux with BusyBox on Lodge. 'busybox' lists the commands, 'poweroff' ends.

            """;

    private BusyboxInitrd() {}

    /**
     * Writes the RAM disk.
     *
     * @param busybox the program, linked statically
     * @param target the file to write; one that is there is replaced at once
     * @throws BadConfigException when one cannot be read or the other not be written
     */
    public static void write(Path busybox, Path target) {
        byte[] program;
        try {
            program = Files.readAllBytes(busybox);
        } catch (IOException e) {
            throw new BadConfigException(
                    "BusyBox " + busybox + " cannot be read; check its permissions", e);
        }
        Path next = target.resolveSibling(target.getFileName() + ".new");
        try {
            try (CpioArchive archive =
                    new CpioArchive(new BufferedOutputStream(Files.newOutputStream(next)))) {
                fill(archive, program);
            }
            Files.move(next, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new BadConfigException(
                    "Initial RAM disk "
                            + target
                            + " cannot be written; check its folder's space and permissions",
                    e);
        }
    }

    private static void fill(CpioArchive archive, byte[] busybox) throws IOException {
        for (String folder : new String[] {"bin", "dev", "etc", "mnt", "proc", "run", "sys"}) {
            archive.directory(folder, 0755);
        }
        archive.directory("root", 0700);
        archive.directory("tmp", 01777);
        // The kernel opens it for the first process, before anything is mounted.
        archive.device("dev/console", 0600, 5, 1);
        archive.file("bin/busybox", 0755, busybox);
        archive.link("bin/sh", "busybox");
        text(archive, "init", 0755, INIT);
        text(archive, "etc/passwd", 0644, "root::0:0:root:/root:/bin/sh\n");
        text(archive, "etc/group", 0644, "root:x:0:\n");
        text(archive, "etc/hostname", 0644, "lodge\n");
        text(archive, "etc/hosts", 0644, "127.0.0.1 localhost lodge\n");
        text(archive, "etc/issue", 0644, ISSUE);
        text(archive, "etc/profile", 0644, PROFILE);
    }

    private static void text(CpioArchive archive, String name, int permissions, String text)
            throws IOException {
        archive.file(name, permissions, text.getBytes(StandardCharsets.UTF_8));
    }
}
