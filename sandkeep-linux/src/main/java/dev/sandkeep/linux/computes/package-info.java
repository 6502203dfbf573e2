/**
 * Computes on disk.
 *
 * <pre>
 * &lt;data&gt;/sandboxes/&lt;sandbox&gt;/newest                    the newest generation ever started, for fencing
 * &lt;data&gt;/sandboxes/&lt;sandbox&gt;/&lt;generation&gt;/compute.json   intent: written before anything else exists
 *                                          .../started.json   result: the first process
 *                                          .../ended.json     why it ended, once that is known
 *                                          .../upper, work, rootfs, run, config.json, init.pid …
 * </pre>
 *
 * <h2>Crash points of a start</h2>
 *
 * <table>
 * <caption>What the next call finds after a death at each point</caption>
 * <tr><th>died after</th><th>inspect says</th><th>start does</th></tr>
 * <tr><td>compute.json</td><td>Stopped</td><td>removes what is there, starts anew</td></tr>
 * <tr><td>slot taken, mounts made</td><td>Stopped</td><td>detaches and releases by name, starts anew</td></tr>
 * <tr><td>runtime started the container (init.pid)</td><td>Running</td><td>writes started.json, adopts it</td></tr>
 * <tr><td>started.json</td><td>Running</td><td>adopts it</td></tr>
 * </table>
 *
 * A first process that is not alive, or belongs to an earlier boot, makes a compute stopped, whatever the files say.
 */
@NullMarked
package dev.sandkeep.linux.computes;

import org.jspecify.annotations.NullMarked;
