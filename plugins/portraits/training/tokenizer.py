# SPDX-License-Identifier: Apache-2.0
"""A small byte-pair vocabulary in CLIP's files: vocab.json, merges.txt, tokenizer_config.json, special_tokens_map.json.

The merges are learnt as usual, the most frequent pair first, until every word of the captions is one token;
any other text falls into pieces, down to bytes.
"""
import collections
import json
import os
import random
import re

import world

START, END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 40
PIECES = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.IGNORECASE)


def byte_letters():
    """CLIP's printable letter of each byte, in the order of its vocabulary."""
    plain = [*range(ord("!"), ord("~") + 1), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + n) for n, b in enumerate(others)}


LETTERS = byte_letters()


def letters(word):
    spelled = [LETTERS[b] for b in word.encode()]
    return (*spelled[:-1], spelled[-1] + "</w>")


def merged(pieces, pair):
    out, i = [], 0
    while i < len(pieces):
        if tuple(pieces[i:i + 2]) == pair:
            out.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
            out.append(pieces[i])
            i += 1
    return tuple(out)


def learn(count=20000, seed=1):
    """The merges, from drawn captions and the names of the attributes."""
    rng = random.Random(seed)
    words = collections.Counter()
    for _ in range(count):
        words.update(PIECES.findall(world.caption(world.random_portrait(rng), rng)[0].lower()))
    for text in [v for values in world.ATTRIBUTES.values() for v in values]:
        words.update(dict.fromkeys(PIECES.findall(text), 1))
    spelled, merges = {w: letters(w) for w in words}, []
    while True:
        found = collections.Counter()
        for w, pieces in spelled.items():
            for pair in zip(pieces, pieces[1:]):
                found[pair] += words[w]
        if not found:
            return merges
        best = max(found, key=lambda pair: (found[pair], pair))
        merges.append(best)
        spelled = {w: merged(pieces, best) for w, pieces in spelled.items()}


def write(folder):
    merges = learn()
    tokens = list(dict.fromkeys([*LETTERS.values(), *(c + "</w>" for c in LETTERS.values()), *map("".join, merges), START, END]))
    os.makedirs(folder, exist_ok=True)
    files = {
        "vocab.json": json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False),
        "merges.txt": "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges),
        "special_tokens_map.json": json.dumps({"bos_token": START, "eos_token": END, "pad_token": "!", "unk_token": END}, indent=2),
        "tokenizer_config.json": json.dumps({
            "tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True, "add_prefix_space": False,
            "errors": "replace", "bos_token": START, "eos_token": END, "pad_token": "!", "unk_token": END}, indent=2)}
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)


class Tokenizer:
    def __init__(self, folder):
        with open(os.path.join(folder, "vocab.json"), encoding="utf-8") as f:
            self.ids = json.load(f)
        with open(os.path.join(folder, "merges.txt"), encoding="utf-8") as f:
            self.ranks = {tuple(line.split()): n for n, line in enumerate(f.read().splitlines()[1:])}
        self.known = {}

    def word(self, word):
        if word not in self.known:
            pieces = letters(word)
            while pairs := [p for p in zip(pieces, pieces[1:]) if p in self.ranks]:
                pieces = merged(pieces, min(pairs, key=self.ranks.get))
            self.known[word] = [self.ids[p] for p in pieces]
        return self.known[word]

    def __call__(self, text):
        """Ids from start to end, not padded, at most LENGTH."""
        inner = [i for w in PIECES.findall(text.lower()) for i in self.word(w)]
        return [self.ids[START], *inner[:LENGTH - 2], self.ids[END]]

    def batch(self, texts, length=None):
        """(ids padded with 0, lengths), lists."""
        rows = [self(t) for t in texts]
        length = length or max(map(len, rows))
        return [r + [0] * (length - len(r)) for r in rows], [len(r) for r in rows]
