# SPDX-License-Identifier: Apache-2.0
"""The pictures that workflows begin with: plugins/portraits/src/main/resources/assets.

    python samples.py --out ../src/main/resources/assets
"""
import argparse
import os

import world
from world import Portrait

SAMPLES = {
    "lion": Portrait("lion", world.SPECIES["lion"][0], neckwear="scarf", neckwear_colour="red", background="sky blue"),
    "corgi": Portrait("corgi", world.SPECIES["corgi"][0], hat="party hat", hat_colour="purple", neckwear="bow tie", neckwear_colour="red", background="mint"),
    "cat": Portrait("cat", "gray", hat="beret", hat_colour="red", background="cream"),
    "fox": Portrait("fox", world.SPECIES["fox"][0], glasses="glasses", background="lavender"),
    "panda": Portrait("panda", world.SPECIES["panda"][0], hat="crown", hat_colour="yellow", mood="surprised", background="peach"),
    "person": Portrait("person", world.SPECIES["person"][0], hair="red", hair_length="long", glasses="sunglasses", background="sky blue"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="../src/main/resources/assets")
    a = parser.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for name, portrait in SAMPLES.items():
        world.draw(portrait, 256).quantize(128).save(os.path.join(a.out, name + ".png"), optimize=True)


if __name__ == "__main__":
    main()
