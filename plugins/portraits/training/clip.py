# SPDX-License-Identifier: Apache-2.0
"""CLIP on the drawn world, in transformers' layout. Trained first, then frozen: all others record its digest.

    python clip.py --folder trained --minutes 40

A batch holds pairs of pictures that differ in one attribute or by exchanged colours, so that every caption meets
its hardest negatives. A picture that satisfies another's caption by chance is no negative and is left out.

To find a picture by its caption, its species and colours nearly suffice, so that captions alone hardly teach the shape of
a hat, and no decoder can draw what the embedding does not hold. Therefore each attribute is also read from both
embeddings by a linear layer, which is thrown away after the training.

    python clip.py --folder trained --start ../models --only-pictures 1 --images 64000 --rate 1e-3

goes on with the encoder of pictures alone. Captions keep their embeddings, the space its name, and pictures that are read
rightly nearly their place, so that what was trained on the embeddings needs little more (carry.py, then a few thousand pictures).
"""
import copy
import os
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import attributes
import tokenizer
import training
import world
import diffusion
from muon import Muon
from networks import CLIP_CONFIG, CLIP_MEAN, CLIP_STD, Clip

NAMES = list(world.ATTRIBUTES)
SLOW = ("hat", "hat", "hat", "hat", "neckwear", "neckwear", "mood")  # what is learnt last; six twins in ten differ in these


class Read(nn.Module):
    """CLIP, and a linear layer that reads all attributes from the direction of either embedding."""

    def __init__(self, config):
        super().__init__()
        self.clip, self.read = Clip(config), nn.Linear(config["projection_dim"], sum(attributes.SIZES))

    def attributes(self, unit):
        return self.read(50 * unit).float()

    def forward(self, pictures, ids):
        """Embeddings of pictures, the same and those of captions with length 1, and the attributes' logits of each."""
        seen = self.clip.image(pictures).float()
        z, t = (F.normalize(v, dim=1) for v in (seen, self.clip.text(ids)[0].float()))
        return seen, z, t, self.attributes(z), self.attributes(t)


class Place:
    """Where a CLIP had pictures, which one that begins with it is to leave where they are."""

    def __init__(self, clip, words, device):
        self.conditions = diffusion.Conditions(clip, words, device)
        self.deviation = self.conditions.deviation(random.Random(1))[1]

    def left(self, pictures, z):
        """Mean distance in standard deviations. Of the distance itself, not of its square: few may go far, the others stay."""
        return ((z - self.conditions.image(pictures)) / self.deviation).square().mean(1).add(1e-4).sqrt().mean()


def captions_of(portraits, rng, always=()):
    """(texts, which attributes they name as a bool array, attribute numbers)."""
    texts, named = zip(*(world.caption(p, rng, always) for p in portraits))
    return list(texts), np.array([[n in s for n in NAMES] for s in named]), np.array([p.codes() for p in portraits])


def satisfied(named, codes, others):
    """(captions, pictures): whether picture j shows all that caption i names."""
    return ((codes[:, None] == others[None]) | ~named[:, None]).all(2)


def make(rng, size):
    portraits, texts, named = [], [], []
    while len(portraits) < size:
        p = world.lesson(rng)
        q, name = world.swapped_colours(p) if rng.random() < 0.3 else None, ("hat_colour", "neckwear_colour")
        if not q:
            q, name = world.changed(p, rng, rng.choice(SLOW) if rng.random() < 0.6 else None)
            name = (name,)
        if not q.held_out():
            portraits += [p, q]
            for each in (p, q):
                t, n, _ = captions_of([each], rng, name)
                texts += t
                named.append(n)
    pictures = training.degraded([world.draw(p) for p in portraits], 0.12, rng)
    codes, named = np.array([p.codes() for p in portraits]), np.concatenate(named)
    return training.tensor_of(pictures), texts, *map(torch.from_numpy, (satisfied(named, codes, codes), codes, named))


def read_wrongly(logits, codes, told):
    """Cross-entropy of each attribute's logits, side by side, averaged over attributes where `told` (pictures, attributes)."""
    each = torch.stack([F.cross_entropy(l, codes[:, k], reduction="none") for k, l in enumerate(logits.split(attributes.SIZES, 1))], 1)
    return (each * told).mean()


def loss_of(model, words, batch, device, place=None):
    pictures, texts, right, codes, named = (v.to(device) if isinstance(v, torch.Tensor) else v for v in batch)
    embedded, z, t, seen, told = model(pictures, torch.tensor(words.batch(texts)[0], device=device))
    logits = (t @ z.T) * model.clip.logit_scale.exp().clamp(max=100)
    own = torch.arange(len(z), device=device)
    chance = right & ~torch.eye(len(z), dtype=torch.bool, device=device)
    logits = logits.masked_fill(chance, -1e4)
    among_all = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    twin = own ^ 1
    two = torch.stack([logits[own, own], logits[own, twin]], 1), torch.stack([logits[own, own], logits[twin, own]], 1)
    between_twins = sum(F.cross_entropy(x, torch.zeros_like(own)) for x in two) / 2
    reading = read_wrongly(seen, codes, torch.ones_like(named)) + 0.5 * read_wrongly(told, codes, named)
    return among_all + 0.5 * between_twins + 2 * reading + (place.left(pictures, embedded) if place else 0)


@torch.no_grad()
def figures(model, words, device="cpu", count=1920, seed=77):
    """Measured on combinations that no training saw."""
    model.eval()
    rng = random.Random(seed)
    embed_text = lambda texts: torch.cat([F.normalize(model.text(torch.tensor(words.batch(texts[i:i + 256])[0], device=device))[0], dim=1) for i in range(0, len(texts), 256)]).cpu()
    embed = lambda ps: torch.cat([F.normalize(model.image(training.tensor_of([world.draw(p) for p in ps[i:i + 256]]).to(device)), dim=1) for i in range(0, len(ps), 256)]).cpu()
    portraits = [world.held_out_portrait(rng) for _ in range(count)]
    texts, named, codes = captions_of(portraits, rng)
    t, z, right = embed_text(texts), embed(portraits), 0
    for k in range(0, count, 64):
        s = slice(k, k + 64)
        picked = (t[s] @ z[s].T).argmax(1).numpy()
        right += int(satisfied(named[s], codes[s], codes[s])[np.arange(64), picked].sum())
    twins = [(p, q) for p in (world.held_out_portrait(rng) for _ in range(3 * count)) if (q := world.swapped_colours(p))][:count // 2]
    ps, qs = map(list, zip(*twins))
    always = ("hat", "neckwear")
    zp, zq = embed(ps), embed(qs)
    tp, tq = (embed_text(captions_of(x, rng, always)[0]) for x in (ps, qs))
    by_picture = ((zp * tp).sum(1) > (zp * tq).sum(1)).float().mean().item()
    by_caption = ((zp * tp).sum(1) > (zq * tp).sum(1)).float().mean().item()
    ones = {}
    for name in NAMES:
        found = [(p, c[0]) for p in portraits if (c := world.changed(p, rng, name))][:300]
        if found:
            ps, qs = map(list, zip(*found))
            told = [captions_of(x, rng, (name,)) for x in (ps, qs)]
            use = ~np.diagonal(satisfied(told[1][1], told[1][2], told[0][2]))  # the changed caption excludes the picture
            z, a, b = embed(ps), embed_text(told[0][0]), embed_text(told[1][0])
            ones[name] = round(((z * a).sum(1) > (z * b).sum(1)).numpy()[use].mean().item(), 4)
    return {"caption picks a satisfying picture among 64": round(right / count, 4), "swapped colours, picture picks caption": round(by_picture, 4),
            "swapped colours, caption picks picture": round(by_caption, 4), "one attribute different, picture picks caption": ones}


@torch.no_grad()
def read(reader, device, count=1920, seed=78):
    """How often the linear layer reads an attribute rightly from pictures of combinations that no training saw, and all of them."""
    rng = random.Random(seed)
    portraits = [world.held_out_portrait(rng) for _ in range(count)]
    pictures = training.tensor_of([world.draw(p) for p in portraits]).split(256)
    logits = torch.cat([reader.attributes(F.normalize(reader.clip.image(x.to(device)), dim=1)) for x in pictures]).cpu()
    right = torch.stack([l.argmax(1) for l in logits.split(attributes.SIZES, 1)], 1) == torch.tensor([p.codes() for p in portraits])
    return dict(zip(NAMES, map(lambda v: round(v, 4), right.float().mean(0).tolist()))) | {"all": round(right.all(1).float().mean().item(), 4)}


def config_for(words):
    config = copy.deepcopy(CLIP_CONFIG)
    config["text_config"].update(vocab_size=len(words.ids), bos_token_id=words.ids[tokenizer.START], eos_token_id=words.ids[tokenizer.END])
    return config


def load(folder, device="cpu"):
    """(model, tokenizer, digest) of a trained CLIP, frozen. Weights are what the float16 file holds."""
    from safetensors.torch import load_file
    path = os.path.join(folder, "clip", "model.safetensors")
    words = tokenizer.Tokenizer(os.path.join(folder, "clip"))
    model = Clip(config_for(words))
    model.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    return model.to(device).eval().requires_grad_(False), words, training.digest(path)


def main():
    a = training.arguments(__doc__, images=480_000, batch=128, rate=2e-3, only_pictures=0)
    folder = os.path.join(a.folder, "clip")
    if not os.path.exists(os.path.join(folder, "vocab.json")):
        tokenizer.write(folder)
    words = tokenizer.Tokenizer(folder)
    torch.manual_seed(a.seed)
    run = training.Training("clip", Read(config_for(words)), a, decay=0.998, optimizer=Muon, published={"clip.": "clip/model.safetensors"})
    place = None
    if a.only_pictures:
        place = Place(load(a.start, a.device)[0], words, a.device)
        run.model.clip.requires_grad_(False).vision_model.requires_grad_(True)

    def finish():
        reader = run.averaged(Read(config_for(words)))
        model = reader.clip
        measured = figures(model, words, a.device) | {"read linearly from the picture": read(reader, a.device)}
        print(run.seen, measured, flush=True)
        training.export(model.state_dict(), os.path.join(folder, "model.safetensors"), run.provenance(figures=str(measured)))
        training.write_json(os.path.join(folder, "config.json"), config_for(words))
        training.write_json(os.path.join(folder, "preprocessor_config.json"), {
            "crop_size": {"height": 64, "width": 64}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True,
            "do_resize": True, "image_mean": CLIP_MEAN, "image_std": CLIP_STD, "image_processor_type": "CLIPImageProcessor",
            "resample": 3, "rescale_factor": 1 / 255, "size": {"shortest_edge": 64}})

    run.run(make, lambda batch: loss_of(run.network, words, batch, a.device, place), finish, 480)
    finish()


if __name__ == "__main__":
    main()
