// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.value.AssetStore;
import dev.diptych.server.assets.Assets;
import dev.diptych.server.security.Principal;
import dev.diptych.server.security.Scope;
import dev.diptych.server.transfer.ReceivedStream;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Assets over HTTP: streamed in and out, never whole in memory.
final class AssetOperations {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");
    private static final String FOR_EVER = "private, max-age=31536000, immutable";
    private static final int LEAST_THUMBNAIL = 16;
    private static final int LARGEST_THUMBNAIL = 1024;

    private final Assets assets;
    private final long maxBytes;

    /// @param maxBytes of one upload
    AssetOperations(Assets assets, long maxBytes) {
        this.assets = assets;
        this.maxBytes = maxBytes;
    }

    void addTo(Handlers handlers) {
        handlers.addStreaming("uploadAsset", Scope.RUN, (context, principal) -> upload(context, principal, null));
        handlers.addStreaming(
                "putAsset",
                Scope.WORKER,
                (context, principal) -> upload(context, principal, context.pathParam("sha256")));
        handlers.addStreaming("getAsset", Scope.READ, (context, _) -> download(context));
        handlers.addStreaming("headAsset", Scope.READ, (context, _) -> download(context));
    }

    private void upload(RoutingContext context, Principal principal, @Nullable String expected) {
        ReceivedStream body =
                new ReceivedStream(
                        context.request(),
                        context.vertx().getOrCreateContext(),
                        () -> context.request().connection().close());
        ApiRouter.offLoop(
                context,
                () -> {
                    try (body) {
                        Assets.Asset asset = assets.add(body, maxBytes, principal.owner(), expected);
                        return Answer.json(201, view(asset)).with("Location", "/api/v1/assets/" + asset.sha256());
                    } catch (AssetStore.TooLargeException e) {
                        throw new HttpProblem(413, "server/asset-too-large", e.getMessage() + ".");
                    } catch (Assets.WrongContentException e) {
                        throw new HttpProblem(
                                422,
                                "server/wrong-hash",
                                e.getMessage() + ", not the one in the address. Nothing of it stays.");
                    } catch (ReceivedStream.BrokenOffException e) {
                        throw HttpProblem.badRequest(e.getMessage() + ". Nothing of it stays.");
                    } catch (IOException e) {
                        throw new HttpProblem(
                                507,
                                "server/asset-not-stored",
                                "The file could not be stored: " + e.getMessage() + ". Nothing of it stays.");
                    }
                });
    }

    private static ObjectNode view(Assets.Asset asset) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("sha256", asset.sha256());
        view.put("reference", "asset:" + asset.sha256());
        view.put("bytes", asset.bytes());
        view.put("mediaType", asset.mediaType());
        return view;
    }

    /// What to send.
    private record Found(Path file, String mediaType, long length, EntityTag tag) {}

    private void download(RoutingContext context) {
        String sha256 = context.pathParam("sha256");
        var loop = context.vertx().getOrCreateContext();
        Thread.ofVirtual()
                .name("http")
                .start(() -> {
                    Object found;
                    try {
                        Variant variant = Variant.of(context.request());
                        found = variant == null ? file(sha256) : derived(sha256, variant);
                    } catch (IOException e) {
                        found =
                                new HttpProblem(
                                        507,
                                        "server/picture-not-stored",
                                        "The picture could not be made: " + e.getMessage() + ".");
                    } catch (Exception e) {
                        found = HttpProblem.of(e);
                    }
                    Object result = found;
                    loop.runOnContext(_ -> {
                        if (result instanceof Found file) {
                            send(context, file);
                        } else {
                            ApiRouter.send(context, Answer.problem((HttpProblem) result));
                        }
                    });
                });
    }

    private Found file(String sha256) {
        Assets.Asset asset = assets.find(sha256).orElseThrow(() -> noSuch(sha256));
        return new Found(
                assets.file(sha256).orElseThrow(() -> noSuch(sha256)), asset.mediaType(), asset.bytes(), tag(sha256));
    }

    private Found derived(String sha256, Variant variant) throws IOException {
        Path file =
                (variant.isThumbnail()
                                ? assets.thumbnail(sha256, variant.value())
                                : assets.jpeg(sha256, variant.value()))
                        .orElseThrow(() -> noSuch(sha256));
        return new Found(file, "image/jpeg", java.nio.file.Files.size(file), tag(sha256 + variant.tag()));
    }

    private static EntityTag tag(String name) {
        return new EntityTag('"' + name + '"');
    }

    /// What is asked for instead of the file: a small picture, or the whole one as a JPEG.
    ///
    /// @param value pixels of the longer side, or quality in percent
    private record Variant(boolean isThumbnail, int value) {
        /// @return null for the file itself
        static @Nullable Variant of(HttpServerRequest request) {
            String thumbnail = request.getParam("thumbnail");
            String jpeg = request.getParam("jpeg");
            if (thumbnail != null && jpeg != null) {
                throw HttpProblem.badRequest("Either thumbnail or jpeg can be given.");
            }
            if (thumbnail != null) {
                return new Variant(true, within("thumbnail", thumbnail, LEAST_THUMBNAIL, LARGEST_THUMBNAIL));
            }
            return jpeg == null ? null : new Variant(false, within("jpeg", jpeg, 1, 100));
        }

        private static int within(String name, String text, int least, int most) {
            try {
                int value = Integer.parseInt(text);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // told below
            }
            throw HttpProblem.badRequest(
                    name
                            + "="
                            + Request.shown(text)
                            + ": a whole number from "
                            + least
                            + " to "
                            + most
                            + " is needed.");
        }

        String tag() {
            return (isThumbnail ? "-" : "-q") + value;
        }
    }

    private static HttpProblem noSuch(String sha256) {
        return HttpProblem.notFound("asset \"" + Request.shown(sha256) + "\"");
    }

    private static void send(RoutingContext context, Found found) {
        HttpServerResponse response = context.response();
        response.putHeader("Content-Type", found.mediaType())
                .putHeader("ETag", found.tag().text())
                .putHeader("Accept-Ranges", "bytes");
        if (!found.mediaType().startsWith("image/")) {
            response.putHeader("Content-Disposition", "attachment");
        }
        if (found.tag().isAmong(context.request().headers().getAll("If-None-Match"))) {
            ApiRouter.send(context, Answer.empty(304).with("Cache-Control", FOR_EVER));
            return;
        }
        long[] range = range(context.request().getHeader("Range"), found.length());
        if (range != null && range[0] > range[1]) {
            response.putHeader("Content-Range", "bytes */" + found.length());
            ApiRouter.send(
                    context,
                    Answer.problem(
                            new HttpProblem(416, "server/bad-range", "The file has " + found.length() + " bytes.")));
            return;
        }
        response.putHeader("Cache-Control", FOR_EVER);
        long from = range == null ? 0 : range[0];
        long length = range == null ? found.length() : range[1] - range[0] + 1;
        if (range != null) {
            response.setStatusCode(206)
                    .putHeader("Content-Range", "bytes " + range[0] + "-" + range[1] + "/" + found.length());
        }
        if (context.request().method().equals(HttpMethod.HEAD)) {
            var _ = response.putHeader("Content-Length", Long.toString(length)).end();
            return;
        }
        var _ = response.sendFile(found.file().toString(), from, length).onFailure(_ -> response.reset());
    }

    /// First and last byte, the first greater than the last if there is nothing in the range; null without a range that is
    /// understood.
    private static long @Nullable [] range(@Nullable String header, long length) {
        Matcher matcher = RANGE.matcher(header == null ? "" : header);
        if (!matcher.matches() || header == null || header.length() > 50) {
            return null;
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty() && last.isEmpty()) {
            return null;
        }
        if (first.isEmpty()) {
            return new long[] {Math.max(0, length - number(last)), length - 1};
        }
        if (!last.isEmpty() && number(last) < number(first)) {
            return null; // RFC 9110, 14.1.1: no range at all
        }
        return new long[] {number(first), last.isEmpty() ? length - 1 : Math.min(length - 1, number(last))};
    }

    private static long number(String digits) {
        return digits.length() > 18 ? Long.MAX_VALUE / 2 : Long.parseLong(digits);
    }
}
