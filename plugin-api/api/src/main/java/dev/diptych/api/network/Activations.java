// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.SortedMap;
import java.util.TreeMap;

/// The table of [Activation#named].
final class Activations {
    static final SortedMap<String, Activation> BY_NAME = new TreeMap<>();

    static {
        BY_NAME.put("gelu", Symbol::gelu);
        BY_NAME.put("gelu_python", Symbol::gelu);
        for (String tanh :
                new String[] {"gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh"}) {
            BY_NAME.put(tanh, Symbol::geluTanh);
        }
        BY_NAME.put("gelu_10", x -> x.gelu().clamp(-10, 10));
        BY_NAME.put("quick_gelu", Symbol::quickGelu);
        BY_NAME.put("silu", Symbol::silu);
        BY_NAME.put("swish", Symbol::silu);
        BY_NAME.put("mish", Symbol::mish);
        BY_NAME.put("relu", Symbol::relu);
        BY_NAME.put("relu2", x -> x.relu().pow(2));
        BY_NAME.put("relu6", x -> x.clamp(0, 6));
        BY_NAME.put("leaky_relu", x -> x.leakyRelu(0.01));
        BY_NAME.put("hardswish", x -> x.times(x.plus(3).clamp(0, 6)).dividedBy(6));
        BY_NAME.put("laplace", x -> x.minus(0.707107).dividedBy(0.282095 * Math.sqrt(2)).erf().plus(1).times(0.5));
        BY_NAME.put("sqrtsoftplus", x -> x.softplus().sqrt());
        BY_NAME.put("sigmoid", Symbol::sigmoid);
        BY_NAME.put("tanh", Symbol::tanh);
        BY_NAME.put("linear", x -> x);
    }

    private Activations() {}
}
