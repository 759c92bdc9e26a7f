# SPDX-License-Identifier: Apache-2.0
# Prints the reference for ResizeTest: raw bytes (height, width, channels) of a source and of its resized forms by Pillow.
# Made with Pillow; run in this folder: python3 reference.py
import numpy
from PIL import Image

random = numpy.random.default_rng(7)
filters = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS, "area": Image.BOX}
for mode, channels in (("RGB", 3), ("RGBA", 4)):
    smooth = numpy.kron(random.integers(0, 256, (6, 8, channels)), numpy.ones((4, 5, 1)))
    pixels = numpy.clip(smooth + random.integers(-40, 41, smooth.shape), 0, 255).astype(numpy.uint8)
    pixels.tofile(f"source-{channels}.raw")  # 24 high, 40 wide
    for name, filter in filters.items():
        for width, height in ((17, 11), (63, 50)):
            numpy.asarray(Image.fromarray(pixels, mode).resize((width, height), filter)).tofile(f"{name}-{channels}-{width}x{height}.raw")
