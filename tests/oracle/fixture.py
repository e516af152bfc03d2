"""What the scripts of this folder share: the format of a fixture, and noise that JavaScript can make anew, bit by bit.

A fixture is <name>.json and, where it has large arrays, <name>.bin.gz. Small arrays stand in the JSON as nested lists; large
ones as {"at", "type", "shape"}, a place in the binary file; tables that several fixtures share as {"table": name} (data.py);
made-up tables as {"blobs": {...}}, the arguments of blobs(). The versions that made a fixture stand under "made_with".
"""

import gzip
import json
from pathlib import Path

import numpy as np
import scipy
import sklearn

FOLDER = Path(__file__).parent
INLINE = 700  # values up to which an array stands in the JSON itself


def mix(x):
    """A hash of 32 bits: the finalizer of MurmurHash3."""
    x = np.atleast_1d(np.asarray(x, np.uint32))  # scalars would warn of the overflow that is meant here
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def noise(count, seed):
    """Nearly normal numbers, variance 1/3: the sum of four uniform ones, each exact in double precision."""
    i = np.arange(count, dtype=np.uint32)
    total = np.zeros(count)
    for part in range(4):
        total += mix(i * np.uint32(4) + np.uint32(part) + mix(np.uint32(seed))) / 2.0**32
    return total - 2.0


def blobs(rows, cols, k, spread, seed):
    """`rows` x `cols` float32: row i belongs to blob i mod k. The same as blobs() in tests/js/oracle/fixture.js."""
    centers = noise(k * cols, seed).reshape(k, cols) * spread
    x = (centers[np.arange(rows) % k] + noise(rows * cols, seed + 1).reshape(rows, cols)).astype(np.float32)
    return x, {"blobs": {"rows": rows, "cols": cols, "k": k, "spread": spread, "seed": seed}}


class Fixture:
    """Collects <name>.json and <name>.bin.gz."""

    def __init__(self, name):
        self.name = name
        self.bytes = bytearray()

    def store(self, array):
        """An array as it stands in the JSON: inline when small, otherwise as a place in the binary file."""
        array = np.ascontiguousarray(array)
        if array.size <= INLINE:
            return array.tolist()
        self.bytes += bytes(-len(self.bytes) % 8)
        place = {"at": len(self.bytes), "type": str(array.dtype), "shape": list(array.shape)}
        self.bytes += array.tobytes()
        return place

    def write(self, content):
        versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
        text = json.dumps({"made_with": versions, **content}, separators=(",", ":"))
        (FOLDER / f"{self.name}.json").write_text(text + "\n")
        if self.bytes:
            (FOLDER / f"{self.name}.bin.gz").write_bytes(gzip.compress(bytes(self.bytes), 9, mtime=0))
        print(f"{self.name}: {len(text)} bytes of JSON, {len(self.bytes)} of arrays")
