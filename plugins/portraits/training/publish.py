# SPDX-License-Identifier: Apache-2.0
"""Puts what is trained into the folders that the product reads, as the authors of each layout publish theirs.

    python publish.py --folder trained --out ../models attributes clip unclip unclip-ar upsampler-1024

CLIP is stored once: the encoders' files in unclip/ are relative links to it.
"""
import argparse
import json
import os
import shutil

import training

FILES = {
    "attributes": ("config.json", "model.safetensors"),
    "clip": ("config.json", "preprocessor_config.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json", "model.safetensors"),
    "unclip-ar": ("config.json", "model.safetensors"),
    "upsampler-1024": ("config.json", "model.safetensors"),
    "unclip": tuple(f"{part}/{name}" for part in ("decoder", "text_proj", "prior", "super_res_first", "super_res_last")
                    for name in ("config.json", "diffusion_pytorch_model.safetensors"))
              + tuple(f"{part}_scheduler/scheduler_config.json" for part in ("decoder", "prior", "super_res"))}
INDEX = {
    "_class_name": "UnCLIPPipeline", "_diffusers_version": "0.40.0", "decoder": ["diffusers", "UNet2DConditionModel"],
    "decoder_scheduler": ["diffusers", "UnCLIPScheduler"], "prior": ["diffusers", "PriorTransformer"], "prior_scheduler": ["diffusers", "UnCLIPScheduler"],
    "super_res_first": ["diffusers", "UNet2DModel"], "super_res_last": ["diffusers", "UNet2DModel"], "super_res_scheduler": ["diffusers", "UnCLIPScheduler"],
    "text_encoder": ["transformers", "CLIPTextModelWithProjection"], "text_proj": ["unclip", "UnCLIPTextProjModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"]}


def link(target, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.remove(path)
    os.symlink(os.path.relpath(target, os.path.dirname(path)), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default="trained")
    parser.add_argument("--out", default="../models")
    parser.add_argument("names", nargs="+", choices=tuple(FILES))
    a = parser.parse_args()
    for name in a.names:
        for file in FILES[name]:
            to = os.path.join(a.out, name, file)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copyfile(os.path.join(a.folder, name, file), to)
    if "unclip" in a.names:
        clip, unclip = os.path.join(a.out, "clip"), os.path.join(a.out, "unclip")
        with open(os.path.join(clip, "config.json"), encoding="utf-8") as f:
            config = json.load(f)
        for part, kind, name in (("text_encoder", "text_config", "CLIPTextModelWithProjection"), ("image_encoder", "vision_config", "CLIPVisionModelWithProjection")):
            link(os.path.join(clip, "model.safetensors"), os.path.join(unclip, part, "model.safetensors"))
            training.write_json(os.path.join(unclip, part, "config.json"), {"architectures": [name], **config[kind]})
        for file in ("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"):
            link(os.path.join(clip, file), os.path.join(unclip, "tokenizer", file))
        link(os.path.join(clip, "preprocessor_config.json"), os.path.join(unclip, "feature_extractor", "preprocessor_config.json"))
        training.write_json(os.path.join(unclip, "model_index.json"), INDEX)
    size = sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(a.out) for f in files if not os.path.islink(os.path.join(d, f)))
    print(f"{a.out}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
