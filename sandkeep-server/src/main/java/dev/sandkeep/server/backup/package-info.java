/**
 * Backup and restore of a whole installation, without Spring and without the server.
 *
 * <p>The idea: every installation survives that its machine loses power, with all computes gone and all persisted paths there. So a
 * backup is the data directory and the database <em>as they were at one moment</em>, and restoring it is a start after a loss of power,
 * on this machine or another.
 *
 * <h2>A backup on disk</h2>
 *
 * <pre>
 * backup.json               the manifest, written last: without it, the directory is no backup
 * layers/&lt;image id&gt;.tar.zst  one for each committed layer
 * volumes.tar.zst           every volume, heads of running sandboxes included
 * postgres.tar.zst          the cluster of the embedded database, cleanly stopped; not with an external one
 * installation.tar.zst      the rest of the data directory: its identity, keys, secrets
 * *.part                    something that was being written when the backup was interrupted
 * </pre>
 *
 * Not in it: root file systems of sandboxes ({@code sandboxes/}, gone after a loss of power as well), {@code tmp/}, locks, logs, the
 * programs of PostgreSQL.
 *
 * <h2>The steps, and what a death after each leaves</h2>
 *
 * <pre>
 *  step                                    left behind                           mended by
 *  layers copied, the server runs          files without a manifest              removing the directory, or a next try in it
 *  server stopped                          no server                             the guard process starts it again
 *  computes frozen                         computes that stand still             the server's first sweep lets them go on
 *  volumes, database, the rest copied      files without a manifest              as above
 *  computes thawed, server started         files without a manifest              as above
 *  manifest renamed                        the backup                            -
 * </pre>
 *
 * From the stop to the start the backup holds the lock of the embedded database, so that no server starts in between.
 */
@NullMarked
package dev.sandkeep.server.backup;

import org.jspecify.annotations.NullMarked;
