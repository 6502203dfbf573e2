package dev.sandkeep.spi.contract;

import java.util.stream.Collectors;

/**
 * A directory with everything in it that copies, layers and restarts tend to lose, made and described inside a sandbox. Two
 * descriptions are equal exactly when the trees are, as far as a program can tell: names in bytes, types, modes, owners,
 * sizes, nanosecond times, link targets, which names are one file, holes, contents and extended attributes. Inode numbers and
 * the link counts of directories are left out: they belong to the file system, not to its user.
 */
public final class NastyTree {
    /** Perl with the numbers of the calls on extended attributes, which no small Debian system has a tool for. */
    private static final String CALLS = """
            use strict;
            my $x86 = `uname -m` =~ /x86_64/;
            my ($SET, $GET, $LIST) = $x86 ? (189, 192, 195) : (6, 9, 12);
            sub set { my ($path, $name, $value) = @_;
              syscall($SET, "$path", "$name", "$value", length($value), 0) == 0 or die "$path $name: $!"; }
            sub value { my ($path, $name) = @_;
              my $buffer = "\\0" x 70000;
              my $length = syscall($GET, "$path", "$name", $buffer, 70000);
              return $length < 0 ? "" : substr($buffer, 0, $length); }
            sub names { my ($path) = @_;
              my $buffer = "\\0" x 70000;
              my $length = syscall($LIST, "$path", $buffer, 70000);
              return $length <= 0 ? () : sort split(/\\0/, substr($buffer, 0, $length)); }
            """;

    private NastyTree() {}

    /**
     * A description without the users and groups that access lists name, for hosts that do not
     * {@linkplain dev.sandkeep.spi.ProviderCapabilities#accessListsKept keep} them. In an entry (tag, permissions, id; each in
     * little-endian hex), those of the tags 2 and 8 carry an id.
     */
    public static String withoutNames(String description) {
        return description
                .lines()
                .map(line ->
                        line.matches(".* system\\.posix_acl_(access|default)=.*") ? withoutNamesInList(line) : line)
                .collect(Collectors.joining("\n"));
    }

    /** A description without how many names each file is said to have; which names are one file stays in it. */
    public static String withoutLinkCounts(String description) {
        return description
                .lines()
                .map(line -> line.replaceFirst("( \\| [flpscb] \\d+ \\d+:\\d+ [0-9.]+) \\d+ ", "$1 "))
                .filter(line -> !line.matches("one file: \\S*"))
                .collect(Collectors.joining("\n"));
    }

    private static String withoutNamesInList(String line) {
        int value = line.lastIndexOf('=') + 1;
        StringBuilder rest = new StringBuilder(line.substring(0, Math.min(line.length(), value + 8)));
        for (int at = value + 8; at + 16 <= line.length(); at += 16) {
            String entry = line.substring(at, at + 16);
            boolean named = entry.startsWith("0200") || entry.startsWith("0800");
            rest.append(named ? entry.substring(0, 8) + "????????" : entry);
        }
        return rest.toString();
    }

    /** A shell script that makes the tree at {@code directory}. */
    public static String make(String directory) {
        return """
        set -e
        mkdir -p '%1$s'; cd '%1$s'
        mkdir -p a/b/c/d/e/f/g empty closed shared 'with space'
        echo content > a/file; echo deep > a/b/c/d/e/f/g/file; : > nothing
        head -c 3000000 /dev/urandom > big
        truncate -s 40M sparse; printf middle | dd of=sparse bs=1 seek=20000000 conv=notrunc status=none
        echo x > setuid; chown 1000:1001 setuid; chmod 6755 setuid
        echo x > unreadable; chmod 000 unreadable
        echo x > nobody; chown 65534:65534 nobody
        chmod 3777 shared; chown 1000:1000 shared a/b
        ln a/file a/b/linked; ln a/file linked-too
        ln -s a/file relative; ln -s /nowhere/at/all dangling; ln -s /etc/passwd absolute; ln -s . loop
        chown -h 1000:1000 relative
        mkfifo fifo; chmod 640 fifo
        perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "socket", Listen => 1) or die $!'
        echo raw > "$(printf 'raw-\\377\\376\\200')"; mkdir "$(printf 'dir-\\303\\050')"
        echo raw > "$(printf 'dir-\\303\\050')/$(printf '\\001\\033[31m')"
        echo x > "$(printf 'line\\nbreak')"; echo x > '-rf'; echo x > '"quoted'"'"'*?$HOME`id`\\'
        echo x > .hidden; echo x > .wh.whiteout; echo x > '#'; mkdir work index
        echo x > "$(printf 'n%%.0s' $(seq 255))"
        perl -e '%2$s
          set("a/file", "user.note", "plain"); set("a/file", "user.empty", ""); set("a/file", "user.a=b%%3D%%25", "=");
          set("a/b", "user.bytes", join("", map { chr } 0 .. 255)); set("big", "user.long", "v" x 2000);
          open(my $f, ">", $_) or die for "tool", "shared/listed";
          set("tool", "security.capability", pack("V5", 0x02000001, 1 << 10, 0, 0, 0));
          my $list = pack("V", 2) . join("", map { pack("vvV", @$_) } [1, 6, -1], [2, 4, 7], [4, 4, -1], [8, 6, 1008], [16, 6, -1], [32, 0, -1]);
          set("shared/listed", "system.posix_acl_access", $list); set("empty", "system.posix_acl_default", $list);
          set(".", "system.posix_acl_access", pack("V", 2)
            . join("", map { pack("vvV", @$_) } [1, 7, -1], [2, 5, 7], [4, 5, -1], [8, 7, 1008], [16, 7, -1], [32, 5, -1]));'
        i=0; while [ $i -lt 200 ]; do echo $i > "a/b/many-$i"; i=$((i+1)); done
        touch -d '1999-12-31 23:59:59.123456789 UTC' a/file big
        touch -h -d '2001-02-03 04:05:06.000000007 UTC' relative
        touch -d '2038-01-20 00:00:00.5 UTC' shared empty
        chmod 500 closed
        """.formatted(directory, CALLS);
    }

    /** A shell script that describes the tree at {@code directory}. */
    public static String describe(String directory) {
        return """
        set -e
        cd '%1$s'; export LC_ALL=C
        find . -type d -printf '%%p | %%y %%m %%U:%%G %%T@\\n' -o -printf '%%p | %%y %%m %%U:%%G %%T@ %%n %%s %%l\\n' | sort
        find . -type f -exec cksum {} + | sort
        find . -type f -links +1 -printf '%%i %%p\\n' | sort | perl -e '
          my %%same; while (<>) { chomp; my ($inode, $name) = split(/ /, $_, 2); push @{$same{$inode}}, $name; }
          print "one file: @$_\\n" for sort { $a->[0] cmp $b->[0] } values %%same;'
        find . -type f -size +1M -printf '%%p %%b %%s\\n' | sort | perl -e '
          while (<>) { my ($name, $blocks, $size) = split; print "$name has holes\\n" if $blocks * 512 < $size / 2; }'
        find . -print0 | perl -e '%2$s
          $/ = "\\0"; my @lines;
          while (<>) { chomp; my $path = $_;
            for my $name (names($path)) { push @lines, "$path $name=" . unpack("H*", value($path, $name)) . "\\n"; } }
          print sort @lines;'
        """.formatted(directory, CALLS);
    }
}
