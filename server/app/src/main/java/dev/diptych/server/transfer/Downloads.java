// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.transfer;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Fetches files. What was broken off goes on where it stopped, if the sender can say that the file is still the same one; a broken connection is made
/// again a few times. Each redirection is checked as the first address was. Thread-safe.
public final class Downloads implements AutoCloseable {
    private static final int TIMEOUT_MILLISECONDS = 30_000;
    private static final int MOST_REDIRECTS = 8;
    private static final int MOST_ATTEMPTS = 6;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long SPACE_CHECKED_EACH = 64L << 20;
    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

    private final Vertx vertx;
    private final HttpClientOptions options;
    private @Nullable HttpClient client;
    private final Function<Integer, Duration> pauses;

    /// @param vertx   not closed with this
    /// @param options of the connections; trust is the system's unless they say otherwise
    /// @param pauses  before an attempt after a failed one, by the number of those, from 1
    public Downloads(Vertx vertx, HttpClientOptions options, Function<Integer, Duration> pauses) {
        this.vertx = vertx;
        this.pauses = pauses;
        this.options = new HttpClientOptions(options).setConnectTimeout(TIMEOUT_MILLISECONDS).setVerifyHost(true);
    }

    /// Made for the first download, not when a server starts: it reads the system's certificates.
    private synchronized HttpClient client() {
        HttpClient made = client;
        if (made == null) {
            made = vertx.createHttpClient(options);
            client = made;
        }
        return made;
    }

    public Downloads(Vertx vertx) {
        this(vertx, new HttpClientOptions(), failures -> Duration.ofSeconds(1L << Math.min(failures, 5)));
    }

    /// Hears how far a download is.
    @FunctionalInterface
    public interface Progress {
        /// @param total of the file; -1 while it is not known
        void at(long bytes, long total);
    }

    /// A refusal that another attempt would not change. The message is a sentence.
    public static final class FailedException extends IOException {
        private static final long serialVersionUID = 1;

        FailedException(String message) {
            super(message);
        }
    }

    /// The connection broke, or the sender is in trouble: another attempt may do.
    private static final class BrokenException extends IOException {
        private static final long serialVersionUID = 1;

        BrokenException(String message) {
            super(message);
        }
    }

    /// Fetches one file. Blocks; an interrupt ends it, and what came in stays for the next attempt.
    ///
    /// @param part    what came in so far; a note about its source lies beside it until it is whole
    /// @param targets where it may lead
    /// @return the SHA-256 that the sender itself promises, or null
    /// @throws FailedException if it cannot be fetched, with the reason
    /// @throws IOException     if it was broken off again and again, or the file cannot be written
    public @Nullable String fetch(String url, Path part, PublicTargets targets, Progress progress) throws IOException {
        Path note = note(part);
        if (!Source.read(note).url().equals(url)) {
            Files.deleteIfExists(part);
            new Source(url, "", "").write(note);
        }
        int failures = 0;
        while (true) {
            long before = size(part);
            try {
                String promised = attempt(url, part, targets, progress);
                Files.deleteIfExists(note);
                return promised;
            } catch (BrokenException e) {
                failures = size(part) > before ? 1 : failures + 1;
                if (failures >= MOST_ATTEMPTS) {
                    throw new IOException(
                            e.getMessage() + " It was tried " + failures + " times; what came in is kept.", e);
                }
                pause(pauses.apply(failures));
            }
        }
    }

    static Path note(Path part) {
        return part.resolveSibling(".source-" + part.getFileName());
    }

    private static long size(Path part) throws IOException {
        return Files.exists(part) ? Files.size(part) : 0;
    }

    private static void pause(Duration time) throws InterruptedIOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /// Where a part came from.
    ///
    /// @param tag      strong validator of the sender's file; empty if it gave none
    /// @param promised SHA-256; empty if it promised none
    private record Source(String url, String tag, String promised) {
        static Source read(Path note) throws IOException {
            if (!Files.exists(note)) {
                return new Source("", "", "");
            }
            List<String> lines = Files.readAllLines(note);
            return lines.size() == 3
                    ? new Source(lines.getFirst(), lines.get(1), lines.get(2))
                    : new Source("", "", "");
        }

        void write(Path note) throws IOException {
            Files.write(note, List.of(url, tag, promised));
        }
    }

    private @Nullable String attempt(String url, Path part, PublicTargets targets, Progress progress)
            throws IOException {
        Path note = note(part);
        Source source = Source.read(note);
        long have = source.tag().isEmpty() ? 0 : size(part);
        String promised = source.promised();
        String next = url;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            Answer answer = ask(allowed(next, redirects, targets), have, source.tag());
            try {
                promised = promisedBy(answer, promised);
                switch (answer.status()) {
                    case 301, 302, 303, 307, 308 -> {
                        next = resolved(next, answer.header("Location"));
                        continue;
                    }
                    case 200 -> {
                        new Source(url, strongTag(answer), promised).write(note);
                        receive(answer, part, 0, progress);
                    }
                    case 206 -> receive(answer, part, start(answer, have), progress);
                    case 416 -> {
                        if (!answer.header("Content-Range").equals("bytes */" + have)) {
                            Files.deleteIfExists(part);
                            throw new BrokenException("The sender's file has changed.");
                        }
                    }
                    case 401, 403 ->
                            throw new FailedException(
                                    shown(next)
                                            + " needs a login ("
                                            + answer.status()
                                            + "). Download the file yourself, and add it from there.");
                    case 404, 410 ->
                            throw new FailedException(
                                    "There is no file at " + shown(next) + " (" + answer.status() + ").");
                    case 408, 425, 429, 500, 502, 503, 504 ->
                            throw new BrokenException(shown(next) + " answered " + answer.status() + ".");
                    default -> throw new FailedException(shown(next) + " answered " + answer.status() + ".");
                }
                return promised.isEmpty() ? null : promised;
            } finally {
                answer.close();
            }
        }
        throw new FailedException(shown(url) + " leads on and on; " + MOST_REDIRECTS + " redirections are followed.");
    }

    private static PublicTargets.Target allowed(String url, int redirects, PublicTargets targets)
            throws FailedException {
        try {
            return targets.check(url);
        } catch (PublicTargets.RefusedException e) {
            throw new FailedException(
                    shown(url)
                            + (redirects == 0 ? "" : ", to which it leads on,")
                            + " is refused: "
                            + e.getMessage()
                            + ".");
        }
    }

    private static String resolved(String url, String location) throws FailedException {
        try {
            return URI.create(url).resolve(location).toString();
        } catch (IllegalArgumentException e) {
            throw new FailedException(shown(url) + " leads on to what is no URL.");
        }
    }

    /// The host and the path: a query may hold a secret.
    private static String shown(String url) {
        int query = url.indexOf('?');
        String shown = query < 0 ? url : url.substring(0, query);
        return shown.length() <= 120 ? shown : shown.substring(0, 120) + "…";
    }

    /// The Hugging Face Hub names the SHA-256 of large files in a header of its own.
    private static String promisedBy(Answer answer, String before) {
        String linked = answer.header("X-Linked-ETag").replace("\"", "");
        return linked.matches("[0-9a-f]{64}") ? linked : before;
    }

    private static String strongTag(Answer answer) {
        String tag = answer.header("ETag");
        return tag.startsWith("\"") ? tag : "";
    }

    private static long start(Answer answer, long have) throws IOException {
        Matcher range = RANGE.matcher(answer.header("Content-Range"));
        if (!range.matches() || Long.parseLong(range.group(1)) != have) {
            throw new FailedException("The sender gave another range than it was asked for.");
        }
        return have;
    }

    /// @param from where the answer's bytes go
    private static void receive(Answer answer, Path part, long from, Progress progress) throws IOException {
        String length = answer.header("Content-Length");
        long total = length.matches("\\d{1,18}") ? from + Long.parseLong(length) : -1;
        DiskSpace.require(Objects.requireNonNull(part.getParent()), Math.max(0, total - from));
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(from);
            out.position(from);
            long at = from;
            long checked = at;
            byte[] buffer = new byte[BUFFER_BYTES];
            progress.at(at, total);
            for (int read = next(answer, buffer); read >= 0; read = next(answer, buffer)) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    int written = out.write(bytes);
                    at += written;
                }
                if (at - checked > SPACE_CHECKED_EACH) {
                    checked = at;
                    DiskSpace.require(Objects.requireNonNull(part.getParent()), 0);
                }
                progress.at(at, total);
            }
            out.force(true);
            if (total >= 0 && at != total) {
                throw new BrokenException("The connection broke after " + at + " of " + total + " bytes.");
            }
        }
    }

    private static int next(Answer answer, byte[] buffer) throws IOException {
        try {
            return answer.body().read(buffer);
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw new BrokenException(e.getMessage() + ".");
        }
    }

    /// What was answered, its body not read yet.
    private record Answer(HttpClientResponse response, InputStream body) {
        int status() {
            return response.statusCode();
        }

        String header(String name) {
            String value = response.getHeader(name);
            return value == null ? "" : value;
        }

        void close() {
            var _ = response.request().reset();
        }
    }

    private Answer ask(PublicTargets.Target target, long have, String tag) throws IOException {
        RequestOptions options =
                target.request(HttpMethod.GET)
                        .putHeader("User-Agent", "diptych")
                        .putHeader("Accept-Encoding", "identity");
        if (have > 0) {
            options.putHeader("Range", "bytes=" + have + "-").putHeader("If-Range", tag);
        }
        Future<Answer> answer = client().request(options).compose(request -> request.send().map(this::answer));
        try {
            return answer.toCompletionStage()
                    .toCompletableFuture()
                    .get(2L * TIMEOUT_MILLISECONDS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            throw new BrokenException(
                    target.uri().getHost()
                            + " cannot be reached: "
                            + Objects.requireNonNull(e.getCause()).getMessage()
                            + ".");
        } catch (TimeoutException e) {
            throw new BrokenException(target.uri().getHost() + " does not answer.");
        }
    }

    /// On the event loop, before anything of the body is read.
    private Answer answer(HttpClientResponse response) {
        Context context = Vertx.currentContext();
        return new Answer(
                response,
                new ReceivedStream(
                        response,
                        context == null ? vertx.getOrCreateContext() : context,
                        () -> response.request().reset()));
    }

    @Override
    public synchronized void close() {
        if (client != null) {
            var _ = client.close();
        }
    }
}
