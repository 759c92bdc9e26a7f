// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Seed;
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
                            "tints", new PortType.ListOf(PortType.Basic.TEXT),
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
                .hasMessageContaining("caption, image, seed, strength, tints");
        assertThatThrownBy(() -> arguments.parse(List.of("image=@/no/such/file"))).hasMessageContaining("no file");
        assertThatThrownBy(() -> arguments.parse(List.of("strength=much"))).hasMessageContaining("number is needed");
    }

    @Test
    void counts_seeds_in_sequence() {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        arguments.sweepSeeds(values, 3, new Seed(5));

        assertThat(values.get("seed").toString()).isEqualTo("[5,6,7]");
    }

    @Test
    void refuses_to_count_where_no_seed_is() {
        InputArguments seedless = new InputArguments(document(Map.of("image", PortType.Basic.IMAGE)), Path::toString);

        assertThatThrownBy(() -> seedless.sweepSeeds(new LinkedHashMap<>(), 4, null))
                .hasMessageContaining("no input of type seed");
    }

    @Test
    void what_stands_behind_a_value_is_no_part_of_it() {
        assertThatThrownBy(() -> arguments.parse(List.of("strength=0.5 garbage")))
                .hasMessage("-i strength: number is needed, not \"0.5 garbage\".");
        assertThatThrownBy(() -> arguments.parse(List.of("tints=[\"#ff0000\"] x")))
                .hasMessageContaining("-i tints:")
                .hasMessageContaining("A list is written as");
    }

    @Test
    void a_text_is_taken_as_it_is_written(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("caption.txt"), "from a file");
        for (String text : List.of("[draft] one", "{one", "a=@b", "\"")) {
            assertThat(arguments.parse(List.of("caption=" + text)).get("caption").textValue()).isEqualTo(text);
        }
        assertThat(arguments.parse(List.of("caption=@@home")).get("caption").textValue()).isEqualTo("@home");
        assertThat(arguments.namesWithFiles()).isEmpty();

        assertThat(arguments.parse(List.of("caption=@" + file)).get("caption").textValue()).isEqualTo("from a file");
        assertThat(arguments.namesWithFiles()).containsExactly("caption");
    }

    @Test
    void a_file_that_is_no_text_is_named(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("caption.png"), new byte[] {(byte) 0x89, 'P', (byte) 0xff});

        assertThatThrownBy(() -> arguments.parse(List.of("caption=@" + file)))
                .hasMessage("-i caption: " + file + " is no text in UTF-8.");
    }

    @Test
    void a_picture_that_is_named_like_a_text_is_told_how_to_bring_it_in() {
        assertThatThrownBy(() -> arguments.parse(List.of("image=/tmp/rgb.png")))
                .hasMessageContaining("-i image=@/tmp/rgb.png");
    }

    @Test
    void seeds_have_one_form_wherever_they_are_written() throws IOException {
        assertThat(arguments.parse(List.of("seed=-1")).get("seed").textValue()).isEqualTo("18446744073709551615");
        assertThatThrownBy(() -> arguments.parse(List.of("seed=abc")))
                .hasMessage("-i seed: \"abc\" is no seed: a whole number from -2^63 to 2^64 - 1 is needed.");
    }

    @Test
    void seeds_that_are_given_are_never_replaced() throws IOException {
        Map<String, JsonNode> several = arguments.parse(List.of("seed=[1,2]"));
        assertThatThrownBy(() -> arguments.sweepSeeds(several, 2, null)).hasMessageContaining("gives several seeds");

        Map<String, JsonNode> one = arguments.parse(List.of("seed=-2"));
        assertThatThrownBy(() -> arguments.sweepSeeds(one, 2, new Seed(5))).hasMessageContaining("-i seed and --seed");
        arguments.sweepSeeds(one, 3, null);
        assertThat(one.get("seed").toString()).isEqualTo("[\"18446744073709551614\",\"18446744073709551615\",0]");
    }

    private static WorkflowDocument document(Map<String, PortType> types) {
        LinkedHashMap<String, WorkflowDocument.Input> inputs = new LinkedHashMap<>();
        types.forEach((name, type) -> inputs.put(name, new WorkflowDocument.Input(type, "", "", null, null)));
        return new WorkflowDocument(1, "test", "", "", inputs, new LinkedHashMap<>(), new LinkedHashMap<>(), null);
    }
}
