package dev.sandkeep.spi.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.contract.Patience;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
    private static final Duration PATIENCE = Patience.seconds(10);

    private final AtomicInteger effects = new AtomicInteger();

    @Test
    void only_the_planned_call_of_the_planned_point_goes_wrong() {
        FaultPlan plan = FaultPlan.none().on("a", 2, Fault.FAIL_BEFORE);

        assertThat(plan.pass("a", effects::incrementAndGet)).isEqualTo(1);
        assertThat(plan.pass("b", effects::incrementAndGet)).isEqualTo(2);
        assertThatThrownBy(() -> plan.pass("a", effects::incrementAndGet))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("call 2 of a");
        assertThat(plan.pass("a", effects::incrementAndGet)).isEqualTo(3);

        assertThat(plan.fired())
                .containsExactly(new FaultPlan.Fired(1, "a", 2, Fault.FAIL_BEFORE, ProviderException.Kind.FAULT));
        assertThat(plan.calls("a")).isEqualTo(3);
    }

    @Test
    void a_failure_after_leaves_the_effect_and_has_the_kind_asked_for() {
        FaultPlan plan = FaultPlan.none().on("a", 1, Fault.FAIL_AFTER, ProviderException.Kind.STORAGE_FULL);

        assertThatThrownBy(() -> plan.pass("a", effects::incrementAndGet))
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.STORAGE_FULL));
        assertThat(effects).hasValue(1);
    }

    @Test
    void a_lost_answer_leaves_the_effect_and_is_unavailable() {
        FaultPlan plan = FaultPlan.none().on("a", 1, Fault.LOSE_ANSWER);

        assertThatThrownBy(() -> plan.pass("a", effects::incrementAndGet))
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.UNAVAILABLE));
        assertThat(effects).hasValue(1);
    }

    @Test
    void an_answer_given_twice_has_two_effects_and_the_second_answer() {
        FaultPlan plan = FaultPlan.none().on("a", 1, Fault.ANSWER_TWICE);

        assertThat(plan.pass("a", effects::incrementAndGet)).isEqualTo(2);
    }

    @Test
    void a_call_that_hangs_has_its_effect_when_it_is_released() throws InterruptedException {
        FaultPlan plan = FaultPlan.none().on("a", 1, Fault.HANG);
        Thread caller = Thread.ofVirtual().start(() -> plan.pass("a", effects::incrementAndGet));

        plan.awaitFired("a", PATIENCE);
        assertThat(effects).hasValue(0);
        while (plan.hanging() == 0) {
            Thread.onSpinWait();
        }
        plan.release();
        assertThat(caller.join(PATIENCE)).isTrue();
        assertThat(effects).hasValue(1);
    }

    @Test
    void a_call_that_is_interrupted_while_it_hangs_has_no_effect() throws InterruptedException {
        FaultPlan plan = FaultPlan.none().on("a", 1, Fault.HANG);
        Thread caller = Thread.ofVirtual()
                .start(() -> assertThatThrownBy(() -> plan.pass("a", effects::incrementAndGet))
                        .isInstanceOf(ProviderException.class));

        plan.awaitFired("a", PATIENCE);
        caller.interrupt();
        assertThat(caller.join(PATIENCE)).isTrue();
        assertThat(effects).hasValue(0);
    }

    @Test
    void the_same_seed_gives_the_same_faults_in_any_order_of_points() {
        List<FaultPlan.Fired> forth = fired(7, List.of("a", "b"));
        List<FaultPlan.Fired> back = fired(7, List.of("b", "a"));
        List<FaultPlan.Fired> other = fired(8, List.of("a", "b"));

        assertThat(forth).hasSizeBetween(20, 180);
        assertThat(back)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("number")
                .containsExactlyInAnyOrderElementsOf(forth);
        assertThat(other)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("number")
                .isNotEqualTo(forth);
    }

    @Test
    void after_healing_nothing_goes_wrong_any_more() {
        FaultPlan plan = FaultPlan.random(1, 1, EnumSet.of(Fault.FAIL_BEFORE));
        assertThatThrownBy(() -> plan.pass("a", effects::incrementAndGet)).isInstanceOf(ProviderException.class);

        plan.healAll();

        assertThat(plan.pass("a", effects::incrementAndGet)).isEqualTo(1);
    }

    @Test
    void every_method_of_the_wrapped_interfaces_is_a_fault_point() {
        assertThat(FaultySandboxProvider.POINTS)
                .containsExactlyInAnyOrderElementsOf(
                        points("provider.", SandboxProvider.class, Set.of("capabilities", "close")));
        assertThat(FaultyVolumeBackend.POINTS)
                .containsExactlyInAnyOrderElementsOf(points("volume.", VolumeBackend.class, Set.of("close")));
    }

    private static List<String> points(String prefix, Class<?> type, Set<String> without) {
        return Arrays.stream(type.getMethods())
                .map(Method::getName)
                .filter(name -> !without.contains(name))
                .distinct()
                .map(prefix::concat)
                .toList();
    }

    private static List<FaultPlan.Fired> fired(long seed, List<String> points) {
        FaultPlan plan = FaultPlan.random(seed, 0.3, EnumSet.complementOf(EnumSet.of(Fault.HANG)));
        for (String point : points) {
            IntStream.range(0, 100).forEach(any -> {
                try {
                    assertThat(plan.pass(point, () -> 1)).isEqualTo(1);
                } catch (ProviderException planned) {
                    assertThat(planned).hasMessageContaining("was planned");
                }
            });
        }
        return plan.fired();
    }
}
