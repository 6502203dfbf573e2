/**
 * Slots: what a sandbox needs of the host before it can start, made ahead of time.
 *
 * <p>A slot is a number between 1 and {@value dev.sandkeep.linux.slots.SlotRegistry#LAST}. From the number follow the block of
 * user ids, the pair of addresses and the name of the network interface, so that two sandboxes on a host never share one.
 * Numbers are claimed under {@code /run/sandkeep/slots}, for all installations on the host together; a reboot clears claims
 * and what they stood for alike.
 *
 * <p>Until a sandbox takes it, a slot's two namespaces live only through descriptors of this process: when the process dies,
 * the kernel removes them and the interface with them. Afterwards they live through the sandbox's processes.
 */
@NullMarked
package dev.sandkeep.linux.slots;

import org.jspecify.annotations.NullMarked;
