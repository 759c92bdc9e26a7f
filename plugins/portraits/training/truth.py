# SPDX-License-Identifier: Apache-2.0
"""What edits are measured against: portraits of combinations that no training saw, each with one attribute changed.

    python truth.py --out ../truth

cases.json holds, for each case, both portraits' attributes, the attribute that differs, and captions that name it;
before.webp and after.webp hold the pictures, 64 px, in rows of twenty; large.webp the first cases' at 256 px, and
largest.webp the first ones' at 1024, in a row.

    python truth.py --out ../truth --generated trained

writes generated.webp instead: portraits as the decoder in that folder makes them from their embeddings, half of them told a
caption besides, half guided. generated.json says what a person saw in each, without what could not be told.
"""
import argparse
import json
import os
import random

from PIL import Image

import world

COLUMNS = 20


class Terse:
    """Stands for the random numbers of world.caption: nothing is told that must not be, in the first word for it."""
    random = staticmethod(lambda: 0.99)
    choice = staticmethod(lambda options: options[0])
    shuffle = staticmethod(lambda items: None)


def case(rng):
    """(portrait, the same with one attribute changed, that attribute). What is taken off is not told by captions, so nothing is."""
    while True:
        before = world.held_out_portrait(rng)
        after, name = world.changed(before, rng)
        if "none" != getattr(after, name) and name in world.caption(after, Terse, (name,))[1]:
            return before, after, name


def shown(p):
    return {name: getattr(p, name) for name in world.ATTRIBUTES}


def atlas(pictures, path):
    side = pictures[0].width
    columns = min(COLUMNS, len(pictures))
    sheet = Image.new("RGB", (columns * side, -(-len(pictures) // columns) * side))
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * side, i // columns * side))
    sheet.save(path, lossless=True, quality=100, method=6)


def generated(folder, count):
    """Pictures (count, 3, 64, 64), uint8."""
    import torch
    import clip
    import decoder
    import diffusion
    import training
    from networks import Decoder
    model, words, clip_digest = clip.load(folder, "cpu")
    conditions = diffusion.Conditions(model, words, "cpu")
    net = Decoder().eval()
    net.load_state_dict(net.state_dict() | training.published_weights(folder, decoder.PUBLISHED, clip_digest)[0])
    rng = random.Random(83)
    portraits = [world.held_out_portrait(rng) for _ in range(count)]
    captions = [world.caption(p, rng)[0] for p in portraits]
    z = conditions.image(training.tensor_of([world.draw(p) for p in portraits]))
    noise = torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(83))
    pictures = []
    for kind in range(4):
        own = range(kind, count, 4)
        texts = [captions[i] if kind % 2 else "" for i in own]
        made = decoder.decode(net, conditions, z[kind::4], texts, noise[kind::4], guidance=1.0 if kind < 2 else 2.0)
        pictures += zip(own, ((made + 1) * 127.5).round().clamp(0, 255).byte())
    return [Image.fromarray(p.permute(1, 2, 0).numpy()) for _, p in sorted(pictures, key=lambda each: each[0])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="../truth")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--largest", type=int, default=6)
    parser.add_argument("--generated", default="", help="folder of a trained decoder whose pictures are written, and nothing else")
    a = parser.parse_args()
    if a.generated:
        return atlas(generated(a.generated, a.cases), os.path.join(a.out, "generated.webp"))
    rng, cases = random.Random(82), []
    for number in range(a.cases):
        before, after, name = case(rng)
        told, named = world.caption(before, rng)
        cases.append((before, after, {
            "number": number, "attribute": name, "before": shown(before), "after": shown(after),
            "captionBefore": world.caption(before, Terse, (name,))[0], "captionAfter": world.caption(after, Terse, (name,))[0],
            "caption": told, "named": sorted(named)}))
    os.makedirs(a.out, exist_ok=True)
    with open(os.path.join(a.out, "cases.json"), "w", encoding="utf-8") as f:
        f.write("[\n" + ",\n".join(json.dumps(facts) for _, _, facts in cases) + "\n]\n")
    atlas([world.draw(p) for p, _, _ in cases], os.path.join(a.out, "before.webp"))
    atlas([world.draw(p) for _, p, _ in cases], os.path.join(a.out, "after.webp"))
    atlas([world.draw(p, 256) for p, _, _ in cases[:a.large]], os.path.join(a.out, "large.webp"))
    atlas([world.draw(p, 1024) for p, _, _ in cases[:a.largest]], os.path.join(a.out, "largest.webp"))


if __name__ == "__main__":
    main()
