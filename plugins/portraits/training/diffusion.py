# SPDX-License-Identifier: Apache-2.0
"""The cosine schedule of UnCLIPScheduler and ADM's linear one, samplers for sheets and figures, and what conditions a denoiser."""
import math

import torch

STEPS = 1000


def squared_cosine():
    """abar of t = 0 … 999, float64."""
    f = torch.cos((torch.arange(STEPS + 1, dtype=torch.float64) / STEPS + 0.008) / 1.008 * math.pi / 2) ** 2
    return torch.cumprod(1 - (1 - f[1:] / f[:-1]).clamp(max=0.999), 0)


def linear():
    """abar of t = 0 … 999, float64, of guided-diffusion's linear schedule."""
    return torch.cumprod(1 - torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64), 0)


ABAR = squared_cosine()
LINEAR = linear()


def abar(t, schedule=ABAR):
    return schedule.to(t.device)[t].float()


def like(v, x):
    return v.reshape(-1, *[1] * (x.ndim - 1))


def noised(x, noise, t, schedule=ABAR):
    a = like(abar(t, schedule), x)
    return a.sqrt() * x + (1 - a).sqrt() * noise


def weight(t, cap=6.0):
    """min(SNR + 1, cap), for networks that predict the clean sample."""
    a = abar(t)
    return (a / (1 - a) + 1).clamp(max=cap)


def variance_loss(v, x, noisy, predicted, t):
    """Divergence in bits per value between the true step and the predicted one, whose log variance lies between
    the posterior's and beta's at (v + 1) / 2 (Nichol and Dhariwal). Only `v` learns from it. The step to t = 0 has no
    posterior and is left out; errors far beyond beta say nothing more and are cut off, or they would drown the rest."""
    real, t = t > 0, t.clamp(min=1)
    a, b = like(abar(t), x), like(abar(t - 1), x)
    beta = 1 - a / b
    posterior = (beta * (1 - b) / (1 - a)).clamp(min=1e-20)
    mean = lambda clean: (b.sqrt() * beta * clean + (a / b).sqrt() * (1 - b) * noisy) / (1 - a)
    low, high = posterior.log(), beta.log()
    log_variance = low + (v.clamp(-1, 1) + 1) / 2 * (high - low)
    distance = torch.minimum((mean(x) - mean(predicted.detach())) ** 2, 10 * beta)
    divergence = 0.5 * (log_variance - low - 1 + ((low - log_variance).exp() + distance * (-log_variance).exp()))
    outside = (v.abs() - 1).clamp(min=0) ** 2  # between neighbouring times the two variances hardly differ; over long steps they do
    return (divergence.flatten(1).mean(1) * real).mean() / math.log(2) + outside.mean()


def timesteps(count, first=STEPS - 1):
    """UnCLIPScheduler's list: equally spaced from 999 to 0."""
    return [round(i * first / (count - 1)) for i in reversed(range(count))]


def strided(count):
    """guided-diffusion's "ddim15" and its like: the first integer stride that gives so many, from the noisiest on."""
    return list(range(0, STEPS, next(k for k in range(1, STEPS) if len(range(0, STEPS, k)) == count)))[::-1]


@torch.no_grad()
def ddim(clean, x, ts, bound=1.0, schedule=ABAR):
    """Deterministic sampling from noise x along the timesteps `ts` with `clean(x, t)`, which predicts the clean sample."""
    for t, following in zip(ts, [*ts[1:], None]):
        x0 = clean(x, torch.full((len(x),), t, device=x.device)).clamp(-bound, bound)
        a, b = schedule[t].item(), schedule[following].item() if following is not None else 1.0
        x = b ** 0.5 * x0 + (1 - b) ** 0.5 * (x - a ** 0.5 * x0) / (1 - a) ** 0.5
    return x


@torch.no_grad()
def ancestral(clean, x, steps, generator, bound=5.0, end=None):
    """UnCLIPScheduler's own sampling with fixed_small_log variances; with `end`, what is left when that timestep comes."""
    ts = timesteps(steps)
    for t, following in zip(ts, [*ts[1:], None]):
        if t == end:
            return x
        x0 = clean(x, torch.full((len(x),), t, device=x.device)).clamp(-bound, bound)
        if following is None:
            return x0
        a, b = ABAR[t].item(), ABAR[following].item()
        beta = 1 - a / b
        x = (b ** 0.5 * beta * x0 + (a / b) ** 0.5 * (1 - b) * x) / (1 - a)
        x = x + (beta * (1 - b) / (1 - a)) ** 0.5 * torch.randn(x.shape, generator=generator).to(x.device)
    return x


class Conditions:
    """Frozen CLIP: what captions and pictures give to prior and decoder."""

    def __init__(self, clip, words, device):
        from tokenizer import LENGTH
        self.clip, self.words, self.device, self.length = clip, words, device, LENGTH

    @torch.no_grad()
    def text(self, texts):
        """(embedding, hidden states, mask), each padded to the full length."""
        ids, lengths = self.words.batch(texts, self.length)
        ids = torch.tensor(ids, device=self.device)
        embedding, hidden = self.clip.text(ids)
        mask = torch.arange(self.length, device=self.device) < torch.tensor(lengths, device=self.device)[:, None]
        return embedding.float(), hidden.float(), mask

    @torch.no_grad()
    def image(self, pictures):
        return self.clip.image(pictures.to(self.device)).float()

    def deviation(self, rng, count=512):
        """(mean, standard deviation) of each component of the embeddings of drawn pictures."""
        import training
        import world
        z = self.image(training.tensor_of([world.draw(world.training_portrait(rng)) for _ in range(count)]))
        return z.mean(0), z.std(0)
