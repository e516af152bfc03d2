"""MiniBatchKMeans by scikit-learn: partial fits from given centres, exactly; whole fits, as a range of inertia over seeds."""

import warnings

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from data import table
from fixture import Fixture, blobs, noise

warnings.simplefilter("ignore")
SEEDS = 100
fixture = Fixture("mini_batch_kmeans")
partial = []
whole = []


def stream(name, data, k, batch, weights=None):
    """Batch after batch of the rows, in order; the centres and counts after each of the first ones and the last."""
    x, stored = data
    init = (x[(np.arange(k) * len(x)) // k] + noise(k * x.shape[1], 5).reshape(k, -1) / 3).astype(np.float32)
    model = MiniBatchKMeans(k, init=init.astype(float), n_init=1, reassignment_ratio=0)
    states = []
    for start in range(0, len(x), batch):
        part = slice(start, start + batch)
        model.partial_fit(x[part].astype(float), sample_weight=None if weights is None else weights[part])
        states.append((model.cluster_centers_.copy(), model._counts.copy()))
    partial.append(
        {
            "name": name,
            "x": stored,
            "init": fixture.store(init),
            "weights": None if weights is None else fixture.store(weights),
            "batch": batch,
            "after_first": {"centers": fixture.store(states[0][0]), "counts": fixture.store(states[0][1])},
            "after_last": {"centers": fixture.store(states[-1][0]), "counts": fixture.store(states[-1][1])},
        }
    )


def fits(name, data, k, **params):
    """The distribution of the inertia over seeds."""
    x, stored = data
    runs = [MiniBatchKMeans(k, n_init=1, random_state=seed, **params).fit(x.astype(float)) for seed in range(SEEDS)]
    inertia = np.array([model.inertia_ for model in runs])
    whole.append(
        {
            "name": name,
            "x": stored,
            "n_clusters": k,
            "batch_size": params["batch_size"],
            "mean": inertia.mean(),
            "std": inertia.std(ddof=1),
            "min": inertia.min(),
            "max": inertia.max(),
        }
    )


iris, digits = table("iris"), table("digits")
stream("digits in batches of 200", digits, 10, 200)
stream("iris in one batch", iris, 3, 150)
stream("iris in batches of three", iris, 3, 3)
stream("sixteen columns", blobs(2000, 16, 12, 2.0, 4), 12, 128)
weights = (np.rint((noise(150, 6) + 2.0) * 64) / 64).astype(np.float32)
weights[::5] = 0
stream("weighted rows", iris, 4, 40, weights=weights)

fits("digits", digits, 10, batch_size=256)
fits("blobs", blobs(5000, 8, 12, 2.0, 9), 12, batch_size=512)
fits("china", table("china100k"), 5, batch_size=1024)
fixture.write({"partial": partial, "whole": whole, "seeds": SEEDS})
