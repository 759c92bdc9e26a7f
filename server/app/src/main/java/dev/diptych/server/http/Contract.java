// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.http.HttpMethod;

import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// The operations of `openapi.yaml`: what the router is made from.
final class Contract {
    private static final String FILE = "openapi.yaml";

    private Contract() {}

    /// @param path   with parameters as the router writes them: `/api/v1/jobs/:id`
    /// @param isOpen no token is needed
    record Operation(String id, HttpMethod method, String path, boolean isOpen) {}

    /// The file itself.
    static String text() {
        try (InputStream in = Contract.class.getResourceAsStream(FILE)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Operation> operations() {
        Map<String, Map<?, ?>> root = new Yaml(new SafeConstructor(new LoaderOptions())).load(text());
        List<Operation> operations = new ArrayList<>();
        for (Map.Entry<?, ?> path : Objects.requireNonNull(root.get("paths")).entrySet()) {
            for (Map.Entry<?, ?> method : ((Map<?, ?>) path.getValue()).entrySet()) {
                if (method.getValue() instanceof Map<?, ?> operation
                        && operation.get("operationId") instanceof String id) {
                    operations.add(
                            new Operation(
                                    id,
                                    HttpMethod.valueOf(method.getKey().toString().toUpperCase(Locale.ROOT)),
                                    path.getKey().toString().replaceAll("\\{(\\w+)}", ":$1"),
                                    operation.get("security") instanceof List<?> needs && needs.isEmpty()));
                }
            }
        }
        return operations;
    }
}
