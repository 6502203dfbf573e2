package dev.sandkeep.linux.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Mounts, made with the calls that take descriptors (Linux 5.12 and later): a mount exists detached, seen by nobody, until it
 * is moved to its place.
 */
public final class Mounts {
    private static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_RECURSIVE = 0x8000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_RDONLY = 0;
    private static final int OPEN_TREE_CLONE = 1;
    private static final long MOUNT_ATTR_NODEV = 0x4;
    private static final long MOUNT_ATTR_RDONLY = 0x1;
    private static final long MOUNT_ATTR_IDMAP = 0x100000;
    private static final int FSOPEN_CLOEXEC = 1;
    private static final int FSMOUNT_CLOEXEC = 1;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final int MOVE_MOUNT_F_EMPTY_PATH = 0x4;
    private static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    private static final int MNT_DETACH = 2;
    private static final int MS_NODEV = 4;
    private static final long MS_SLAVE = 1 << 19;

    /** Layers are moved and re-stacked: file handles of one stack must not be looked up in another. */
    private static final List<String> UNRELATED_STACKS = List.of("index", "redirect_dir", "metacopy");

    private Mounts() {}

    /**
     * The directories of an overlay that take its writes.
     *
     * @param upper what was changed
     * @param work scratch space on the same file system
     */
    public record Writable(Path upper, Path work) {}

    /** How the overlay file system of the running kernel takes its lower layers. */
    public enum LowerStyle {
        /** One by one, as detached clones (Linux 6.8 and later): {@link #overlay}. */
        EACH_DETACHED,
        /** All in one option, as clones that are attached somewhere at that moment: {@link #mountOverlay}. */
        JOINED_ATTACHED
    }

    /** Opens a namespace file such as {@code /proc/4711/ns/user}. */
    public static Descriptor openNamespace(String path) {
        try (Arena arena = Arena.ofConfined()) {
            long fd = SystemCall.OPENAT.call(
                    path, AT_FDCWD, SystemCall.string(arena, path.getBytes(UTF_8)), O_RDONLY | O_CLOEXEC, 0);
            return new Descriptor(fd, path);
        }
    }

    /** A detached clone of the mount that shows {@code directory}, which becomes its root. */
    public static Descriptor clone(Directory directory) {
        try (Arena arena = Arena.ofConfined()) {
            long fd = SystemCall.OPEN_TREE.call(
                    directory.toString(),
                    directory.descriptor().number(),
                    SystemCall.string(arena, new byte[0]),
                    OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
            return new Descriptor(fd, directory.toString());
        }
    }

    /**
     * A detached, read-only clone of the mount that shows {@code directory}, on which ids are shown through a user namespace:
     * where the namespace maps inner id {@code i} to outer id {@code o}, a file stored with {@code i} shows {@code o}.
     *
     * @throws KernelException {@link Errno#EINVAL} when the file system cannot be id-mapped
     */
    public static Descriptor cloneMapped(Directory directory, Descriptor userNamespace) {
        Descriptor clone = clone(directory);
        try {
            setAttributes(clone, MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY, userNamespace.number());
            return clone;
        } catch (RuntimeException e) {
            clone.close();
            throw e;
        }
    }

    private static void setAttributes(Descriptor mount, long set, int userNamespace) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(32, 8);
            attributes.set(JAVA_LONG_UNALIGNED, 0, set);
            attributes.set(JAVA_LONG_UNALIGNED, 24, userNamespace);
            SystemCall.MOUNT_SETATTR.call(
                    mount.toString(),
                    mount.number(),
                    SystemCall.string(arena, new byte[0]),
                    AT_EMPTY_PATH,
                    attributes.address(),
                    attributes.byteSize());
        }
    }

    /**
     * A detached overlay, on a kernel that takes lower layers as {@link LowerStyle#EACH_DETACHED}. Quotas hold for what is written
     * to it.
     *
     * @param lower read-only layers, topmost first, at least one
     */
    public static Descriptor overlay(List<Descriptor> lower, Writable writable) {
        return QuotaBound.call(() -> newOverlay(lower, writable));
    }

    private static Descriptor newOverlay(List<Descriptor> lower, Writable writable) {
        try (Descriptor context = openFileSystem("overlay");
                Arena arena = Arena.ofConfined()) {
            lower.forEach(layer -> setString(arena, context, "lowerdir+", layer.path()));
            setString(arena, context, "upperdir", writable.upper().toString());
            setString(arena, context, "workdir", writable.work().toString());
            UNRELATED_STACKS.forEach(feature -> setString(arena, context, feature, "off"));
            SystemCall.FSCONFIG.call("overlay", context.number(), FSCONFIG_CMD_CREATE, 0, 0, 0);
            long fd = SystemCall.FSMOUNT.call("overlay", context.number(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
            return new Descriptor(fd, "overlay");
        }
    }

    /**
     * Makes an overlay that nobody sees, and lets it go.
     *
     * @throws KernelException when the file system of {@code writable} cannot take the writes of an overlay
     */
    public static void tryOverlay(Directory lower, Writable writable) {
        try (Descriptor context = openFileSystem("overlay");
                Arena arena = Arena.ofConfined()) {
            setString(arena, context, "lowerdir", lower.descriptor().path());
            setString(arena, context, "upperdir", writable.upper().toString());
            setString(arena, context, "workdir", writable.work().toString());
            SystemCall.FSCONFIG.call("overlay", context.number(), FSCONFIG_CMD_CREATE, 0, 0, 0);
            long fd = SystemCall.FSMOUNT.call("overlay", context.number(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
            new Descriptor(fd, "overlay").close();
        }
    }

    /**
     * Mounts an overlay at {@code target}, on a kernel that takes lower layers as {@link LowerStyle#JOINED_ATTACHED}. Quotas hold for
     * what is written to it.
     *
     * <p>One call with all options: {@code fsconfig} takes no value above 255 bytes, which is some ten layers, while
     * {@code mount} takes a page of options, which is some two hundred.
     *
     * @param lower read-only layers, topmost first, at least one, each attached somewhere in this mount namespace
     */
    public static void mountOverlay(List<Descriptor> lower, Writable writable, Directory target) {
        List<String> options = new ArrayList<>();
        options.add("lowerdir=" + lower.stream().map(Descriptor::path).collect(Collectors.joining(":")));
        options.add("upperdir=" + escaped(writable.upper()));
        options.add("workdir=" + escaped(writable.work()));
        UNRELATED_STACKS.forEach(feature -> options.add(feature + "=off"));
        try (Arena arena = Arena.ofConfined()) {
            long type = SystemCall.string(arena, "overlay".getBytes(UTF_8));
            long place = SystemCall.string(arena, target.descriptor().path().getBytes(UTF_8));
            long text = SystemCall.string(arena, String.join(",", options).getBytes(UTF_8));
            QuotaBound.call(() -> SystemCall.MOUNT.call("overlay on " + target, type, place, type, MS_NODEV, text));
        }
    }

    private static String escaped(Path path) {
        return path.toString().replace("\\", "\\\\").replace(",", "\\,");
    }

    private static Descriptor openFileSystem(String type) {
        try (Arena arena = Arena.ofConfined()) {
            long fd = SystemCall.FSOPEN.call(type, SystemCall.string(arena, type.getBytes(UTF_8)), FSOPEN_CLOEXEC);
            return new Descriptor(fd, type);
        }
    }

    private static void setString(Arena arena, Descriptor context, String key, String value) {
        SystemCall.FSCONFIG.call(
                key + "=" + value,
                context.number(),
                FSCONFIG_SET_STRING,
                SystemCall.string(arena, key.getBytes(UTF_8)),
                SystemCall.string(arena, value.getBytes(UTF_8)),
                0);
    }

    /** Shows a detached mount at {@code target}. */
    public static void attach(Descriptor mount, Directory target) {
        try (Arena arena = Arena.ofConfined()) {
            long empty = SystemCall.string(arena, new byte[0]);
            SystemCall.MOVE_MOUNT.call(
                    mount + " to " + target,
                    mount.number(),
                    empty,
                    target.descriptor().number(),
                    empty,
                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        }
    }

    /**
     * Takes the topmost mount at {@code target}, with all mounts below it, out of this mount namespace; who still uses it keeps
     * it.
     *
     * @return false when nothing is mounted there
     */
    public static boolean detach(Path target) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.UMOUNT2.call(
                    target.toString(),
                    SystemCall.string(arena, target.toString().getBytes(UTF_8)),
                    MNT_DETACH);
            return true;
        } catch (KernelException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /** From now on nothing that is mounted in the calling thread's mount namespace appears in another. */
    static void receiveOnly() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(32, 8);
            attributes.set(JAVA_LONG_UNALIGNED, 16, MS_SLAVE);
            SystemCall.MOUNT_SETATTR.call(
                    "all mounts",
                    AT_FDCWD,
                    SystemCall.string(arena, "/".getBytes(UTF_8)),
                    AT_RECURSIVE,
                    attributes.address(),
                    attributes.byteSize());
        }
    }

    /** Covers a directory with an empty one. */
    static void hide(Path directory) {
        try (Descriptor context = openFileSystem("tmpfs");
                Directory target = Directory.open(directory)) {
            SystemCall.FSCONFIG.call("tmpfs", context.number(), FSCONFIG_CMD_CREATE, 0, 0, 0);
            long fd = SystemCall.FSMOUNT.call("tmpfs", context.number(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
            try (Descriptor empty = new Descriptor(fd, "tmpfs")) {
                attach(empty, target);
            }
        }
    }

    /** Every mount point of the calling thread's mount namespace at or below {@code root}, deepest and newest first. */
    public static List<Path> below(Path root) {
        List<Path> found = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/mountinfo"), ISO_8859_1)) {
                Path point = Path.of(unescape(line.split(" ", 6)[4]));
                if (point.startsWith(root)) {
                    found.add(point);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the mount table cannot be read", e);
        }
        return found.reversed();
    }

    /** The kernel writes space, tab, newline and backslash in mount points as three octal digits. */
    private static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 3 < field.length()) {
                text.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }
}
