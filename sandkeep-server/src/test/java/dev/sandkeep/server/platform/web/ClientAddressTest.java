package dev.sandkeep.server.platform.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.Network;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ClientAddressTest {
    private static final List<Network> TRUSTED = networks("10.0.0.0/8, 192.0.2.7, fd00::/8");

    @Test
    void without_trusted_proxies_nobody_is_believed() {
        assertThat(ClientAddress.of("10.0.0.1", List.of("198.51.100.1"), List.of()))
                .isEqualTo("10.0.0.1");
    }

    @Test
    void somebody_who_is_no_proxy_cannot_pretend() {
        assertThat(ClientAddress.of("203.0.113.9", List.of("198.51.100.1"), TRUSTED))
                .isEqualTo("203.0.113.9");
    }

    @Test
    void of_what_a_proxy_says_only_what_it_added_itself_counts() {
        assertThat(ClientAddress.of("10.0.0.1", List.of("198.51.100.1"), TRUSTED))
                .isEqualTo("198.51.100.1");
        assertThat(ClientAddress.of("10.0.0.1", List.of("127.0.0.1, 10.9.9.9, 203.0.113.9"), TRUSTED))
                .as("what a client wrote stands before what the proxy added")
                .isEqualTo("203.0.113.9");
        assertThat(ClientAddress.of("10.0.0.1", List.of("127.0.0.1", "203.0.113.9"), TRUSTED))
                .as("in two headers")
                .isEqualTo("203.0.113.9");
    }

    @Test
    void proxies_in_front_of_proxies_are_passed_over() {
        assertThat(ClientAddress.of("192.0.2.7", List.of("6.6.6.6, 203.0.113.9, 10.1.1.1,10.0.0.2"), TRUSTED))
                .isEqualTo("203.0.113.9");
        assertThat(ClientAddress.of("192.0.2.7", List.of("10.1.1.1"), TRUSTED))
                .as("a proxy that asks for itself")
                .isEqualTo("10.1.1.1");
    }

    @Test
    void what_is_no_address_ends_the_way_back() {
        assertThat(ClientAddress.of("10.0.0.1", List.of("198.51.100.1, unknown"), TRUSTED))
                .isEqualTo("10.0.0.1");
        assertThat(ClientAddress.of("10.0.0.1", List.of("198.51.100.1, 10.0.0.2, <script>, 10.0.0.3"), TRUSTED))
                .isEqualTo("10.0.0.3");
        assertThat(ClientAddress.of("10.0.0.1", List.of(""), TRUSTED)).isEqualTo("10.0.0.1");
        assertThat(ClientAddress.of("10.0.0.1", List.of(), TRUSTED)).isEqualTo("10.0.0.1");
    }

    @Test
    void ports_and_both_families_are_understood() {
        assertThat(ClientAddress.of("10.0.0.1", List.of("198.51.100.1:4711"), TRUSTED))
                .isEqualTo("198.51.100.1");
        assertThat(ClientAddress.of("fd12::1", List.of("[2001:db8::5]:4711"), TRUSTED))
                .isEqualTo("2001:db8:0:0:0:0:0:5");
        assertThat(ClientAddress.of("10.0.0.1", List.of("2001:db8::5"), TRUSTED))
                .isEqualTo("2001:db8:0:0:0:0:0:5");
        assertThat(ClientAddress.of("::ffff:10.0.0.1", List.of("198.51.100.1"), TRUSTED))
                .isEqualTo("198.51.100.1");
    }

    @Test
    void a_block_holds_what_has_its_beginning() {
        assertThat(ClientAddress.of("11.0.0.1", List.of("198.51.100.1"), TRUSTED))
                .isEqualTo("11.0.0.1");
        assertThat(ClientAddress.of("10.255.255.255", List.of("198.51.100.1"), TRUSTED))
                .isEqualTo("198.51.100.1");
        assertThat(ClientAddress.of("192.0.2.6", List.of("198.51.100.1"), TRUSTED))
                .isEqualTo("192.0.2.6");
    }

    private static List<Network> networks(String text) {
        return Configuration.load(List.of("--sandkeep.http.trusted-proxies=" + text), Map.of(), new Properties())
                .trustedProxies();
    }
}
