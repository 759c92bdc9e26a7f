// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleMap;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A file of `torch.save` (`.pt`, `.pth`, `.ckpt`, `.bin`), in the zip format or the older one, or a TorchScript archive's tensors.
///
/// All tensors are offered by the path that leads to them (`state_dict.conv1.weight`); [#stateDict] gives those that inference wants.
/// What else the file holds is in [#value].
public final class PickleCheckpoint implements Checkpoint {
    private static final String CODE = "engine/bad-pickle";
    private static final int ZIP_SIGNATURE = 0x04034b50;

    /// Under these keys authors put the weights; the averaged ones come first.
    private static final List<String> WRAPPERS =
            List.of(
                    "params_ema",
                    "ema_state_dict",
                    "ema",
                    "state_dict",
                    "model_state_dict",
                    "params",
                    "model",
                    "module",
                    "net");

    private final MappedFile file;
    private final PickleValue value;
    private final SequencedMap<String, StoredTensor> tensors;

    private PickleCheckpoint(MappedFile file, PickleValue value) {
        this.file = file;
        this.value = value;
        this.tensors = Collections.unmodifiableSequencedMap(TensorTree.tensors(value));
    }

    /// @throws IOException                               if the file cannot be opened
    /// @throws dev.diptych.api.error.NodeException `engine/bad-pickle` or `engine/bad-zip`, with the reason
    public static PickleCheckpoint open(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        String place = BadFile.place(path);
        try {
            return new PickleCheckpoint(file, read(file.segment(), place));
        } catch (PickleException e) {
            file.close();
            throw BadFile.of(CODE, place, String.valueOf(e.getMessage())).causedBy(e);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// @throws PickleException                             if its pickle is refused
    /// @throws dev.diptych.api.error.NodeException if its archive is damaged
    static PickleValue read(MemorySegment file, String place) {
        boolean isZip = file.byteSize() >= Integer.BYTES && file.get(Elements.INT, 0) == ZIP_SIGNATURE;
        return isZip ? TorchZip.read(file, place) : TorchLegacy.read(file);
    }

    /// Everything in the file: usually a dictionary, of tensors or of dictionaries, numbers and texts.
    public PickleValue value() {
        return value;
    }

    @Override
    public SequencedMap<String, StoredTensor> tensors() {
        return tensors;
    }

    /// The numbers and texts at the top, as text: `epoch`, `global_step`, `pytorch-lightning_version`.
    @Override
    public Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (value instanceof PickleMap map) {
            map.entries()
                    .forEach((key, entry) -> {
                        if (key instanceof PickleValue.Text(String name)) {
                            switch (entry) {
                                case PickleValue.Text(String text) -> metadata.put(name, text);
                                case PickleValue.Int(BigInteger number) -> metadata.put(name, number.toString());
                                case PickleValue.Real(double number) -> metadata.put(name, Double.toString(number));
                                case PickleValue.Bool(boolean truth) -> metadata.put(name, Boolean.toString(truth));
                                default -> {
                                    /* Structures have no place in a map of texts; they are in value(). */
                                }
                            }
                        }
                    });
        }
        return Collections.unmodifiableMap(metadata);
    }

    /// The weights to run the network with: those of the wrapper that the file has (`params_ema` before `state_dict` before `model` and others),
    /// else all; without the prefix `module.` that data-parallel training leaves. Closing the view closes this.
    public Checkpoint stateDict() {
        Checkpoint weights = this;
        for (String wrapper : WRAPPERS) {
            String prefix = wrapper + ".";
            boolean isWrapper =
                    value.get(wrapper).isPresent()
                            && tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
            if (isWrapper) {
                weights = TensorView.under(weights, prefix);
                break;
            }
        }
        boolean isParallel =
                !weights.tensors().isEmpty()
                        && weights.tensors().keySet().stream().allMatch(name -> name.startsWith("module."));
        return isParallel ? TensorView.under(weights, "module.") : weights;
    }

    @Override
    public void close() {
        file.close();
    }
}
