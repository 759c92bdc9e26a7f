# SPDX-License-Identifier: Apache-2.0
"""unCLIP's prior: from a caption to the CLIP embedding of a picture that it describes.

    python prior.py --folder trained --minutes 60

Needs the frozen CLIP of clip.py in the same folder. Predicts the clean embedding in normalised space.
"""
import os
import random

import torch
import torch.nn.functional as F

import diffusion
import training
import world
from networks import PRIOR_CONFIG, Prior

PUBLISHED = {"": "unclip/prior/diffusion_pytorch_model.safetensors"}


def make(rng, size):
    portraits = [world.training_portrait(rng) for _ in range(size)]
    texts = ["" if rng.random() < 0.1 else world.caption(p, rng)[0] for p in portraits]
    return training.tensor_of([world.draw(p) for p in portraits]), texts


def loss_of(model, conditions, batch, device):
    pictures, texts = batch
    z = (conditions.image(pictures) - model.clip_mean) / model.clip_std
    t = torch.randint(diffusion.STEPS, (len(z),), device=device)
    predicted = model(diffusion.noised(z, torch.randn_like(z), t), t, *conditions.text(texts)).float()
    return (((predicted - z) ** 2).mean(1) * diffusion.weight(t)).mean()


@torch.no_grad()
def imagine(model, conditions, texts, generator, guidance=2.0, steps=25):
    """Embeddings, not normalised, for captions."""
    k = len(texts)
    told = conditions.text(list(texts) + [""] * k)

    def clean(x, t):
        x0 = model(x.repeat(2, 1), t.repeat(2), *told)
        return x0[k:] + guidance * (x0[:k] - x0[k:])

    x = torch.randn(k, model.clip_mean.shape[1], generator=generator).to(conditions.device)
    return diffusion.ancestral(clean, x, steps, generator) * model.clip_std + model.clip_mean


@torch.no_grad()
def figures(model, conditions, count=512, imagine=imagine):
    """How much nearer to its caption an imagined embedding is than the drawn picture's, and whether it finds a picture
    that satisfies the caption among 64."""
    from clip import captions_of, satisfied
    rng = random.Random(80)
    portraits = [world.held_out_portrait(rng) for _ in range(count)]
    texts, named, codes = captions_of(portraits, rng)
    z = F.normalize(conditions.image(training.tensor_of([world.draw(p) for p in portraits])), dim=1)
    made = imagine(model, conditions, texts, torch.Generator().manual_seed(6))
    unit, told = F.normalize(made, dim=1), F.normalize(conditions.text(texts)[0], dim=1)
    right = 0
    for k in range(0, count, 64):
        s = slice(k, k + 64)
        picked = (unit[s] @ z[s].T).argmax(1).cpu().numpy()
        right += int(satisfied(named[s], codes[s], codes[s])[range(64), picked].sum())
    return {"finds a satisfying picture among 64": round(right / count, 3), "cosine to its caption": round((unit * told).sum(1).mean().item(), 3),
            "cosine of drawn pictures": round((z * told).sum(1).mean().item(), 3), "norm": round(made.norm(dim=1).mean().item(), 2)}


def main():
    import clip
    a = training.arguments(__doc__, images=600_000, batch=128, rate=1e-3)
    model, words, clip_digest = clip.load(a.folder, a.device)
    conditions = diffusion.Conditions(model, words, a.device)
    torch.manual_seed(a.seed)
    prior = Prior()
    mean, deviation = conditions.deviation(random.Random(2), 8192)
    prior.clip_mean.data.copy_(mean)
    prior.clip_std.data.copy_(deviation)
    run = training.Training("prior", prior, a, decay=0.999, input_digest=clip_digest, published=PUBLISHED)
    folder = os.path.join(a.folder, "unclip")

    def finish():
        net = run.averaged(Prior())
        measured = figures(net, conditions)
        print(run.seen, measured, flush=True)
        training.export(net.state_dict(), os.path.join(folder, "prior", "diffusion_pytorch_model.safetensors"), run.provenance(clip=clip_digest, figures=str(measured)))
        training.write_json(os.path.join(folder, "prior", "config.json"), PRIOR_CONFIG)
        training.write_json(os.path.join(folder, "prior_scheduler", "scheduler_config.json"), {
            "_class_name": "UnCLIPScheduler", "_diffusers_version": "0.40.0", "num_train_timesteps": 1000, "prediction_type": "sample",
            "variance_type": "fixed_small_log", "clip_sample": True, "clip_sample_range": 5.0})

    run.run(make, lambda batch: loss_of(run.network, conditions, batch, a.device), finish, 600)
    finish()


if __name__ == "__main__":
    main()
