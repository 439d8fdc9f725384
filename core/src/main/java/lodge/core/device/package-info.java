/** What every chip of the board has in common. */
package lodge.core.device;
