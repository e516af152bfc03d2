"""The gap statistic (Tibshirani, Walther & Hastie 2001) written anew on top of scikit-learn's KMeans, with many references so
that its own error is small."""

import numpy as np
from sklearn.cluster import KMeans

from data import table
from fixture import Fixture, blobs, mix

REFERENCES = 60
K_MAX = 7


def log_inertia(x, k):
    return np.log(KMeans(k, n_init=5, random_state=0).fit(x).inertia_)


def gap_curve(x):
    rng = np.random.default_rng(0)
    # Along the principal axes, choice (b) of the paper; k-means does not mind that the references stay turned.
    centered = x - x.mean(0)
    turned = centered @ np.linalg.svd(centered, full_matrices=False)[2].T
    low, high = turned.min(0), turned.max(0)
    ks = range(1, K_MAX + 1)
    references = np.array([[log_inertia(rng.uniform(low, high, x.shape), k) for k in ks] for _ in range(REFERENCES)])
    return references.mean(0) - np.array([log_inertia(x, k) for k in ks]), references.std(0)


cases = []
fixture = Fixture("gap")
uniform = (mix(np.arange(600)) / 2.0**32).reshape(300, 2).astype(np.float32)
for name, (x, stored), k in [
    ("four blobs", blobs(400, 2, 4, 8.0, 6), 4),
    ("three blobs in five columns", blobs(300, 5, 3, 4.0, 8), 3),
    ("no clusters", (uniform, uniform.tolist()), 1),
    ("iris", table("iris"), None),
]:
    gap, spread = gap_curve(x.astype(float))
    accepted = [k + 1 for k in range(K_MAX - 1) if gap[k] >= gap[k + 1] - spread[k + 1] * np.sqrt(1 + 1 / REFERENCES)]
    print(name, accepted[:1], np.round(gap, 3))
    cases.append({"name": name, "x": stored, "k": k, "gap": gap.tolist(), "spread": spread.tolist()})
fixture.write({"k_max": K_MAX, "cases": cases})
