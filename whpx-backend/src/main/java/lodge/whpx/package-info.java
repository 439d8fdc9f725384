/** Reserved for the Windows Hypervisor Platform backend. Nothing is implemented here yet. */
package lodge.whpx;
