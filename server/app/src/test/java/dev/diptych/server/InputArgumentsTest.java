// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.WorkflowDocument;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class InputArgumentsTest {
    private static final WorkflowDocument DOCUMENT =
            document(
                    Map.of(
                            "image", PortType.Basic.IMAGE,
                            "caption", PortType.Basic.TEXT,
                            "strength", PortType.Basic.NUMBER,
                            "seed", PortType.Basic.SEED));

    private final InputArguments arguments = new InputArguments(DOCUMENT, file -> "asset:" + file.getFileName());

    @Test
    void reads_each_value_by_the_declared_type() throws IOException {
        Map<String, JsonNode> values = arguments.parse(List.of("caption=1.5", "strength=1.5", "seed=7"));

        assertThat(values.get("caption").isTextual()).isTrue();
        assertThat(values.get("strength").doubleValue()).isEqualTo(1.5);
        assertThat(values.get("seed").longValue()).isEqualTo(7);
    }

    @Test
    void keeps_all_64_bits_of_a_seed() throws IOException {
        assertThat(arguments.parse(List.of("seed=18446744073709551615")).get("seed").textValue())
                .isEqualTo("18446744073709551615");
    }

    @Test
    void imports_a_file_and_makes_a_list_of_a_repeated_name(@TempDir Path folder) throws IOException {
        Path a = Files.writeString(folder.resolve("a.png"), "a");
        Path b = Files.writeString(folder.resolve("b.png"), "b");

        assertThat(arguments.parse(List.of("image=@" + a, "image=@" + b)).get("image").toString())
                .isEqualTo("[\"asset:a.png\",\"asset:b.png\"]");
    }

    @Test
    void a_mistake_names_the_inputs_that_there_are() {
        assertThatThrownBy(() -> arguments.parse(List.of("imag=x")))
                .hasMessageContaining("imag")
                .hasMessageContaining("caption, image, seed, strength");
        assertThatThrownBy(() -> arguments.parse(List.of("image=@/no/such/file"))).hasMessageContaining("no file");
        assertThatThrownBy(() -> arguments.parse(List.of("strength=much"))).hasMessageContaining("NUMBER");
    }

    @Test
    void counts_seeds_in_sequence() {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        arguments.sweepSeeds(values, 3, 5L);

        assertThat(values.get("seed").toString()).isEqualTo("[5,6,7]");
    }

    @Test
    void refuses_to_count_where_no_seed_is() {
        InputArguments seedless = new InputArguments(document(Map.of("image", PortType.Basic.IMAGE)), Path::toString);

        assertThatThrownBy(() -> seedless.sweepSeeds(new LinkedHashMap<>(), 4, null))
                .hasMessageContaining("no input of type seed");
    }

    private static WorkflowDocument document(Map<String, PortType> types) {
        LinkedHashMap<String, WorkflowDocument.Input> inputs = new LinkedHashMap<>();
        types.forEach((name, type) -> inputs.put(name, new WorkflowDocument.Input(type, "", "", null, null)));
        return new WorkflowDocument(1, "test", "", "", inputs, new LinkedHashMap<>(), new LinkedHashMap<>(), null);
    }
}
