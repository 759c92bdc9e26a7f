// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleReader;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// PyTorch's format since 1.6: a zip archive with `<root>/data.pkl` and one entry `<root>/data/<key>` for each storage. TorchScript's archives have
/// the same parts, and code beside them that nobody looks at here.
final class TorchZip {
    private static final long MOST_PICKLE_BYTES = 64 << 20;

    private final ZipEntries entries;
    private final String root;

    private TorchZip(ZipEntries entries) {
        this.entries = entries;
        this.root = root(entries);
    }

    /// @param place the file's name, for messages
    /// @throws PickleException                             if its pickle is refused
    /// @throws dev.diptych.api.error.NodeException if the archive is damaged
    static PickleValue read(MemorySegment file, String place) {
        TorchZip zip = new TorchZip(new ZipEntries(file, place));
        zip.requireLittleEndian();
        MemorySegment pickle = zip.contentsUpTo("data.pkl", MOST_PICKLE_BYTES);
        return PickleReader.read(
                        pickle, 0, new TorchNames((type, key, elements, _) -> zip.storage(type, key, elements)))
                .value();
    }

    private static String root(ZipEntries entries) {
        for (String name : entries.names()) {
            if (name.endsWith("/data.pkl") && name.indexOf('/') == name.lastIndexOf('/')) {
                return name.substring(0, name.length() - "data.pkl".length());
            }
        }
        throw new PickleException("The archive has no entry \"data.pkl\" in a folder, so PyTorch did not write it.");
    }

    private void requireLittleEndian() {
        if (entries.has(root + "byteorder")) {
            String order =
                    new String(
                            contentsUpTo("byteorder", 100).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
            if (!order.strip().equals("little")) {
                throw new PickleException("Its byte order is \"" + Shown.text(order) + "\", only little is supported.");
            }
        }
    }

    private MemorySegment contentsUpTo(String name, long most) {
        if (entries.bytes(root + name) > most) {
            throw new PickleException(
                    "\""
                            + name
                            + "\" has "
                            + entries.bytes(root + name)
                            + " bytes, at most "
                            + most
                            + " are allowed. Are the tensors in it?");
        }
        return entries.contents(root + name);
    }

    private TorchStorage storage(ElementType type, String key, long elements) {
        String name = root + "data/" + key;
        if (!entries.has(name)) {
            throw new PickleException("The storage \"" + Shown.text(key) + "\" is missing from the archive.");
        }
        long bytes = entries.bytes(name);
        if (elements < 0 || elements > bytes / type.bytes()) {
            throw new PickleException(
                    "The storage \""
                            + Shown.text(key)
                            + "\" should have "
                            + elements
                            + " elements of "
                            + type
                            + ", but has "
                            + bytes
                            + " bytes.");
        }
        return new TorchStorage(type, elements, new LazyData(() -> entries.contents(name)));
    }
}
