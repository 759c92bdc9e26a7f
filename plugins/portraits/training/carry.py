# SPDX-License-Identifier: Apache-2.0
"""Carries prior and decoder over to a CLIP that was trained further, so that they need not begin anew.

    python carry.py --start ../models --folder trained

The CLIP below --folder says the same as the one below --start in other coordinates, and more. What an affine map tells of
the one from the other is put into the layers that embeddings and captions enter by, and that embeddings leave by. The rest
they learn by training on, with `--start` and the folder that this has written to.
"""
import argparse
import os
import random

import torch
from safetensors import safe_open

import clip
import diffusion
import training
import world
from networks import Decoder, Prior

COUNT, BATCH = 8192, 512


@torch.no_grad()
def heard(old, new, rng, count=COUNT, batch=BATCH):
    """For picture embeddings, caption embeddings and hidden states a pair (old, new) of the same pictures and captions, a row each."""
    found = []
    for _ in range(count // batch):
        portraits = [world.training_portrait(rng) for _ in range(batch)]
        pictures = training.tensor_of([world.draw(p) for p in portraits])
        texts = ["" if rng.random() < 0.1 else world.caption(p, rng)[0] for p in portraits]
        sides = []
        for conditions in (old, new):
            text, hidden, mask = conditions.text(texts)
            sides.append((conditions.image(pictures), text, hidden[mask]))
        found.append(tuple(zip(*sides)))
    return [tuple(torch.cat(side).double() for side in zip(*kind)) for kind in zip(*found)]


def affine(x, y):
    """(A, b, share of y's variance that is left) with A x + b nearest to y, rows of both being samples. Directions that x
    does not vary in (a norm leaves one) say nothing of y and would only be noise that is made large, so A is kept small (ridge)."""
    mean_x, mean_y = x.mean(0), y.mean(0)
    square = (x - mean_x).T @ (x - mean_x)
    ridge = 1e-6 * torch.linalg.matrix_norm(square, 2) * torch.eye(len(square), dtype=square.dtype)
    a = torch.linalg.solve(square + ridge, (x - mean_x).T @ (y - mean_y)).T
    b = mean_y - a @ mean_x
    return a, b, ((x @ a.T + b - y).square().sum() / (y - mean_y).square().sum()).item()


def enters(layer, a, b):
    """`layer` hears what is A x + b of what it heard before."""
    weight = layer.weight.double()
    layer.bias.data.add_((weight @ b).float())
    layer.weight.data.copy_(weight @ a)


def leaves(layer, a, b):
    """`layer` says A y + b of what it said before."""
    layer.weight.data.copy_(a @ layer.weight.double())
    layer.bias.data.copy_(a @ layer.bias.double() + b)


def carry_decoder(decoder, image, text, hidden):
    """Each of the last three is an affine map from new to old."""
    told = decoder.text_proj
    nothing = told.learned_classifier_free_guidance_embeddings
    nothing.data.copy_(torch.linalg.lstsq(image[0], (nothing.double() - image[1])[:, None]).solution[:, 0])
    for layer in (told.clip_image_embeddings_project_to_time_embeddings, told.clip_extra_context_tokens_proj):
        enters(layer, *image)
    enters(told.embedding_proj, *text)
    enters(told.encoder_hidden_states_proj, *hidden)


def carry_prior(prior, image, text, hidden, back, new):
    """As `carry_decoder`; `back` leads picture embeddings from old to new, and `new` holds some of these. Prior's own are normalised."""
    mean, deviation = prior.clip_mean[0].double(), prior.clip_std[0].double()
    new_mean, new_deviation = new.mean(0), new.std(0)
    enters(prior.proj_in, image[0] * new_deviation / deviation[:, None], (image[0] @ new_mean + image[1] - mean) / deviation)
    leaves(prior.proj_to_clip_embeddings, back[0] * deviation / new_deviation[:, None], (back[0] @ mean + back[1] - new_mean) / new_deviation)
    enters(prior.embedding_proj, *text)
    enters(prior.encoder_hidden_states_proj, *hidden)
    prior.clip_mean.data.copy_(new_mean)
    prior.clip_std.data.copy_(new_deviation)


def loaded(model, folder, files):
    """(model with the weights of `files`, prefix → name below `folder`, facts of the first)."""
    tensors, facts = {}, None
    for prefix, file in files.items():
        with safe_open(os.path.join(folder, file), "pt") as f:
            facts = facts or f.metadata()
            tensors |= {prefix + k: f.get_tensor(k).float() for k in f.keys()}
    model.load_state_dict(tensors)
    return model, facts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", required=True, help="folder with the CLIP before, and prior and decoder")
    parser.add_argument("--folder", default="trained", help="folder with the CLIP that was trained further; prior and decoder are written to it")
    a = parser.parse_args()
    (old, words, before), (new, _, digest) = clip.load(a.start), clip.load(a.folder)
    pairs = heard(*(diffusion.Conditions(model, words, "cpu") for model in (old, new)), random.Random(5))
    maps = []
    for name, (x, y) in zip(("picture embeddings", "caption embeddings", "hidden states"), pairs):
        *to_old, left = affine(y, x)
        print(f"{name}: {100 * left:.1f} % of their variance has no counterpart in the CLIP trained further")
        maps.append(to_old)
    *back, left = affine(*pairs[0])
    print(f"picture embeddings: {100 * left:.1f} % of the variance is new")
    parts = ((Decoder(), {part + ".": f"unclip/{part}/diffusion_pytorch_model.safetensors" for part in ("decoder", "text_proj")}, carry_decoder, maps),
             (Prior(), {"": "unclip/prior/diffusion_pytorch_model.safetensors"}, carry_prior, (*maps, back, pairs[0][1])))
    for model, files, carry, with_what in parts:
        model, facts = loaded(model, a.start, files)
        if facts["clip"] != before:
            raise SystemExit(f"{next(iter(files.values()))} below {a.start} was trained on the CLIP with digest {facts['clip']}, and the one there is {before}.")
        with torch.no_grad():
            carry(model, *with_what)
        for prefix, file in files.items():
            training.export({k.removeprefix(prefix): v for k, v in model.state_dict().items() if k.startswith(prefix)},
                            os.path.join(a.folder, file), {**facts, "clip": digest, "figures": "carried over to another CLIP, not measured"})


if __name__ == "__main__":
    main()
