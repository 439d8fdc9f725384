/** Typed calls and struct layouts of the host's own interfaces; no policy. */
package lodge.natives;
