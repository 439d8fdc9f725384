/**
 * x86 in pure Java. So far the processor's memory management, protection and a few instructions:
 * what a hardware backend needs when it cannot execute one itself.
 */
package lodge.interpreter;
