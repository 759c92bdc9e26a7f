# SPDX-License-Identifier: Apache-2.0
"""Carries prior and decoder over to a CLIP that was trained further, so that they need not begin anew.

    python carry.py --start ../models --folder trained

The CLIP below --folder says the same as the one below --start in other coordinates, and more. What an affine map tells of
the one from the other is put into the layers that embeddings and captions enter by, and that embeddings leave by. The rest
they learn by training on, with `--start` and the folder that this has written to. Where only the encoder of pictures was
trained further (clip.py --only-pictures), embeddings mean what they meant: weights stay as they are, the autoregressive prior's too.
"""
import argparse
import os
import random

import torch

import clip
import decoder
import diffusion
import prior
import prior_ar
import training
import world
from networks import AutoregressivePrior, Decoder, Prior

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


def carry_decoder(model, image, text, hidden):
    """Each of the last three is an affine map from new to old."""
    told = model.text_proj
    nothing = told.learned_classifier_free_guidance_embeddings
    nothing.data.copy_(torch.linalg.lstsq(image[0], (nothing.double() - image[1])[:, None]).solution[:, 0])
    for layer in (told.clip_image_embeddings_project_to_time_embeddings, told.clip_extra_context_tokens_proj):
        enters(layer, *image)
    enters(told.embedding_proj, *text)
    enters(told.encoder_hidden_states_proj, *hidden)


def carry_prior(model, image, text, hidden, back, new):
    """As `carry_decoder`; `back` leads picture embeddings from old to new, and `new` holds some of these. Prior's own are normalised."""
    mean, deviation = model.clip_mean[0].double(), model.clip_std[0].double()
    new_mean, new_deviation = new.mean(0), new.std(0)
    enters(model.proj_in, image[0] * new_deviation / deviation[:, None], (image[0] @ new_mean + image[1] - mean) / deviation)
    leaves(model.proj_to_clip_embeddings, back[0] * deviation / new_deviation[:, None], (back[0] @ mean + back[1] - new_mean) / new_deviation)
    enters(model.embedding_proj, *text)
    enters(model.encoder_hidden_states_proj, *hidden)
    model.clip_mean.data.copy_(new_mean)
    model.clip_std.data.copy_(new_deviation)


def same_captions(old, new):
    """Whether captions have the embeddings that they had, and pictures the projection."""
    return all(torch.equal(a, b) for part in ("text_model", "text_projection", "visual_projection")
               for a, b in zip(getattr(old, part).parameters(), getattr(new, part).parameters()))


def carriers(old, new):
    """What carries decoder and prior over, each a function of the model; says how much has no counterpart."""
    pairs = heard(old, new, random.Random(5))
    maps = []
    for name, (x, y) in zip(("picture embeddings", "caption embeddings", "hidden states"), pairs):
        *to_old, left = affine(y, x)
        print(f"{name}: {100 * left:.1f} % of their variance has no counterpart in the CLIP trained further")
        maps.append(to_old)
    *back, left = affine(*pairs[0])
    print(f"picture embeddings: {100 * left:.1f} % of the variance is new")
    return {"decoder": lambda model: carry_decoder(model, *maps), "prior": lambda model: carry_prior(model, *maps, back, pairs[0][1])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", required=True, help="folder with the CLIP before, and prior and decoder")
    parser.add_argument("--folder", default="trained", help="folder with the CLIP that was trained further; prior and decoder are written to it")
    a = parser.parse_args()
    (old, words, before), (new, _, digest) = clip.load(a.start), clip.load(a.folder)
    parts = {"decoder": (Decoder, decoder.PUBLISHED), "prior": (Prior, prior.PUBLISHED)}
    if same_captions(old, new):
        parts["prior_ar"], carry = (AutoregressivePrior, prior_ar.PUBLISHED), {}
    else:
        carry = carriers(*(diffusion.Conditions(model, words, "cpu") for model in (old, new)))
    for part, (network, files) in parts.items():
        model = network()
        tensors, facts = training.published_weights(a.start, files, before)
        model.load_state_dict(tensors)
        if part in carry:
            with torch.no_grad():
                carry[part](model)
        for prefix, file in files.items():
            training.export({k.removeprefix(prefix): v for k, v in model.state_dict().items() if k.startswith(prefix)},
                            os.path.join(a.folder, file), {**facts, "clip": digest, "figures": "carried over to another CLIP, not measured"})


if __name__ == "__main__":
    main()
