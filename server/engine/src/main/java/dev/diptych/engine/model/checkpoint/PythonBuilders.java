// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleList;
import dev.diptych.engine.model.checkpoint.pickle.PickleMap;
import dev.diptych.engine.model.checkpoint.pickle.PickleNames;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Containers of Python's own library, under the names that Python 2 and 3 give them.
final class PythonBuilders {
    private PythonBuilders() {}

    static Map<String, PickleNames.Builder> all() {
        Map<String, PickleNames.Builder> builders = new HashMap<>();
        for (String module : List.of("builtins.", "__builtin__.")) {
            builders.put(module + "set", arguments -> collection(PickleList.Kind.SET, arguments));
            builders.put(module + "frozenset", arguments -> collection(PickleList.Kind.SET, arguments));
            builders.put(module + "list", arguments -> collection(PickleList.Kind.LIST, arguments));
            builders.put(module + "tuple", arguments -> collection(PickleList.Kind.TUPLE, arguments));
            builders.put(module + "dict", PythonBuilders::map);
            builders.put(module + "bytes", PythonBuilders::bytes);
            builders.put(module + "bytearray", PythonBuilders::bytes);
        }
        builders.put("collections.OrderedDict", PythonBuilders::map);
        builders.put("collections.Counter", PythonBuilders::map);
        builders.put("collections.defaultdict", _ -> new PickleMap());
        builders.put("collections.deque", arguments -> collection(PickleList.Kind.LIST, arguments));
        builders.put("_codecs.encode", PythonBuilders::encode);
        return builders;
    }

    private static PickleValue collection(PickleList.Kind kind, PickleList arguments) {
        if (arguments.items().isEmpty()) {
            return new PickleList(kind, List.of());
        }
        if (arguments.items().getFirst() instanceof PickleList items) {
            return new PickleList(kind, items.items());
        }
        throw new PickleException("A list or set is made of something that is no list.");
    }

    /// Of nothing, of a dictionary, or of pairs.
    private static PickleValue map(PickleList arguments) {
        PickleMap map = new PickleMap();
        if (arguments.items().isEmpty()) {
            return map;
        }
        return switch (arguments.items().getFirst()) {
            case PickleMap other -> map.with(other);
            case PickleList pairs -> {
                for (PickleValue pair : pairs.items()) {
                    if (!(pair instanceof PickleList two) || two.items().size() != 2) {
                        throw new PickleException("A dictionary is made of something that is no pair.");
                    }
                    map.with(PickleMap.of(two.items().getFirst(), two.items().getLast()));
                }
                yield map;
            }
            default -> throw new PickleException("A dictionary is made of something that is none.");
        };
    }

    private static PickleValue bytes(PickleList arguments) {
        if (arguments.items().isEmpty()) {
            return new PickleValue.Bytes(new byte[0]);
        }
        return arguments.items().getFirst() instanceof PickleValue.Bytes bytes ? bytes : encode(arguments);
    }

    /// Bytes, as Python 3 writes them in protocol 2: a text whose characters are the bytes.
    private static PickleValue encode(PickleList arguments) {
        String text =
                TorchNames.item(arguments, 0)
                        .text()
                        .orElseThrow(() -> new PickleException("What is encoded is no text."));
        String encoding = TorchNames.item(arguments, 1).text().orElse("");
        if (!encoding.equals("latin1") && !encoding.equals("latin-1")) {
            throw new PickleException("A text is encoded by something else than latin1.");
        }
        if (text.chars().anyMatch(character -> character > 0xff)) {
            throw new PickleException("A text that stands for bytes has other characters.");
        }
        return new PickleValue.Bytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
