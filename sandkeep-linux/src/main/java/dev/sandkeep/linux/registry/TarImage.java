package dev.sandkeep.linux.registry;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.files.NameLock;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.ImageId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Makes images of tar archives. */
public final class TarImage {
    private static final int MOST_REDIRECTIONS = 5;

    private final LayerStore layers;
    private final NameLock locks;
    private final RegistrySettings settings;

    /** @param locks for one image at a time, so that callers who want the same archive share the work */
    public TarImage(LayerStore layers, NameLock locks, RegistrySettings settings) {
        this.layers = layers;
        this.locks = locks;
        this.settings = settings;
    }

    /** As {@link dev.sandkeep.spi.SandboxProvider#ensureBaseImage}. */
    public BaseImageOutcome ensure(BaseImageSource.Tar source, Consumer<String> progress) {
        ImageId id = new ImageId("tar_" + source.sha256().substring(0, 52));
        String digest = "sha256:" + source.sha256();
        try (NameLock.Held _ = locks.hold(id.value());
                Web web = new Web()) {
            if (layers.find(id).isPresent()) {
                return new BaseImageOutcome.Ready(id, digest, true);
            }
            progress.accept("Reading " + source.location());
            LayerImport.Order order =
                    new LayerImport.Order(id, List.of(), digest, Optional.empty(), false, source.location());
            Layer layer = new LayerImport(layers).run(order, open(source.location(), web), progress);
            return new BaseImageOutcome.Ready(layer.id(), digest, false);
        } catch (UnavailableImageException e) {
            return new BaseImageOutcome.Unavailable(HostFailure.words(e), e.retryable());
        } catch (IOException e) {
            if (HostFailure.isFull(e)) {
                throw new UncheckedIOException(e);
            }
            return new BaseImageOutcome.Unavailable(
                    source.location() + " cannot be read: " + HostFailure.words(e), true);
        }
    }

    private InputStream open(String location, Web web) throws UnavailableImageException, IOException {
        return location.startsWith("/") ? openFile(location) : openAddress(location, web);
    }

    private static InputStream openAddress(String location, Web web) throws UnavailableImageException, IOException {
        URI at = address(location);
        for (int redirections = 0; redirections <= MOST_REDIRECTIONS; redirections++) {
            HttpResponse<InputStream> answer = web.get(at, Map.of());
            int status = answer.statusCode();
            if (status == 200) {
                return new AttendedStream(answer.body(), Web.SILENCE);
            }
            answer.body().close();
            Optional<URI> next =
                    answer.headers().firstValue("Location").flatMap(to -> Web.redirection(answer.uri(), to));
            if (status < 300 || status >= 400 || next.isEmpty()) {
                String message = location + " answers HTTP " + status;
                throw status == 429 || status >= 500
                        ? UnavailableImageException.forNow(message)
                        : UnavailableImageException.forGood(message + ": check the address");
            }
            at = next.get();
        }
        throw UnavailableImageException.forGood(location + " redirects without end");
    }

    private static URI address(String location) throws UnavailableImageException {
        try {
            URI address = URI.create(location);
            if (address.getHost() != null) {
                return address;
            }
        } catch (IllegalArgumentException malformed) {
            // Answered below as what it is.
        }
        throw UnavailableImageException.forGood(location + " is no address");
    }

    /** Whoever may write a profile would otherwise read any file of the host. */
    private InputStream openFile(String location) throws UnavailableImageException, IOException {
        Path directory = settings.archives()
                .orElseThrow(
                        () -> UnavailableImageException.forGood(
                                "archives on this host can be named only under the directory in sandkeep.linux.tar-directory, which is not set: set it, or give an address"));
        Path file = Path.of(location).normalize();
        Path name = file.getFileName();
        if (!file.startsWith(directory.normalize()) || name == null || file.equals(directory.normalize())) {
            throw UnavailableImageException.forGood(
                    location + " is not under " + directory + ", where sandkeep.linux.tar-directory allows archives");
        }
        String below = directory.normalize().relativize(file.resolveSibling("")).toString();
        try (Directory top = Directory.open(directory);
                Directory parent = top.openBeneath(below)) {
            Optional<FileChannel> content = parent.read(Directory.bytes(name.toString()));
            if (content.isPresent()) {
                return Channels.newInputStream(content.get());
            }
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
                throw e;
            }
        }
        throw UnavailableImageException.forGood("there is no file " + location + " (links are not followed)");
    }
}
