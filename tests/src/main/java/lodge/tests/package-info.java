/** Measures and checks what needs more than one module. */
package lodge.tests;
