package lodge.interpreter;

/** General-purpose instructions of SDM vol. 1, 5.1, but for strings and what changes segments. */
final class IntegerUnit extends Unit {
    enum Op {
        ADD,
        OR,
        ADC,
        SBB,
        AND,
        SUB,
        XOR,
        CMP,
        TEST,
        INC,
        DEC,
        NOT,
        NEG,
        XADD,
        CMPXCHG,
        CMPXCHG8B,
        CMPXCHG16B,
        ADCX,
        ADOX,
        MUL,
        IMUL,
        DIV,
        IDIV,
        DAA,
        DAS,
        AAA,
        AAS,
        AAM,
        AAD,
        ROL,
        ROR,
        RCL,
        RCR,
        SHL,
        SHR,
        SAR,
        SHLD,
        SHRD,
        BT,
        BTS,
        BTR,
        BTC,
        TZCNT,
        BSF,
        LZCNT,
        BSR,
        POPCNT,
        BSWAP,
        ANDN,
        BLSR,
        BLSMSK,
        BLSI,
        BZHI,
        PEXT,
        PDEP,
        MULX,
        BEXTR,
        SHLX,
        SARX,
        SHRX,
        RORX,
        CRC32,
        MOV,
        MOVZX,
        MOVSX,
        MOVSXD,
        MOVBE,
        MOVNTI,
        CMOVCC,
        SETCC,
        XCHG,
        /** Opcode 90: NOP or PAUSE, but with REX.B it is XCHG R8, rAX. */
        NOP90,
        CBW,
        CWD,
        LEA,
        XLAT,
        PUSH,
        POP,
        PUSHA,
        POPA,
        PUSHF,
        POPF,
        ENTER,
        LEAVE,
        SAHF,
        LAHF,
        CMC,
        CLC,
        STC,
        CLD,
        STD,
        SALC,
        JCC,
        JMP,
        CALL,
        RET,
        LOOPNE,
        LOOPE,
        LOOP,
        JRCXZ,
        BOUND,
        NOP,
        LFENCE,
        MFENCE,
        SFENCE,
        CLFLUSH,
        /** UD0, UD1 and UD2. */
        UD
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        switch ((Op) i.op) {
            case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP -> IntegerArithmetic.binary(c, i);
            case TEST -> IntegerArithmetic.test(c, i);
            case INC, DEC -> IntegerArithmetic.step(c, i);
            case NOT, NEG -> IntegerArithmetic.unary(c, i);
            case ADCX, ADOX -> IntegerArithmetic.addWithOneFlag(c, i);
            case XADD -> IntegerExchange.exchangeAdd(c, i);
            case CMPXCHG -> IntegerExchange.compareExchange(c, i);
            case CMPXCHG8B -> IntegerExchange.compareExchange8(c, i);
            case CMPXCHG16B -> IntegerExchange.compareExchange16(c, i);
            case XCHG -> IntegerExchange.exchange(c, i);
            case NOP90 -> IntegerExchange.exchangeOrNothing(c, i);
            case MUL -> IntegerMultiply.unsigned(c, i);
            case IMUL -> IntegerMultiply.signed(c, i);
            case MULX -> IntegerMultiply.withoutFlags(c, i);
            case DIV -> IntegerDivide.unsigned(c, i);
            case IDIV -> IntegerDivide.signed(c, i);
            case DAA, DAS -> IntegerDecimal.adjustPacked(c, (Op) i.op == Op.DAS);
            case AAA, AAS -> IntegerDecimal.adjustUnpacked(c, (Op) i.op == Op.AAS);
            case AAM -> IntegerDecimal.afterMultiplication(c, (int) i.imm);
            case AAD -> IntegerDecimal.beforeDivision(c, (int) i.imm);
            case ROL, ROR, RCL, RCR, SHL, SHR, SAR -> IntegerShift.shift(c, i);
            case SHLD, SHRD -> IntegerShift.doubleShift(c, i);
            case SHLX, SARX, SHRX, RORX -> IntegerShift.withoutFlags(c, i);
            case BT, BTS, BTR, BTC -> IntegerBits.bit(c, i);
            case TZCNT, LZCNT, POPCNT -> IntegerBits.count(c, i);
            case BSF, BSR -> IntegerBits.scan(c, i);
            case BSWAP -> IntegerBits.swap(c, i);
            case ANDN, BZHI, BEXTR -> IntegerBits.extract(c, i);
            case BLSR, BLSMSK, BLSI -> IntegerBits.lowest(c, i);
            case PEXT, PDEP -> IntegerBits.scatter(c, i);
            case CRC32 -> Crc32c.exec(c, i);
            case MOV -> IntegerMove.move(c, i);
            case MOVZX -> c.setReg(i.regOff, i.size, c.readE(i, IntegerMove.sourceSize(i)));
            case MOVSX -> IntegerMove.extend(c, i, IntegerMove.sourceSize(i));
            case MOVSXD -> IntegerMove.extend(c, i, 4);
            case MOVBE -> IntegerMove.moveSwapped(c, i);
            case MOVNTI -> c.storeOperand(i, i.size, c.reg(i.regOff, i.size));
            case CMOVCC -> IntegerMove.conditional(c, i);
            case SETCC -> c.writeE(i, 1, c.condition(i.opcode & 15) ? 1 : 0);
            case CBW -> IntegerMove.extendAccumulator(c, i.size);
            case CWD -> IntegerMove.spreadSign(c, i.size);
            case LEA -> c.setReg(i.regOff, i.size, i.ea(c));
            case XLAT -> IntegerMove.translate(c, i);
            case PUSH -> IntegerStack.push(c, i);
            case POP -> IntegerStack.pop(c, i);
            case PUSHA -> IntegerStack.pushAll(c, i.size);
            case POPA -> IntegerStack.popAll(c, i.size);
            case PUSHF -> IntegerStack.pushFlags(c, i.size);
            case POPF -> IntegerStack.popFlags(c, i.size);
            case ENTER -> IntegerStack.enter(c, i);
            case LEAVE -> IntegerStack.leave(c, i.size);
            case SAHF ->
                    c.changeArithmetic(
                            CpuRegisters.ARITHMETIC & ~CpuRegisters.OF,
                            c.reg8(CpuRegisters.RAX + 1));
            case LAHF -> c.setReg8(CpuRegisters.RAX + 1, c.flags());
            case CMC -> c.changeArithmetic(CpuRegisters.CF, c.carry() ? 0 : CpuRegisters.CF);
            case CLC -> c.changeArithmetic(CpuRegisters.CF, 0);
            case STC -> c.changeArithmetic(CpuRegisters.CF, CpuRegisters.CF);
            case CLD -> c.systemFlags &= ~CpuRegisters.DF;
            case STD -> c.systemFlags |= CpuRegisters.DF;
            case SALC -> c.setReg8(CpuRegisters.RAX, c.carry() ? 0xff : 0);
            case JCC -> IntegerBranch.jumpIf(c, i, c.condition(i.opcode & 15));
            case JMP -> IntegerBranch.jump(c, i);
            case CALL -> IntegerBranch.call(c, i);
            case RET -> IntegerBranch.ret(c, i);
            case LOOPNE, LOOPE, LOOP -> IntegerBranch.loop(c, i);
            case JRCXZ -> IntegerBranch.jumpIf(c, i, c.reg(CpuRegisters.RCX, i.addrSize) == 0);
            case BOUND -> IntegerBranch.bound(c, i);
            case NOP -> {}
            // What is ordered here is what the guest's memory accesses are made of: the host's.
            case LFENCE -> RawMemory.loadFence();
            case MFENCE -> fence(c);
            case SFENCE -> RawMemory.storeFence();
            case CLFLUSH -> c.probeRead(c.linear(i.segment, i.ea(c), 1, false), 1);
            case UD -> throw c.ud();
        }
    }

    private static void fence(Cpu c) {
        if (c.shared) {
            RawMemory.fullFence();
        }
    }
}
