# SPDX-License-Identifier: Apache-2.0
"""A plain convolutional classifier of all attributes: it measures edits and is never used to make them.

    python attributes.py --folder trained --minutes 15
"""
import os
import random

import numpy as np
import torch
import torch.nn.functional as F

import training
import world
from networks import Classifier

SIZES = [len(v) for v in world.ATTRIBUTES.values()]


def make(rng, size):
    portraits = [world.training_portrait(rng) for _ in range(size)]
    pictures = training.degraded([world.draw(p) for p in portraits], 0.35, rng)
    return training.tensor_of(pictures), torch.tensor([p.codes() for p in portraits])


def loss_of(model, batch, device):
    pictures, codes = (x.to(device) for x in batch)
    return sum(F.cross_entropy(l, codes[:, k], label_smoothing=0.02) for k, l in enumerate(model(pictures).float().split(SIZES, 1)))


@torch.no_grad()
def figures(model, device="cpu", count=3000, seed=78, share=0.0):
    """Accuracy of each attribute on combinations that no training saw; share > 0 degrades the pictures."""
    model.eval()
    rng, right = random.Random(seed), []
    for k in range(0, count, 250):
        portraits = [world.held_out_portrait(rng) for _ in range(250)]
        pictures = training.tensor_of(training.degraded([world.draw(p) for p in portraits], share, rng)).to(device)
        guess = torch.stack([l.argmax(1) for l in model(pictures).split(SIZES, 1)], 1).cpu()
        right.append(guess == torch.tensor([p.codes() for p in portraits]))
    right = torch.cat(right).float()
    return {name: round(v, 4) for name, v in zip(world.ATTRIBUTES, right.mean(0).tolist())} | {"all at once": round(right.all(1).float().mean().item(), 4)}


def main():
    a = training.arguments(__doc__, images=300_000, batch=96, rate=2e-3)
    torch.manual_seed(a.seed)
    run = training.Training("attributes", Classifier(sum(SIZES)).to(memory_format=torch.channels_last), a, decay=0.998, weight_decay=0.02)
    folder = os.path.join(a.folder, "attributes")

    def finish():
        model = run.averaged(Classifier(sum(SIZES))).fold().to(a.device)
        measured, worse = figures(model, a.device), figures(model, a.device, share=0.35)
        print(run.seen, measured, "degraded:", worse, flush=True)
        training.export(model.state_dict(), os.path.join(folder, "model.safetensors"), run.provenance(figures=str(measured), degraded=str(worse)))
        training.write_json(os.path.join(folder, "config.json"), {
            "model_type": "portraits_attributes", "image_size": 64, "input": "RGB in [-1, 1]", "attributes": world.ATTRIBUTES,
            "convolutions": [{"in": i, "out": o, "stride": s} for i, o, s in Classifier.CHANNELS], "reduced_channels": 16, "hidden_size": 192})

    run.run(make, lambda batch: loss_of(run.network, batch, a.device), finish, 300)
    finish()


if __name__ == "__main__":
    main()
