package lodge.interpreter;

import java.util.regex.Pattern;

/** Where Lodge and objdump (binutils 2.40) differ, and why. */
enum KnownDisassembly {
    AVX512("AVX-512 (prefix 62) is not there") {
        @Override
        boolean explains(Difference d) {
            return d.absent() && d.byteAt(d.prefixes()) == 0x62;
        }
    },
    XOP("AMD's XOP (8F with a map of 8 and more) is not there") {
        @Override
        boolean explains(Difference d) {
            return d.byteAt(d.prefixes()) == 0x8f && (d.byteAt(d.prefixes() + 1) & 0x1f) >= 8;
        }
    },
    EXTENSION("an extension that no model announces; #UD, whatever its length would be") {
        @Override
        boolean explains(Difference d) {
            return d.absent() && ABSENT.matcher(d.mnemonic()).matches();
        }
    },
    TEST_REGISTERS("the test registers ended with the 486") {
        @Override
        boolean explains(Difference d) {
            return d.absent() && d.theirs().matches("mov (\\w+,tr\\d|tr\\d,\\w+)");
        }
    },
    ONLY64("instructions of 64-bit mode, outside it #UD (SDM vol. 2, RDFSBASE)") {
        @Override
        boolean explains(Difference d) {
            return d.absent() && d.mnemonic().matches("(rd|wr)[fg]sbase|swapgs");
        }
    },
    HINTS("opcodes that do nothing where their extension is not there (SDM vol. 2, NOP)") {
        @Override
        boolean explains(Difference d) {
            return d.ours().matches("(\\w+ )*nop .*")
                            && d.theirs().matches("(bnd|cldemote|rdssp|prefetch|\\(bad\\)|nop).*")
                    || d.ours().equals("wbinvd") && d.theirs().equals("wbnoinvd");
        }
    },
    LOCK("LOCK in front of what must not be locked: #UD (SDM vol. 2, LOCK)") {
        @Override
        boolean explains(Difference d) {
            return d.absent() && d.i().lock;
        }
    },
    REX("a REX prefix in front of another prefix is an instruction for objdump") {
        @Override
        boolean explains(Difference d) {
            return d.theirWhole().matches("(\\w+ )*rex(\\.[WRXB]+)?");
        }
    },
    PREFIX_OF_VEX("66, F2, F3, LOCK or REX in front of VEX: #UD (SDM vol. 2, 2.3.2 to 2.3.4)") {
        @Override
        boolean explains(Difference d) {
            return d.absent() && (d.byteAt(d.prefixes()) & 0xfe) == 0xc4 && d.prefixes() > 0;
        }
    },
    MANDATORY("a prefix with which the opcode means nothing; objdump leaves it out") {
        @Override
        boolean explains(Difference d) {
            return d.absent()
                    && (d.i().rep != 0 || d.i().prefix66)
                    && d.mnemonic().equals(d.withoutPrefixes());
        }
    },
    RESERVED("what processors execute though it is not documented, or reserved") {
        @Override
        boolean explains(Difference d) {
            return !d.absent()
                    && d.theirs().contains("(bad)")
                    && d.ours()
                            .matches(
                                    "(fcomp? st|fxch st|fstp st|fstpnce st|salc|wbinvd|bs[fr] "
                                            + "|[lms]fence).*");
        }
    },
    FWAIT("an x87 instruction behind FWAIT is one instruction for objdump") {
        @Override
        boolean explains(Difference d) {
            return d.ours().equals("fwait") && d.byteAt(d.i().length - 1) == 0x9b;
        }
    },
    MOVSXD("MOVSXD with 66 sign-extends nothing; the SDM says 16 bits, AMD's manual 32") {
        @Override
        boolean explains(Difference d) {
            return d.sameLength() && d.i().prefix66 && d.mnemonic().equals("movsxd");
        }
    },
    EIP("addresses relative to EIP are cut to 32 bits (SDM vol. 2, 2.2.1.6); not by objdump") {
        @Override
        boolean explains(Difference d) {
            return d.sameLength() && d.ours().contains("[eip+") && d.theirs().contains("[eip+");
        }
    },
    TARGET("branches with an operand size of 16 bits cut EIP (SDM vol. 2, Jcc); not by objdump") {
        @Override
        boolean explains(Difference d) {
            return d.sameLength()
                    && !d.absent()
                    && d.i().opSize == 2
                    && d.i().row.operands().toString().contains("kind=J")
                    && target(d.ours()) == target(d.theirs());
        }

        private static long target(String text) {
            return Long.parseUnsignedLong(text.substring(text.lastIndexOf('x') + 1), 16) & 0xffff;
        }
    },
    SCALAR("VMOVSS and VMOVSD of registers have no length; objdump writes YMM for VEX.L") {
        @Override
        boolean explains(Difference d) {
            return d.sameLength()
                    && d.mnemonic().matches("vmovs[sd]")
                    && d.theirs().replace('y', 'x').equals(d.ours());
        }
    },
    UNDEFINED("UD0 and UD1 fault before their operands are read") {
        @Override
        boolean explains(Difference d) {
            return d.ours().matches("ud[01]") && d.theirs().startsWith(d.ours());
        }
    },
    EMPTY("VZEROUPPER and VZEROALL have no prefix in VEX; objdump accepts all") {
        @Override
        boolean explains(Difference d) {
            return d.absent() && d.mnemonic().matches("vzero(upper|all)");
        }
    },
    BESIDE("66 beside F2 or F3 turns MM into XMM for objdump") {
        @Override
        boolean explains(Difference d) {
            return d.sameLength()
                    && d.i().prefix66
                    && d.i().rep != 0
                    && d.theirs().replace("xmm", "mm").equals(d.ours().replace("xmm", "mm"));
        }
    },
    VVVV("outside 64-bit mode the highest bit of VEX.vvvv is ignored (SDM vol. 2, 2.3.5.6)") {
        @Override
        boolean explains(Difference d) {
            return !d.absent() && d.ours().startsWith("v") && d.theirs().contains("(bad)");
        }
    },
    WIDE("a far pointer with REX.W has 10 bytes; objdump says 6, or 4 with 66") {
        @Override
        boolean explains(Difference d) {
            return d.sameLength()
                    && d.i().w
                    && d.theirs().replaceFirst("[DF]WORD", "TBYTE").equals(d.ours());
        }
    },
    NOTRACK("3E in front of an indirect branch hides an older segment override from objdump") {
        @Override
        boolean explains(Difference d) {
            return d.sameLength()
                    && d.mnemonic().matches("call|jmp")
                    && d.ours().replaceFirst("[c-s]s:\\[", "[").equals(d.theirs());
        }
    };

    /** Mask registers, VMX, SVM, SMM, SMX, SGX, 3DNow!, SSE4A, TSX, CET, and so on. */
    private static final Pattern ABSENT =
            Pattern.compile(
                    "k(mov|or|and|andn|xor|xnor|not|add|test|ortest|shift[lr]|unpck)[bwdq]+"
                        + "|vm(call|launch|resume|xoff|xon|read|write|ptrld|ptrst|clear|func"
                        + "|run|mcall|load|save|gexit)|inv(ept|vpid|lpga|lpgb)|tlbsync|stgi"
                        + "|clgi|skinit|rsm|getsec|encl[suv]|femms|pf\\w+|pi2f[wd]|pmulhrw"
                        + "|pavgusb|pswapd|extrq|insertq|movnts[sd]|xbegin|xend|xabort|xtest"
                        + "|incssp[dq]|rstorssp|saveprevssp|(set|clr)ssbsy|wru?ss[dq]"
                        + "|x(savec|saves|rstors)(64)?|movdir(i|64b)|enqcmds?|u?monitorx?"
                        + "|u?mwaitx?|tpause|ptwrite|serialize|pconfig|clzero|rdpru|mcommit"
                        + "|a(add|and|or|xor)|(aes(enc|dec)(wide)?|encodekey)(128|256)(kl)?"
                        + "|loadiwkey|vfn?m(add|sub|addsub|subadd)[ps][sd]"
                        + "|vpermil2p[sd]|(mont|x)(mul|store|crypt|sha)[\\w-]*|frstpm.*|\\{vex\\}"
                        + "|(rd|wr)msr(ns|list)|hreset|cmp\\w+xadd|vpdp\\w+|vpmadd52\\w+|t(dp|ile)\\w+"
                        + "|(ld|st)tilecfg|rdpkru|wrpkru|[cst]t?(ui|lui)|uiret|testui|senduipi"
                        + "|x(sus|res)ldtrk|psmash|pvalidate|rmp(adjust|update|query)"
                        + "|v(bcst|cvtne)\\w+|seam\\w+|tdcall");

    private final String reason;

    KnownDisassembly(String reason) {
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    abstract boolean explains(Difference d);

    /**
     * What was found.
     *
     * @param i as Lodge has it
     * @param code its bytes
     * @param prefixes how many of them are prefixes
     * @param ours Lodge's text
     * @param theirs objdump's, without prefixes if they do not count
     * @param theirWhole objdump's
     * @param sameLength whether both are of one length
     * @param withoutPrefixes the mnemonic without 66, F2 and F3
     */
    record Difference(
            Insn i,
            byte[] code,
            int prefixes,
            String ours,
            String theirs,
            String theirWhole,
            boolean sameLength,
            String withoutPrefixes) {
        boolean absent() {
            return i.row == null;
        }

        int byteAt(int at) {
            return code[at] & 0xff;
        }

        String mnemonic() {
            int blank = theirs.indexOf(' ');
            return blank < 0 ? theirs : theirs.substring(0, blank);
        }
    }
}
