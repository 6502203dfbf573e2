package dev.sandkeep.linux.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Shows every name of a tree, a directory before what is in it, following no link and entering no other file system.
 *
 * <p>It takes the same little memory and few descriptors for any tree: names are read as they are needed, and of directories
 * deep inside one another only the innermost {@value #OPEN_AT_MOST} are open. The tree may change meanwhile; what vanishes is left
 * out.
 */
public final class TreeWalk {
    private static final int OPEN_AT_MOST = 64;
    private static final byte[] HERE = {'.'};
    private static final byte[] UP = {'.', '.'};

    private final Directory root;
    private final long device;
    private final Visitor visitor;
    private final List<Frame> frames = new ArrayList<>();
    private byte[] path = new byte[256];
    private boolean stopped;

    private TreeWalk(Directory root, Visitor visitor) {
        this.root = root;
        this.device = root.status().device();
        this.visitor = visitor;
    }

    /** Is shown names. */
    public interface Visitor {
        /** What to do after a name. */
        enum Next {
            /** Show what is in it, if it is a directory. */
            ENTER,
            /** Go to the next name beside it. */
            PASS,
            /** Show nothing more. */
            STOP
        }

        /** @param place valid during the call */
        Next visit(Place place);
    }

    /** A name that is shown. */
    public final class Place {
        private final Frame frame;
        private final byte[] name;
        private final FileStatus status;

        private Place(Frame frame, byte[] name, FileStatus status) {
            this.frame = frame;
            this.name = name;
            this.status = status;
        }

        /** The directory that has the name; stays open during the call only. */
        public Directory directory() {
            return frame.open();
        }

        /** The name's bytes. */
        public byte[] name() {
            return name.clone();
        }

        /** What stands under it. */
        public FileStatus status() {
            return status;
        }

        /** The directory's path below the top, without a slash at either end; empty at the top. */
        public byte[] parent() {
            return Arrays.copyOf(path, frame.pathLength);
        }
    }

    /** A directory whose names are being shown. */
    private static final class Frame {
        private final int pathLength;
        private final long inode;
        private Optional<Directory> directory;
        private Optional<DirectoryReader> reader;
        private long position;

        private Frame(Directory directory, int pathLength, long inode) {
            this.directory = Optional.of(directory);
            this.reader = Optional.of(new DirectoryReader(directory));
            this.pathLength = pathLength;
            this.inode = inode;
        }

        private Directory open() {
            return directory.orElseThrow();
        }

        private void suspend() {
            position = reader.orElseThrow().position();
            reader = Optional.empty();
            close();
        }

        private void resume(Directory again) {
            directory = Optional.of(again);
            reader = Optional.of(DirectoryReader.resume(again, position));
        }

        private void close() {
            directory.ifPresent(Directory::close);
            directory = Optional.empty();
        }
    }

    /**
     * Shows everything in {@code root}, without itself.
     *
     * @return false when the visitor stopped it
     */
    public static boolean of(Directory root, Visitor visitor) {
        TreeWalk walk = new TreeWalk(root, visitor);
        try {
            walk.run();
            return !walk.stopped;
        } finally {
            walk.frames.forEach(Frame::close);
        }
    }

    private void run() {
        frames.add(new Frame(root.open(HERE), 0, root.status().inode()));
        while (!frames.isEmpty() && !stopped) {
            Frame frame = frames.getLast();
            Optional<Directory.Entry> entry = frame.reader.orElseThrow().next();
            if (entry.isEmpty()) {
                leave();
            } else {
                show(frame, entry.get().name());
            }
        }
    }

    private void show(Frame frame, byte[] name) {
        Optional<FileStatus> status = frame.open().status(name);
        if (status.isEmpty()) {
            return;
        }
        switch (visitor.visit(new Place(frame, name, status.get()))) {
            case ENTER -> {
                if (status.get().isDirectory() && status.get().device() == device) {
                    enter(frame, name);
                }
            }
            case PASS -> {}
            case STOP -> stopped = true;
        }
    }

    private void enter(Frame frame, byte[] name) {
        Optional<Directory> opened = attempt(() -> frame.open().open(name));
        if (opened.isPresent()) {
            frames.add(new Frame(
                    opened.get(),
                    append(frame.pathLength, name),
                    opened.get().status().inode()));
            int outermostOpen = frames.size() - 1 - OPEN_AT_MOST;
            if (outermostOpen >= 0 && frames.get(outermostOpen).directory.isPresent()) {
                frames.get(outermostOpen).suspend();
            }
        }
    }

    private int append(int length, byte[] name) {
        int slash = length == 0 ? 0 : 1;
        int end = length + slash + name.length;
        if (end > path.length) {
            path = Arrays.copyOf(path, 2 * end);
        }
        if (slash == 1) {
            path[length] = '/';
        }
        System.arraycopy(name, 0, path, length + slash, name.length);
        return end;
    }

    private void leave() {
        try (Directory done = frames.removeLast().open()) {
            while (!frames.isEmpty() && frames.getLast().directory.isEmpty()) {
                Frame above = frames.getLast();
                Optional<Directory> again = reopen(above, done);
                if (again.isPresent()) {
                    above.resume(again.get());
                } else {
                    frames.removeLast();
                }
            }
        }
    }

    /** From below in one step where nobody moved directories; else by name from the top, which is never left. */
    private Optional<Directory> reopen(Frame above, Directory below) {
        Directory up = below.open(UP);
        FileStatus status = up.status();
        if (status.inode() == above.inode && status.device() == device) {
            return Optional.of(up);
        }
        up.close();
        return attempt(() -> root.openBeneath(Arrays.copyOf(path, above.pathLength)));
    }

    private interface Opening {
        Directory open();
    }

    /** Empty when it is gone or no directory any more. */
    private static Optional<Directory> attempt(Opening opening) {
        try {
            return Optional.of(opening.open());
        } catch (KernelException e) {
            return switch (e.errno()) {
                case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP -> Optional.empty();
                default -> throw e;
            };
        }
    }
}
