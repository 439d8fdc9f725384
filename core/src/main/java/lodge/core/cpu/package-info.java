/** The state of one x86 processor and the CPU models, the same on every backend. */
package lodge.core.cpu;
