// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/// What is for people: the plain page at `/`, and the contract with its browser at `/docs/`.
final class Pages {
    private static final String OWN_ONLY =
            "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
                    + "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    private static final String SWAGGER = "META-INF/resources/webjars/swagger-ui/";
    private static final String SWAGGER_POM = "META-INF/maven/org.webjars/swagger-ui/pom.properties";
    private static final Map<String, String> SWAGGER_FILES =
            Map.of(
                    "swagger-ui.css", "text/css",
                    "swagger-ui-bundle.js", "text/javascript",
                    "favicon-32x32.png", "image/png");
    private static final String DOCS =
            """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Diptych API</title>
            <link rel="stylesheet" href="swagger-ui.css"></head>
            <body><div id="swagger-ui"></div>
            <script src="swagger-ui-bundle.js"></script><script src="start.js"></script></body></html>
            """;
    private static final String DOCS_START =
            "window.ui = SwaggerUIBundle({url: '/api/v1/openapi.yaml', dom_id: '#swagger-ui', deepLinking: true});";

    private Pages() {}

    static void addTo(Router router) {
        add(router, "/", "text/html; charset=utf-8", own("page.html"));
        add(router, "/page.js", "text/javascript; charset=utf-8", own("page.js"));
        add(router, "/api/v1/openapi.yaml", "application/yaml", text(Contract.text()));
        add(router, "/docs/", "text/html; charset=utf-8", text(DOCS));
        add(router, "/docs/start.js", "text/javascript; charset=utf-8", text(DOCS_START));
        router.get("/docs").handler(context -> context.redirect("/docs/"));
        router.get("/docs/:file").handler(Pages::swagger);
    }

    private static void add(Router router, String path, String mediaType, Buffer content) {
        router.get(path).handler(context -> send(context, mediaType, content));
    }

    private static void send(RoutingContext context, String mediaType, Buffer content) {
        var _ =
                context.response()
                        .putHeader("Content-Type", mediaType)
                        .putHeader("Content-Security-Policy", OWN_ONLY)
                        .putHeader("Cache-Control", "no-cache")
                        .end(content);
    }

    /// Read when somebody asks: the bundle is large, and few do.
    private static void swagger(RoutingContext context) {
        String mediaType = SWAGGER_FILES.get(context.pathParam("file"));
        if (mediaType == null) {
            context.next();
            return;
        }
        String file = context.pathParam("file");
        var loop = context.vertx().getOrCreateContext();
        Thread.ofVirtual()
                .name("http")
                .start(() -> {
                    Buffer content =
                            resource(
                                    Pages.class
                                            .getClassLoader()
                                            .getResourceAsStream(SWAGGER + swaggerVersion() + "/" + file));
                    loop.runOnContext(_ -> send(context, mediaType, content));
                });
    }

    /// The folder in the jar has the version in its name.
    private static String swaggerVersion() {
        Properties properties = new Properties();
        try (InputStream in = Objects.requireNonNull(Pages.class.getClassLoader().getResourceAsStream(SWAGGER_POM))) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    private static Buffer own(String name) {
        return resource(Pages.class.getResourceAsStream(name));
    }

    private static Buffer text(String text) {
        return Buffer.buffer(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Buffer resource(@org.jspecify.annotations.Nullable InputStream resource) {
        try (InputStream in = Objects.requireNonNull(resource, "a resource of the program is missing")) {
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
