/** Linux tun/tap network interfaces. */
package lodge.natives.tun;
