# SPDX-License-Identifier: Apache-2.0
# The U-Net of BenchUNet.java in PyTorch, eager. Reads a line "rows side format" and prints the milliseconds of one forward pass; ends with its input.
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

GROUPS, HEAD, CHANNELS = 16, 64, 4


class Residual(nn.Module):
    def __init__(self, cin, cout, emb):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(GROUPS, cin), nn.Conv2d(cin, cout, 3, padding=1)
        self.time = nn.Linear(emb, cout)
        self.norm2, self.conv2 = nn.GroupNorm(GROUPS, cout), nn.Conv2d(cout, cout, 3, padding=1)
        self.shortcut = None if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x, e):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(e)[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (x if self.shortcut is None else self.shortcut(x))


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(channels, channels, bias=False) for _ in range(3))
        self.out, self.heads = nn.Linear(channels, channels), max(1, channels // HEAD)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (f(x).view(b, t, self.heads, c // self.heads).transpose(1, 2) for f in (self.q, self.k, self.v))
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Transformer(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm, self.attention, self.norm3 = nn.GroupNorm(GROUPS, channels), Attention(channels), nn.LayerNorm(channels)
        self.up, self.down = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)

    def forward(self, x):
        tokens = self.norm(x).flatten(2).transpose(1, 2)
        h = tokens + self.attention(tokens)
        h = h + self.down(F.gelu(self.up(self.norm3(h))))
        return x + h.transpose(1, 2).reshape(x.shape)


class UNet(nn.Module):
    def __init__(self, base, multiples, blocks, attention, **_):
        super().__init__()
        emb = 4 * base
        self.time, self.conv_in = nn.Linear(1, emb), nn.Conv2d(CHANNELS, base, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        skips, ch, last = [base], base, len(multiples) - 1
        for level, m in enumerate(multiples):
            layers = nn.ModuleList()
            for _ in range(blocks):
                layers.append(Residual(ch, base * m, emb))
                ch = base * m
                if level in attention:
                    layers.append(Transformer(ch))
                skips.append(ch)
            if level < last:
                layers.append(nn.Conv2d(ch, ch, 3, stride=2, padding=1))
                skips.append(ch)
            self.down.append(layers)
        self.middle = nn.ModuleList([Residual(ch, ch, emb), Transformer(ch), Residual(ch, ch, emb)])
        for level in range(last, -1, -1):
            layers = nn.ModuleList()
            for _ in range(blocks + 1):
                layers.append(Residual(ch + skips.pop(), base * multiples[level], emb))
                ch = base * multiples[level]
                if level in attention:
                    layers.append(Transformer(ch))
            if level > 0:
                layers.append(nn.Conv2d(ch, ch, 3, padding=1))
            self.up.append(layers)
        self.norm_out, self.conv_out = nn.GroupNorm(GROUPS, base), nn.Conv2d(base, CHANNELS, 3, padding=1)

    @staticmethod
    def apply_layer(layer, h, e):
        return layer(h, e) if isinstance(layer, Residual) else layer(h)

    def forward(self, x, t):
        e = F.silu(self.time(t[:, None]))
        h = self.conv_in(x)
        skips = [h]
        for level in self.down:
            for i, layer in enumerate(level):
                h = self.apply_layer(layer, h, e)
                if i + 1 == len(level) or not isinstance(level[i + 1], Transformer):
                    skips.append(h)
        for layer in self.middle:
            h = self.apply_layer(layer, h, e)
        for level in self.up:
            for layer in level:
                if isinstance(layer, Residual):
                    h = layer(torch.cat([h, skips.pop()], 1), e)
                elif isinstance(layer, Transformer):
                    h = layer(h)
                else:
                    h = layer(F.interpolate(h, scale_factor=2, mode="nearest"))
        return self.conv_out(F.silu(self.norm_out(h)))


def main():
    torch.set_num_threads(int(sys.argv[2]))
    net = UNet(**json.loads(sys.argv[1])).eval()
    nets = {"float32": net}
    print("ready", sum(p.numel() for p in net.parameters()), flush=True)
    for line in sys.stdin:
        rows, side, form = line.split()
        kind = getattr(torch, form)
        if form not in nets:
            nets[form] = UNet(**json.loads(sys.argv[1])).eval().to(kind)
        with torch.inference_mode():
            x, t = torch.randn(int(rows), CHANNELS, int(side), int(side), dtype=kind), torch.rand(int(rows), dtype=kind)
            began = time.perf_counter()
            nets[form](x, t)
            print((time.perf_counter() - began) * 1e3, flush=True)


main()
