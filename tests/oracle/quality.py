"""How good scikit-learn's k-means++ fits are on average: the mean inertia over many seeds, after one iteration (which judges
the starts) and at the end."""

import warnings

import numpy as np
from sklearn.cluster import KMeans

from data import table
from fixture import Fixture, blobs

warnings.simplefilter("ignore")
SEEDS = 200
cases = []
for name, (x, stored), k in [
    ("china", table("china100k"), 5),
    ("mnist", table("mnist"), 10),
    ("digits", table("digits"), 10),
    ("blobs, sixteen columns, k = 50", blobs(10000, 16, 50, 1.5, 30), 50),
    ("blobs, two columns, k = 15", blobs(3000, 2, 15, 6.0, 31), 15),
]:
    x = x.astype(np.float32)
    runs = {max_iter: [KMeans(k, n_init=1, random_state=s, max_iter=max_iter).fit(x).inertia_ for s in range(SEEDS)] for max_iter in (1, 300)}
    about = {f"after_{n}": {"mean": np.mean(v), "std": np.std(v, ddof=1)} for n, v in runs.items()}
    print(name, about)
    cases.append({"name": name, "x": stored, "n_clusters": k, **about})
Fixture("quality").write({"seeds": SEEDS, "cases": cases})
