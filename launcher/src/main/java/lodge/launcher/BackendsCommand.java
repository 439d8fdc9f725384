package lodge.launcher;

import lodge.core.backend.Availability;
import lodge.core.backend.Capability;
import lodge.machine.host.Backends;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** {@code lodge backends}: which ways of running x86 code work here. */
@Command(
        name = "backends",
        description = "List the backends: which work here, and what to do about those that do not.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class)
final class BackendsCommand implements Runnable {
    /** How the list is written. */
    enum Format {
        /** For people. */
        text,
        /** For programs: an array of objects. */
        json
    }

    @Option(
            names = "--format",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "How to write it (default: ${DEFAULT-VALUE}).")
    private Format format;

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        List<Backends.Probe> all = Backends.probe();
        out.print(format == Format.json ? json(all) : text(all));
        out.flush();
    }

    static String text(List<Backends.Probe> all) {
        StringBuilder lines = new StringBuilder();
        for (Backends.Probe probe : all) {
            String name = "%-12s ".formatted(probe.name());
            switch (probe.availability()) {
                case Availability.Ready(String detail, var capabilities) ->
                        lines.append(name)
                                .append("ready    ")
                                .append(detail)
                                .append(
                                        capabilities.isEmpty()
                                                ? ""
                                                : " (" + names(capabilities) + ")");
                case Availability.Missing(String reason, String remedy) ->
                        lines.append(name)
                                .append("missing  ")
                                .append(reason)
                                .append("; ")
                                .append(remedy);
            }
            lines.append(System.lineSeparator());
        }
        return lines.toString();
    }

    private static String names(Iterable<Capability> capabilities) {
        StringBuilder names = new StringBuilder();
        for (Capability each : Capability.values()) {
            for (Capability present : capabilities) {
                if (present == each) {
                    names.append(names.isEmpty() ? "" : ", ").append(spelling(each));
                }
            }
        }
        return names.toString();
    }

    private static String spelling(Capability capability) {
        return capability.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String json(List<Backends.Probe> all) {
        StringBuilder text = new StringBuilder("[");
        for (Backends.Probe probe : all) {
            text.append(text.length() == 1 ? "\n" : ",\n")
                    .append("  {\"name\": ")
                    .append(quoted(probe.name()));
            switch (probe.availability()) {
                case Availability.Ready(String detail, var capabilities) -> {
                    text.append(", \"ready\": true, \"detail\": ")
                            .append(quoted(detail))
                            .append(", \"capabilities\": [");
                    String names = names(capabilities);
                    if (!names.isEmpty()) {
                        text.append('"').append(names.replace(", ", "\", \"")).append('"');
                    }
                    text.append("]}");
                }
                case Availability.Missing(String reason, String remedy) ->
                        text.append(", \"ready\": false, \"reason\": ")
                                .append(quoted(reason))
                                .append(", \"remedy\": ")
                                .append(quoted(remedy))
                                .append("}");
            }
        }
        return text.append("\n]\n").toString();
    }

    /** Writes a JSON string (RFC 8259, 7). */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                default -> {
                    if (c < ' ') {
                        quoted.append("\\u%04x".formatted((int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
