package dev.sandkeep.linux.slots;

import dev.sandkeep.linux.files.Command;
import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.IdRange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Hands out slots. A background thread keeps a few ready, because making the namespaces and the network link takes longer than
 * all the rest of a start.
 */
public final class SlotPool implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SlotPool.class.getName());
    private static final Path REGISTRY = Path.of("/run/sandkeep/slots");
    private static final int EXPECTED_OWNERS = 4;
    private static final Duration COMMAND = Duration.ofSeconds(20);

    private final SlotRegistry registry;
    private final HostNetwork network;
    private final int ready;
    private final LinkedBlockingDeque<Slot> pool = new LinkedBlockingDeque<>();
    private final CopyOnWriteArrayList<IdRange> recentOwners = new CopyOnWriteArrayList<>();
    private final Semaphore demand = new Semaphore(0);
    private final Thread filler;
    private volatile boolean open = true;

    /**
     * @param dataDirectory of this installation
     * @param network where the links end
     * @param ready how many slots to keep made
     */
    public SlotPool(Path dataDirectory, HostNetwork network, int ready) {
        this.registry = new SlotRegistry(REGISTRY, dataDirectory);
        this.network = network;
        this.ready = ready;
        registry.releaseOfDeadServers();
        this.filler = Thread.ofPlatform().name("sandkeep-slots").daemon().start(this::keepFilled);
    }

    private void keepFilled() {
        while (open) {
            try {
                if (pool.size() < ready) {
                    pool.add(make());
                } else {
                    awaitDemand();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "event=slot_not_made reason=\"" + e.getMessage() + "\"");
                pause();
            }
        }
        // What was made after close() had waited long enough.
        giveBackReady();
    }

    private void awaitDemand() throws InterruptedException {
        demand.tryAcquire(1, TimeUnit.SECONDS);
        demand.drainPermits();
    }

    private void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            open = false;
        }
    }

    /** Takes a slot for {@code compute}, a ready one when there is one. */
    public Slot take(ComputeId compute) {
        Slot slot = pool.poll();
        if (slot == null) {
            slot = make();
        }
        registry.assign(slot.number(), compute);
        return slot;
    }

    /** Notes in whose ids layers were stored lately, so that slots to come have the maps for them ready. */
    public void expect(IdRange owner) {
        if (!owner.equals(IdRange.HOST) && !recentOwners.contains(owner)) {
            recentOwners.add(owner);
            while (recentOwners.size() > EXPECTED_OWNERS) {
                recentOwners.removeFirst();
            }
        }
    }

    /** Lets the background thread make up for what was taken; called when a start is over, to leave it the processor. */
    public void refill() {
        demand.release();
    }

    /** Gives back the slot of a compute of which no process is left. */
    public void release(ComputeId compute) {
        registry.numberOf(compute).ifPresent(number -> {
            network.removeLink(number);
            registry.release(number);
        });
    }

    private Slot make() {
        int number = registry.claim();
        try {
            return make(number);
        } catch (RuntimeException e) {
            network.removeLink(number);
            registry.release(number);
            throw e;
        }
    }

    private Slot make(int number) {
        try (NamespaceHolder holder = NamespaceHolder.start("--user", "--net")) {
            IdRange range = Slot.rangeOf(number);
            holder.map(0, range.first());
            network.addLink(number, holder.path("net"));
            Descriptor users = holder.open("user");
            Slot slot = new Slot(
                    number,
                    network.subnet().address(number),
                    network.subnet().gateway(number),
                    users,
                    new IdMaps(range, users),
                    holder.open("net"));
            recentOwners.forEach(slot.maps()::of);
            return slot;
        }
    }

    /** Every slot and link of this installation, but those that wait in the pool of a server that lives. */
    public List<HostResource> resources() {
        List<HostResource> found = new ArrayList<>();
        List<String> links = new ArrayList<>(network.existingLinks());
        for (SlotRegistry.Claimed claimed : registry.claims()) {
            SlotRegistry.Claim claim = claimed.claim();
            if (registry.isOurs(claim)) {
                boolean linked = links.remove(network.link(claimed.number()));
                if (claim.compute() != null || !claim.serverAlive()) {
                    Optional<String> owner = Optional.ofNullable(claim.compute());
                    found.add(new HostResource(HostResource.Kind.SLOT, REGISTRY + "/" + claimed.number(), owner));
                    if (linked) {
                        found.add(new HostResource(HostResource.Kind.NETWORK, network.link(claimed.number()), owner));
                    }
                }
            }
        }
        links.forEach(link -> found.add(new HostResource(HostResource.Kind.NETWORK, link, Optional.empty())));
        return found;
    }

    /**
     * Slots on this host in which a compute was started and whose installation's data directory is gone. A number that a dead
     * server held in its pool is free: what it stood for died with the server, and the next one that opens takes it back.
     */
    public static List<HostResource> orphans() {
        List<HostResource> found = new ArrayList<>();
        if (Files.isDirectory(REGISTRY)) {
            for (SlotRegistry.Claimed claimed : new SlotRegistry(REGISTRY, Path.of("/")).claims()) {
                if (claimed.claim().compute() != null
                        && !Files.isDirectory(Path.of(claimed.claim().dataDirectory()))) {
                    found.add(new HostResource(
                            HostResource.Kind.SLOT,
                            REGISTRY + "/" + claimed.number(),
                            Optional.ofNullable(claimed.claim().compute())));
                }
            }
        }
        return found;
    }

    @Override
    public void close() {
        // Not interrupted: a slot that is half made would be left behind.
        open = false;
        demand.release();
        try {
            filler.join(COMMAND.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        giveBackReady();
    }

    private void giveBackReady() {
        for (Slot slot = pool.poll(); slot != null; slot = pool.poll()) {
            slot.close();
            network.removeLink(slot.number());
            registry.release(slot.number());
        }
    }

    /** Runs a host command that must succeed. */
    static void mustSucceed(List<String> command, String input) {
        Command done = Command.run(command, input, COMMAND);
        if (!done.succeeded()) {
            throw new IllegalStateException(String.join(" ", command) + ": " + done.output());
        }
    }
}
