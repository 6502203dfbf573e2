package dev.sandkeep.linux.slots;

import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.spi.IdRange;
import java.util.concurrent.ConcurrentHashMap;

/**
 * User namespaces that show files stored in other ids as one slot's, for id-mapped mounts. Making one takes a process and some
 * milliseconds, so each is kept as long as the slot is open here.
 */
public final class IdMaps implements AutoCloseable {
    private final IdRange range;
    private final Descriptor users;
    private final ConcurrentHashMap<IdRange, Descriptor> others = new ConcurrentHashMap<>();

    /** @param users the slot's own namespace, which is the map for files that are stored in host ids */
    IdMaps(IdRange range, Descriptor users) {
        this.range = range;
        this.users = users;
    }

    /** Maps files stored in {@code owner}'s ids; must not be asked for the slot's own range, which needs no map. */
    public Descriptor of(IdRange owner) {
        return owner.equals(IdRange.HOST) ? users : others.computeIfAbsent(owner, this::make);
    }

    private Descriptor make(IdRange owner) {
        return between(owner, range);
    }

    /** A new map that shows files stored in {@code owner}'s ids as {@code shown}'s. Takes a process; the caller closes it. */
    public static Descriptor between(IdRange owner, IdRange shown) {
        try (NamespaceHolder holder = NamespaceHolder.start("--user")) {
            holder.map(owner.first(), shown.first());
            return holder.open("user");
        }
    }

    @Override
    public void close() {
        others.values().forEach(Descriptor::close);
        others.clear();
    }
}
