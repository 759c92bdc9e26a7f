# SPDX-License-Identifier: Apache-2.0
"""unCLIP's second upsampler, 256 to 1024 px: ADM's super-resolution network, without attention, in guided-diffusion's layout.

    python upsampler.py --folder trained --minutes 60

Learns on crops of drawings of 1024 px, from pictures of a quarter of the size, half of them drawn as what the first upsampler
learned to make, half made smaller from the large one as photographs are, some of both blurred, noised and compressed; on them
lies the noise of a random timestep, which the network is told (noise-conditioning augmentation). It predicts the
picture (`predict_xstart`): what a short training leaves of errors in predicted noise, fifteen steps magnify. And it
begins as the bilinear enlargement: norms hide how bright a picture is, and finding a way around them takes a small
network most of a short training.
"""
import os
import random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import diffusion
import training
import world
from muon import Muon
from networks import UPSAMPLER_CONFIG, SuperRes

LARGE, SMALL, CROP, CROPS = UPSAMPLER_CONFIG["image_size"], UPSAMPLER_CONFIG["small_size"], 128, 4
FACTOR = LARGE // SMALL
STEPS = diffusion.strided(15)
HIGHEST = 400  # noise level that is trained
TYPICAL = 0.005  # squared error of bilinear enlargement where there are edges


def smaller(large):
    return large.resize((SMALL, SMALL), Image.Resampling.BICUBIC)


def busiest(small, rng):
    """The one of two random crops in which more happens, so that fewer are background alone."""
    side = CROP // FACTOR
    corners = [(rng.randrange(SMALL - side + 1), rng.randrange(SMALL - side + 1)) for _ in range(2)]
    return max(corners, key=lambda c: small[c[0]:c[0] + side, c[1]:c[1] + side].std())


def make(rng, size):
    """uint8 crops (size, 3, 128, 128) and what they are made from, (size, 3, 32, 32); several of one drawing."""
    side, large, small = CROP // FACTOR, [], []
    while len(large) < size:
        portrait = world.training_portrait(rng)
        drawing = world.draw(portrait, LARGE)
        low, = training.degraded([world.draw(portrait, SMALL) if rng.random() < 0.5 else smaller(drawing)], 0.06, rng)
        drawing, low = np.asarray(drawing), np.asarray(low)
        for _ in range(min(CROPS, size - len(large))):
            y, x = busiest(low, rng)
            large.append(drawing[FACTOR * y:FACTOR * y + CROP, FACTOR * x:FACTOR * x + CROP])
            small.append(low[y:y + side, x:x + side])
    return training.tensor_of(large), training.tensor_of(small)


@torch.no_grad()
def begin(net, low):
    """Leads the enlarged picture through to the end: each colour in a channel and, negated, in another, so that they have
    no mean that a norm could take away, and SiLU loses nothing of their difference. Norms also divide by the spread of all
    channels; two constants are most of that, and the pictures' share is taken to be that of `low`."""
    constant, width = 8.0, net.config["model_channels"]
    spread = ((6 * low.square().mean() + 2 * constant ** 2) / width) ** 0.5
    pairs = torch.cat([torch.eye(3), -torch.eye(3)])
    first, last = net.input_blocks[0][0], net.out[2]
    for layer in (first, last):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    first.weight[:6, 3:, 1, 1], first.bias[6], first.bias[7] = pairs, constant, -constant
    last.weight[:, :6, 1, 1] = pairs.T
    net.out[0].weight[:6] = spread
    n = net.config["num_res_blocks"] + 1
    for i, (block, *_) in enumerate([*net.input_blocks[1:n], *net.output_blocks[-n:]]):
        block.in_layers[0].weight.unflatten(0, (-1, width))[:, :6] = spread
        if i >= n - 1:  # the first on the way up takes over what the way down has left, the others go on with it
            nn.init.zeros_(block.skip_connection.weight)
            nn.init.zeros_(block.skip_connection.bias)
            block.skip_connection.weight[:, width if i == n - 1 else 0:][:, :width] = torch.eye(width)[:, :, None, None]


def augmented(low, level, noise):
    return diffusion.noised(low, noise, level, diffusion.LINEAR)


def loss_of(model, x, low):
    """Squared errors beside those of bilinear enlargement: a crop counts the less, the more noise lies on its small
    picture, since removing it is quickly learnt and begins with blurring all others, too. A quarter of them bears some;
    when sampling it is usual to have none. Half of the lessons begin with noise alone, where only the small picture says
    anything: what that step gets wrong, the others build on."""
    t = torch.randint(diffusion.STEPS, (len(x),), device=x.device)
    t[::2] = STEPS[0]
    drawn = torch.rand(len(x), device=x.device) * 4 - 3
    level = (drawn.clamp(min=0) ** 2 * HIGHEST).long()
    told = augmented(low, level, torch.randn_like(low))
    predicted = model(diffusion.noised(x, torch.randn_like(x), t, diffusion.LINEAR), t, told, level).float()
    error = lambda y: ((y - x) ** 2).mean((1, 2, 3))
    bilinear = F.interpolate(told, x.shape[2:], mode="bilinear")
    return (error(predicted) * TYPICAL / (TYPICAL + error(bilinear)) ** 2).mean()


@torch.no_grad()
def upsample(model, low, generator, level=0):
    """As the product's node samples: fifteen deterministic steps; the noise on the small picture is drawn first."""
    side = [FACTOR * s for s in low.shape[2:]]
    levels = torch.full((len(low),), level, device=low.device)
    told = augmented(low, levels, torch.randn(low.shape, generator=generator).to(low.device))
    noise = torch.randn((*low.shape[:2], *side), generator=generator).to(low.device)
    return diffusion.ddim(lambda x, t: model(x, t, told, levels).float(), noise, STEPS, schedule=diffusion.LINEAR)


def decibels(made, x):
    return (-10 * (((made.clamp(-1, 1) - x) / 2) ** 2).mean((1, 2, 3)).log10()).mean().item()


def held_out(count, device):
    """Faces of combinations that no training saw: drawings, small pictures, their bicubic enlargement; of each the middle."""
    rng = random.Random(83)
    drawings = [world.draw(world.held_out_portrait(rng), LARGE) for _ in range(count)]
    small = [smaller(d) for d in drawings]
    bicubic = [s.resize((LARGE, LARGE), Image.Resampling.BICUBIC) for s in small]
    tensors = (training.tensor_of(p).to(device).float() / 127.5 - 1 for p in (drawings, small, bicubic))
    return [v[:, :, v.shape[2] // 4:-v.shape[2] // 4, v.shape[3] // 4:-v.shape[3] // 4] for v in tensors]


def main():
    a = training.arguments(__doc__, images=60_000, batch=8, rate=2e-3)
    torch.manual_seed(a.seed)
    net = SuperRes()
    begin(net, make(random.Random(a.seed), 64)[1].float() / 127.5 - 1)
    run = training.Training("upsampler-1024", net.to(memory_format=torch.channels_last), a, decay=0.998, recipe="upsampler", optimizer=Muon,
                            published={"": "upsampler-1024/model.safetensors"})
    x, small, bicubic = held_out(4, a.device)

    def finish():
        averaged = run.averaged(SuperRes())
        made = upsample(averaged, small, torch.Generator().manual_seed(7))
        base = decibels(bicubic, x)
        measured = {"dB over bicubic": round(decibels(made, x) - base, 2), "dB": round(decibels(made, x), 2),
                    "dB over bicubic, noise level 100": round(decibels(upsample(averaged, small, torch.Generator().manual_seed(7), 100), x) - base, 2)}
        print(run.seen, measured, flush=True)
        training.sheet([bicubic, made, x], os.path.join(a.folder, "upsampler-1024.png"), 512)
        folder = os.path.join(a.folder, "upsampler-1024")
        training.export(averaged.state_dict(), os.path.join(folder, "model.safetensors"), run.provenance(figures=str(measured)))
        training.write_json(os.path.join(folder, "config.json"), UPSAMPLER_CONFIG)

    run.run(make, lambda batch: loss_of(run.network, *(v.to(a.device).float() / 127.5 - 1 for v in batch)), finish, 600)
    finish()


if __name__ == "__main__":
    main()
