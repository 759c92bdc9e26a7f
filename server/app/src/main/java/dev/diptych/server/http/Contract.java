// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.http.HttpMethod;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The operations of `openapi.yaml`: what the router is made from.
final class Contract {
    private static final String FILE = "openapi.yaml";
    private static final String ID = "      operationId: ";
    private static final String NO_TOKEN = "      security: []";
    private static final Pattern PATH_PARAMETER =
            Pattern.compile("      - \\{name: (\\w+), in: path, .*pattern: '(.+)'}}");

    private Contract() {}

    /// @param path     with parameters as the router writes them: `/api/v1/jobs/:id`
    /// @param patterns that parameters of the path must match, by their names
    /// @param isOpen   no token is needed
    record Operation(String id, HttpMethod method, String path, Map<String, String> patterns, boolean isOpen) {}

    /// The file itself.
    static String text() {
        try (InputStream in = Contract.class.getResourceAsStream(FILE)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Read from the lines that say them, since a start should not wait for a whole YAML document: below `paths`, a path is indented by
    /// two, its methods by four, and its parameters and what is said of one by six.
    static List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        String text = text();
        String path = "";
        String method = "";
        Map<String, String> patterns = Map.of();
        for (String line :
                text.substring(text.indexOf("\npaths:\n"), text.indexOf("\ncomponents:\n")).lines().toList()) {
            if (line.startsWith("  /")) {
                path = line.substring(2, line.length() - 1);
                patterns = new HashMap<>();
            } else if (PATH_PARAMETER.matcher(line) instanceof Matcher parameter && parameter.matches()) {
                patterns.put(parameter.group(1), parameter.group(2));
            } else if (line.startsWith("    ") && line.charAt(4) != ' ') {
                method = line.substring(4, line.length() - 1);
            } else if (line.startsWith(ID)) {
                operations.add(
                        new Operation(
                                line.substring(ID.length()),
                                HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)),
                                path.replace("{", ":").replace("}", ""),
                                patterns,
                                false));
            } else if (line.equals(NO_TOKEN)) {
                Operation last = operations.removeLast();
                operations.add(new Operation(last.id(), last.method(), last.path(), last.patterns(), true));
            }
        }
        return operations;
    }
}
