// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.torchscript;

import dev.diptych.api.network.Argument;
import dev.diptych.api.network.Instruction;
import dev.diptych.api.network.Size;

import java.util.ArrayList;
import java.util.List;

/// Convolutions on whole blocks of channels.
///
/// On processors, the oneDNN 3.7.1 of libtorch 2.7.1 computes convolutions with kernels above 1 on blocks of 16 channels, of 8 where there is no AVX-512, and does not
/// clear what lies behind the last channel: with 24 channels in, or with 9 on the smaller machine, what comes out is wrong, and different each time. The
/// gradient has the same fault for the channels out. Zeros up to a whole block are cheap, and change no result.
final class WholeBlocks {
    private static final int BLOCK = 16;
    private static final int SMALLEST_BLOCK = 8;

    private WholeBlocks() {}

    /// @param shown          the operation's arguments as source: picture, weight, bias, stride, padding, dilation, groups
    /// @param differentiates whether a gradient is taken of the result
    static String convolution(Instruction.Operation operation, List<String> shown, boolean differentiates) {
        List<String> arguments = new ArrayList<>(shown);
        List<Size> weight = ((Argument.Value) operation.arguments().get(1)).symbol().shape();
        boolean isPointwise = weight.subList(2, weight.size()).stream().allMatch(Size.of(1)::equals);
        boolean isGrouped = !((Argument.Whole) operation.arguments().get(6)).size().equals(Size.of(1));
        long fillIn = isPointwise || isGrouped ? 0 : missing(weight.get(1));
        long fillOut = isPointwise || isGrouped || !differentiates ? 0 : missing(weight.get(0));
        String around = "0, ".repeat(2 * (weight.size() - 2));
        if (fillIn > 0) {
            arguments.set(0, padded(shown.get(0), around + "0, " + fillIn));
        }
        if (fillIn > 0 || fillOut > 0) {
            arguments.set(1, padded(shown.get(1), around + "0, " + fillIn + ", 0, " + fillOut));
        }
        if (fillOut > 0 && !shown.get(2).equals("None")) {
            arguments.set(2, padded(shown.get(2), "0, " + fillOut));
        }
        String call = "torch." + operation.name() + "(" + String.join(", ", arguments) + ")";
        return fillOut > 0 ? "torch.slice(" + call + ", 1, 0, " + weight.get(0) + ", 1)" : call;
    }

    /// How many channels the last of several blocks lacks; a single one, of the smallest size, is computed without blocks.
    private static long missing(Size channels) {
        Long known = channels.known();
        return known == null || known <= SMALLEST_BLOCK || known % BLOCK == 0 ? 0 : BLOCK - known % BLOCK;
    }

    private static String padded(String tensor, String border) {
        return "torch.constant_pad_nd(" + tensor + ", [" + border + "])";
    }
}
