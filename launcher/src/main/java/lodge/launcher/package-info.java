/** The {@code lodge} command: one class per verb. */
package lodge.launcher;
