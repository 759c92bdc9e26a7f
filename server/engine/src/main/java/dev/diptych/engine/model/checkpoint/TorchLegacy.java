// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleList;
import dev.diptych.engine.model.checkpoint.pickle.PickleReader;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/// PyTorch's format before 1.6: pickles one after the other (a magic number, the format's version, the machine, the object, the keys of its
/// storages), then each storage: how many elements it has, and these.
final class TorchLegacy {
    static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final BigInteger VERSION = BigInteger.valueOf(1001);
    private static final long MOST_PICKLE_BYTES = 64 << 20;

    private final MemorySegment file;
    private final MemorySegment pickles;
    private final Map<String, Storage> storages = new HashMap<>();
    private long position;

    private TorchLegacy(MemorySegment file) {
        this.file = file;
        this.pickles = file.asSlice(0, Math.min(file.byteSize(), MOST_PICKLE_BYTES));
    }

    /// A storage of which the object says that it exists; where it lies is known after the object.
    private static final class Storage {
        private final ElementType type;
        private final long elements;
        private MemorySegment data = MemorySegment.NULL;
        private boolean isPlaced;

        Storage(ElementType type, long elements) {
            this.type = type;
            this.elements = elements;
        }
    }

    /// @throws PickleException if this is no such file, a pickle of it is refused, or a storage is not as the object says
    static PickleValue read(MemorySegment file) {
        return new TorchLegacy(file).read();
    }

    private PickleValue read() {
        TorchNames names = new TorchNames(this::storage);
        if (!next(names).equals(new PickleValue.Int(MAGIC))) {
            throw new PickleException("Its first pickle is not PyTorch's mark, so torch.save did not write it.");
        }
        if (!next(names).equals(new PickleValue.Int(VERSION))) {
            throw new PickleException("It is of another version than 1001.");
        }
        if (next(names).get("little_endian").filter(new PickleValue.Bool(true)::equals).isEmpty()) {
            throw new PickleException("It was not written on a little-endian machine.");
        }
        PickleValue object = next(names);
        place(next(names));
        return object;
    }

    private PickleValue next(TorchNames names) {
        PickleReader.Result result = PickleReader.read(pickles, position, names);
        position = result.end();
        return result.value();
    }

    private TorchStorage storage(ElementType type, String key, long elements, PickleValue view) {
        if (elements < 0 || elements > file.byteSize() / type.bytes()) {
            throw new PickleException(
                    "The storage \""
                            + Shown.text(key)
                            + "\" should have "
                            + elements
                            + " elements, more than the file.");
        }
        Storage storage = storages.computeIfAbsent(key, _ -> new Storage(type, elements));
        if (storage.type != type || storage.elements != elements) {
            throw new PickleException("The storage \"" + Shown.text(key) + "\" is described in two ways.");
        }
        if (view instanceof PickleValue.None) {
            return new TorchStorage(type, elements, () -> storage.data);
        }
        long[] range =
                view instanceof PickleList list && list.items().size() == 3
                        ? new long[] {TorchNames.number(list.items().get(1)), TorchNames.number(list.items().get(2))}
                        : new long[] {-1, -1};
        if (range[0] < 0 || range[1] < 0 || range[0] > elements || range[1] > elements - range[0]) {
            throw new PickleException("A part of the storage \"" + Shown.text(key) + "\" does not lie in it.");
        }
        long size = type.bytes();
        return new TorchStorage(type, range[1], () -> storage.data.asSlice(range[0] * size, range[1] * size));
    }

    private void place(PickleValue keys) {
        if (!(keys instanceof PickleList list)) {
            throw new PickleException("The keys of its storages are no list.");
        }
        for (PickleValue item : list.items()) {
            String key = item.text().orElseThrow(() -> new PickleException("The key of a storage is no text."));
            Storage storage = storages.get(key);
            if (storage == null || storage.isPlaced) {
                throw new PickleException(
                        "The storage \"" + Shown.text(key) + "\" is listed twice, or belongs to no tensor.");
            }
            long bytes = storage.elements * storage.type.bytes();
            if (file.byteSize() - position < Long.BYTES || file.byteSize() - position - Long.BYTES < bytes) {
                throw new PickleException(
                        "It ends in the middle of the storage \"" + Shown.text(key) + "\". Fetch the file again.");
            }
            long elements = file.get(Elements.LONG, position);
            if (elements != storage.elements) {
                throw new PickleException(
                        "The storage \""
                                + Shown.text(key)
                                + "\" has "
                                + elements
                                + " elements, the object says "
                                + storage.elements
                                + ".");
            }
            storage.data = file.asSlice(position + Long.BYTES, bytes);
            storage.isPlaced = true;
            position += Long.BYTES + bytes;
        }
        storages.forEach((key, storage) -> {
            if (!storage.isPlaced) {
                throw new PickleException("The storage \"" + Shown.text(key) + "\" is missing.");
            }
        });
    }
}
