/** The display adapter: VGA, Bochs VBE, and pictures of what they show. */
package lodge.devices.video;
