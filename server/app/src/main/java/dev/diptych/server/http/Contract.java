// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.http.HttpMethod;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// The operations of `openapi.yaml`: what the router is made from.
final class Contract {
    private static final String FILE = "openapi.yaml";
    private static final String ID = "      operationId: ";
    private static final String NO_TOKEN = "      security: []";

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

    /// Read from the lines that say them, since a start should not wait for a whole YAML document: below `paths`, a path is indented by
    /// two, its methods by four, and what is said of one by six.
    static List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        String text = text();
        String path = "";
        String method = "";
        for (String line :
                text.substring(text.indexOf("\npaths:\n"), text.indexOf("\ncomponents:\n")).lines().toList()) {
            if (line.startsWith("  /")) {
                path = line.substring(2, line.length() - 1);
            } else if (line.startsWith("    ") && line.charAt(4) != ' ') {
                method = line.substring(4, line.length() - 1);
            } else if (line.startsWith(ID)) {
                operations.add(
                        new Operation(
                                line.substring(ID.length()),
                                HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)),
                                path.replace("{", ":").replace("}", ""),
                                false));
            } else if (line.equals(NO_TOKEN)) {
                Operation last = operations.removeLast();
                operations.add(new Operation(last.id(), last.method(), last.path(), true));
            }
        }
        return operations;
    }
}
