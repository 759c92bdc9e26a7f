// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleList;
import dev.diptych.engine.model.checkpoint.pickle.PickleMap;
import dev.diptych.engine.model.checkpoint.pickle.PickleObject;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

class PickleCheckpointTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zip-protocol-2.pt",
                "zip-protocol-3.pt",
                "zip-protocol-4.pt",
                "zip-protocol-5.pt",
                "legacy-protocol-2.pt",
                "legacy-protocol-3.pt",
                "legacy-protocol-4.pt",
                "legacy-protocol-5.pt",
                "deflated.pt"
            })
    void reads_every_format_and_protocol_to_the_same_tensors_and_values(String name) throws IOException {
        try (Checkpoint expected = CheckpointFiles.open(Fixtures.path("pickled.safetensors"));
                PickleCheckpoint read = PickleCheckpoint.open(Fixtures.path(name))) {
            assertThat(read.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.tensors().keySet());
            expected.tensors()
                    .forEach((tensor, wanted) -> {
                        StoredTensor found = read.tensors().get(tensor);
                        assertThat(found.toString()).isEqualTo(wanted.toString());
                        assertThat(found.data().isReadOnly()).isTrue();
                        assertThat(found.data().toArray(ValueLayout.JAVA_BYTE))
                                .as(tensor)
                                .isEqualTo(wanted.data().toArray(ValueLayout.JAVA_BYTE));
                    });
            assertValues(read.value());
            assertThat(read.metadata())
                    .containsEntry("epoch", "3")
                    .containsEntry("name", "tiny")
                    .containsEntry("done", "true");
        }
    }

    private static void assertValues(PickleValue value) {
        assertThat(value.get("rate")).contains(new PickleValue.Real(1e-4));
        assertThat(value.get("big")).contains(new PickleValue.Int(BigInteger.TWO.pow(70)));
        assertThat(value.get("negative")).contains(PickleValue.Int.of(-(1L << 40)));
        assertThat(value.get("nothing")).contains(new PickleValue.None());
        assertThat(value.get("loss")).contains(new PickleValue.Real(0.25));
        assertThat(value.get("count")).contains(PickleValue.Int.of(-7));
        assertThat(value.get("half")).contains(new PickleValue.Real(0.5));
        assertThat(value.get("dtype")).contains(new PickleValue.Name("torch", "float16"));
        assertThat(value.get("device")).contains(new PickleValue.Text("cpu"));
        assertThat(((PickleList) value.get("long").orElseThrow()).items()).hasSize(300);
        assertThat(((PickleValue.Bytes) value.get("bytes").orElseThrow()).value()).containsExactly(0, 0xff);
        PickleList list = (PickleList) value.get("list").orElseThrow();
        assertThat(list.items()).hasSize(5).startsWith(PickleValue.Int.of(1), new PickleValue.Text("two"));
        assertThat(((PickleList) list.items().get(2)).kind()).isEqualTo(PickleList.Kind.TUPLE);
        assertThat(((PickleList) list.items().get(3)).items()).contains(PickleValue.Int.of(4), PickleValue.Int.of(5));
    }

    @Test
    void gathers_a_view_with_strides_and_offset_into_rows() throws IOException {
        try (PickleCheckpoint read = PickleCheckpoint.open(Fixtures.path("zip-protocol-2.pt"))) {
            assertThat(Elements.floats(read.stateDict().tensors().get("view"))).containsExactly(2, 5, 3, 6, 4, 7);
        }
    }

    @Test
    void stored_entries_are_mapped_and_not_copied() throws IOException {
        PickleCheckpoint read = PickleCheckpoint.open(Fixtures.path("zip-protocol-2.pt"));
        var data = read.tensors().get("state_dict.same").data();
        read.close();

        assertThatThrownBy(() -> data.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void reads_types_that_have_no_storage_class() throws IOException {
        try (Checkpoint expected = CheckpointFiles.open(Fixtures.path("every-type.safetensors"));
                Checkpoint read = CheckpointFiles.open(Fixtures.path("new-types.pt"))) {
            assertThat(read.tensors().keySet()).containsExactly("F8_E4M3", "F8_E5M2", "U16", "U32", "U64");
            read.tensors()
                    .forEach((name, tensor) ->
                            assertThat(tensor.data().mismatch(expected.tensors().get(name).data()))
                                    .as(name)
                                    .isEqualTo(-1));
        }
    }

    @Test
    void reads_a_lightning_checkpoint_with_its_classes_as_data() throws IOException {
        try (PickleCheckpoint read = PickleCheckpoint.open(Fixtures.path("lightning.ckpt"))) {
            assertThat(read.stateDict().tensors().keySet()).containsExactly("conv.weight", "conv.bias");
            assertThat(read.stateDict().metadata()).isEqualTo(read.metadata());
            assertThat(read.metadata())
                    .containsEntry("global_step", "1000")
                    .containsEntry("pytorch-lightning_version", "1.4.2");
            PickleObject settings = (PickleObject) read.value().get("hyper_parameters").orElseThrow();
            assertThat(settings.type().full()).isEqualTo("argparse.Namespace");
            assertThat(settings.get("channels")).contains(PickleValue.Int.of(4));
            assertThat(((PickleMap) read.value().get("default").orElseThrow()).get("a")).isPresent();
        }
    }

    @Test
    void reads_the_tensors_of_a_torchscript_archive_by_their_modules() throws IOException {
        try (Checkpoint read = CheckpointFiles.open(Fixtures.path("scripted.pt"))) {
            assertThat(read.tensors().keySet())
                    .containsExactlyInAnyOrder(
                            "conv.weight",
                            "conv.bias",
                            "layers.0.weight",
                            "layers.0.bias",
                            "layers.1.weight",
                            "layers.1.bias",
                            "resolution");
            assertThat(read.tensors().get("layers.1.weight").type()).isEqualTo(ElementType.F16);
            assertThat(Elements.longs(read.tensors().get("resolution"))).containsExactly(224);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "system, posix.system",
        "eval, eval",
        "exec, exec",
        "import, __import__",
        "getattr, getattr",
        "popen, Popen",
        "partial, functools.partial",
        "import-module, importlib.import_module",
        "attrgetter, operator.attrgetter",
        "rmtree, shutil.rmtree",
        "open, open",
        "load, torch.serialization.load",
        "hub, torch.hub.load",
        "module, torch.nn.modules.linear.Linear"
    })
    void refuses_a_pickle_that_would_run_code_and_names_it(String file, String global) {
        for (String suffix : new String[] {".pt", "-legacy.pt"}) {
            assertThatThrownBy(() -> PickleCheckpoint.open(Fixtures.path("hostile/" + file + suffix)))
                    .isInstanceOfSatisfying(
                            NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/bad-pickle"))
                    .hasMessageContaining(global + "\"")
                    .hasMessageContaining("Nothing was run");
        }
    }

    @Test
    void refuses_a_bare_pickle_that_calls_the_shell() throws IOException {
        Path file =
                Files.writeString(folder.resolve("model.ckpt"), "cos\nsystem\n(S'x'\ntR.", StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> CheckpointFiles.open(file)).hasMessageContaining("\"os.system\"");
    }

    @Test
    void refuses_another_byte_order() {
        assertThatThrownBy(() -> PickleCheckpoint.open(Fixtures.path("big-endian.pt"))).hasMessageContaining("\"big\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip-protocol-2.pt", "legacy-protocol-2.pt", "deflated.pt"})
    void refuses_every_truncation(String name) throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.path(name));
        for (int length = 0; length < whole.length; length += 1 + length % 13) {
            MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> PickleCheckpoint.read(cut, "cut.pt"))
                    .as("%s bytes", length)
                    .isInstanceOfAny(NodeException.class, PickleException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip-protocol-2.pt", "legacy-protocol-2.pt", "deflated.pt"})
    void a_changed_byte_is_read_or_refused(String name) throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.path(name));
        for (int i = 0; i < whole.length; i += 3) {
            byte[] changed = whole.clone();
            changed[i] ^= (byte) (1 << (i % 8));
            try {
                PickleValue read = PickleCheckpoint.read(MemorySegment.ofArray(changed), "changed.pt");
                TensorTree.tensors(read).values().forEach(StoredTensor::data);
            } catch (NodeException | PickleException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                fail("Byte " + i, e);
            }
        }
    }
}
