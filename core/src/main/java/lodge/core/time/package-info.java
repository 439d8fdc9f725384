/** The machine's clock. */
package lodge.core.time;
