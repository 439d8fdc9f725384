/**
 * The host's own processor as the oracle for the interpreter: single user-mode instructions are
 * executed natively by a small C program ({@code oracle.c}) and by the interpreter, and every
 * register, every flag and all memory are compared.
 */
package lodge.tests.oracle;
