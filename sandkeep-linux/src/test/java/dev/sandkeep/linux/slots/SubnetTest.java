package dev.sandkeep.linux.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {
    @Test
    void every_slot_has_a_pair_of_addresses_of_its_own() {
        Subnet subnet = Subnet.parse("10.213.0.0/16");

        assertThat(subnet.gateway(1)).isEqualTo("10.213.0.2");
        assertThat(subnet.address(1)).isEqualTo("10.213.0.3");
        assertThat(subnet.address(SlotRegistry.LAST)).isEqualTo("10.213.31.253");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.213.0.0", "10.213.1.0/24", "224.0.0.0/16", "10.256.0.0/16", "fd00::/16", ""})
    void a_block_that_cannot_serve_is_refused_by_name(String text) {
        assertThatThrownBy(() -> Subnet.parse(text)).hasMessageContaining("'" + text + "'");
    }
}
