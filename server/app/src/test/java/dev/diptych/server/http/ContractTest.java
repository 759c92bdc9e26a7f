// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpMethod;

import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

class ContractTest {
    @Test
    void its_operations_are_those_that_a_reader_of_yaml_finds() {
        Map<String, Map<?, ?>> root = new Yaml().load(Contract.text());
        List<Contract.Operation> expected = new ArrayList<>();
        for (Map.Entry<?, ?> path : Objects.requireNonNull(root.get("paths")).entrySet()) {
            for (Map.Entry<?, ?> method : ((Map<?, ?>) path.getValue()).entrySet()) {
                if (method.getValue() instanceof Map<?, ?> operation
                        && operation.get("operationId") instanceof String id) {
                    expected.add(
                            new Contract.Operation(
                                    id,
                                    HttpMethod.valueOf(method.getKey().toString().toUpperCase(Locale.ROOT)),
                                    path.getKey().toString().replaceAll("\\{(\\w+)}", ":$1"),
                                    patterns((Map<?, ?>) path.getValue()),
                                    operation.get("security") instanceof List<?> needs && needs.isEmpty()));
                }
            }
        }
        assertThat(expected)
                .hasSizeGreaterThan(30)
                .anyMatch(Contract.Operation::isOpen)
                .anyMatch(operation -> operation.patterns().containsKey("sha256"));
        assertThat(Contract.operations()).isEqualTo(expected);
    }

    /// Of the parameters that all methods of a path have.
    private static Map<String, String> patterns(Map<?, ?> path) {
        Map<String, String> patterns = new HashMap<>();
        if (path.get("parameters") instanceof List<?> parameters) {
            for (Object each : parameters) {
                Map<?, ?> parameter = (Map<?, ?>) each;
                if (parameter.get("schema") instanceof Map<?, ?> schema
                        && schema.get("pattern") instanceof String pattern) {
                    patterns.put((String) parameter.get("name"), pattern);
                }
            }
        }
        return patterns;
    }
}
