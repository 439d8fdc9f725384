/** Runs guest code on Linux KVM. */
package lodge.kvm;
