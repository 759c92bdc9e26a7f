// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Map;

/// What a reference implementation has computed, kept as a folder with a `case.json`: `diptych verify` holds Diptych against it.
/// Immutable; readable from any thread.
public interface ConformanceCase {
    /// The folder's path below the one that is verified, with `/` between its parts.
    String name();

    /// What is compared: `network`, `solver`, `noise`, `tokenizer`, `diffusion`, …
    String kind();

    /// The reference class, for example `UNet2DConditionModel` or `openai/CLIP/simple_tokenizer.SimpleTokenizer`; empty if the case names none.
    String architecture();

    /// Where its files are.
    Path folder();

    /// The whole `case.json`, immutable. Values are [Map] in the order of the file, [java.util.List], [String], [Boolean], [Number] (a [Long] where it is whole and fits,
    /// else a [java.math.BigInteger] or a [Double]), or null.
    Map<String, @Nullable Object> json();

    /// The tensors of `inputs`; none if the case has no such file. Read anew by each call.
    ///
    /// @throws java.io.UncheckedIOException if the file cannot be read
    Map<String, Tensor> inputs();

    /// The tensors of `outputs`, which the runner's are compared with; none if the case has no such file. Read anew by each call.
    ///
    /// @throws java.io.UncheckedIOException if the file cannot be read
    Map<String, Tensor> outputs();
}
