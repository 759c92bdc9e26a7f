# SPDX-License-Identifier: Apache-2.0
"""unCLIP's super-resolution, 64 to 256 px: the network of the first steps, then that of the last one.

    python superres.py --folder trained --minutes 40                   # first
    python superres.py --folder trained --minutes 20 --network last    # needs first

Learns on the busier crops, from blurred, noised and compressed pictures and, when the decoder is in the folder, from what
the decoder makes of noised ones. Half of the first network's lessons begin with noise alone, where only the small picture
says anything: what that step gets wrong, the others build on. The last step learns, with the absolute error, from what
the first steps really leave.
"""
import os
import random

import numpy as np
import torch
import torch.nn.functional as F

import diffusion
import training
import world
from networks import SUPER_RES_CONFIG, super_res

CROP, CROPS = 64, 4
LIST = diffusion.timesteps(7)


def busiest(large, rng):
    """The one of three random corners at which most happens, so that fewer crops are background alone."""
    corners = [(rng.randrange(0, 256 - CROP + 1, 4), rng.randrange(0, 256 - CROP + 1, 4)) for _ in range(3)]
    return max(corners, key=lambda c: large[c[0]:c[0] + CROP, c[1]:c[1] + CROP].std())


def make(rng, size):
    """uint8 drawings (size / 4, 3, 256, 256), what they are made from (size / 4, 3, 64, 64), and corners of four crops of each."""
    portraits = [world.training_portrait(rng) for _ in range(size // CROPS)]
    small = training.degraded([world.draw(p) for p in portraits], 0.3, rng)
    large = [np.asarray(world.draw(p, 256)) for p in portraits]
    corners = torch.tensor([[busiest(picture, rng) for _ in range(CROPS)] for picture in large])
    return training.tensor_of(large), training.tensor_of(small), corners


def enlarged(small):
    """Bicubic with a = -0.5, as the pipeline does it."""
    return F.interpolate(small.clamp(-1, 1), size=256, mode="bicubic", antialias=True)


def crops(x, corners):
    return torch.stack([p[:, i:i + CROP, j:j + CROP] for p, of_picture in zip(x, corners.tolist()) for i, j in of_picture])


class Imitation:
    """The decoder's touch: what it makes, in one step, of a noised small picture."""

    def __init__(self, folder, device):
        import clip
        from networks import Decoder
        from safetensors.torch import load_file
        model, words, _ = clip.load(folder, device)
        self.conditions, self.decoder = diffusion.Conditions(model, words, device), Decoder()
        for part in ("decoder", "text_proj"):
            tensors = load_file(os.path.join(folder, "unclip", part, "diffusion_pytorch_model.safetensors"))
            getattr(self.decoder, part).load_state_dict({k: v.float() for k, v in tensors.items()})
        self.decoder.to(device).eval()

    @torch.no_grad()
    def __call__(self, small):
        z = self.conditions.image(((small + 1) * 127.5).round())
        t = torch.randint(30, 450, (len(small),), device=small.device)
        noisy = diffusion.noised(small, torch.randn_like(small), t)
        dropped = torch.zeros(len(small), dtype=torch.bool, device=small.device)
        return self.decoder(noisy, t, z, *self.conditions.text([""] * len(small)), dropped)[:, :3].float().clamp(-1, 1)


def prepared(batch, imitation, device):
    large, small, corners = batch
    large, small = (v.to(device).float() / 127.5 - 1 for v in (large, small))
    if imitation:
        half = len(small) // 2
        small = torch.cat([imitation(small[:half]), small[half:]])
    return crops(large, corners), crops(enlarged(small), corners)


def loss_of_first(model, x, low):
    t = torch.randint(diffusion.STEPS, (len(x),), device=x.device)
    t[::2] = LIST[0]
    predicted = model(torch.cat([diffusion.noised(x, torch.randn_like(x), t), low], 1), t).float()
    return (((predicted - x) ** 2).mean((1, 2, 3)) * diffusion.weight(t)).mean()


def loss_of_last(model, first, x, low):
    left = diffusion.ancestral(steps(first, None, low), torch.randn_like(low), len(LIST), None, 1.0, end=LIST[-1])
    return (model(torch.cat([left, low], 1), torch.zeros(len(x), device=x.device)).float() - x).abs().mean()


def steps(first, last, low):
    """What the sampler asks: the first network, and at the end the last one if there is one. `low` is already enlarged."""
    return lambda x, t: (last if last and t[0] == 0 else first)(torch.cat([x, low], 1), t).float()


@torch.no_grad()
def upsample(first, last, low, generator):
    """Seven steps as UnCLIPPipeline takes them; low is already enlarged."""
    return diffusion.ancestral(steps(first, last, low), torch.randn(low.shape, generator=generator).to(low.device), len(LIST), generator, 1.0)


def gain(made, low, x):
    """Decibels over bicubic enlargement."""
    error = lambda y: ((y.clamp(-1, 1) - x) ** 2).mean((1, 2, 3))
    return 10 * (error(low) / error(made)).log10().mean().item()


def load(folder, name, device):
    from safetensors.torch import load_file
    net = super_res()
    net.load_state_dict({k: v.float() for k, v in load_file(os.path.join(folder, "unclip", name, "diffusion_pytorch_model.safetensors")).items()})
    return net.to(device).eval().requires_grad_(False)


def main():
    a = training.arguments(__doc__, images=200_000, batch=16, rate=1e-3, network="first")
    folder, last = os.path.join(a.folder, "unclip"), a.network == "last"
    has_decoder = os.path.exists(os.path.join(folder, "decoder", "diffusion_pytorch_model.safetensors"))
    imitation = Imitation(a.folder, a.device) if has_decoder else None
    torch.manual_seed(a.seed)
    net, first = super_res().to(memory_format=torch.channels_last), None
    if last:
        first = load(a.folder, "super_res_first", a.device)
        net.load_state_dict(first.state_dict())
        a.rate /= 4
    name = "super_res_" + a.network
    run = training.Training(name, net, a, decay=0.998, betas=(0.9, 0.99), recipe="superres",
                            published={"": f"unclip/{name}/diffusion_pytorch_model.safetensors"})
    rng = random.Random(81)
    portraits = [world.held_out_portrait(rng) for _ in range(8)]
    x = training.tensor_of([world.draw(p, 256) for p in portraits]).to(a.device).float() / 127.5 - 1
    small = training.tensor_of([world.draw(p) for p in portraits]).to(a.device).float() / 127.5 - 1

    def finish():
        averaged = run.averaged(super_res())
        low = enlarged(small)
        made = upsample(first or averaged, averaged if last else None, low, torch.Generator().manual_seed(7))
        measured = {"dB over bicubic": round(gain(made, low, x), 2)}
        print(run.seen, measured, flush=True)
        training.sheet([low[:5], made[:5], x[:5]], os.path.join(a.folder, name + ".png"), 256)
        facts = run.provenance(figures=str(measured))
        training.export(averaged.state_dict(), os.path.join(folder, name, "diffusion_pytorch_model.safetensors"), facts)
        training.write_json(os.path.join(folder, name, "config.json"), SUPER_RES_CONFIG)
        training.write_json(os.path.join(folder, "super_res_scheduler", "scheduler_config.json"), {
            "_class_name": "UnCLIPScheduler", "_diffusers_version": "0.40.0", "num_train_timesteps": 1000, "prediction_type": "sample",
            "variance_type": "fixed_small_log", "clip_sample": True, "clip_sample_range": 1.0})

    earlier = torch.compile(first) if last and a.compile else first

    def loss_of(batch):
        pair = prepared(batch, imitation, a.device)
        return loss_of_last(run.network, earlier, *pair) if last else loss_of_first(run.network, *pair)

    run.run(make, loss_of, finish, 600)
    finish()


if __name__ == "__main__":
    main()
