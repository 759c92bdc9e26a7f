# SPDX-License-Identifier: Apache-2.0
"""unCLIP's other prior: the embedding of a picture, code after code.

    python prior_ar.py --folder trained --minutes 60

Needs the frozen CLIP of clip.py in the same folder. First the principal components of the embeddings of drawn pictures, and
buckets that hold equally many of them along each; then a causal transformer that predicts the buckets. It is told how large
z_i · z_t is, so that it can be asked for pictures that fit their caption well.
"""
import os
import random

import torch
import torch.nn.functional as F

import diffusion
import prior
import training
import world
from networks import AUTOREGRESSIVE_CONFIG, AutoregressivePrior

DROPPED = 0.1  # captions hidden from the network, for guidance
PUBLISHED = {"": "unclip-ar/model.safetensors"}
MEASURED = 8192  # pictures that components and buckets are made from


def make(rng, size):
    portraits = [world.training_portrait(rng) for _ in range(size)]
    texts = [world.caption(p, rng)[0] for p in portraits]
    return training.tensor_of([world.draw(p) for p in portraits]), texts, torch.tensor([rng.random() < DROPPED for _ in portraits])


def told(conditions, texts):
    """What the network hears of captions, as long as the longest."""
    text, hidden, mask = conditions.text(texts)
    longest = int(mask.sum(1).max())
    return text, hidden[:, :longest], mask[:, :longest]


def loss_of(network, model, conditions, batch):
    """The dot product is the caption's also where the network does not hear it: then it says how typical the picture is."""
    pictures, texts, hides = batch
    with torch.autocast(conditions.device, enabled=False):  # neighbouring buckets are nearer than bfloat16 tells
        z, heard = conditions.image(pictures), told(conditions, [*texts, ""])
        codes, dot = model.codes(z), model.dot_token((z * heard[0][:-1]).sum(1))
    hides = hides.to(z.device)
    heard = [torch.where(hides.view(-1, *[1] * (part.dim() - 1)), part[-1:], part[:-1]) for part in heard]
    return F.cross_entropy(network(*heard, dot, codes).flatten(0, 1).float(), codes.flatten())


def centres(values, count):
    """The mean of each of `count` buckets that hold equally many values, for each column."""
    ordered = values.sort(0).values
    return torch.stack([part.mean(0) for part in ordered.tensor_split(count)], -1)


@torch.no_grad()
def measure(model, conditions, rng, count=MEASURED, batch=512):
    """Principal components, largest first, and buckets, from drawn pictures and their captions."""
    found = []
    for _ in range(max(1, count // batch)):
        pictures, texts, _ = make(rng, batch)
        found.append((conditions.image(pictures).cpu(), conditions.text(texts)[0].cpu()))
    z, text = (torch.cat(part).double() for part in zip(*found))
    mean = z.mean(0)
    _, vectors = torch.linalg.eigh((z - mean).T @ (z - mean) / len(z))
    components = vectors.flip(1).T[:model.dimensions]
    model.pca["mean"].copy_(mean)
    model.pca["components"].copy_(components)
    model.quantiles.copy_(centres((z - mean) @ components.T, model.quantiles.shape[1]))
    model.dot["quantiles"].copy_(centres((z * text).sum(1), len(model.dot["quantiles"])))


@torch.no_grad()
def imagine(model, conditions, texts, generator, guidance=1.0, half="top"):
    """Embeddings for captions, with dot tokens from one half of their distribution."""
    k, m = len(texts), len(model.dot["quantiles"])
    dot = torch.randint(m // 2, m, (k,), generator=generator) if half == "top" else torch.randint(m // 2, (k,), generator=generator)
    rows = list(texts) + ([""] * k if guidance != 1 else [])

    def choose(logits):
        if guidance != 1:
            logits = logits[k:] + guidance * (logits[:k] - logits[k:])
        chosen = torch.multinomial(logits.float().softmax(-1).cpu(), 1, generator=generator)[:, 0].to(logits.device)
        return chosen if guidance == 1 else chosen.repeat(2)

    codes = model.sample(*told(conditions, rows), dot.repeat(len(rows) // k).to(conditions.device), choose)
    return model.embedding(codes[:k])


@torch.no_grad()
def figures(model, conditions, count=512):
    """Those of prior.py, without and with guidance; what a dot token does; and what codes keep of an embedding."""
    rng = random.Random(81)
    portraits = [world.held_out_portrait(rng) for _ in range(count)]
    texts = [world.caption(p, rng)[0] for p in portraits]
    z, text = conditions.image(training.tensor_of([world.draw(p) for p in portraits])), conditions.text(texts)[0]
    dots = {half: (imagine(model, conditions, texts, torch.Generator().manual_seed(7), half=half) * text).sum(1).mean().item() for half in ("top", "bottom")}
    codes = model.codes(z)
    dot = model.dot_token((z * text).sum(1))
    bits = F.cross_entropy(model(*told(conditions, texts), dot, codes).flatten(0, 1).float(), codes.flatten()).item()
    share = lambda error: round(((error ** 2).sum() / ((z - model.pca["mean"]) ** 2).sum()).item(), 5)
    along = (z - model.pca["mean"]) @ model.pca["components"].T @ model.pca["components"] + model.pca["mean"]
    guided = lambda *args: imagine(*args, guidance=2.0)
    return {**prior.figures(model, conditions, count, imagine), "guided": prior.figures(model, conditions, count, guided),
            "mean z_i·z_t, dot token from the top half": round(dots["top"], 3), "from the bottom half": round(dots["bottom"], 3),
            "of drawn pictures": round((z * text).sum(1).mean().item(), 3),
            "share of the variance that codes lose": share(model.embedding(codes) - z), "of it by leaving out components": share(along - z),
            "loss on combinations never seen": round(bits, 4)}


def main():
    import clip
    a = training.arguments(__doc__, images=600_000, batch=128, rate=1e-3)
    frozen, words, clip_digest = clip.load(a.folder, a.device)
    conditions = diffusion.Conditions(frozen, words, a.device)
    torch.manual_seed(a.seed)
    model = AutoregressivePrior()
    if not a.start and not os.path.exists(os.path.join(a.folder, "prior_ar.pt")):  # weights hold what was measured for them
        measure(model, conditions, random.Random(2))
    run = training.Training("prior_ar", model, a, decay=0.999, input_digest=clip_digest, published=PUBLISHED)
    folder = os.path.join(a.folder, "unclip-ar")

    def finish():
        net = run.averaged(AutoregressivePrior())
        measured = figures(net, conditions)
        print(run.seen, measured, flush=True)
        training.export(net.state_dict(), os.path.join(folder, "model.safetensors"), run.provenance(clip=clip_digest, figures=str(measured)))
        training.write_json(os.path.join(folder, "config.json"), {**AUTOREGRESSIVE_CONFIG, "_embedding_space": training.embedding_space(frozen.text_projection.weight)})

    run.run(make, lambda batch: loss_of(run.network, run.model, conditions, batch), finish, 600)
    finish()


if __name__ == "__main__":
    main()
