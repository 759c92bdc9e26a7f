// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.value.Image;

import java.util.List;
import java.util.Map;

/// What a node gave, and what it reported while it ran.
///
/// @param outputs  by port
/// @param progress the fractions it reported, in order, 0 to 1
/// @param previews the pictures it offered, in order
public record NodeResult(Map<String, Object> outputs, List<Double> progress, List<Image> previews) implements Outputs {}
