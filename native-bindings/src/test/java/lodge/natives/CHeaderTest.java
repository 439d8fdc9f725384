package lodge.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Asks the C compiler whether every struct, member and constant here is what the system's headers
 * say. The classes are found by their packages, so that none can be forgotten: a class with a
 * LAYOUT is a struct, every other public constant of the classes named below has a C macro or
 * enumerator of the same name.
 */
class CHeaderTest {
    private static final String INCLUDES =
            """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <linux/if_tun.h>
            #include <linux/kvm.h>
            #include <net/if.h>
            #include <poll.h>
            #include <signal.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <sys/eventfd.h>
            #include <sys/ioctl.h>
            #include <sys/mman.h>
            #include <termios.h>
            #include <unistd.h>
            """;

    private static final List<String> CONSTANTS =
            List.of(
                    "lodge.natives.kvm.KvmApi",
                    "lodge.natives.posix.Errno",
                    "lodge.natives.posix.Posix",
                    "lodge.natives.terminal.TerminalConstants",
                    "lodge.natives.tun.TunConstants");

    @TempDir Path folder;

    @Test
    void everyStructAndConstantIsWhatTheHeadersSay() throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux"),
                "Skipped: only Linux has these headers; run this test there");
        assumeTrue(
                runs("cc", "--version"),
                "Skipped: there is no C compiler; install gcc and libc6-dev (package"
                        + " build-essential)");
        Map<String, Long> expected = new LinkedHashMap<>();
        int structs = 0;
        for (Class<?> type : classes()) {
            Field layout = layout(type);
            if (layout != null) {
                structs++;
                StructLayout struct = (StructLayout) layout.get(null);
                String name = "struct " + struct.name().orElseThrow();
                expected.put("sizeof(" + name + ")", struct.byteSize());
                members(name, "", 0, struct, expected);
            }
        }
        int constants = 0;
        for (String name : CONSTANTS) {
            for (Field field : Class.forName(name).getDeclaredFields()) {
                if (Modifier.isPublic(field.getModifiers())) {
                    constants++;
                    expected.put(field.getName(), ((Number) field.get(null)).longValue());
                }
            }
        }
        assertTrue(structs >= 40, structs + " structs found");
        assertTrue(constants >= 250, constants + " constants found");
        Map<String, Long> actual = ask(expected.keySet());
        assertEquals(lines(expected), lines(actual));
    }

    private static String lines(Map<String, Long> values) {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) -> text.append(name).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    private static Field layout(Class<?> type) {
        for (Field field : type.getDeclaredFields()) {
            if (field.getName().equals("LAYOUT") && Modifier.isPublic(field.getModifiers())) {
                return field;
            }
        }
        return null;
    }

    /**
     * Every class of the module's four packages, as the compiler put them beside this one's main
     * classes.
     */
    private static List<Class<?>> classes() throws Exception {
        Path root =
                Path.of(CLayout.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Class<?>> classes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).sorted().toList()) {
                String name = root.relativize(file).toString().replace('/', '.');
                if (name.startsWith("lodge.natives.") && !name.contains("package-info")) {
                    classes.add(
                            Class.forName(
                                    name.substring(0, name.length() - ".class".length()),
                                    false,
                                    CHeaderTest.class.getClassLoader()));
                }
            }
        }
        return classes;
    }

    /**
     * Offset and size of every named member; those of anonymous unions belong to the struct around
     * them.
     */
    private static void members(
            String struct,
            String prefix,
            long base,
            GroupLayout group,
            Map<String, Long> expected) {
        List<MemoryLayout> members = group.memberLayouts();
        for (int i = 0; i < members.size(); i++) {
            MemoryLayout member = members.get(i);
            long offset = base + group.byteOffset(PathElement.groupElement(i));
            if (member instanceof PaddingLayout) {
                continue;
            }
            if (member.name().isEmpty()) {
                members(struct, prefix, offset, (GroupLayout) member, expected);
                continue;
            }
            String path = prefix + member.name().get();
            if (path.equals("ifr_ifru.pad")) {
                continue; // only gives the union its size, which the size of the struct checks
            }
            expected.put("offsetof(%s, %s)".formatted(struct, path), offset);
            boolean flexible = member instanceof SequenceLayout s && s.elementCount() == 0;
            if (!flexible) {
                expected.put("sizeof(((%s *) 0)->%s)".formatted(struct, path), member.byteSize());
            }
            // A member whose type is a struct of its own is checked there.
            boolean own = member instanceof GroupLayout && isOwnStruct(struct, path);
            if (member instanceof GroupLayout inner && !own) {
                members(struct, path + ".", offset, inner, expected);
            }
        }
    }

    private static boolean isOwnStruct(String struct, String path) {
        return struct.startsWith("struct kvm_sregs") && path.matches("[cdefgs]s|tr|ldt|gdt|idt");
    }

    private Map<String, Long> ask(Iterable<String> expressions) throws Exception {
        StringBuilder program = new StringBuilder(INCLUDES).append("int main(void) {\n");
        for (String expression : expressions) {
            String text = expression.replace("\"", "\\\"");
            program.append("    printf(\"%s\\t%lld\\n\", \"")
                    .append(text)
                    .append("\", (long long) (")
                    .append(expression)
                    .append("));\n");
        }
        program.append("    return 0;\n}\n");
        Path source = Files.writeString(folder.resolve("ask.c"), program);
        Path binary = folder.resolve("ask");
        String compiler = output("cc", "-w", "-o", binary.toString(), source.toString());
        assertTrue(Files.exists(binary), compiler);
        Map<String, Long> answers = new LinkedHashMap<>();
        output(binary.toString())
                .lines()
                .forEach(
                        line -> {
                            int tab = line.indexOf('\t');
                            answers.put(
                                    line.substring(0, tab),
                                    Long.parseLong(line.substring(tab + 1)));
                        });
        return answers;
    }

    private static boolean runs(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String output(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String text =
                    new String(
                            process.getInputStream().readAllBytes(),
                            java.nio.charset.StandardCharsets.UTF_8);
            assertTrue(
                    process.waitFor(60, TimeUnit.SECONDS), "no end: " + String.join(" ", command));
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "%s", command[0]), e);
        }
    }
}
