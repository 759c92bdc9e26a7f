# SPDX-License-Identifier: Apache-2.0
"""The networks, plain PyTorch under the published parameter names: what is saved here loads there unchanged."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def heads_of(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)  # (batch, heads, tokens, headDim)


# CLIP: transformers' CLIPModel

CLIP_CONFIG = {
    "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": 128, "logit_scale_init_value": 2.6592,
    "text_config": {
        "model_type": "clip_text_model", "hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 4, "num_attention_heads": 4,
        "max_position_embeddings": 40, "projection_dim": 128, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5,
        "bos_token_id": None, "eos_token_id": None, "pad_token_id": 0, "vocab_size": None},
    "vision_config": {
        "model_type": "clip_vision_model", "hidden_size": 160, "intermediate_size": 640, "num_hidden_layers": 5, "num_attention_heads": 5,
        "image_size": 64, "patch_size": 8, "num_channels": 3, "projection_dim": 128, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}}
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class ClipAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, width = c["num_attention_heads"], c["hidden_size"]
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, causal):
        q, k, v = (heads_of(p(x), self.heads) for p in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(2))


class ClipMlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc1 = nn.Linear(c["hidden_size"], c["intermediate_size"])
        self.fc2 = nn.Linear(c["intermediate_size"], c["hidden_size"])

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class ClipLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = ClipAttention(c), ClipMlp(c)
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(c["hidden_size"]), nn.LayerNorm(c["hidden_size"])

    def forward(self, x, causal):
        x = x + self.self_attn(self.layer_norm1(x), causal)
        return x + self.mlp(self.layer_norm2(x))


class ClipEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layers = nn.ModuleList(ClipLayer(c) for _ in range(c["num_hidden_layers"]))

    def forward(self, x, causal):
        for layer in self.layers:
            x = layer(x, causal)
        return x


class ClipTextEmbeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.token_embedding = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.position_embedding = nn.Embedding(c["max_position_embeddings"], c["hidden_size"])

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding.weight[:ids.shape[1]]


class ClipText(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.eos = c["eos_token_id"]
        self.embeddings, self.encoder = ClipTextEmbeddings(c), ClipEncoder(c)
        self.final_layer_norm = nn.LayerNorm(c["hidden_size"])

    def forward(self, ids):
        hidden = self.final_layer_norm(self.encoder(self.embeddings(ids), True))
        end = (ids == self.eos).int().argmax(1)
        return hidden, hidden[torch.arange(len(ids), device=ids.device), end]


class ClipVisionEmbeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, patch = c["hidden_size"], c["patch_size"]
        self.class_embedding = nn.Parameter(torch.randn(width))
        self.patch_embedding = nn.Conv2d(c["num_channels"], width, patch, patch, bias=False)
        self.position_embedding = nn.Embedding((c["image_size"] // patch) ** 2 + 1, width)

    def forward(self, x):
        x = self.patch_embedding(x).flatten(2).transpose(1, 2)
        return torch.cat([self.class_embedding.expand(len(x), 1, -1).to(x.dtype), x], 1) + self.position_embedding.weight


class ClipVision(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embeddings, self.encoder = ClipVisionEmbeddings(c), ClipEncoder(c)
        self.pre_layrnorm, self.post_layernorm = nn.LayerNorm(c["hidden_size"]), nn.LayerNorm(c["hidden_size"])

    def forward(self, x):
        return self.post_layernorm(self.encoder(self.pre_layrnorm(self.embeddings(x)), False)[:, 0])


class Clip(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config, text, vision = config, config["text_config"], config["vision_config"]
        self.text_model, self.vision_model = ClipText(text), ClipVision(vision)
        self.text_projection = nn.Linear(text["hidden_size"], config["projection_dim"], bias=False)
        self.visual_projection = nn.Linear(vision["hidden_size"], config["projection_dim"], bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(2.6592))
        for c, model in ((text, self.text_model), (vision, self.vision_model)):
            width, layers = c["hidden_size"], c["num_hidden_layers"]
            for name, p in model.named_parameters():
                if name.endswith("_proj.weight") or name.endswith("fc2.weight"):
                    nn.init.normal_(p, std=width ** -0.5 * (1 if name[-13] in "qkv" else (2 * layers) ** -0.5))
                elif name.endswith("fc1.weight"):
                    nn.init.normal_(p, std=(2 * width) ** -0.5)
                elif "embedding" in name:
                    nn.init.normal_(p, std=0.02)
                elif name.endswith("bias"):
                    nn.init.zeros_(p)
        nn.init.normal_(self.text_projection.weight, std=text["hidden_size"] ** -0.5)
        nn.init.normal_(self.visual_projection.weight, std=vision["hidden_size"] ** -0.5)

    def image(self, pictures):
        """Embeddings of pictures, uint8 (batch, 3, 64, 64); not normalised."""
        mean, std = (torch.tensor(v, device=pictures.device)[:, None, None] * 255 for v in (CLIP_MEAN, CLIP_STD))
        return self.visual_projection(self.vision_model((pictures.float() - mean) / std))

    def text(self, ids):
        """(embeddings, hidden states after the last norm)."""
        hidden, pooled = self.text_model(ids)
        return self.text_projection(pooled), hidden


# The classifier of attributes

class Classifier(nn.Module):
    """Pictures uint8 (batch, 3, 64, 64) → logits of all attributes side by side. `fold` gives plain convolutions."""

    CHANNELS = ((3, 32, 1), (32, 48, 2), (48, 64, 1), (64, 96, 2), (96, 96, 1), (96, 128, 2), (128, 128, 1))

    def __init__(self, classes, folded=False):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, stride, 1, bias=folded) for a, b, stride in self.CHANNELS)
        self.norms = nn.ModuleList() if folded else nn.ModuleList(nn.BatchNorm2d(b) for _, b, _ in self.CHANNELS)
        self.reduce, self.hidden, self.heads = nn.Conv2d(128, 16, 1), nn.Linear(1024, 192), nn.Linear(192, classes)

    def forward(self, pictures):
        x = pictures.float() / 127.5 - 1
        x = x.to(memory_format=torch.channels_last)
        for i, conv in enumerate(self.convs):
            x = conv(x)
            x = F.relu(self.norms[i](x) if len(self.norms) else x)
        x = F.relu(self.reduce(x)).contiguous().flatten(1)
        return self.heads(F.relu(F.dropout(self.hidden(x), 0.1, self.training)))

    def fold(self):
        plain = Classifier(self.heads.out_features, True)
        plain.load_state_dict({k: v for k, v in self.state_dict().items() if not k.startswith("norms")}, strict=False)
        with torch.no_grad():
            for conv, norm, to in zip(self.convs, self.norms, plain.convs):
                gain = norm.weight / (norm.running_var + norm.eps).sqrt()
                to.weight.copy_(conv.weight * gain[:, None, None, None])
                to.bias.copy_(norm.bias - norm.running_mean * gain)
        return plain.eval()
