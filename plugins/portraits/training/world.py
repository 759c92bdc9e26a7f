# SPDX-License-Identifier: Apache-2.0
"""The drawn world: cartoon portraits with attributes, captions, masks of parts, and counterfactuals.

A portrait is a value: `draw(portrait, size)` gives always the same picture, and `portrait.but(hat="crown")`
is the same picture with one thing changed. Coordinates: the head's centre is the origin, y points down,
1 is the width of the picture.

    python world.py --sheet world.png
    python world.py --pictures 40000 --out pictures      # pairs: picture 2k+1 differs from 2k in one attribute
"""
import argparse
import dataclasses
import functools
import math
import multiprocessing
import os
import random
import time
import zlib

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {
    "red": (214, 44, 48), "orange": (242, 134, 28), "yellow": (250, 216, 58), "green": (40, 158, 84),
    "blue": (40, 106, 214), "purple": (130, 62, 178), "pink": (246, 134, 184), "white": (250, 250, 250),
    "black": (44, 44, 52), "brown": (120, 74, 42)}
BACKGROUNDS = {
    "sky blue": (160, 208, 242), "mint": (172, 228, 200), "cream": (247, 224, 166), "lavender": (208, 196, 242),
    "gray": (186, 192, 200), "peach": (252, 206, 180)}
FURS = {
    "orange": (238, 152, 70), "gray": (152, 156, 166), "black": (70, 66, 74), "white": (244, 242, 238),
    "brown": (152, 102, 64), "red": (222, 98, 48), "golden": (236, 188, 98), "green": (112, 186, 82),
    "pink": (246, 178, 184), "blue": (62, 88, 136), "light": (252, 218, 190), "tan": (224, 172, 128), "dark": (136, 90, 62)}
HAIRS = {
    "black": (50, 44, 48), "brown": (110, 68, 40), "red": (200, 88, 36), "blond": (236, 200, 110), "white": (226, 226, 230)}
SPECIES = {
    "cat": ("orange", "gray", "black", "white"), "corgi": ("orange", "brown"), "fox": ("red", "white"),
    "bear": ("brown", "black", "white"), "panda": ("white",), "lion": ("golden",), "lion cub": ("golden",),
    "rabbit": ("white", "gray", "brown"), "frog": ("green",), "koala": ("gray",), "pig": ("pink",),
    "penguin": ("black", "blue"), "person": ("light", "tan", "dark")}
ATTRIBUTES = {
    "species": tuple(SPECIES), "fur": tuple(FURS), "hair": ("none", *HAIRS), "hair_length": ("none", "short", "long"),
    "hat": ("none", "party hat", "beret", "top hat", "crown", "beanie"), "hat_colour": ("none", *COLOURS),
    "neckwear": ("none", "bow tie", "scarf"), "neckwear_colour": ("none", *COLOURS),
    "glasses": ("none", "glasses", "sunglasses"), "mood": ("smiling", "serious", "surprised"),
    "background": tuple(BACKGROUNDS)}
PARTS = ("background", "body", "head", "hair", "eyes", "mouth", "glasses", "neckwear", "hat")


@dataclasses.dataclass(frozen=True)
class Portrait:
    """Everything that a picture shows. Attributes that cannot be seen are "none"."""
    species: str = "cat"
    fur: str = "orange"
    hair: str = "none"
    hair_length: str = "none"
    hat: str = "none"
    hat_colour: str = "none"
    neckwear: str = "none"
    neckwear_colour: str = "none"
    glasses: str = "none"
    mood: str = "smiling"
    background: str = "cream"
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    tilt: float = 0.0  # degrees

    def but(self, **changes):
        """The same picture with some attributes changed: the truth that an edit is measured against.

        What follows is changed, too: a new hat without a colour gets one, a new species its nearest fur.
        """
        p = dataclasses.replace(self, **changes)
        fixes = {}
        if p.fur not in SPECIES[p.species]:
            fixes["fur"] = SPECIES[p.species][0]
        for worn in ("hat", "neckwear"):
            colour = worn + "_colour"
            if getattr(p, worn) == "none":
                fixes[colour] = "none"
            elif getattr(p, colour) == "none":
                fixes[colour] = "red"
        if p.species != "person":
            fixes.update(hair="none", hair_length="none")
        elif p.hair == "none":
            fixes.update(hair="brown", hair_length="short")
        return dataclasses.replace(p, **fixes)

    def codes(self):
        """The attributes as numbers, in the order of ATTRIBUTES."""
        return [values.index(getattr(self, name)) for name, values in ATTRIBUTES.items()]

    def held_out(self):
        """Whether this combination of attributes (about one in twenty) is kept from all training."""
        combination = (self.species, self.fur, self.hat, self.hat_colour, self.neckwear, self.neckwear_colour, self.glasses)
        return zlib.crc32("/".join(combination).encode()) % 20 == 7


def random_portrait(rng):
    species = rng.choice(ATTRIBUTES["species"])
    person = species == "person"
    hat = rng.choice(ATTRIBUTES["hat"][1:]) if rng.random() < 0.6 else "none"
    neckwear = rng.choice(ATTRIBUTES["neckwear"])
    return Portrait(
        species, rng.choice(SPECIES[species]),
        rng.choice(list(HAIRS)) if person else "none", rng.choice(("short", "long")) if person else "none",
        hat, rng.choice(list(COLOURS)) if hat != "none" else "none",
        neckwear, rng.choice(list(COLOURS)) if neckwear != "none" else "none",
        rng.choice(("glasses", "sunglasses")) if rng.random() < 0.4 else "none",
        rng.choice(ATTRIBUTES["mood"]), rng.choice(list(BACKGROUNDS)),
        rng.uniform(-0.05, 0.05), rng.uniform(-0.02, 0.035), rng.uniform(0.9, 1.06), rng.uniform(-9, 9))


def training_portrait(rng):
    while (p := random_portrait(rng)).held_out():
        pass
    return p


HARD, REACHING = 0.4, ("frog", "rabbit", "panda")  # share of lessons with a hat that is misread most; species whose eyes or ears reach into it


def lesson(rng):
    """A portrait to learn from. White hats are told apart by their outlines alone, least of all between eyes or ears."""
    p, hard = training_portrait(rng), rng.random() < HARD
    while hard and not (p.hat_colour == "white" and (p.species in REACHING or rng.random() < 0.3)):
        p = training_portrait(rng)
    return p


def held_out_portrait(rng):
    while not (p := random_portrait(rng)).held_out():
        pass
    return p


def swapped_colours(p):
    """Hat and neckwear exchange their colours, or None where there is nothing to exchange."""
    if "none" in (p.hat, p.neckwear) or p.hat_colour == p.neckwear_colour:
        return None
    return p.but(hat_colour=p.neckwear_colour, neckwear_colour=p.hat_colour)


def changed(p, rng, name=None):
    """A counterfactual: (portrait, attribute), the same picture with one attribute at another value."""
    while True:
        attribute = name or rng.choice(tuple(ATTRIBUTES))
        value = rng.choice([v for v in ATTRIBUTES[attribute] if v != getattr(p, attribute)])
        if attribute == "fur" and value not in SPECIES[p.species]:
            if name and len(SPECIES[p.species]) == 1:
                return None
            continue
        if attribute.startswith("hair") and (p.species != "person" or value == "none"):
            if name and p.species != "person":
                return None
            continue
        if attribute.endswith("_colour") and (getattr(p, attribute) == "none" or value == "none"):
            if name and getattr(p, attribute) == "none":
                return None
            continue
        extra = {}
        if attribute in ("hat", "neckwear") and getattr(p, attribute) == "none":
            extra[attribute + "_colour"] = rng.choice(list(COLOURS))
        return p.but(**{attribute: value}, **extra), attribute


# Captions

WORDS = {
    "smiling": ("smiling", "smiling", "happy"), "serious": ("serious", "serious", "stern"), "surprised": ("surprised", "surprised", "amazed"),
    "bow tie": ("bow tie", "bowtie"), "scarf": ("scarf",), "glasses": ("glasses", "spectacles", "glasses"),
    "sunglasses": ("sunglasses", "sunglasses", "shades"), "party hat": ("party hat",), "beret": ("beret",), "top hat": ("top hat",),
    "crown": ("crown",), "beanie": ("beanie", "woolly hat", "beanie"), "person": ("person",)}


def caption(p, rng, always=()):
    """(text, names of the attributes that it names). Attributes in `always` are named if they can be seen."""
    word = lambda value: rng.choice(WORDS.get(value, (value,)))
    tell = lambda name, chance: name in always or rng.random() < chance
    named, adjectives = {"species"}, []
    if tell("mood", 0.5):
        adjectives.append(word(p.mood))
        named.add("mood")
    if len(SPECIES[p.species]) > 1 and tell("fur", 0.9 if p.species != "person" else 0.0):
        adjectives.append(p.fur + "-skinned" if p.species == "person" else p.fur)
        named.add("fur")
    subject = " ".join(adjectives + [word(p.species)])
    text = ("an " if subject[0] in "aeiou" else "a ") + subject
    if p.species == "person":
        hair, length = tell("hair", 0.6), tell("hair_length", 0.4)
        if hair or length:
            text += " with " + " ".join([p.hair_length] * length + [p.hair] * hair + ["hair"])
            named.update(["hair"] * hair + ["hair_length"] * length)
    worn = []
    for name in ("hat", "neckwear"):
        if getattr(p, name) != "none" and (tell(name, 0.9) or name + "_colour" in always):
            worn.append(f"a {getattr(p, name + '_colour')} {word(getattr(p, name))}".replace("a orange", "an orange"))
            named.update((name, name + "_colour"))
    if p.glasses != "none" and tell("glasses", 0.9):
        worn.append(word(p.glasses))
        named.add("glasses")
    bare = [(name, noun) for name, noun in (("hat", "hat"), ("glasses", "glasses")) if getattr(p, name) == "none" and tell(name, 0.04)]
    rng.shuffle(worn)
    if worn:
        text += rng.choice((" wearing ", " wearing ", " with ", " in ")) if " with " not in text else " wearing "
        text += (", ".join(worn[:-1]) + " and " if len(worn) > 1 else "") + worn[-1]
    if bare:
        text += " and no " if " with " in text and not worn else " without "
        text += " and ".join(noun for _, noun in bare) if " without " in text else " and no ".join(noun for _, noun in bare)
        named.update(name for name, _ in bare)
    if tell("background", 0.4):
        text += rng.choice((", {} background", " on a {} background", " in front of a {} wall")).format(p.background)
        named.add("background")
    start = rng.random()
    if start < 0.25:
        text = rng.choice(("a photo of ", "a portrait of ", "a picture of ", "a drawing of ")) + text
    return text, named


def satisfies(p, q, named):
    """Whether the picture of `p` is what a caption says that names these attributes of `q`."""
    return all(getattr(p, name) == getattr(q, name) for name in named)


# Outlines: arrays of points, (n, 2)

def mixed(a, b, share):
    return tuple(round(u + (v - u) * share) for u, v in zip(a, b))


def dark(colour, share=0.28):
    return mixed(colour, (20, 10, 30), share)


def light(colour, share=0.55):
    return mixed(colour, (255, 252, 246), share)


class Pen:
    """Collects filled outlines, each with its part and colour. `fine` is the number of points of a round one."""

    def __init__(self, fine):
        self.fine, self.shapes = fine, []

    def ellipse(self, part, colour, x, y, rx, ry, turn=0.0):
        a = np.arange(self.fine) * (2 * math.pi / self.fine)
        u, v, c, s = rx * np.cos(a), ry * np.sin(a), math.cos(math.radians(turn)), math.sin(math.radians(turn))
        self.shapes.append((part, colour, np.stack([x + u * c - v * s, y + u * s + v * c], 1)))

    def polygon(self, part, colour, *points):
        self.shapes.append((part, colour, np.array(points, float)))

    def smooth(self, part, colour, *points):
        """A closed curve through the points (Catmull and Rom)."""
        p = np.array(points, float)
        t = np.linspace(0, 1, max(3, self.fine // 8), endpoint=False)[:, None, None]
        a, b, c, d = (np.roll(p, k, 0)[None] for k in (1, 0, -1, -2))
        q = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        self.shapes.append((part, colour, q.transpose(1, 0, 2).reshape(-1, 2)))

    def symmetric(self, part, colour, *right):
        """A smooth outline from its right half, top to bottom; points on the axis (x = 0) are not repeated."""
        self.smooth(part, colour, *right, *[(-x, y) for x, y in reversed(right) if x != 0])

    def stroke(self, part, colour, width, *points):
        """A line with round bends and blunt ends through the points."""
        p = np.array(points, float)
        d = np.gradient(p, axis=0)
        n = np.stack([-d[:, 1], d[:, 0]], 1) / np.hypot(d[:, 0], d[:, 1])[:, None] * width / 2
        self.shapes.append((part, colour, np.concatenate([p + n, (p - n)[::-1]])))

    def arc(self, part, colour, width, x, y, rx, ry, start, end):
        a = np.radians(np.linspace(start, end, self.fine // 2))
        self.stroke(part, colour, width, *np.stack([x + rx * np.cos(a), y + ry * np.sin(a)], 1))

    def ring(self, part, colour, width, x, y, rx, ry):
        self.arc(part, colour, width, x, y, rx, ry, 0, 360)

    def both(self, draw):
        """Calls draw(-1) and draw(1): left and right."""
        draw(-1)
        draw(1)


# The animals. Each part is made once and kept; a picture only moves it into place.

INK = (46, 34, 40)
WHITE = (255, 255, 255)
CREAM = (252, 246, 236)
PINK = (240, 150, 160)


@functools.cache
def body(species, fur, fine):
    pen, c = Pen(fine), FURS[fur]
    coat = {"person": (70, 150, 160), "panda": (52, 50, 56), "corgi": c, "fox": c}.get(species, dark(c, 0.14))
    pen.symmetric("body", coat, (0, 0.2), (0.14, 0.22), (0.25, 0.3), (0.3, 0.44), (0.32, 0.7), (0, 0.75))
    if species == "person":
        pen.symmetric("body", FURS[fur], (0, 0.15), (0.075, 0.16), (0.08, 0.25), (0.05, 0.29), (0, 0.3))
        pen.symmetric("body", dark(FURS[fur], 0.12), (0, 0.2), (0.076, 0.21), (0.06, 0.24), (0, 0.26))
    else:
        chest = {"panda": (250, 248, 244), "penguin": CREAM, "corgi": CREAM, "fox": CREAM, "frog": light(c, 0.65)}.get(species, light(coat, 0.45))
        pen.symmetric("body", chest, (0, 0.25), (0.1, 0.29), (0.15, 0.42), (0.14, 0.7), (0, 0.72))
        pen.symmetric("body", dark(coat, 0.2), (0, 0.21), (0.12, 0.215), (0.15, 0.25), (0.07, 0.275), (0, 0.28))
    return pen.shapes


def pointed_ears(pen, c, inner, out=0.235, tip=-0.36, root=0.05, tipped=None):
    def ear(k):
        pen.smooth("head", c, (k * root, -0.17), (k * (root + 0.07), -0.27), (k * (out - 0.035), tip + 0.03), (k * (out - 0.012), tip), (k * out, tip + 0.03), (k * (out + 0.02), -0.2), (k * out, -0.06), (k * 0.12, -0.08))
        pen.smooth("head", inner, (k * (root + 0.055), -0.19), (k * (out - 0.035), tip + 0.075), (k * (out - 0.018), tip + 0.06), (k * (out - 0.005), -0.2), (k * (out - 0.03), -0.12), (k * 0.13, -0.14))
        if tipped:
            pen.smooth("head", tipped, (k * (out - 0.075), tip + 0.075), (k * (out - 0.035), tip + 0.03), (k * (out - 0.012), tip), (k * out, tip + 0.03), (k * (out + 0.012), tip + 0.085), (k * (out - 0.03), tip + 0.07))
    pen.both(ear)


def round_ears(pen, c, inner, x=0.185, y=-0.19, r=0.085):
    pen.both(lambda k: pen.ellipse("head", c, k * x, y, r, r))
    pen.both(lambda k: pen.ellipse("head", inner, k * x * 0.98, y + 0.008, r * 0.6, r * 0.6))


def nose(pen, colour=INK, y=0.055, rx=0.034, ry=0.024):
    pen.symmetric("head", colour, (0, y - ry), (rx * 0.8, y - ry), (rx, y - ry * 0.2), (rx * 0.45, y + ry * 0.75), (0, y + ry))


@functools.cache
def head(species, fur, hair, hair_length, fine):
    """Head without eyes and mouth."""
    pen, c = Pen(fine), FURS[fur]
    pale = light(c, 0.62) if fur != "black" else (168, 160, 166)
    round_head = [(0, -0.24), (0.12, -0.225), (0.215, -0.14), (0.25, 0.0), (0.225, 0.13), (0.13, 0.215), (0, 0.235)]
    tufted = [(0, -0.225), (0.12, -0.215), (0.21, -0.14), (0.245, 0.0), (0.275, 0.1), (0.215, 0.15), (0.12, 0.21), (0, 0.225)]
    muzzle = lambda colour, y=0.105, rx=0.12, ry=0.095: pen.ellipse("head", colour, 0, y, rx, ry)
    if species == "cat":
        pointed_ears(pen, c, mixed(PINK, c, 0.2))
        pen.symmetric("head", c, *tufted)
        if fur != "white":
            for k in (-1, 0, 1):
                pen.smooth("head", dark(c), (k * 0.055 - 0.012, -0.222 + 0.01 * abs(k)), (k * 0.055 + 0.012, -0.222 + 0.01 * abs(k)), (k * 0.045, -0.13 - 0.02 * abs(k)))
        muzzle(pale, 0.11, 0.105, 0.078)
        pen.both(lambda k: [pen.stroke("head", mixed(INK, c, 0.25) if fur != "black" else (200, 196, 200), 0.009, (k * 0.12, 0.08 + d * 0.5), (k * 0.2, 0.07 + d), (k * 0.29, 0.07 + d * 1.8)) for d in (0.0, 0.035)])
        nose(pen, (226, 112, 128), 0.06, 0.028, 0.02)
    elif species == "corgi":
        pointed_ears(pen, c, mixed(PINK, c, 0.3), 0.265, -0.33, 0.06)
        pen.symmetric("head", c, *tufted)
        pen.symmetric("head", CREAM, (0, -0.235), (0.025, -0.21), (0.026, -0.05), (0.1, 0.03), (0.2, 0.1), (0.2, 0.15), (0.12, 0.206), (0, 0.22))
        nose(pen, INK, 0.06, 0.04, 0.028)
    elif species == "fox":
        pointed_ears(pen, c, CREAM, 0.245, -0.38, 0.04, INK)
        pen.symmetric("head", c, (0, -0.215), (0.12, -0.205), (0.21, -0.13), (0.245, -0.01), (0.285, 0.09), (0.2, 0.14), (0.09, 0.215), (0, 0.24))
        cheeks = CREAM if fur != "white" else (214, 222, 232)
        pen.both(lambda k: pen.smooth("head", cheeks, (k * 0.03, 0.06), (k * 0.1, 0.045), (k * 0.2, 0.055), (k * 0.27, 0.09), (k * 0.195, 0.132), (k * 0.088, 0.205), (0, 0.228), (0, 0.1)))
        nose(pen, INK, 0.075, 0.036, 0.026)
    elif species == "bear":
        round_ears(pen, c, mixed(c, PINK, 0.5) if fur != "black" else (150, 110, 116))
        pen.symmetric("head", c, *round_head)
        muzzle(pale if fur != "white" else (222, 216, 212))
        nose(pen, INK, 0.06, 0.042, 0.03)
    elif species == "panda":
        round_ears(pen, (48, 46, 52), (92, 88, 96))
        pen.symmetric("head", c, *round_head)
        pen.both(lambda k: pen.ellipse("head", (48, 46, 52), k * 0.108, -0.012, 0.066, 0.082, k * 24))
        nose(pen, INK, 0.065, 0.034, 0.024)
    elif species == "lion":
        a = np.arange(15) * (2 * math.pi / 15) + 0.1
        for colour, near, far in (((150, 82, 34), 0.325, 0.375), ((182, 104, 42), 0.285, 0.33)):
            ring = [(r * math.sin(t), -r * math.cos(t) * 0.98 + 0.005) for t0 in a for t, r in ((t0, near), (t0 + 0.12, far), (t0 + 0.3, far))]
            pen.smooth("head", colour, *ring)
        round_ears(pen, c, mixed(c, PINK, 0.45), 0.185, -0.185, 0.065)
        pen.symmetric("head", c, *[(x * 0.93, y * 0.93) for x, y in round_head])
        muzzle(pale, 0.11, 0.11, 0.09)
        nose(pen, (132, 66, 52), 0.06, 0.042, 0.028)
    elif species == "lion cub":
        round_ears(pen, c, mixed(c, PINK, 0.5), 0.2, -0.18, 0.085)
        pen.symmetric("head", c, (0, -0.22), (0.12, -0.21), (0.22, -0.12), (0.265, 0.03), (0.225, 0.15), (0.12, 0.205), (0, 0.215))
        pen.smooth("head", (196, 128, 56), (-0.06, -0.2), (-0.055, -0.265), (-0.02, -0.245), (0.01, -0.3), (0.03, -0.25), (0.065, -0.26), (0.055, -0.195), (0.0, -0.175))
        muzzle(light(c, 0.75), 0.115, 0.1, 0.078)
        pen.both(lambda k: [pen.ellipse("head", (206, 146, 66), k * u, v, 0.012, 0.012) for u, v in ((0.17, 0.07), (0.205, 0.045), (0.2, 0.095))])
        nose(pen, (150, 82, 70), 0.07, 0.03, 0.021)
    elif species == "rabbit":
        def ear(k):
            pen.ellipse("head", c, k * 0.115, -0.31, 0.06, 0.16, k * 12)
            pen.ellipse("head", mixed(PINK, c, 0.15), k * 0.116, -0.31, 0.032, 0.12, k * 12)
        pen.both(ear)
        pen.symmetric("head", c, (0, -0.22), (0.11, -0.21), (0.2, -0.13), (0.24, 0.02), (0.235, 0.12), (0.14, 0.205), (0, 0.225))
        pen.both(lambda k: pen.ellipse("head", pale if fur != "white" else (228, 222, 220), k * 0.05, 0.105, 0.066, 0.056))
        nose(pen, (232, 122, 140), 0.055, 0.026, 0.019)
    elif species == "frog":
        pen.symmetric("head", c, (0, -0.18), (0.12, -0.175), (0.23, -0.1), (0.285, 0.03), (0.25, 0.14), (0.14, 0.21), (0, 0.225))
        pen.symmetric("head", light(c, 0.45), (0, 0.075), (0.14, 0.07), (0.22, 0.09), (0.2, 0.15), (0.11, 0.195), (0, 0.208))
        pen.both(lambda k: pen.ellipse("head", dark(c), k * 0.03, 0.035, 0.009, 0.011))
    elif species == "koala":
        pen.both(lambda k: pen.smooth("head", c, *[(k * (0.255 + r * math.cos(t)), -0.13 + r * math.sin(t)) for i in range(14) for t, r in ((i * math.pi / 7, 0.118), (i * math.pi / 7 + 0.22, 0.132))]))
        pen.both(lambda k: pen.ellipse("head", mixed((250, 226, 230), PINK, 0.3), k * 0.255, -0.12, 0.075, 0.08))
        pen.symmetric("head", c, (0, -0.22), (0.12, -0.21), (0.205, -0.12), (0.235, 0.02), (0.215, 0.14), (0.12, 0.21), (0, 0.225))
        pen.symmetric("head", light(c, 0.5), (0, 0.11), (0.1, 0.12), (0.16, 0.15), (0.1, 0.2), (0, 0.213))
        pen.ellipse("head", (60, 54, 62), 0, 0.035, 0.05, 0.075)
        pen.ellipse("head", (112, 106, 116), -0.014, -0.005, 0.014, 0.02, 15)
    elif species == "pig":
        pen.both(lambda k: pen.smooth("head", dark(c, 0.12), (k * 0.08, -0.2), (k * 0.17, -0.3), (k * 0.245, -0.3), (k * 0.27, -0.17), (k * 0.21, -0.06)))
        pen.symmetric("head", c, *round_head)
        pen.ellipse("head", dark(c, 0.16), 0, 0.055, 0.082, 0.058)
        pen.both(lambda k: pen.ellipse("head", dark(c, 0.5), k * 0.03, 0.055, 0.013, 0.022))
    elif species == "penguin":
        pen.symmetric("head", c, *round_head)
        pen.symmetric("head", CREAM, (0, -0.085), (0.06, -0.145), (0.15, -0.135), (0.195, -0.02), (0.18, 0.11), (0.1, 0.19), (0, 0.208))
        pen.symmetric("head", (244, 160, 48), (0, 0.022), (0.05, 0.045), (0.066, 0.065), (0.03, 0.085), (0, 0.1))
        pen.stroke("head", (202, 116, 24), 0.009, (-0.055, 0.066), (0, 0.073), (0.055, 0.066))
    elif species == "person":
        h = HAIRS[hair]
        if hair_length == "long":
            pen.symmetric("hair", dark(h, 0.12), (0, -0.27), (0.15, -0.255), (0.25, -0.15), (0.265, 0.02), (0.275, 0.2), (0.26, 0.3), (0.17, 0.33), (0.12, 0.25), (0, 0.2))
        else:
            pen.symmetric("hair", dark(h, 0.12), (0, -0.26), (0.14, -0.25), (0.23, -0.16), (0.235, 0.0), (0.2, 0.08), (0, 0.1))
        pen.both(lambda k: pen.ellipse("head", dark(c, 0.1), k * 0.208, 0.03, 0.034, 0.045))
        pen.symmetric("head", c, (0, -0.22), (0.11, -0.21), (0.19, -0.12), (0.208, 0.02), (0.18, 0.14), (0.1, 0.215), (0, 0.235))
        if hair_length == "long":
            pen.smooth("hair", h, (0.0, -0.275), (0.13, -0.255), (0.22, -0.16), (0.235, 0.0), (0.205, 0.04), (0.185, -0.07), (0.1, -0.15), (-0.02, -0.175), (-0.12, -0.135), (-0.185, -0.06), (-0.205, 0.04), (-0.235, 0.0), (-0.22, -0.16), (-0.13, -0.255))
        else:
            pen.smooth("hair", h, (0.02, -0.285), (0.15, -0.255), (0.23, -0.15), (0.222, -0.03), (0.195, -0.06), (0.16, -0.135), (0.06, -0.12), (-0.04, -0.155), (-0.13, -0.12), (-0.19, -0.05), (-0.222, -0.03), (-0.23, -0.16), (-0.14, -0.262))
        pen.smooth("head", dark(c, 0.2), (0, 0.035), (0.022, 0.07), (0, 0.085), (-0.02, 0.075))
    return pen.shapes


EYES = {"frog": (0.155, -0.185), "penguin": (0.095, -0.035), "fox": (0.112, -0.012), "koala": (0.12, -0.03), "lion cub": (0.115, 0.0)}


@functools.cache
def eyes(species, fur, mood, hair, fine):
    pen, c = Pen(fine), FURS[fur]
    x, y = EYES.get(species, (0.108, -0.02))
    big = {"frog": 1.12, "lion cub": 1.15, "panda": 0.95}.get(species, 1.0)
    rx, ry = 0.033 * big, 0.041 * big
    on_dark = fur in ("black", "dark", "brown", "blue") and species != "penguin"
    if species == "frog":
        pen.both(lambda k: pen.ellipse("head", c, k * x, y + 0.015, 0.095, 0.092))
    white = species in ("panda", "frog", "person") or on_dark
    def eye(k):
        wide = 1.3 if mood == "surprised" else 1.0
        if white or mood == "surprised":
            pen.ellipse("eyes", WHITE, k * x, y, rx * 1.42 * (wide + 1) / 2, ry * 1.3 * (wide + 1) / 2)
        if mood == "serious":
            pen.ellipse("eyes", INK, k * x, y + 0.004, rx, ry * 0.86)
        else:
            pen.ellipse("eyes", INK, k * x, y, rx, ry)
        pen.ellipse("eyes", WHITE, k * x + 0.011, y - 0.014, 0.012, 0.013)
        pen.ellipse("eyes", (226, 226, 236), k * x - 0.011, y + 0.014, 0.006, 0.006)
    pen.both(eye)
    brow = dark(HAIRS[hair], 0.15) if species == "person" else mixed(INK, c, 0.15) if not on_dark and species != "panda" else (226, 216, 210) if species != "panda" else INK
    if species == "penguin":
        brow = INK
    if mood == "serious":
        pen.both(lambda k: pen.stroke("eyes", brow, 0.022, (k * (x - 0.052), y - 0.042), (k * x, y - 0.06), (k * (x + 0.05), y - 0.074)))
    elif mood == "surprised":
        pen.both(lambda k: pen.arc("eyes", brow, 0.017, k * x, y - 0.05, 0.045, 0.042, 205, 335))
    elif species == "person":
        pen.both(lambda k: pen.arc("eyes", brow, 0.014, k * x, y - 0.04, 0.045, 0.03, 205, 335))
    return pen.shapes


@functools.cache
def mouth(species, fur, mood, fine):
    pen, c = Pen(fine), FURS[fur]
    y = {"penguin": 0.14, "pig": 0.15, "koala": 0.155, "frog": 0.125}.get(species, 0.135)
    wide = {"frog": 1.9, "person": 1.15, "koala": 0.9, "rabbit": 0.9}.get(species, 1.0)
    if mood == "smiling":
        if species not in ("panda", "penguin", "corgi"):
            blush = mixed(c, (246, 110, 120), 0.42)
            pen.both(lambda k: pen.ellipse("head", blush, k * (0.175 if species != "frog" else 0.2), 0.065, 0.032, 0.022))
        w = 0.078 * wide
        pen.smooth("mouth", (120, 30, 44), (-w, y - 0.012), (-w * 0.4, y + 0.004), (0, y + 0.007), (w * 0.4, y + 0.004), (w, y - 0.012), (w * 0.72, y + 0.042), (0, y + 0.064), (-w * 0.72, y + 0.042))
        pen.smooth("mouth", (236, 110, 118), (-w * 0.52, y + 0.046), (0, y + 0.026), (w * 0.52, y + 0.046), (0, y + 0.061))
    elif mood == "serious":
        w = 0.058 * wide
        colour = (70, 34, 42) if not (fur in ("black", "dark") and species == "person") else (60, 26, 34)
        pen.smooth("mouth", colour, (-w, y + 0.03), (-w * 0.6, y + 0.012), (0, y + 0.006), (w * 0.6, y + 0.012), (w, y + 0.03), (w * 0.95, y + 0.04), (w * 0.55, y + 0.031), (0, y + 0.026), (-w * 0.55, y + 0.031), (-w * 0.95, y + 0.04))
    else:
        pen.ellipse("mouth", (92, 24, 38), 0, y + 0.026, 0.037 * (1 + wide) / 2, 0.043)
        pen.ellipse("mouth", (214, 84, 98), 0, y + 0.046, 0.022 * (1 + wide) / 2, 0.018)
    if species == "rabbit" and mood != "serious":
        pen.polygon("mouth", WHITE, (-0.024, y + 0.002 - 0.016 * (mood == "surprised")), (0.024, y + 0.002 - 0.016 * (mood == "surprised")), (0.022, y + 0.03), (0.002, y + 0.031), (0, y + 0.02), (-0.002, y + 0.031), (-0.022, y + 0.03))
    return pen.shapes


@functools.cache
def glasses(species, kind, fine):
    pen = Pen(fine)
    x, y = EYES.get(species, (0.108, -0.02))
    r = 0.082 if species == "frog" else min(0.078, x - 0.018)
    frame = (36, 34, 44)
    if kind == "sunglasses":
        def lens(k):
            pen.smooth("glasses", frame, (k * (x - r * 0.95), y - r * 0.72), (k * x, y - r * 0.84), (k * (x + r * 1.12), y - r * 0.78), (k * (x + r * 1.02), y + r * 0.25), (k * x, y + r * 0.86), (k * (x - r * 0.8), y + r * 0.4))
            pen.smooth("glasses", (96, 98, 122), (k * x - r * 0.62, y - r * 0.42), (k * x - r * 0.1, y - r * 0.5), (k * x - r * 0.3, y - r * 0.02), (k * x - r * 0.62, y + r * 0.1))
        pen.both(lens)
        pen.stroke("glasses", frame, 0.026, (-x + r * 0.7, y - r * 0.5), (0, y - r * 0.62), (x - r * 0.7, y - r * 0.5))
    elif kind == "glasses":
        pen.both(lambda k: pen.ring("glasses", frame, 0.02, k * x, y, r, r * 0.95))
        pen.stroke("glasses", frame, 0.02, (-x + r * 0.95, y - 0.004), (0, y - 0.022), (x - r * 0.95, y - 0.004))
    if species != "frog":
        pen.both(lambda k: pen.stroke("glasses", frame, 0.018, (k * (x + r * 0.95), y - 0.01), (k * 0.235, y - 0.02)))
    return pen.shapes


@functools.cache
def neckwear(kind, colour, fine):
    pen, c = Pen(fine), COLOURS[colour] if colour != "none" else None
    if kind == "bow tie":
        shade = dark(c, 0.3) if colour != "black" else (92, 92, 104)
        def wing(k):
            pen.smooth("neckwear", c, (k * 0.01, 0.275), (k * 0.1, 0.212), (k * 0.15, 0.215), (k * 0.16, 0.285), (k * 0.15, 0.355), (k * 0.1, 0.358), (k * 0.01, 0.297))
            pen.smooth("neckwear", shade, (k * 0.03, 0.28), (k * 0.1, 0.262), (k * 0.1, 0.275), (k * 0.045, 0.287))
        pen.both(wing)
        pen.ellipse("neckwear", shade, 0, 0.286, 0.032, 0.036)
    elif kind == "scarf":
        shade = dark(c, 0.24) if colour != "black" else (84, 84, 96)
        pen.polygon("neckwear", c, (0.055, 0.28), (0.155, 0.27), (0.175, 0.435), (0.075, 0.45))
        for k in range(4):
            pen.polygon("neckwear", c, (0.077 + 0.026 * k, 0.44 - 0.004 * k), (0.093 + 0.026 * k, 0.44 - 0.004 * k), (0.095 + 0.027 * k, 0.475 - 0.004 * k), (0.082 + 0.027 * k, 0.475 - 0.004 * k))
        pen.polygon("neckwear", shade, (0.07, 0.385), (0.168, 0.375), (0.171, 0.402), (0.073, 0.412))
        pen.symmetric("neckwear", c, (0, 0.232), (0.12, 0.215), (0.205, 0.205), (0.225, 0.26), (0.17, 0.315), (0.08, 0.335), (0, 0.338))
        pen.smooth("neckwear", shade, (-0.2, 0.262), (-0.1, 0.292), (0, 0.298), (0.1, 0.292), (0.2, 0.262), (0.1, 0.277), (0, 0.284), (-0.1, 0.277))
    return pen.shapes


HATS = {"frog": (0, -0.222, 0.84), "lion": (0, -0.175, 1.0), "lion cub": (0, -0.175, 0.95), "rabbit": (0, -0.185, 0.9), "person": (0, -0.185, 1.0), "koala": (0, -0.18, 1), "fox": (0, -0.175, 0.95), "panda": (0, -0.19, 1.0), "bear": (0, -0.19, 1.0)}


@functools.cache
def hat(species, kind, colour, fine):
    if kind == "none":
        return []
    pen, c = Pen(fine), COLOURS[colour]
    shade = dark(c, 0.3) if colour != "black" else (96, 96, 110)
    tint = light(c, 0.5) if colour not in ("white", "yellow") else dark(c, 0.16)
    if kind == "party hat":
        pen.polygon("hat", c, (-0.125, 0.015), (0, -0.255), (0.125, 0.015), (0.06, 0.035), (0, 0.042), (-0.06, 0.035))
        pen.polygon("hat", tint, (-0.094, -0.052), (-0.063, -0.119), (0.094, -0.018), (0.118, 0.0), (0.12, 0.018), (0.06, 0.036))
        pen.polygon("hat", tint, (-0.046, -0.155), (-0.027, -0.197), (0.04, -0.165), (0.058, -0.13), (0.07, -0.1))
        pen.ellipse("hat", light(c, 0.85) if colour != "white" else (250, 226, 90), 0, -0.255, 0.04, 0.038)
    elif kind == "beret":
        pen.smooth("hat", c, (-0.2, 0.005), (-0.21, -0.05), (-0.1, -0.115), (0.06, -0.125), (0.2, -0.08), (0.245, -0.01), (0.19, 0.025), (0.05, 0.02), (-0.1, 0.025))
        pen.smooth("hat", shade, (-0.18, 0.0), (0, -0.012), (0.18, 0.005), (0.15, 0.035), (0, 0.028), (-0.155, 0.035))
        pen.stroke("hat", shade, 0.026, (0.03, -0.11), (0.035, -0.135), (0.05, -0.16))
    elif kind == "top hat":
        pen.smooth("hat", c, (-0.12, 0.0), (-0.125, -0.12), (-0.14, -0.225), (-0.07, -0.245), (0.07, -0.245), (0.14, -0.225), (0.125, -0.12), (0.12, 0.0))
        pen.polygon("hat", shade, (-0.122, -0.01), (-0.123, -0.065), (0, -0.058), (0.123, -0.065), (0.122, -0.01), (0, 0))
        pen.smooth("hat", c, (-0.235, -0.03), (-0.12, -0.005), (0, 0.002), (0.12, -0.005), (0.235, -0.03), (0.2, 0.022), (0.1, 0.038), (0, 0.042), (-0.1, 0.038), (-0.2, 0.022))
    elif kind == "crown":
        pen.polygon("hat", c, (-0.15, 0.02), (-0.185, -0.15), (-0.09, -0.075), (0, -0.185), (0.09, -0.075), (0.185, -0.15), (0.15, 0.02), (0.075, 0.035), (0, 0.04), (-0.075, 0.035))
        for x, y in ((-0.185, -0.155), (0, -0.19), (0.185, -0.155)):
            pen.ellipse("hat", tint, x, y, 0.024, 0.024)
        pen.smooth("hat", shade, (-0.154, -0.02), (0, 0.0), (0.154, -0.02), (0.15, 0.02), (0.075, 0.035), (0, 0.04), (-0.075, 0.035), (-0.15, 0.02))
        for x in (-0.08, 0, 0.08):
            pen.ellipse("hat", tint, x, 0.012 - abs(x) * 0.07, 0.016, 0.014)
    elif kind == "beanie":
        pen.ellipse("hat", tint, 0, -0.165, 0.048, 0.044)
        pen.symmetric("hat", c, (0, -0.155), (0.09, -0.14), (0.17, -0.07), (0.2, 0.02), (0, 0.03))
        pen.symmetric("hat", shade, (0, -0.03), (0.12, -0.027), (0.205, -0.02), (0.222, 0.015), (0.21, 0.048), (0.12, 0.05), (0, 0.048))
    x, y, scale = HATS.get(species, (0, -0.185, 1.0))
    turn = math.radians({"party hat": 4, "crown": 0, "beret": -4, "top hat": -3}.get(kind, 0))
    m = scale * np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    return [(part, colour, points @ m + (x, y)) for part, colour, points in pen.shapes]


@functools.cache
def scene(background, fine):
    pen = Pen(fine)
    pen.ellipse("background", light(BACKGROUNDS[background], 0.28), 0.5, 0.52, 0.43, 0.43)
    return pen.shapes


@functools.lru_cache(4096)
def stacked(*groups):
    """Shapes of the head in one array, so that a picture moves them with one product."""
    shapes = [s for make, *keys in groups for s in make(*keys)]
    ends = np.cumsum([2 * len(s[2]) for s in shapes]).tolist()
    return [(s[0], s[1], end - 2 * len(s[2]), end) for s, end in zip(shapes, ends)], np.concatenate([s[2] for s in shapes])


def outlines(p, width, fine):
    """Filled outlines in pixels, from back to front: (part, colour, [x0, y0, x1, y1, …])."""
    centre = np.array([0.5 + p.x, 0.555 + p.y])
    a = math.radians(p.tilt)
    turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
    place = lambda shapes, m, shift: [(part, colour, (pts @ m + shift).ravel().tolist()) for part, colour, pts in shapes]
    upright = np.eye(2) * p.scale * width
    eye_parts = (eyes, p.species, p.fur, p.mood, p.hair, fine)
    worn = (hat, p.species, p.hat, p.hat_colour, fine)
    face = [(head, p.species, p.fur, p.hair, p.hair_length, fine), (mouth, p.species, p.fur, p.mood, fine)]
    face += [worn, eye_parts] if p.species == "frog" else [eye_parts]
    if p.glasses != "none":
        face.append((glasses, p.species, p.glasses, fine))
    if p.species != "frog":
        face.append(worn)
    shapes, points = stacked(*face)
    moved = (points @ (turn * (p.scale * width)) + centre * width).ravel().tolist()
    above = [(part, colour, moved[i:j]) for part, colour, i, j in shapes]
    below = place(scene(p.background, fine), np.eye(2) * width, 0.0) + place(body(p.species, p.fur, fine), upright, centre * width)
    return below + above + place(neckwear(p.neckwear, p.neckwear_colour, fine), upright, centre * width)


def draw(p, size=64, supersampling=None):
    """The picture, PIL RGB, size × size."""
    s = supersampling or (4 if size <= 128 else 3 if size <= 512 else 2)
    image = Image.new("RGB", (size * s, size * s), BACKGROUNDS[p.background])
    polygon = ImageDraw.Draw(image).polygon
    for _, colour, points in outlines(p, size * s, 24 if size <= 128 else 96):
        polygon(points, colour)
    return image.reduce(s)


def masks(p, size=64):
    """Part → float array (size, size): how much of each pixel the visible part covers. They add up to 1."""
    s = 4 if size <= 256 else 2
    image = Image.new("L", (size * s, size * s), 0)
    polygon = ImageDraw.Draw(image).polygon
    for part, _, points in outlines(p, size * s, 24 if size <= 128 else 96):
        polygon(points, PARTS.index(part))
    a = np.asarray(image).reshape(size, s, size, s)
    return {part: (a == k).mean((1, 3), dtype=np.float32) for k, part in enumerate(PARTS)}


# Files

def pairs(seed, count):
    """Portraits for training: each odd one is the one before it with one attribute, or two colours, changed."""
    rng, made = random.Random(seed), []
    while len(made) < count:
        p = training_portrait(rng)
        q = swapped_colours(p) if rng.random() < 0.2 else None
        q = q or changed(p, rng)[0]
        if not q.held_out():
            made += [p, q]
    return made[:count]


def shard(arguments):
    seed, count, size, folder = arguments
    path = os.path.join(folder, f"{size}-{seed:05d}.npz")
    if not os.path.exists(path):
        portraits = pairs(seed, count)
        pictures = np.stack([np.asarray(draw(p, size)) for p in portraits])
        np.savez(path + ".part.npz", pictures=pictures, codes=np.array([p.codes() for p in portraits], np.int8))
        os.replace(path + ".part.npz", path)
    return path


def portrait_of(codes):
    """The portrait with these attribute numbers, in the middle and upright: enough to write captions."""
    return Portrait(*(values[k] for values, k in zip(ATTRIBUTES.values(), codes)))


def sheet(path, columns=12, rows=8, size=96, seed=11):
    rng, page = random.Random(seed), Image.new("RGB", (columns * size, rows * size))
    for i in range(columns * rows):
        p = random_portrait(rng)
        if i % columns < len(SPECIES) and i // columns < 2:
            names = list(SPECIES)
            p = p.but(species=names[i % len(names)])
            p = p.but(fur=rng.choice(SPECIES[p.species]))
        page.paste(draw(p, size, 6), (i % columns * size, i // columns * size))
    page.quantize(200, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sheet")
    arguments.add_argument("--pictures", type=int, default=0)
    arguments.add_argument("--size", type=int, default=64)
    arguments.add_argument("--out", default="pictures")
    arguments.add_argument("--workers", type=int, default=os.cpu_count())
    arguments.add_argument("--seed", type=int, default=0)
    a = arguments.parse_args()
    if a.sheet:
        sheet(a.sheet)
    if a.pictures:
        os.makedirs(a.out, exist_ok=True)
        start, each = time.time(), 2000
        jobs = [(a.seed + k, each, a.size, a.out) for k in range(math.ceil(a.pictures / each))]
        with multiprocessing.Pool(a.workers) as pool:
            for n, path in enumerate(pool.imap_unordered(shard, jobs), 1):
                print(f"{path}  {n * each / (time.time() - start):.0f} pictures/s", flush=True)
