// SPDX-License-Identifier: Apache-2.0

/// Describe a network in Java. A [dev.diptych.api.network.Module] holds [dev.diptych.api.network.Parameter]s and further modules; its fields' names are the
/// checkpoint's names. What it computes is written with [dev.diptych.api.network.Symbol]s: tensors that have a shape and no numbers yet.
///
/// ```java
/// final class FeedForward extends Module {
///     private final Linear linear1;                       // weights linear1.weight, linear1.bias
///     private final Linear linear2;
///
///     FeedForward(int width) {
///         linear1 = new Linear(width, 4 * width);
///         linear2 = new Linear(4 * width, width);
///     }
///
///     Symbol of(Symbol x) {                               // (batch, tokens, width)
///         return x.plus(linear2.of(linear1.of(x).gelu()));
///     }
/// }
///
/// Network network = Network.of(new FeedForward(64))
///         .function("forward", (module, f) -> f.output("y", module.of(f.input("x", f.batch(), f.size("tokens"), 64))));
/// ```
///
/// Shapes are checked while the network is described. Sizes that a picture or a batch decides are symbolic ([dev.diptych.api.network.Size]), so that one
/// description serves them all. The engine compiles the description for a device and calls it with the weights of a checkpoint; nothing here
/// computes, and nothing here needs a native library.
@NullMarked
package dev.diptych.api.network;

import org.jspecify.annotations.NullMarked;
