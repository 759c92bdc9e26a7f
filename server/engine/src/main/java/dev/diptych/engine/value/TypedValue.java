// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import dev.diptych.engine.document.PortType;

/// A value with its type and the digest of its canonical bytes: equal digests mean equal values of one type.
///
/// @param value  Image, Mask, String (text and choices), Double (number), Long (integer), Boolean, Seed, Embedding, Latent, Tensor,
///               Video, ModelReference; `List<Object>` of these for a list; `Map<String, Object>` by field name for a declared type
/// @param digest SHA-256, hexadecimal
public record TypedValue(PortType type, Object value, String digest) {}
