package dev.sandkeep.linux.slots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.spi.ComputeId;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlotRegistryTest {
    private static final long NO_SUCH_PID = 1L << 30;

    @TempDir
    Path directory = Path.of("unset");

    private final Path data = Path.of("/somewhere");

    @Test
    void a_number_is_claimed_once_by_all_installations_of_a_host() {
        SlotRegistry ours = new SlotRegistry(directory, data);
        SlotRegistry others = new SlotRegistry(directory, Path.of("/elsewhere"));
        Set<Integer> numbers = new HashSet<>();

        for (int i = 0; i < 50; i++) {
            assertThat(numbers.add(ours.claim())).isTrue();
            assertThat(numbers.add(others.claim())).isTrue();
        }

        assertThat(numbers).allSatisfy(number -> assertThat(number).isBetween(1, SlotRegistry.LAST));
    }

    @Test
    void a_dead_servers_pool_is_given_back_but_not_what_a_compute_runs_in() {
        SlotRegistry registry = new SlotRegistry(directory, data);
        ComputeId running = new ComputeId("sbx_a", 1);
        write(7, new SlotRegistry.Claim(data.toString(), null, NO_SUCH_PID, 1));
        write(8, new SlotRegistry.Claim(data.toString(), running.name(), NO_SUCH_PID, 1));
        write(9, new SlotRegistry.Claim("/elsewhere", null, NO_SUCH_PID, 1));
        int pooled = registry.claim();

        registry.releaseOfDeadServers();

        assertThat(registry.claims()).extracting(SlotRegistry.Claimed::number).containsExactlyInAnyOrder(8, pooled);
        assertThat(registry.numberOf(running)).hasValue(8);
    }

    @Test
    void a_released_number_can_be_claimed_again() {
        SlotRegistry registry = new SlotRegistry(directory, data);
        ComputeId compute = new ComputeId("sbx_a", 1);
        int number = registry.claim();
        registry.assign(number, compute);

        registry.release(number);

        assertThat(registry.numberOf(compute)).isEmpty();
        assertThat(registry.claims()).isEmpty();
    }

    private void write(int number, SlotRegistry.Claim claim) {
        JsonFile.write(directory.resolve(Integer.toString(number)), claim, Durability.PROCESS);
    }
}
