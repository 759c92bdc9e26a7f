// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.model.hub.ModelDraft;
import dev.diptych.engine.model.hub.ModelStore;
import dev.diptych.server.models.ModelAdder;
import dev.diptych.server.security.Scope;
import dev.diptych.server.transfer.DiskSpace;
import dev.diptych.server.transfer.Downloads;
import dev.diptych.server.transfer.ReceivedStream;

import io.vertx.ext.web.RoutingContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Takes in the files of a model that is not installed yet, in one piece or in several. What came in stays when a connection breaks.
final class ModelUpload {
    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long SPACE_CHECKED_EACH = 64L << 20;

    private final ModelStore store;
    private final Set<Path> open = ConcurrentHashMap.newKeySet();

    ModelUpload(ModelStore store) {
        this.store = store;
    }

    void addTo(Handlers handlers) {
        handlers.addStreaming("uploadModelFile", Scope.ADMIN, (context, _) -> upload(context));
    }

    /// Which bytes of the file a request brings.
    ///
    /// @param total of the file; -1 if the request brings all of it, however long
    private record Piece(long from, long total) {}

    private void upload(RoutingContext context) {
        ReceivedStream body =
                new ReceivedStream(
                        context.request(),
                        context.vertx().getOrCreateContext(),
                        () -> context.request().connection().close());
        String id = context.pathParam("id");
        String path = context.request().getParam("path");
        String sha256 = context.request().getParam("sha256");
        String range = context.request().getHeader("Content-Range");
        String length = context.request().getHeader("Content-Length");
        ApiRouter.offLoop(
                context,
                () -> {
                    try (body) {
                        return ModelOperations.told(() -> take(body, id, path, sha256, range, length));
                    } catch (Downloads.FailedException e) {
                        throw new HttpProblem(507, "server/model-not-stored", String.valueOf(e.getMessage()));
                    } catch (ReceivedStream.BrokenOffException e) {
                        throw HttpProblem.badRequest(
                                e.getMessage() + ". What came in stays: go on with Content-Range.");
                    } catch (IOException e) {
                        throw new HttpProblem(
                                507,
                                "server/model-not-stored",
                                "The file could not be stored: "
                                        + e.getMessage()
                                        + ". What came in stays: go on with Content-Range.");
                    }
                });
    }

    private Answer take(
            InputStream body,
            String id,
            @Nullable String path,
            @Nullable String sha256,
            @Nullable String range,
            @Nullable String length)
            throws IOException {
        if (path == null) {
            throw HttpProblem.badRequest("path is needed: where the file goes in the model, as unet/config.json.");
        }
        String expected = ModelOperations.hash(sha256);
        ModelDraft draft = store.draft(id);
        Path part = draft.part(path);
        if (!open.add(part)) {
            throw new HttpProblem(409, "server/busy", "Another request is sending this file.");
        }
        try {
            Piece piece = piece(range, Files.exists(part) ? Files.size(part) : 0);
            long end = write(body, part, piece.from(), length);
            boolean isWhole = piece.total() < 0 || end == piece.total();
            String digest = null;
            if (isWhole) {
                digest = ModelAdder.digest(part);
                ModelAdder.requireHash(path, expected, digest, draft);
                draft.complete(path);
            }
            ObjectNode view = JsonNodeFactory.instance.objectNode();
            view.put("path", path).put("bytes", end).put("complete", isWhole).put("sha256", digest);
            return Answer.json(isWhole ? 201 : 200, view);
        } finally {
            open.remove(part);
        }
    }

    private static Piece piece(@Nullable String range, long have) {
        if (range == null) {
            return new Piece(0, -1);
        }
        Matcher matcher = RANGE.matcher(range);
        if (!matcher.matches()) {
            throw HttpProblem.badRequest("Content-Range " + Request.shown(range) + ": write bytes FIRST-LAST/TOTAL.");
        }
        long from = Long.parseLong(matcher.group(1));
        long last = Long.parseLong(matcher.group(2));
        long total = Long.parseLong(matcher.group(3));
        if (from > last || last >= total) {
            throw HttpProblem.badRequest("Content-Range " + Request.shown(range) + ": FIRST ≤ LAST < TOTAL is needed.");
        }
        if (from != have) {
            throw new HttpProblem(
                    409,
                    "server/wrong-offset",
                    "The file has " + have + " bytes so far; go on there.",
                    List.of(),
                    Map.of("have", LongNode.valueOf(have)));
        }
        return new Piece(from, total);
    }

    private static long write(InputStream body, Path part, long from, @Nullable String length) throws IOException {
        Path folder = Objects.requireNonNull(part.getParent());
        DiskSpace.require(folder, length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : 0);
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(from);
            out.position(from);
            byte[] buffer = new byte[BUFFER_BYTES];
            long checked = from;
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                if (out.position() - checked > SPACE_CHECKED_EACH) {
                    checked = out.position();
                    DiskSpace.require(folder, 0);
                }
            }
            out.force(true);
            return out.position();
        }
    }
}
