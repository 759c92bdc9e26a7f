// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

class SafetensorsFileTest {
    private static final String TWO_BY_TWO = "\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}";

    @TempDir Path folder;

    @Test
    void reads_every_type_with_its_shape_and_bytes() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(Fixtures.path("every-type.safetensors"))) {
            for (ElementType type : ElementType.values()) {
                StoredTensor tensor = file.tensors().get(type.name());
                assertThat(tensor.type()).isEqualTo(type);
                assertThat(tensor.shape()).containsExactly(type == ElementType.BOOL ? 3 : type.isFloating() ? 8 : 6);
                assertThat(tensor.data().byteSize()).isEqualTo(tensor.elements() * type.bytes());
            }
            assertThat(file.tensors().get("scalar").shape()).isEmpty();
            assertThat(file.tensors().get("scalar").data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo(4.5f);
            assertThat(file.tensors().get("empty").elements()).isZero();
            assertThat(file.tensors().get("matrix").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(file.metadata()).containsEntry("format", "pt").containsEntry("title", "Grüße");
        }
    }

    @Test
    void data_is_gone_and_read_only_after_and_before_closing() throws IOException {
        SafetensorsFile file = SafetensorsFile.open(Fixtures.path("every-type.safetensors"));
        var data = file.tensors().get("matrix").data();
        assertThat(data.isReadOnly()).isTrue();
        file.close();
        file.close();
        assertThatThrownBy(() -> data.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void reads_a_header_padded_with_spaces() throws IOException {
        assertThat(open("{" + TWO_BY_TWO + "}     ", 16).tensors().get("w").shape()).containsExactly(2, 2);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                                              | does not begin with \"{\"",
                "{%s} x                                                          | no valid JSON",
                "{%s}{}                                                          | goes on after its closing brace",
                "{%s                                                             | no valid JSON",
                "{%s,%s}                                                         | stands twice",
                "{%s,\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}} | overlap",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}    | 8 bytes that belong to no tensor",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}     | after the last tensor are 8 bytes",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,20]}}    | ends? at byte 20",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,16]}}    | takes 12 bytes, its data_offsets span 16",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}   | whole numbers",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4.0],\"data_offsets\":[0,16]}}  | whole numbers",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[\"4\"],\"data_offsets\":[0,16]}} | whole numbers",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[[4]],\"data_offsets\":[0,16]}}  | whole numbers|nested",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}}      | shape is no array",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}    | an end not before it",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}}       | an end not before it",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,8,16]}}  | more than 2 numbers",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9223372036854775807],\"data_offsets\":[0,16]}} | more than 2^63",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[18446744073709551620],\"data_offsets\":[0,16]}} | whole numbers",
                "{\"w\":{\"dtype\":\"Q7\",\"shape\":[4],\"data_offsets\":[0,16]}}     | \"Q7\" is not supported",
                "{\"w\":{\"dtype\":\"C64\",\"shape\":[2],\"data_offsets\":[0,16]}}    | \"C64\" is not supported",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4]}}                            | data_offsets is missing",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"shape\":[4],\"data_offsets\":[0,16]}} | stands twice",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"x\":1}} | has a field \"x\"",
                "{\"w\":7}                                                       | an object with dtype",
                "{\"__metadata__\":{\"a\":1},%s}                                 | may hold texts only",
                "{\"__metadata__\":{},\"__metadata__\":{},%s}                    | stands twice",
                "{\"__metadata__\":[],%s}                                        | is no object",
            })
    void refuses_a_malformed_header_with_the_reason(String header, String reason) {
        assertThatThrownBy(() -> open(header.replace("%s", TWO_BY_TWO), 16))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("it.safetensors: ")
                .message()
                .containsPattern(reason.replace("\"{\"", "\"\\{\"").replace("2^63", "2\\^63"));
    }

    @Test
    void refuses_an_overlap_hidden_behind_an_empty_tensor() {
        String header =
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[4,4]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[8,16]}}";

        assertThatThrownBy(() -> open(header, 16)).hasMessageContaining("overlap");
    }

    @Test
    void refuses_more_dimensions_than_any_tensor_has() {
        String shape = "1,".repeat(100) + "4";

        assertThatThrownBy(
                        () -> open("{\"w\":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[0,16]}}", 16))
                .hasMessageContaining("more than 32 numbers");
    }

    @Test
    void refuses_a_header_that_is_no_utf_8() throws IOException {
        byte[] bytes = bytes("{\"é\":{}}".getBytes(StandardCharsets.ISO_8859_1), 8, 0);

        assertThatThrownBy(() -> SafetensorsFile.open(write(bytes))).hasMessageContaining("UTF-8");
    }

    @ParameterizedTest
    @CsvSource({"-1", "-9223372036854775808", "9223372036854775807", "100000001"})
    void refuses_a_header_longer_than_allowed_before_it_reads_it(long length) throws IOException {
        assertThatThrownBy(() -> SafetensorsFile.open(write(bytes("{}".getBytes(StandardCharsets.UTF_8), length, 0))))
                .hasMessageContaining("at most 100000000")
                .hasMessageContaining(Long.toUnsignedString(length));
    }

    @Test
    void refuses_every_truncation_of_a_good_file() throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.path("every-type.safetensors"));
        for (int length = 0; length < whole.length; length++) {
            Path cut = write(java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> SafetensorsFile.open(cut)).isInstanceOf(NodeException.class);
        }
    }

    private SafetensorsFile open(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return SafetensorsFile.open(write(bytes(json, json.length, dataBytes)));
    }

    private static byte[] bytes(byte[] json, long length, int dataBytes) {
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        return file.putLong(length).put(json).array();
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("it.safetensors"), bytes);
    }
}
