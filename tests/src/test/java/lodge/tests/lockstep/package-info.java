/**
 * KVM as the oracle for what the host's processor cannot be asked in user mode: real mode, and
 * protected mode in ring 0. A processor of KVM's and one of the interpreter's get the same state
 * and memory and execute instruction by instruction; after each, everything is compared. Where KVM
 * emulates, its own errors are listed in {@code lockstep/kvm-deviations.txt}.
 */
package lodge.tests.lockstep;
