// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The header of a safetensors file, checked whole: what it says of each tensor is true of the file, or the file is refused.
/// Nothing is allocated by a number that the file names.
///
/// @param tensors  by where their data begin
/// @param metadata the entry `__metadata__`
record SafetensorsHeader(List<Entry> tensors, Map<String, String> metadata) {
    /* The file [1]: eight bytes N, little-endian; N bytes of JSON, filled up with spaces; the data. Offsets count from the end of the JSON.
     * Sorted by offset, the tensors follow one another without holes or overlaps up to the last byte.
     * [1] https://github.com/huggingface/safetensors, "Format"
     */

    static final long MOST_BYTES = 100_000_000;
    static final int MOST_TENSORS = 250_000;

    private static final String CODE = "engine/bad-safetensors";
    private static final int LENGTH_BYTES = 8;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(4)
                                    .maxNameLength(2000)
                                    .maxNumberLength(100)
                                    .maxStringLength((int) MOST_BYTES)
                                    .build())
                    .build();

    /// One tensor.
    ///
    /// @param begin of its data, counted from the beginning of the file
    record Entry(String name, ElementType type, long[] shape, long begin, long end) {}

    /// @param place the file's name, for messages
    /// @throws NodeException if anything in it is not as it must be
    static SafetensorsHeader read(MemorySegment file, String place) {
        if (file.byteSize() < LENGTH_BYTES) {
            throw BadFile.of(
                    CODE, place, "the file has " + file.byteSize() + " bytes, its header's length alone takes 8.");
        }
        long length = file.get(LENGTH, 0);
        if (length < 0 || length > MOST_BYTES) {
            throw BadFile.of(
                    CODE,
                    place,
                    "the header's length is "
                            + Long.toUnsignedString(length)
                            + ", at most "
                            + MOST_BYTES
                            + " bytes are allowed. Is this a safetensors file?");
        }
        if (LENGTH_BYTES + length > file.byteSize()) {
            throw BadFile.of(
                    CODE,
                    place,
                    "the header has "
                            + length
                            + " bytes, but the file ends after "
                            + file.byteSize()
                            + ". Fetch the file again.");
        }
        MemorySegment json = file.asSlice(LENGTH_BYTES, length);
        if (length == 0 || json.get(ValueLayout.JAVA_BYTE, 0) != '{') {
            throw BadFile.of(CODE, place, "the header does not begin with \"{\".");
        }
        return new Parser(place, LENGTH_BYTES + length, file.byteSize()).read(json);
    }

    private static final class Parser {
        private final String place;
        private final long dataBegin;
        private final long fileEnd;

        Parser(String place, long dataBegin, long fileEnd) {
            this.place = place;
            this.dataBegin = dataBegin;
            this.fileEnd = fileEnd;
        }

        SafetensorsHeader read(MemorySegment json) {
            try (Reader text =
                            new InputStreamReader(
                                    new SegmentInputStream(json),
                                    StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT));
                    JsonParser parser = JSON.createParser(text)) {
                return header(parser);
            } catch (JsonProcessingException e) {
                throw refused("the header is no valid JSON: " + Shown.text(e.getOriginalMessage()) + ".");
            } catch (CharacterCodingException e) {
                throw refused("the header is not written in UTF-8.");
            } catch (IOException e) {
                throw refused("the header cannot be read: " + Shown.text(String.valueOf(e.getMessage())) + ".");
            }
        }

        private SafetensorsHeader header(JsonParser json) throws IOException {
            Map<String, Entry> entries = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            boolean hasMetadata = false;
            json.nextToken();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                if (name.equals("__metadata__")) {
                    if (hasMetadata) {
                        throw twice(name);
                    }
                    hasMetadata = true;
                    readMetadata(json, metadata);
                } else if (entries.putIfAbsent(name, entry(json, name)) != null) {
                    throw twice(name);
                }
                if (entries.size() > MOST_TENSORS) {
                    throw refused("the header names more than " + MOST_TENSORS + " tensors.");
                }
            }
            if (json.nextToken() != null) {
                throw refused("the header goes on after its closing brace.");
            }
            return new SafetensorsHeader(inOrder(entries.values()), metadata);
        }

        private void readMetadata(JsonParser json, Map<String, String> metadata) throws IOException {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw refused("\"__metadata__\" is no object.");
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String key = json.currentName();
                if (json.nextToken() != JsonToken.VALUE_STRING) {
                    throw refused("\"__metadata__\" may hold texts only, \"" + Shown.text(key) + "\" is none.");
                }
                if (metadata.putIfAbsent(key, json.getText()) != null) {
                    throw twice(key);
                }
            }
        }

        private Entry entry(JsonParser json, String name) throws IOException {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw of(name, "an object with dtype, shape and data_offsets is needed.");
            }
            ElementType type = null;
            long[] shape = null;
            long[] offsets = null;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String field = json.currentName();
                json.nextToken();
                boolean isSecond =
                        switch (field) {
                            case "dtype" -> type != null;
                            case "shape" -> shape != null;
                            case "data_offsets" -> offsets != null;
                            default ->
                                    throw of(
                                            name,
                                            "it has a field \""
                                                    + Shown.text(field)
                                                    + "\"; dtype, shape and data_offsets are allowed.");
                        };
                if (isSecond) {
                    throw twice(name + "\".\"" + field);
                }
                switch (field) {
                    case "dtype" -> type = type(json, name);
                    case "shape" -> shape = sizes(json, name, field, Shapes.MOST_DIMENSIONS);
                    default -> offsets = sizes(json, name, field, 2);
                }
            }
            return checked(name, type, shape, offsets);
        }

        private ElementType type(JsonParser json, String name) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw of(name, "dtype is no text.");
            }
            String dtype = json.getText();
            return ElementType.named(dtype)
                    .orElseThrow(() ->
                            of(
                                    name,
                                    "the element type \""
                                            + Shown.text(dtype)
                                            + "\" is not supported; known are "
                                            + List.of(ElementType.values())
                                            + "."));
        }

        private long[] sizes(JsonParser json, String name, String field, int most) throws IOException {
            if (json.currentToken() != JsonToken.START_ARRAY) {
                throw of(name, field + " is no array.");
            }
            long[] sizes = new long[most];
            int count = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (count == most) {
                    throw of(name, field + " has more than " + most + " numbers.");
                }
                boolean isSize =
                        json.currentToken() == JsonToken.VALUE_NUMBER_INT
                                && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                                && !json.getText().startsWith("-");
                if (!isSize) {
                    throw of(
                            name,
                            field
                                    + " has \""
                                    + Shown.text(json.getText())
                                    + "\", whole numbers from 0 to 2^63 - 1 are allowed.");
                }
                sizes[count++] = json.getLongValue();
            }
            return Arrays.copyOf(sizes, count);
        }

        private Entry checked(
                String name, @Nullable ElementType type, long @Nullable [] shape, long @Nullable [] offsets) {
            if (type == null || shape == null || offsets == null) {
                throw of(name, (type == null ? "dtype" : shape == null ? "shape" : "data_offsets") + " is missing.");
            }
            if (offsets.length != 2 || offsets[0] > offsets[1]) {
                throw of(
                        name,
                        "data_offsets are "
                                + Shapes.text(offsets)
                                + ", a beginning and an end not before it are needed.");
            }
            if (offsets[1] > fileEnd - dataBegin) {
                throw of(
                        name,
                        "its data end at byte "
                                + offsets[1]
                                + ", but the file has only "
                                + (fileEnd - dataBegin)
                                + " bytes of data. Fetch the file again.");
            }
            long bytes = Shapes.bytes(shape, type);
            if (bytes != offsets[1] - offsets[0]) {
                throw of(
                        name,
                        type
                                + " "
                                + Shapes.text(shape)
                                + " takes "
                                + (bytes < 0 ? "more than 2^63" : bytes)
                                + " bytes, its data_offsets span "
                                + (offsets[1] - offsets[0])
                                + ".");
            }
            return new Entry(name, type, shape, dataBegin + offsets[0], dataBegin + offsets[1]);
        }

        private List<Entry> inOrder(Iterable<Entry> entries) {
            List<Entry> sorted = new ArrayList<>();
            entries.forEach(sorted::add);
            sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
            long position = dataBegin;
            String before = "the header";
            for (Entry entry : sorted) {
                if (entry.begin() < position) {
                    throw of(entry.name(), "its data overlap those of " + before + ".");
                }
                if (entry.begin() > position) {
                    throw of(
                            entry.name(),
                            "between its data and those of "
                                    + before
                                    + " are "
                                    + (entry.begin() - position)
                                    + " bytes that belong to no tensor.");
                }
                position = entry.end();
                before = '"' + Shown.text(entry.name()) + '"';
            }
            if (position != fileEnd) {
                throw refused("after the last tensor are " + (fileEnd - position) + " bytes that belong to none.");
            }
            return sorted;
        }

        private NodeException twice(String name) {
            return refused("the key \"" + Shown.text(name) + "\" stands twice in the header.");
        }

        private NodeException of(String tensor, String what) {
            return refused("tensor \"" + Shown.text(tensor) + "\": " + what);
        }

        private NodeException refused(String what) {
            return BadFile.of(CODE, place, what);
        }
    }
}
