# SPDX-License-Identifier: Apache-2.0
"""Writes cases/hostile/*: what the references make of hostile text.

Made with transformers 5.18.0, tokenizers 0.23.2, sentencepiece 0.2.2, ftfy 6.3.1, regex 2026.5.9. Run in this folder; needs those and safetensors.
"""
import gzip
import html
import json
import os
import random
import shutil
import sys
import unicodedata

import ftfy
import regex
import sentencepiece
import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer, CLIPTokenizer, T5Tokenizer

ROOT = "../" * 10
VOCABULARIES = "../../../../../vocabularies/"
OUT = "cases/hostile/"


def bytes_to_unicode():
    bs = list(range(ord("!"), ord("~") + 1)) + list(range(ord("¡"), ord("¬") + 1)) + list(range(ord("®"), ord("ÿ") + 1))
    cs = bs[:]
    for b in range(256):
        if b not in bs:
            bs.append(b)
            cs.append(256 + len(cs) - 188)
    return dict(zip(bs, [chr(c) for c in cs]))


class SimpleTokenizer:
    """OpenAI CLIP's, as published (github.com/openai/CLIP, clip/simple_tokenizer.py, MIT)."""

    def __init__(self):
        self.byte_encoder = bytes_to_unicode()
        self.byte_decoder = {v: k for k, v in self.byte_encoder.items()}
        merges = gzip.open(VOCABULARIES + "bpe_simple_vocab_16e6.txt.gz").read().decode("utf-8").split("\n")
        merges = [tuple(merge.split()) for merge in merges[1 : 49152 - 256 - 2 + 1]]
        vocab = list(bytes_to_unicode().values())
        vocab = vocab + [v + "</w>" for v in vocab]
        for merge in merges:
            vocab.append("".join(merge))
        vocab.extend(["<|startoftext|>", "<|endoftext|>"])
        self.encoder = dict(zip(vocab, range(len(vocab))))
        self.decoder = {v: k for k, v in self.encoder.items()}
        self.bpe_ranks = dict(zip(merges, range(len(merges))))
        self.cache = {"<|startoftext|>": "<|startoftext|>", "<|endoftext|>": "<|endoftext|>"}
        self.pat = regex.compile(
            r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""",
            regex.IGNORECASE,
        )

    def bpe(self, token):
        if token in self.cache:
            return self.cache[token]
        word = tuple(token[:-1]) + (token[-1] + "</w>",)
        word = merged(word, self.bpe_ranks)
        self.cache[token] = " ".join(word)
        return self.cache[token]

    def clean(self, text):
        text = ftfy.fix_text(text)
        text = html.unescape(html.unescape(text)).strip()
        return regex.sub(r"\s+", " ", text).strip().lower()

    def encode(self, text):
        ids = []
        for token in regex.findall(self.pat, self.clean(text)):
            token = "".join(self.byte_encoder[b] for b in token.encode("utf-8"))
            ids.extend(self.encoder[t] for t in self.bpe(token).split(" "))
        return ids

    def decode(self, ids):
        text = "".join([self.decoder[i] for i in ids])
        return bytearray([self.byte_decoder[c] for c in text]).decode("utf-8", errors="replace").replace("</w>", " ")


def merged(word, ranks):
    while len(word) > 1:
        pairs = set(zip(word, word[1:]))
        best = min(pairs, key=lambda pair: ranks.get(pair, float("inf")))
        if best not in ranks:
            break
        new, i = [], 0
        while i < len(word):
            if i + 1 < len(word) and (word[i], word[i + 1]) == best:
                new.append(word[i] + word[i + 1])
                i += 2
            else:
                new.append(word[i])
                i += 1
        word = tuple(new)
    return word


class GlideEncoder:
    """GLIDE's bpe.Encoder, as published (github.com/openai/glide-text2im, MIT)."""

    def __init__(self):
        self.encoder = json.load(gzip.open(VOCABULARIES + "encoder.json.gz"))
        self.decoder = {v: k for k, v in self.encoder.items()}
        self.byte_encoder = bytes_to_unicode()
        self.byte_decoder = {v: k for k, v in self.byte_encoder.items()}
        data = gzip.open(VOCABULARIES + "vocab.bpe.gz").read().decode("utf-8")
        merges = [tuple(line.split()) for line in data.split("\n")[1:-1]]
        self.bpe_ranks = dict(zip(merges, range(len(merges))))
        self.pat = regex.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")

    def encode(self, text):
        ids = []
        for token in regex.findall(self.pat, text.lower()):
            token = "".join(self.byte_encoder[b] for b in token.encode("utf-8"))
            ids.extend(self.encoder[t] for t in merged(tuple(token), self.bpe_ranks))
        return ids

    def decode(self, ids):
        text = "".join([self.decoder[i] for i in ids])
        return bytearray([self.byte_decoder[c] for c in text]).decode("utf-8", errors="replace")


def hostile():
    """Texts that break tokenizers."""
    texts = [
        "", " ", "\n", "\t\t", "a", "A red Lion with the HAT!!", "!", "hello!!", "a!b", "!!!", "<|endoftext|>", "!<|endoftext|>",
        "x<|endoftext|>y <|startoftext|> z", "<|ENDOFTEXT|>", "a <|startoftext|><|startoftext|>", "<|start of text|>", "<|endoftext|> !",
        "<pad>", "</s> a", "a</s>", "<unk>", "<extra_id_0> a <extra_id_99>", "<extra_id_100>", "▁", "a▁b ▁c", "a</w>b",
        "&", "&amp", "&ampere;", "&notit;", "&NotEqualTilde;", "&EACUTE; &SZLIG;", "&#0; &#128; &#x110000; &#xD800; &#12345678901234567890;",
        "&#28;x", "a &lt;b&gt; c", "<b>&eacute;</b>", "&eacute;\n<b>&eacute;</b>\n&eacute;", "&amp;amp;amp;lt;", "&lt", "&#x;", "&;", "&acE;",
        "\x1b[31mred\x1b[0m", "\x1b[\u0663m", "\x00", "a\x00b", "\x7f\x80\x85\x9f", "caf\x92s", "\ufeffbom", "a\u206ab", "\ufffc\ufff9", "\u2028a\u2029b", "a\u0085b",
        "a\rb\r\nc\x0bd\x0ce", "\x1c\x1d\x1e\x1f", "\u00a0\u1680\u2000\u200a\u202f\u205f\u3000", "\u180e\u200b\u2060", "\ufb05\ufb06 \u0149 \u01c4", "ſt 'ſ 'S", "<|ſtartoftext|>",
        "ﾊﾟﾝ ｶﾞ ﾡ￠", "ＡＢＣ１２３！", "‘a’ “b” „c‟ ʼn", "ΑΣ ΣΑΣ ΌΔΟΣ. Σ", "İI ıi ẞ ß ﬀ", "Ǆ ǅ ᾈ ᾼ K Å Ω", "e\u0301 \u0323\u0307q q\u0307\u0323", "\u1100\u1161\u11a8 한글 각",
        "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 👍🏿 🇩🇪🇫🇷 1️⃣ 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\U0001f1e6\U0001f1e7\U0001f1e8", "\u0300\u0301\u0302", "a" + "\u0301" * 50,
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞", "½⅓² ①Ⅷ ٣४ 七", "1234567890" * 5, "a1b2c3", "don't DON'T won’t I'LL 'tis", "''''s's", "s's''s",
        "a_b-c.d,e;f:g", "http://a.b/c?d=e#f%20g", "{\"json\": [1, 2.5e-3, null]}", "/* c */ x+=y<<2;", "   a   b   ", "a\u200db", "x" * 300, "ab" * 300, "é" * 100, "🐎" * 60, "- " * 100,
        "\U0010ffff \ufffe \ue000", "\u202eabc\u202c", "क्षि ऩ நி ကို ສະ ༄༅ ᠮᠣᠩ ᏣᎳᎩ ꙮ ߊ ⴰ ꓀ 𐍈 𓀀 𝔘𝔫𝔦", "\u0f77 \u0958 \u2126 \u212b \u2f800", "ﷺ ﷽ ㎏ ㍿ ™ ℡ …", "ｆｆﬁ", "\u1e9b\u0323", "\u0e01\u0e33 \u0eb3",
    ]
    chance = random.Random(20)
    letters = [chr(c) for c in range(0x21, 0x30000) if unicodedata.category(chr(c))[0] in "LMNPSZ" and unicodedata.category(chr(c)) != "Cn"]
    for _ in range(30):
        texts.append("".join(chance.choice(letters) for _ in range(chance.randint(1, 30))))
    for start in range(0x80, 0x20000, 0x300):  # every script: eight characters of each block, with spaces between some
        block = [c for c in (chr(start + i) for i in range(256)) if unicodedata.category(c)[0] in "LMNPS"]
        if block:
            texts.append("".join(chance.choice(block) + chance.choice(["", "", " "]) for _ in range(8)))
    pieces = ["&amp;", "<", "'s", "\x00", "é", "e\u0301", "🐎", "\u200d", " ", "\n", "ﬁ", "Ａ", "”", "7", "word", "!", "<|endoftext|>", "\u3000", "Σ", "日"]
    for _ in range(30):
        texts.append("".join(chance.choice(pieces) for _ in range(chance.randint(2, 25))))
    return texts


def without_mojibake(texts):
    return [t for t in texts if ftfy.fix_text(t) == ftfy.fix_text(t, fix_encoding=False)]


def write(name, case, outputs):
    os.makedirs(OUT + name, exist_ok=True)
    save_file({k: v.contiguous() for k, v in outputs.items()}, OUT + name + "/outputs.safetensors")
    case = {"format": 1, "kind": "tokenizer", **case, "tolerance": 0, "outputs": "outputs.safetensors"}
    with open(OUT + name + "/case.json", "w", encoding="ascii") as file:
        json.dump(case, file, separators=(",", ":"))


def openai(texts):
    tokenizer = SimpleTokenizer()
    cases, rows = [], []
    for text in without_mojibake(texts):
        ids = tokenizer.encode(text)
        cases.append({"text": text, "cleaned": tokenizer.clean(text), "ids": ids, "decoded": tokenizer.decode(ids)})
        row = ([49406] + ids + [49407])[:77]
        row[-1] = 49407
        rows.append(row + [0] * (77 - len(row)))
    write(
        "openai-clip",
        {
            "architecture": "openai/CLIP/simple_tokenizer.SimpleTokenizer",
            "vocabulary": ["clip/bpe_simple_vocab_16e6.txt.gz"],
            "arguments": {"context_length": 77, "truncate": True},
            "start_token": 49406,
            "end_token": 49407,
            "cases": cases,
        },
        {"tokens": torch.tensor(rows)},
    )


def glide(texts):
    encoder = GlideEncoder()
    cases, rows, masks = [], [], []
    for text in texts:
        ids = encoder.encode(text)
        cases.append({"text": text, "ids": ids, "decoded": encoder.decode(ids)})
        kept = ids[:128]
        rows.append(kept + [50256] * (128 - len(kept)))
        masks.append([1] * len(kept) + [0] * (128 - len(kept)))
    write(
        "glide",
        {
            "architecture": "glide-text2im/tokenizer/bpe.Encoder",
            "vocabulary": ["encoder.json.gz", "vocab.bpe.gz"],
            "arguments": {"text_ctx": 128},
            "n_vocab": 50257,
            "end_token": 50256,
            "cases": cases,
        },
        {"tokens": torch.tensor(rows), "mask": torch.tensor(masks)},
    )


def transformers(name, tokenizer, texts, length):
    cases = []
    for text in texts:
        ids = tokenizer(text)["input_ids"]
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids)})
    batch = tokenizer(texts, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
    write(
        name,
        {
            "architecture": "transformers/" + type(tokenizer).__name__,
            "checkpoint": "model",
            "arguments": {"max_length": length},
            "cases": cases,
        },
        {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]},
    )


def train_pieces(folder, **options):
    lines = []
    for base, _, files in os.walk(ROOT + "docs"):
        for file in sorted(files):
            if file.endswith(".md"):
                lines += [line.strip() for line in open(os.path.join(base, file), encoding="utf-8") if line.strip()]
    lines += ["Привет, мир! Как дела?", "日本語のテキストと漢字", "مرحبا بالعالم", "naïve café façade Zürich", "a red lion with the hat"] * 3
    os.makedirs(folder, exist_ok=True)
    with open("corpus.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    sentencepiece.SentencePieceTrainer.train(
        input="corpus.txt", model_prefix="spiece", model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
        character_coverage=0.99, minloglevel=2, **options
    )
    shutil.move("spiece.model", folder + "/spiece.model")
    os.remove("spiece.vocab")
    os.remove("corpus.txt")


def copy(files, folder):
    os.makedirs(folder, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)


def main():
    texts = hostile()
    openai(texts)
    glide(texts)

    portraits = ROOT + "plugins/portraits/models/clip/"
    files = [portraits + f for f in ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"]]
    copy(files, OUT + "clip-files/model")
    transformers("clip-files", CLIPTokenizer.from_pretrained(OUT + "clip-files/model"), texts, 40)

    copy(files[:2], OUT + "clip-end-padded/model")
    with open(OUT + "clip-end-padded/model/tokenizer_config.json", "w") as file:
        json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": 24}, file)
    end_padded = CLIPTokenizer.from_pretrained(OUT + "clip-end-padded/model")
    transformers("clip-end-padded", end_padded, texts, 24)

    end_padded.save_pretrained(OUT + "clip-json/model")
    for extra in os.listdir(OUT + "clip-json/model"):
        if extra not in ("tokenizer.json", "tokenizer_config.json"):
            os.remove(OUT + "clip-json/model/" + extra)
    transformers("clip-json", AutoTokenizer.from_pretrained(OUT + "clip-json/model"), texts, 24)

    train_pieces(OUT + "t5/model", vocab_size=600, normalization_rule_name="nmt_nfkc")
    with open(OUT + "t5/model/tokenizer_config.json", "w") as file:
        json.dump({"tokenizer_class": "T5Tokenizer", "extra_ids": 100, "model_max_length": 77}, file)
    transformers("t5", T5Tokenizer.from_pretrained(OUT + "t5/model"), texts, 77)


if __name__ == "__main__":
    main()
    sys.exit(0)
