/**
 * The KVM API: four objects that mirror the kernel's four kinds of file descriptor, and one class
 * per C struct.
 */
package lodge.natives.kvm;
