package dev.sandkeep.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.contract.NastyTree;
import dev.sandkeep.spi.contract.ProviderFixture;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Images that stand on many others, and what becomes of their chains. */
class ChainTest {
    private static final int LAYERS = 30;
    private static final int STARTS = 9;

    private final List<ImageId> images = new ArrayList<>();
    private final List<ComputeId> computes = new ArrayList<>();
    private SandboxProvider provider;
    private ImageId base;

    @BeforeEach
    void open() {
        provider = new LinuxSandboxProviderFactory().open(TestInstallation.config());
        base = TestInstallation.debian(provider);
    }

    @AfterEach
    void close() {
        computes.forEach(provider::destroy);
        for (ImageId image : images.reversed()) {
            assertThat(provider.deleteImage(image))
                    .isIn(new DeleteImageOutcome.Deleted(), new DeleteImageOutcome.Missing());
        }
        provider.close();
    }

    private ComputeId started(ImageId image) {
        ComputeId id = new ComputeId("sbx_chain" + UUID.randomUUID().toString().substring(0, 8), 1);
        computes.add(id);
        assertThat(provider.start(new ComputeSpec(id, image, ProviderFixture.SMALL, Map.of(), List.of(), Map.of())))
                .isInstanceOf(StartOutcome.Started.class);
        return id;
    }

    private String sh(ComputeId id, String script) throws IOException {
        try (ExecProcess process = ((ExecOutcome.Executing)
                        provider.exec(id, ExecSpec.of("sh", "-c", "exec 2>&1; " + script)))
                .process()) {
            return new String(process.stdout().readAllBytes(), UTF_8).strip();
        }
    }

    private ImageId captured(ImageId parent, String script) throws IOException {
        ComputeId id = started(parent);
        assertThat(sh(id, "set -e\n" + script + "\necho fine")).endsWith("fine");
        ImageId image = new ImageId("snp_chain" + UUID.randomUUID().toString().substring(0, 8));
        images.add(image);
        provider.stop(id, Duration.ZERO);
        assertThat(provider.capture(id, image)).isInstanceOf(CaptureOutcome.Captured.class);
        provider.destroy(id);
        return image;
    }

    private int depth(ImageId image) {
        return provider.imageUsage(image, 0).orElseThrow().depth();
    }

    private void awaitShort(ImageId image) {
        await().atMost(ProviderFixture.PATIENCE)
                .untilAsserted(() -> assertThat(depth(image)).isLessThanOrEqualTo(8));
    }

    @Test
    void a_start_from_thirty_layers_is_as_fast_as_from_one() throws IOException {
        ImageId one = captured(base, "echo one > /opt/file");
        ImageId many = one;
        for (int layer = 2; layer <= LAYERS; layer++) {
            many = captured(
                    many,
                    "echo " + layer + " > /opt/newest; echo x > /opt/at-" + layer + "; rm -f /opt/at-" + (layer - 3));
        }
        awaitShort(many);
        startTimes(one, 2);
        startTimes(many, 2);

        long fromOne = median(startTimes(one, STARTS));
        long fromMany = median(startTimes(many, STARTS));

        // Both in one run on one machine; the bound leaves room for a busy one. Thirty mounted layers take several
        // times as long.
        assertThat((double) fromMany / fromOne)
                .as("%d ms from one layer, %d ms from thirty", fromOne / 1_000_000, fromMany / 1_000_000)
                .isLessThan(1.6);
        ComputeId id = started(many);
        assertThat(sh(id, "cat /opt/newest /opt/file; ls /opt | wc -l")).isEqualTo("30\none\n5");
    }

    private long[] startTimes(ImageId image, int count) {
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            long begin = System.nanoTime();
            ComputeId id = started(image);
            times[i] = System.nanoTime() - begin;
            provider.destroy(id);
        }
        return times;
    }

    private static long median(long[] times) {
        Arrays.sort(times);
        return times[times.length / 2];
    }

    @Test
    void merging_a_chain_changes_nothing_that_anybody_sees() throws IOException {
        ImageId low = captured(base, NastyTree.make("/opt/nasty") + """

                mkdir -p /opt/t/gone /opt/t/anew /opt/t/kept; echo old | tee /opt/t/gone/f /opt/t/anew/f /opt/t/kept/f /opt/t/file
                rm -r /usr/share/doc; rm /etc/debian_version; mkdir /usr/share/common-licenses2""");
        ImageId middle = captured(low, """
                cd /opt/t; rm -r gone; rm -r anew; mkdir anew; echo new > anew/g; chmod 700 kept; rm file; mkdir file
                mkdir -p /usr/share/doc/only; echo x > /usr/share/doc/only/x; chown 5:6 /etc""");
        ImageId sideways = captured(middle, "echo sideways > /opt/side; rm /opt/t/kept/f");
        ImageId top = middle;
        for (int layer = 0; layer < 5; layer++) {
            top = captured(
                    top, "echo " + layer + " >> /opt/log; rm -rf /opt/last; mkdir /opt/last; touch /opt/last/" + layer);
        }
        ComputeId before = started(top);
        String described = sh(before, describe());
        // One more, and the chain is long enough to be merged; what runs on the old layers runs on.
        ImageId merged = captured(top, "true");
        ImageId above = captured(merged, "echo above > /opt/above");
        awaitShort(merged);
        awaitShort(above);

        ComputeId after = started(merged);
        assertThat(sh(after, describe())).isEqualTo(described);
        assertThat(sh(before, describe())).isEqualTo(described);
        assertThat(sh(started(above), "cat /opt/above; tail -1 /opt/log")).isEqualTo("above\n4");
        assertThat(sh(started(sideways), "cat /opt/side; ls /opt/t/kept; cat /opt/t/anew/g"))
                .isEqualTo("sideways\nnew");
        ImageDiff diff = provider.diffImages(top, merged, 20, 5).orElseThrow();
        assertThat(diff.entries()).isEmpty();
        // The layers that were merged are not needed by the image any more, but by computes that may have mounted them.
        computes.stream().filter(id -> !id.equals(before)).forEach(provider::destroy);
        assertThat(provider.deleteImage(top)).isEqualTo(new DeleteImageOutcome.InUse(before.name()));
        provider.destroy(before);
        assertThat(provider.deleteImage(top)).isEqualTo(new DeleteImageOutcome.Deleted());
        assertThat(sh(started(merged), describe())).isEqualTo(described);
    }

    private static String describe() {
        return NastyTree.describe("/opt/nasty")
                + "; cd /; find opt/t opt/last opt/log usr/share/doc etc -xdev ! -name hosts ! -name hostname ! -name resolv.conf"
                + " -printf '%p %y %m %U:%G %s %T@ %l\\n' | sort; cat /opt/log; find opt/t -type f -exec cat {} +";
    }
}
