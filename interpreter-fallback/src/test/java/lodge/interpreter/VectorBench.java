package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HexFormat;
import java.util.SplittableRandom;

/**
 * A processor for tests of single vector instructions: RBX points to {@link Bench#DATA}, and
 * instructions are executed in their general and in their specialised form, which must agree.
 */
final class VectorBench implements AutoCloseable {
    final Bench bench = new Bench().long64();
    final Cpu cpu = bench.cpu;

    VectorBench() {
        cpu.setReg64(CpuRegisters.RBX, Bench.DATA);
        for (int n = 0; n < 16; n++) {
            set(n, 0x1111_1111_1111_1111L * n, ~n, 0x0123_4567_89ab_cdefL + n, n - 1L);
        }
    }

    /** Sets parts of a vector register, the lowest first. */
    VectorBench set(int n, long... parts) {
        for (int k = 0; k < parts.length; k++) {
            cpu.setVector(n, k, parts[k]);
        }
        return this;
    }

    /** Sets a vector register from a seeded generator. */
    VectorBench random(int n, SplittableRandom random) {
        return set(n, random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    VectorBench memory(int offset, long... values) {
        for (int k = 0; k < values.length; k++) {
            bench.memory.writeLong(Bench.DATA + offset + 8L * k, values[k]);
        }
        return this;
    }

    long memory(int offset) {
        return bench.memory.readLong(Bench.DATA + offset);
    }

    /** Checks parts of a vector register, the lowest first. */
    VectorBench expect(int n, long... parts) {
        for (int k = 0; k < parts.length; k++) {
            assertEquals(
                    Long.toHexString(parts[k]),
                    Long.toHexString(cpu.vector(n, k)),
                    "part " + k + " of YMM" + n);
        }
        return this;
    }

    /** Executes instructions in the form the decoder chooses. */
    VectorBench run(String hex) {
        int count = 0;
        for (int at = 0; at < bytes(hex).length; count++) {
            at += decode(hex, at).length;
        }
        bench.code(hex);
        cpu.rip = Bench.CODE;
        assertNull(bench.steps(count));
        assertEquals(Bench.CODE + bytes(hex).length, cpu.rip, "an instruction raised an exception");
        return this;
    }

    /** Executes an instruction in its general form. Returns the exception it raises, or -1. */
    int general(String hex) {
        Insn i = decode(hex, 0);
        try {
            i.unit.exec(cpu, i);
        } catch (GuestFault f) {
            return f.vector;
        }
        return -1;
    }

    /** Executes an instruction in both forms. Returns the exception that both raise, or -1. */
    int fault(String hex) {
        int vector = general(hex);
        Insn i = decode(hex, 0);
        Node node = i.row == null ? null : VectorNodes.specialize(i, cpu.mode);
        if (node != null) {
            int specialised = -1;
            cpu.stepping = true;
            try {
                node.exec(cpu);
            } catch (GuestFault f) {
                specialised = f.vector;
            } finally {
                cpu.stepping = false;
            }
            assertEquals(vector, specialised, "the specialised form of " + hex);
        }
        return vector;
    }

    private Insn decode(String hex, int from) {
        byte[] bytes = bytes(hex);
        return new Decoder(-1L)
                .decode(
                        new Decoder.Source() {
                            @Override
                            public int fetch(int at) {
                                return bytes[from + at] & 0xff;
                            }

                            @Override
                            public RuntimeException tooLong() {
                                return cpu.gp(0);
                            }
                        },
                        cpu.mode);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }

    @Override
    public void close() {
        bench.close();
    }
}
