// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// Messages of the link as frames of a WebSocket: a JSON object whose `type` is the record's name. A preview is a binary
/// frame instead: four bytes with the length of its JSON, the JSON, the picture.
///
/// @param <M> the sealed interface of the messages
final class LinkCodec<M> {
    static final LinkCodec<ToServer> TO_SERVER = new LinkCodec<>(ToServer.class);
    static final LinkCodec<ToWorker> TO_WORKER = new LinkCodec<>(ToWorker.class);

    private static final ObjectMapper JSON =
            LinkJson.mapper()
                    .registerModule(
                            new SimpleModule()
                                    .addSerializer(Duration.class, new MillisecondsWriter())
                                    .addDeserializer(Duration.class, new MillisecondsReader()));

    private final Map<String, Class<? extends M>> types = new HashMap<>();

    private LinkCodec(Class<M> family) {
        for (Class<?> type : family.getPermittedSubclasses()) {
            types.put(type.getSimpleName(), type.asSubclass(family));
        }
    }

    String text(M message) {
        ObjectNode object = JSON.valueToTree(message);
        return object.put("type", message.getClass().getSimpleName()).toString();
    }

    byte[] binary(ToServer.Preview preview) {
        ObjectNode header = JSON.valueToTree(preview);
        header.remove("bytes");
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + json.length + preview.bytes().length)
                .putInt(json.length)
                .put(json)
                .put(preview.bytes())
                .array();
    }

    /// @throws IOException if this is no message of the link
    M read(String text) throws IOException {
        ObjectNode object = object(text);
        Class<? extends M> type = types.get(object.path("type").asText());
        if (type == null) {
            throw new IOException("Unknown message type " + object.path("type"));
        }
        object.remove("type");
        M message = JSON.treeToValue(object, type);
        checkWhole(message);
        return message;
    }

    private static ObjectNode object(String text) throws IOException {
        if (JSON.readTree(text) instanceof ObjectNode object) {
            return object;
        }
        throw new IOException("A message is a JSON object");
    }

    /// Jackson leaves null what is not there; whoever handles a message may rely on its fields.
    private static void checkWhole(Object value) throws IOException {
        switch (value) {
            case Record record -> {
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    Object field = field(record, component);
                    if (field != null) {
                        checkWhole(field);
                    } else if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                        throw new IOException(
                                record.getClass().getSimpleName() + "." + component.getName() + " is missing");
                    }
                }
            }
            case Collection<?> elements -> checkElements(elements);
            case Map<?, ?> map -> checkElements(map.values());
            default -> {}
        }
    }

    private static void checkElements(Collection<?> elements) throws IOException {
        for (Object element : elements) {
            if (element == null) {
                throw new IOException("An element is missing");
            }
            checkWhole(element);
        }
    }

    private static @Nullable Object field(Record record, RecordComponent component) throws IOException {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IOException(component + " cannot be read", e);
        }
    }

    /// @throws IOException if this is no preview
    static ToServer.Preview readPreview(byte[] frame) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        int length = frame.length < 4 ? -1 : buffer.getInt();
        if (length < 0 || length > buffer.remaining()) {
            throw new IOException("A preview frame of " + frame.length + " bytes does not fit its own header");
        }
        ObjectNode header = object(new String(frame, 4, length, StandardCharsets.UTF_8));
        byte[] bytes = new byte[frame.length - 4 - length];
        System.arraycopy(frame, 4 + length, bytes, 0, bytes.length);
        header.put("bytes", new byte[0]);
        ToServer.Preview empty = JSON.treeToValue(header, ToServer.Preview.class);
        checkWhole(empty);
        return new ToServer.Preview(empty.holding(), empty.node(), empty.mediaType(), bytes);
    }

    private static final class MillisecondsWriter extends StdSerializer<Duration> {
        private static final long serialVersionUID = 1;

        private MillisecondsWriter() {
            super(Duration.class);
        }

        @Override
        public void serialize(Duration value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeNumber(value.toMillis());
        }
    }

    private static final class MillisecondsReader extends StdDeserializer<Duration> {
        private static final long serialVersionUID = 1;

        private MillisecondsReader() {
            super(Duration.class);
        }

        @Override
        public Duration deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return Duration.ofMillis(in.getLongValue());
        }
    }
}
