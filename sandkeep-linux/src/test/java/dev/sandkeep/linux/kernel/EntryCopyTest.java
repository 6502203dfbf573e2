package dev.sandkeep.linux.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code FlattenedLayerTest} does not reach: ids inside attributes, and content of awkward shapes. */
class EntryCopyTest {
    private static final long SHIFT = 65_536;

    @TempDir
    Path place;

    private Path from = Path.of("");
    private Path to = Path.of("");

    @BeforeEach
    void makeDirectories() throws IOException {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "changing owners needs root");
        from = Files.createDirectory(place.resolve("from"));
        to = Files.createDirectory(place.resolve("to"));
    }

    @Test
    void ids_in_access_control_lists_move_with_the_owners() throws IOException {
        Files.writeString(from.resolve("file"), "x");
        // Version 2; owner rw, user 7 r, group r, group 8 rw, mask rw, others nothing.
        byte[] list = HexFormat.of()
                .parseHex("02000000" + "01000600ffffffff" + "0200040007000000" + "04000400ffffffff" + "0800060008000000"
                        + "10000600ffffffff" + "20000000ffffffff");
        set("file", "system.posix_acl_access", list);

        copy("file");

        byte[] copied = get("file", "system.posix_acl_access");
        assertThat(HexFormat.of().formatHex(copied))
                .isEqualTo(HexFormat.of()
                        .formatHex(list)
                        .replace("0200040007000000", "0200040007000100")
                        .replace("0800060008000000", "0800060008000100"));
        assertThat(Files.getAttribute(to.resolve("file"), "unix:uid")).isEqualTo((int) SHIFT);
    }

    @Test
    void the_root_of_a_file_capability_moves_with_the_owners() throws IOException {
        Files.writeString(from.resolve("tool"), "x");
        set(
                "tool",
                "security.capability",
                HexFormat.of().parseHex("0100000300040000000000000000000000000000" + "00000300"));

        copy("tool");

        assertThat(HexFormat.of().formatHex(get("tool", "security.capability")))
                .isEqualTo("0100000300040000000000000000000000000000" + "00000400");
    }

    @Test
    void attributes_of_the_user_and_an_end_in_a_hole_are_kept() throws IOException {
        Path file = from.resolve("file");
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 1_000_000);
        }
        try (var channel = new RandomAccessFile(file.toFile(), "rw")) {
            channel.setLength(5_000_000);
        }
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
                .write("note", ByteBuffer.wrap(new byte[] {0, 1}));

        copy("file");

        assertThat(to.resolve("file")).hasSameBinaryContentAs(file);
        assertThat(get("file", "user.note")).containsExactly(0, 1);
        try (Directory copies = Directory.open(to)) {
            FileStatus status = copies.status(Directory.bytes("file")).orElseThrow();
            assertThat(status.blocks() * 512).isLessThan(100_000);
        }
    }

    private void copy(String name) {
        try (Directory source = Directory.open(from);
                Directory target = Directory.open(to)) {
            byte[] bytes = Directory.bytes(name);
            new EntryCopy(id -> id + SHIFT)
                    .copy(source, bytes, source.status(bytes).orElseThrow(), target);
        }
    }

    private void set(String name, String attribute, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.LSETXATTR.call(
                    name,
                    SystemCall.string(arena, Directory.bytes(from.resolve(name).toString())),
                    SystemCall.string(arena, Directory.bytes(attribute)),
                    SystemCall.string(arena, value),
                    value.length,
                    0);
        }
    }

    private byte[] get(String name, String attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(1000);
            long length = SystemCall.LGETXATTR.call(
                    name,
                    SystemCall.string(arena, Directory.bytes(to.resolve(name).toString())),
                    SystemCall.string(arena, Directory.bytes(attribute)),
                    value.address(),
                    value.byteSize());
            return value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
