# SPDX-License-Identifier: Apache-2.0
"""Prints draws.txt: what PyTorch's CPU generator gives. Made with torch 2.13.0+cpu on a processor with AVX2 (AVX-512).

A line `seed S` starts a generator; each further line is one draw from it: kind, arguments, shape, and the values as base64 of little-endian numbers.
"""
import base64
import torch


def shown(tensor):
    return base64.b64encode(tensor.numpy().tobytes()).decode()


def sizes(shape):
    return ",".join(map(str, shape)) or "-"


def start(seed):
    print("seed", seed)
    return torch.Generator().manual_seed(seed)


def normal(generator, *shape):
    print("normal", sizes(shape), shown(torch.randn(shape, generator=generator)))


def uniform(generator, *shape):
    print("uniform", sizes(shape), shown(torch.rand(shape, generator=generator)))


def integers(generator, low, high, *shape):
    print("integers", low, high, sizes(shape), shown(torch.randint(low, high, shape, generator=generator)))


for size in range(41):
    normal(start(1000 + size), size)
for seed in [0, 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**63 + 11, 2**64 - 1]:
    generator = start(seed)
    normal(generator, 5)
    normal(generator, 33)
for size in [63, 64, 65, 640, 1000, 1247, 1248]:
    normal(start(size), size)
generator = start(77)
for shape in [(), (3,), (16,), (1,), (0,), (2, 2), (1, 17), (4, 4, 4), (15,), (7,)]:
    normal(generator, *shape)
    uniform(generator, 3)
generator = start(78)
for low, high in [(0, 2), (0, 1000), (-5, 5), (0, 2**28 - 1), (0, 2**28), (-3, 2**32), (-(2**62), 2**62), (-(2**63), 2**63 - 1)]:
    normal(generator, 1)
    integers(generator, low, high, 2, 3)
