# SPDX-License-Identifier: Apache-2.0
"""unCLIP's decoder: from the CLIP embedding of a picture, and a caption, to the picture at 64 px.

    python decoder.py --folder trained --minutes 120
    python decoder.py --folder trained --start trained --only-variance 1 --images 2400 --rate 0.01

Needs the frozen CLIP of clip.py in the same folder. Predicts the clean picture; three more channels learn the variance.
"""
import os
import random

import torch

import attributes
import diffusion
import training
import world
from muon import Muon
from networks import DECODER_CONFIG, TEXT_PROJ_CONFIG, Classifier, Decoder

PROMPTS = ("a corgi wearing a red bowtie and a purple party hat", "a lion", "a lion cub", "a smiling gray cat wearing glasses and a blue scarf",
           "a panda wearing a red beret", "a person with red hair wearing sunglasses", "a frog wearing a yellow crown on a lavender background",
           "a white rabbit wearing a green top hat", "a surprised penguin with an orange scarf", "a serious fox in a pink beanie")

PUBLISHED = {part + ".": f"unclip/{part}/diffusion_pytorch_model.safetensors" for part in ("decoder", "text_proj")}

# How much more an error weighs there than in background and body, which cover two thirds of a picture: what makes an attribute is often a few pixels.
WEIGHTS = {"head": 1.0, "hair": 2.0, "eyes": 6.0, "mouth": 12.0, "glasses": 4.0, "neckwear": 4.0, "hat": 6.0}


def make(rng, size):
    portraits = [world.lesson(rng) for _ in range(size)]
    texts = ["" if rng.random() < 0.5 else world.caption(p, rng)[0] for p in portraits]
    weights = torch.stack([torch.from_numpy(1 + sum(w * masks[part] for part, w in WEIGHTS.items())) for masks in map(world.masks, portraits)])
    return training.tensor_of([world.draw(p) for p in portraits]), weights[:, None], texts


def loss_of(model, conditions, deviation, batch, device, perceived):
    pictures, weights, texts = batch
    clean, (text, hidden, mask) = conditions.image(pictures), conditions.text(texts)
    n = len(clean)
    z = clean + 0.25 * deviation * torch.randn_like(clean) * (torch.rand(n, 1, device=device) < 0.5)  # interpolated ones lie between the trained ones
    x = (pictures.to(device).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
    t = (torch.rand(n, device=device) ** 0.7 * diffusion.STEPS).long()  # what a picture shows is decided in noise
    noise = torch.randn_like(x)
    noisy = diffusion.noised(x, noise, t)
    dropped = torch.rand(n, device=device) < 0.1
    out = model(noisy, t, z, text, hidden, mask, dropped).float()
    predicted, v = out.chunk(2, 1)
    simple = ((weights.to(device) * (predicted - x) ** 2).mean((1, 2, 3)) * diffusion.weight(t)).mean()
    loss = simple + 0.01 * diffusion.variance_loss(v, x, noisy, predicted, t)
    if perceived:  # CLIP is to see in the picture what the decoder was told that it sees
        seen = conditions.clip.image((predicted.clamp(-1, 1) + 1) * 127.5).float()
        loss = loss + perceived * ((1 - torch.nn.functional.cosine_similarity(seen, clean)) * ~dropped).mean()
    return loss


@torch.no_grad()
def decode(model, conditions, z, texts, noise, steps=20, guidance=1.0):
    """Pictures in [-1, 1]; guidance above 1 moves away from what neither embedding nor caption asks for."""
    k = len(z)
    texts = list(texts) + ([""] * k if guidance != 1 else [])
    told = conditions.text(texts)
    dropped = torch.arange(len(texts), device=z.device) >= k
    z = z.repeat(len(texts) // k, 1)

    def clean(x, t):
        n = len(texts) // k
        x0 = model(x.repeat(n, 1, 1, 1), t.repeat(n), z, *told, dropped)[:, :3]
        return x0 if n == 1 else x0[k:] + guidance * (x0[:k] - x0[k:])

    return diffusion.ddim(clean, noise, diffusion.timesteps(steps))


def judged(pictures, judge):
    """Attribute numbers (batch, attributes) that the classifier reads."""
    pixels = ((pictures + 1) * 127.5).round().clamp(0, 255)
    return torch.stack([l.argmax(1) for l in judge(pixels).split(attributes.SIZES, 1)], 1)


def judge_of(folder, device):
    from safetensors.torch import load_file
    judge = Classifier(sum(attributes.SIZES), True)
    judge.load_state_dict({k: v.float() for k, v in load_file(os.path.join(folder, "attributes", "model.safetensors")).items()})
    return judge.to(device).eval()


def relearn_variance(model):
    """Leaves everything as it is but the three channels of the variance, which begin anew."""
    model.requires_grad_(False)
    for p in model.decoder.conv_out.parameters():
        p.data[3:] = 0
        p.requires_grad_(True)
        p.register_hook(lambda gradient: torch.cat([torch.zeros_like(gradient[:3]), gradient[3:]]))


def main():
    import clip
    a = training.arguments(__doc__, images=400_000, batch=24, rate=1e-3, check_minutes=15.0, only_variance=0, perceived=0.5)
    model, words, clip_digest = clip.load(a.folder, a.device)
    conditions = diffusion.Conditions(model, words, a.device)
    deviation = conditions.deviation(random.Random(1))[1]
    judge = judge_of(a.folder, a.device)
    torch.manual_seed(a.seed)
    run = training.Training("variance" if a.only_variance else "decoder", Decoder().to(memory_format=torch.channels_last), a, recipe="decoder",
                            decay=0.9 if a.only_variance else 0.9995, weight_decay=0.0 if a.only_variance else 0.01, betas=(0.9, 0.99), input_digest=clip_digest,
                            optimizer=None if a.only_variance else Muon, published=PUBLISHED)
    if a.only_variance:
        relearn_variance(run.model)
    rng = random.Random(79)
    portraits = [world.held_out_portrait(rng) for _ in range(40)]
    drawn = training.tensor_of([world.draw(p) for p in portraits]).to(a.device)
    captions = [world.caption(p, rng)[0] for p in portraits]
    folder = os.path.join(a.folder, "unclip")

    def finish():
        net = run.averaged(Decoder())
        generator = torch.Generator().manual_seed(5)
        noise = torch.randn(40, 3, 64, 64, generator=generator).to(a.device)
        z = conditions.image(drawn)
        own = decode(net, conditions, z, [""] * 40, noise)
        right = (judged(own, judge).cpu() == torch.tensor([p.codes() for p in portraits])).float().mean(0)
        measured = {name: round(v, 3) for name, v in zip(world.ATTRIBUTES, right.tolist())}
        print(run.seen, "attributes kept when decoding from z alone:", measured, flush=True)
        told = conditions.text(PROMPTS)[0]
        pool = conditions.image(training.tensor_of([world.draw(world.training_portrait(rng)) for _ in range(1500)]))
        nearest = pool[(torch.nn.functional.normalize(told, dim=1) @ torch.nn.functional.normalize(pool, dim=1).T).argmax(1)]
        training.sheet([drawn[:10], own[:10], decode(net, conditions, z[:10], captions[:10], noise[:10], guidance=2.0),
                        decode(net, conditions, nearest, PROMPTS, noise[:10], guidance=2.0)], os.path.join(a.folder, "decoder.png"))
        facts = run.provenance(clip=clip_digest, figures=str(measured))
        training.export(net.decoder.state_dict(), os.path.join(folder, "decoder", "diffusion_pytorch_model.safetensors"), facts)
        training.export(net.text_proj.state_dict(), os.path.join(folder, "text_proj", "diffusion_pytorch_model.safetensors"), facts)
        training.write_json(os.path.join(folder, "decoder", "config.json"), DECODER_CONFIG)
        training.write_json(os.path.join(folder, "text_proj", "config.json"), TEXT_PROJ_CONFIG)
        training.write_json(os.path.join(folder, "decoder_scheduler", "scheduler_config.json"), {
            "_class_name": "UnCLIPScheduler", "_diffusers_version": "0.40.0", "num_train_timesteps": 1000, "prediction_type": "sample",
            "variance_type": "learned_range", "clip_sample": True, "clip_sample_range": 1.0})

    run.run(make, lambda batch: loss_of(run.network, conditions, deviation, batch, a.device, 0 if a.only_variance else a.perceived), finish, a.check_minutes * 60)
    finish()


if __name__ == "__main__":
    main()
