# SPDX-License-Identifier: Apache-2.0
"""What the objectives share: arguments, pieces that go on where the last one stopped, files, and sheets."""
import argparse
import hashlib
import json
import math
import multiprocessing
import os
import platform
import random
import subprocess
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file


def arguments(description, images, batch, rate, **more):
    """--images is the length of the whole training (the learning rate falls to its end), --minutes that of this piece."""
    a = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--folder", default="trained", help="checkpoints, models and sheets")
    a.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    a.add_argument("--minutes", type=float, default=math.inf, help="length of this piece")
    a.add_argument("--images", type=int, default=images, help="pictures of the whole training")
    a.add_argument("--batch", type=int, default=batch)
    a.add_argument("--rate", type=float, default=rate)
    a.add_argument("--seed", type=int, default=0)
    a.add_argument("--workers", type=int, default=0, help="processes that draw; 0 draws between the steps")
    a.add_argument("--bfloat16", action=argparse.BooleanOptionalAction, default=True, help="slow on processors without bfloat16 products")
    a.add_argument("--start", default="", help="folder of published models to begin with, for example ../models; a checkpoint goes first")
    a.add_argument("--compile", action="store_true", help="compile the network first: three minutes with a C++ compiler, then about 1.5 times the speed")
    for name, default in more.items():
        a.add_argument("--" + name.replace("_", "-"), type=type(default), default=default)
    return a.parse_args()


class Average:
    """Exponential moving average of parameters."""

    def __init__(self, model, decay):
        self.decay, self.values = decay, {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model, step):
        share = 1 - min(self.decay, (1 + step) / (10 + step))
        floats = [(a, v) for a, v in zip(self.values.values(), model.state_dict().values()) if a.dtype.is_floating_point]
        torch._foreach_lerp_([a for a, _ in floats], [v.to(a.dtype) for a, v in floats], share)


class Training:
    """Runs `loss_of(batch)` over batches of `make(rng, size)` until the pictures or the minutes are up.

    A batch is made from the seed and the number of pictures seen, so that a piece that goes on sees what an
    uninterrupted one would have seen.
    """

    def __init__(self, name, model, a, decay=0.999, weight_decay=0.01, betas=(0.9, 0.98), warmup=200, checkpoint_seconds=120, input_digest="", recipe=None, published=None, optimizer=None):
        """`published`: prefix of parameter names → file of theirs below --start. `optimizer`: called with the parameters and the rate; AdamW if there is none."""
        torch.manual_seed(a.seed)
        self.name, self.a, self.warmup, self.every, self.input, self.recipe = name, a, warmup, checkpoint_seconds, input_digest, recipe or name
        self.model = model.to(a.device)
        self.network = torch.compile(self.model) if a.compile else self.model  # what objectives call; checkpoints hold the model
        self.optimizer = optimizer(self.model.parameters(), a.rate) if optimizer else torch.optim.AdamW(self.model.parameters(), a.rate, betas, weight_decay=weight_decay)
        self.seen, self.step, self.seconds, self.loss, self.before = 0, 0, 0.0, None, 0
        os.makedirs(a.folder, exist_ok=True)
        self.path = os.path.join(a.folder, name + ".pt")
        if a.start and not os.path.exists(self.path):
            self.begin_with(published or {})
        self.average = Average(self.model, decay)
        if os.path.exists(self.path):
            saved = torch.load(self.path, map_location=a.device, weights_only=True)
            if saved.get("input", "") != input_digest:
                raise SystemExit(f"{self.path} was trained on the CLIP with digest {saved.get('input')}, and the one here is {input_digest}: move one of them away.")
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.average.values = saved["average"]
            self.seen, self.step, self.seconds, self.loss = (saved[k] for k in ("seen", "step", "seconds", "loss"))
            self.before = saved.get("before", 0)
            print(f"{name}: going on after {self.seen} pictures", flush=True)

    def begin_with(self, published):
        """Published weights in place of random ones."""
        tensors, facts = published_weights(self.a.start, published, self.input)
        self.before = int(facts.get("images", 0))
        begun = tuple(published)
        missing = [k for k in self.model.state_dict() if k.startswith(begun) and k not in tensors]
        if missing:
            raise SystemExit(f"The weights below {self.a.start} lack {', '.join(missing)}.")
        self.model.load_state_dict(self.model.state_dict() | tensors)  # what is published with no model begins anew
        print(f"{self.name}: beginning with what {self.before} pictures taught", flush=True)

    def save(self):
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "average": self.average.values,
                 "seen": self.seen, "step": self.step, "seconds": self.seconds, "loss": self.loss, "before": self.before, "input": self.input}
        torch.save(state, self.path + ".part")
        os.replace(self.path + ".part", self.path)

    @property
    def done(self):
        return self.seen >= self.a.images

    def rate(self):
        share = min(1.0, self.seen / self.a.images)
        return self.a.rate * min(1.0, (self.step + 1) / self.warmup) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * share)))

    def run(self, make, loss_of, checked=None, check_seconds=600):
        a = self.a
        start = last_save = last_check = time.time()
        before, first = self.seconds, self.seen
        seeds = range(self.seen // a.batch, math.ceil(a.images / a.batch))
        self.model.train()
        for batch in batches(make, a, seeds):
            if time.time() - start > a.minutes * 60:
                break
            torch.manual_seed(a.seed * 1_000_003 + self.seen)
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate()
            self.optimizer.zero_grad(set_to_none=True)
            with torch.autocast(a.device, torch.bfloat16, enabled=a.bfloat16):
                loss = loss_of(batch)
            if not torch.isfinite(loss):
                raise SystemExit(f"{self.name}: the loss is {loss.item()} after {self.seen} pictures; the last checkpoint is from before.")
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.average.update(self.model, self.step)
            self.seen, self.step, now = self.seen + a.batch, self.step + 1, time.time()
            self.loss = loss.item() if self.loss is None else 0.99 * self.loss + 0.01 * loss.item()
            self.seconds = before + now - start
            if self.step % 100 == 0:
                print(f"{self.name}: {self.seen} pictures, loss {self.loss:.4f}, {(self.seen - first) / (now - start):.1f} pictures/s, {self.seconds / 60:.1f} min", flush=True)
            if now - last_save > self.every:
                self.save()
                last_save = now
            if checked and now - last_check > check_seconds:
                checked()
                self.model.train()
                last_check = time.time()
        self.save()

    def averaged(self, empty):
        """`empty` with the averaged parameters, for evaluation."""
        empty.load_state_dict(self.average.values)
        return empty.to(self.a.device).eval()

    def provenance(self, **more):
        revision = subprocess.run(["git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True).stdout.strip()
        hardware = torch.cuda.get_device_name() if self.a.device == "cuda" else f"{platform.machine()} processor, {torch.get_num_threads()} threads"
        return {"recipe": f"plugins/portraits/training/{self.recipe}.py at {revision or 'unknown revision'}", "images": str(self.before + self.seen),
                "seconds": str(round(self.seconds)), "hardware": hardware, "loss": f"{self.loss:.5f}", "format": "pt", **more}


def published_weights(folder, files, clip_digest):
    """(tensors in float32, facts of the last file) of `files`, prefix of names → file below `folder`, trained on the CLIP with this digest."""
    tensors, facts = {}, {}
    for prefix, file in files.items():
        with safe_open(os.path.join(folder, file), "pt") as f:
            facts = f.metadata() or {}
            if facts.get("clip", clip_digest) != clip_digest:
                raise SystemExit(f"{file} below {folder} was trained on the CLIP with digest {facts['clip']}, and the one here is {clip_digest}.")
            tensors.update({prefix + k: f.get_tensor(k).float() for k in f.keys()})
    return tensors, facts


def produce(job):
    make, seed, size = job
    return make(random.Random(seed), size)


def batches(make, a, seeds):
    jobs = ((make, a.seed * 1_000_003 + k, a.batch) for k in seeds)
    if not a.workers:
        yield from map(produce, jobs)
    else:
        with multiprocessing.get_context("spawn").Pool(a.workers, torch.set_num_threads, (1,)) as pool:
            yield from pool.imap(produce, jobs, 4)


def export(state, path, provenance, half=True):
    """Writes tensors as safetensors, float16 unless told otherwise."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    tensors = {k: (v.half() if half and v.dtype.is_floating_point else v).detach().cpu().contiguous() for k, v in state.items()}
    save_file(tensors, path, provenance)


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, indent=2, ensure_ascii=False)
        f.write("\n")


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def embedding_space(projection):
    """The product's name of the space that a CLIP text projection leads to: a digest of its float16 values."""
    values = projection.detach().cpu().half().contiguous().numpy()
    return hashlib.sha256(str(tuple(values.shape)).encode() + values.tobytes()).hexdigest()


def tensor_of(pictures):
    """PIL pictures → uint8 (batch, 3, size, size)."""
    return torch.from_numpy(np.stack([np.asarray(p) for p in pictures])).permute(0, 3, 1, 2).contiguous()


def degraded(pictures, share, rng):
    """Blurs, noises, compresses about this share of the pictures (PIL) each, as real uploads and generated pictures are."""
    import io
    out = []
    for p in pictures:
        if rng.random() < share:
            small = rng.uniform(0.4, 1.0)
            side = max(8, round(p.width * small))
            p = p.resize((side, side), rng.choice((Image.Resampling.BILINEAR, Image.Resampling.BOX))).resize(p.size, rng.choice((Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)))
        if rng.random() < share:
            noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(2, 22), (p.height, p.width, 3))
            p = Image.fromarray((np.asarray(p) + noise).clip(0, 255).astype(np.uint8))
        if rng.random() < share:
            file = io.BytesIO()
            p.save(file, "JPEG", quality=rng.randint(25, 92))
            p = Image.open(file).convert("RGB")
        out.append(p)
    return out


def sheet(rows, path, size=96):
    """Rows of pictures, each a tensor (count, 3, h, w) in [-1, 1] or uint8."""
    page = Image.new("RGB", (max(map(len, rows)) * size, len(rows) * size), "white")
    for y, row in enumerate(rows):
        pixels = row if row.dtype == torch.uint8 else ((row.float() + 1) * 127.5).round().clamp(0, 255).byte()
        for x, p in enumerate(pixels.permute(0, 2, 3, 1).cpu().numpy()):
            page.paste(Image.fromarray(p).resize((size, size), Image.Resampling.BICUBIC), (x * size, y * size))
    page.save(path)
