package lodge.interpreter;

/** AES-NI, PCLMULQDQ, SHA and GFNI (SDM vol. 1, 5.6.2, 5.21, 12.13; vol. 2). */
final class CryptoUnit extends Unit {
    enum Op {
        AESENC,
        AESENCLAST,
        AESDEC,
        AESDECLAST,
        AESIMC,
        AESKEYGENASSIST,
        PCLMULQDQ,
        SHA1RNDS4,
        SHA1NEXTE,
        SHA1MSG1,
        SHA1MSG2,
        SHA256RNDS2,
        SHA256MSG1,
        SHA256MSG2,
        GF2P8MULB,
        GF2P8AFFINEQB,
        GF2P8AFFINEINVQB
    }

    private final SimdEncoding encoding;
    private final boolean vex;

    CryptoUnit(SimdEncoding encoding) {
        this.encoding = encoding;
        vex = encoding == SimdEncoding.VEX;
    }

    @Override
    Enum<?> operation(String name) {
        return encoding.operation(Op.class, name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        if (vex) {
            Vectors.requireAvx(c);
        } else {
            Vectors.requireSse(c);
        }
        int n = vex && i.l ? 32 : 16;
        long d = Vectors.register(c, i.reg);
        long a = vex ? Vectors.register(c, i.vvvv) : d;
        // Of SHA's operands AMD's processors ask no alignment, unlike SDM vol. 2, 2.4.4.
        boolean sha = i.row.feature() == CpuFeature.SHA;
        long b = Vectors.source(c, i, n, !vex && !sha);
        for (int k = 0; k < n; k += 16) {
            compute((Op) i.op, d + k, a + k, b + k, (int) i.imm, Vectors.register(c, 0));
        }
        if (vex && n == 16) {
            Vectors.clearUpper(d);
        }
    }

    private static void compute(Op op, long d, long a, long b, int imm, long xmm0) {
        switch (op) {
            case AESENC -> AesRounds.encrypt(d, a, b);
            case AESENCLAST -> AesRounds.encryptLast(d, a, b);
            case AESDEC -> AesRounds.decrypt(d, a, b);
            case AESDECLAST -> AesRounds.decryptLast(d, a, b);
            case AESIMC -> AesRounds.mixInverse(d, b);
            case AESKEYGENASSIST -> AesRounds.keyAssist(d, b, imm);
            case PCLMULQDQ -> GaloisField.multiply(d, a, b, imm);
            case SHA1RNDS4 -> ShaRounds.rounds1(d, b, imm);
            case SHA1NEXTE -> ShaRounds.next1(d, b);
            case SHA1MSG1 -> ShaRounds.message1(d, b);
            case SHA1MSG2 -> ShaRounds.message1Last(d, b);
            case SHA256RNDS2 -> ShaRounds.rounds256(d, b, xmm0);
            case SHA256MSG1 -> ShaRounds.message256(d, b);
            case SHA256MSG2 -> ShaRounds.message256Last(d, b);
            case GF2P8MULB, GF2P8AFFINEQB, GF2P8AFFINEINVQB -> {
                for (int k = 0; k < 16; k += 8) {
                    long x = RawMemory.getLong(a + k);
                    long y = RawMemory.getLong(b + k);
                    RawMemory.putLong(
                            d + k,
                            op == Op.GF2P8MULB
                                    ? GaloisField.multiplyBytes(x, y)
                                    : GaloisField.affine(x, y, imm, op == Op.GF2P8AFFINEINVQB));
                }
            }
        }
    }
}
