package lodge.tests.oracle;

/**
 * Instructions that are never sent to the host's processor, each with the reason: their result is
 * not a function of the record's state, they change what the next record finds, or the host has
 * instructions there which Lodge's processor models do not announce. What merely raises an
 * exception at CPL 3 is not excluded.
 */
final class Exclusions {
    private Exclusions() {}

    /** Returns why an instruction is excluded, or null when it may be sent. */
    static String reason(Encoding e) {
        if (!e.complete) {
            return null; // it cannot do more than fault
        }
        return switch (e.vex) {
            case 0 ->
                    switch (e.map) {
                        case 0 -> oneByte(e);
                        case 1 -> twoByte(e);
                        case 2 -> map38(e);
                        default -> e.opcode == 0xce || e.opcode == 0xcf ? "GFNI" : null;
                    };
            case 0x62 -> "EVEX: AVX-512, or APX";
            case 0x8f -> "XOP";
            default -> vex(e);
        };
    }

    private static String oneByte(Encoding e) {
        return switch (e.opcode) {
            case 0x8e -> "loads a segment register from the host's GDT";
            case 0xca, 0xcb, 0xcf -> "far return through the host's GDT";
            case 0xcd -> e.modrm == 0x80 ? "INT 80h is a system call of the host" : null;
            case 0xff ->
                    e.reg() == 3 || e.reg() == 5
                            ? "far transfer through the host's GDT"
                            : branch(e, e.reg() == 2 || e.reg() == 4);
            case 0xe0, 0xe1 -> // SDM vol. 2, 2.1.1: reserved; AMD's turn LOOPE and LOOPNE round
                    e.repeat || e.repeatNot ? "REP before LOOPcc is reserved" : branch(e, true);
            case 0xe8, 0xe9, 0xeb, 0xc2, 0xc3, 0xe2, 0xe3 -> branch(e, true);
            case 0xc6, 0xc7 -> e.modrm == 0xf8 ? "XABORT and XBEGIN: TSX" : null;
            case 0xd5 -> e.code32 ? null : "REX2: APX";
            case 0x07, 0x17, 0x1f, 0xc4, 0xc5 ->
                    e.code32 ? "loads a segment register from the host's GDT" : null;
            case 0x9a, 0xea -> e.code32 ? "far transfer through the host's GDT" : null;
            case 0xf1 -> "INT1: hypervisors that intercept #DB differ in the RIP that they report";
            default -> branch(e, e.opcode >> 4 == 7);
        };
    }

    /**
     * "For near branches in 64-bit mode the operand size is forced to 64 bits" on Intel processors,
     * which ignore 66H (SDM vol. 2, 2.2.1.2 and vol. 1, 6.3.7); AMD's truncate RIP to 16 bits (APM
     * vol. 3, "Jcc", "JMP (Near)"). Lodge follows the SDM.
     */
    private static String branch(Encoding e, boolean near) {
        return near && e.operandSize ? "66H before a near branch: Intel and AMD differ" : null;
    }

    private static String twoByte(Encoding e) {
        return switch (e.opcode) {
            case 0x00 ->
                    e.reg() == 2 || e.reg() == 3
                            ? null
                            : "SLDT, STR, VERR, VERW: the host's tables; UMIP emulated by Linux";
            case 0x01 -> group7(e);
            case 0x02, 0x03 -> "LAR and LSL read the host's GDT";
            case 0x05, 0x07, 0x34, 0x35 -> "SYSCALL, SYSENTER and their returns";
            case 0x0b -> null;
            case 0x0e, 0x0f -> "3DNow!";
            case 0x09 -> e.repeat ? "WBNOINVD" : null;
            case 0x2b -> e.repeat || e.repeatNot ? "SSE4A: MOVNTSS and MOVNTSD" : null;
            case 0x20, 0x22 -> e.lock ? "LOCK MOV CR0 names CR8 on AMD" : null;
            case 0x31, 0x33 -> "RDTSC and RDPMC: time";
            case 0x37 -> "GETSEC: depends on SMX";
            case 0x78, 0x79 -> "SSE4A on AMD, VMREAD and VMWRITE on Intel";
            case 0xa1, 0xa9, 0xb2, 0xb4, 0xb5 -> "loads a segment register from the host's GDT";
            case 0xa2 -> "CPUID describes the host";
            case 0xa6, 0xa7 -> "PadLock on VIA and Zhaoxin";
            case 0xae -> group15(e);
            case 0xc7 -> group9(e);
            default -> branch(e, e.opcode >> 4 == 8);
        };
    }

    private static String group7(Encoding e) {
        if (e.reg() == 4) {
            return "SMSW: UMIP emulated by Linux";
        }
        if (e.registerForm()) {
            return e.modrm == 0xf8 || e.reg() == 6
                    ? null
                    : "virtualisation, XGETBV, PKRU, MONITOR, CLZERO, RDPRU, RDTSCP and their like";
        }
        return e.reg() < 2 ? "SGDT and SIDT: UMIP emulated by Linux" : rstorssp(e);
    }

    private static String rstorssp(Encoding e) {
        return e.reg() == 5 ? "RSTORSSP: CET" : null;
    }

    private static String group15(Encoding e) {
        if (e.registerForm()) {
            return e.repeat || e.repeatNot || e.operandSize
                    ? "FSGSBASE, INCSSP, UMONITOR, UMWAIT and TPAUSE"
                    : null;
        }
        return switch (e.reg()) {
            case 0, 1 -> "FXSAVE and FXRSTOR: 512 bytes, tested by programs of their own";
            case 4, 5, 6 -> "the XSAVE family: depends on the host's XCR0";
            case 7 -> e.operandSize ? "CLFLUSHOPT" : null;
            default -> null;
        };
    }

    private static String group9(Encoding e) {
        if (e.registerForm()) {
            return "RDRAND, RDSEED, RDPID and SENDUIPI: not a function of the state";
        }
        return switch (e.reg()) {
            case 3, 4, 5 -> "the XSAVE family: depends on the host's XCR0";
            case 6, 7 -> "VMX";
            default -> null;
        };
    }

    private static String map38(Encoding e) {
        return switch (e.opcode) {
            case 0x80, 0x81 -> "INVEPT and INVVPID: VMX";
            case 0xcf -> "GFNI";
            case 0xf5 -> "WRUSS: CET";
            case 0xf6 -> e.operandSize || e.repeat || e.repeatNot ? null : "WRSS: CET";
            case 0xf8, 0xf9 -> "MOVDIRI, MOVDIR64B and ENQCMD";
            case 0xd8, 0xdc, 0xdd, 0xde, 0xdf -> e.repeat ? "Key Locker" : null;
            case 0xfa, 0xfb -> "Key Locker";
            case 0xfc -> "RAO-INT";
            default -> null;
        };
    }

    private static String vex(Encoding e) {
        return switch (e.map) {
            case 1 ->
                    e.opcode >= 0x41 && e.opcode <= 0x4b || e.opcode >= 0x90 && e.opcode <= 0x99
                            ? "opmask instructions: AVX-512"
                            : null;
            case 2 ->
                    switch (e.opcode) {
                        case 0x49, 0x4b, 0x5c, 0x5e, 0x6c -> "AMX";
                        case 0x50, 0x51, 0x52, 0x53 -> "AVX-VNNI";
                        case 0xb0, 0xb1, 0x72 -> "AVX-NE-CONVERT";
                        case 0xb4, 0xb5 -> "AVX-IFMA";
                        case 0xcb, 0xcc, 0xcd -> "SHA512";
                        case 0xcf -> "GFNI";
                        case 0xd2, 0xd3, 0xda -> "SM3, SM4 and AVX-VNNI-INT16";
                        case 0xdc, 0xdd, 0xde, 0xdf -> e.vexL ? "VAES" : null;
                        default -> e.opcode >= 0xe0 && e.opcode <= 0xef ? "CMPCCXADD" : null;
                    };
            case 3 ->
                    switch (e.opcode) {
                        case 0x30, 0x31, 0x32, 0x33 -> "opmask instructions: AVX-512";
                        case 0x44 -> e.vexL ? "VPCLMULQDQ" : null;
                        case 0xce, 0xcf -> "GFNI";
                        case 0xde -> "SM3";
                        default ->
                                e.opcode >= 0x48 && e.opcode <= 0x49
                                                || e.opcode >= 0x5c && e.opcode <= 0x5f
                                                || e.opcode >= 0x68 && e.opcode <= 0x7f
                                        ? "FMA4 and XOP's VPERMIL2"
                                        : null;
                    };
            case 7 -> "user MSR: URDMSR and UWRMSR";
            default -> null;
        };
    }
}
