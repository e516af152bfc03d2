"""Writes the data sets of the benchmark as plain binary files, so that every contender reads the same bytes.

usage: make_data.py OUT_FOLDER MNIST_FOLDER

- china100k, china: scikit-learn's sample image china.jpg (427 x 640), 100,000 of its pixels in raster order and all 273,280.
- photo12mp: that image enlarged to 4000 x 3000 (bicubic) with Gaussian sensor noise (sigma 2), since a plain enlargement
  would have unrealistically few distinct colours. RGBA.
- mnist10k: the 10,000 test digits, 784 columns of 0..255, float32.
- digits, digits_test, digits_labels, digits_test_labels: the 60,000 and 10,000 digits as bytes, and what they show.
- blobs16: 100,000 rows of 16 columns, float32: 50 Gaussian blobs that overlap (centres and noise both standard normal).
- camera: 60 frames of 1280 x 720 RGBA: a window that pans over the enlarged photo, with fresh sensor noise each frame.
"""

import json
import struct
import sys
from pathlib import Path

import cv2
import numpy as np
from sklearn.datasets import load_sample_image

CAMERA_FRAMES = 60
# Raised with every change of the data, here and in ready.mjs, so that old files are made anew.
VERSION = 2


def with_noise(image, rng, sigma=2.0):
    noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(sigma)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def read_idx(path):
    raw = path.read_bytes()
    dims = struct.unpack(f">{raw[3]}i", raw[4 : 4 + 4 * raw[3]])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(dims[0], -1)


def main(out, mnist):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    china = load_sample_image("china.jpg")
    pixels = china.reshape(-1, 3)
    index = {}

    def write(name, array, **about):
        array = np.ascontiguousarray(array)
        array.tofile(out / f"{name}.bin")
        index[name] = {"file": f"{name}.bin", "type": str(array.dtype), "shape": list(array.shape), **about}

    def distinct(rgb):
        return len(np.unique(rgb.reshape(-1, 3).astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)))

    sample = pixels[np.sort(np.random.RandomState(0).choice(len(pixels), 100_000, replace=False))]
    write("china100k", sample, distinct=distinct(sample))
    write("china", china, distinct=distinct(china))

    photo = cv2.resize(china, (4000, 3000), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    photo12mp = with_noise(photo, np.random.default_rng(1))
    write("photo12mp", opaque(photo12mp), distinct=distinct(photo12mp))

    scene = cv2.resize(china, (1920, 1281), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    rng = np.random.default_rng(2)
    frames = np.empty((CAMERA_FRAMES, 720, 1280, 4), np.uint8)
    for i in range(CAMERA_FRAMES):
        x, y = 9 * i, 8 * i
        frames[i] = opaque(with_noise(scene[y : y + 720, x : x + 1280], rng))
    write("camera", frames, distinct=distinct(frames[0, :, :, :3]))

    for name, prefix in [("digits", "train"), ("digits_test", "t10k")]:
        write(name, read_idx(Path(mnist) / f"{prefix}-images-idx3-ubyte"))
        write(f"{name}_labels", read_idx(Path(mnist) / f"{prefix}-labels-idx1-ubyte").ravel())
    write("mnist10k", read_idx(Path(mnist) / "t10k-images-idx3-ubyte").astype(np.float32))

    rng = np.random.default_rng(3)
    centers = rng.standard_normal((50, 16))
    write("blobs16", (centers[rng.integers(0, 50, 100_000)] + rng.standard_normal((100_000, 16))).astype(np.float32))

    (out / "index.json").write_text(json.dumps(index, indent=1))
    (out / f"made-{VERSION}").touch()


main(*sys.argv[1:])
