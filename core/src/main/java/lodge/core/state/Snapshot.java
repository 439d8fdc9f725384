package lodge.core.state;

import lodge.core.BadStateException;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A saved state: named sections, each a record stored as named fields. A section or field that the
 * reader does not know is ignored, one that is missing keeps its reset value, so states move
 * between versions in both directions.
 */
public final class Snapshot {
    private final Map<String, byte[]> sections = new LinkedHashMap<>();

    /** A snapshot without sections. */
    public Snapshot() {}

    /**
     * Reads a snapshot.
     *
     * @param bytes what {@link #toBytes} gave, perhaps of another version, perhaps damaged
     * @return the snapshot
     * @throws BadStateException when it is damaged
     */
    public static Snapshot of(byte[] bytes) {
        Snapshot snapshot = new Snapshot();
        StateCodec.readSections(bytes, snapshot.sections);
        return snapshot;
    }

    /**
     * Adds a section.
     *
     * @param name unique in the snapshot: a device's name
     * @param state its contents
     */
    public void put(String name, Record state) {
        if (sections.putIfAbsent(name, StateCodec.encode(state)) != null) {
            throw new IllegalArgumentException("Section " + name + " is there already");
        }
    }

    /**
     * Reads a section.
     *
     * @param name its name
     * @param reset what fields that are missing keep
     * @param <S> its type
     * @return the state; {@code reset} itself when the section is missing
     * @throws BadStateException when it is damaged
     */
    @SuppressWarnings("unchecked")
    public <S extends Record> S get(String name, S reset) {
        byte[] section = sections.get(name);
        return section == null ? reset : (S) StateCodec.decode(name, section, reset);
    }

    /** Returns the sections' names in the order they were added. */
    public Set<String> names() {
        return Set.copyOf(sections.keySet());
    }

    /** Returns the form that goes into a file; it ends with a CRC-32C. */
    public byte[] toBytes() {
        return StateCodec.writeSections(sections);
    }
}
