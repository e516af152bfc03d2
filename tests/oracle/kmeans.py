"""KMeans from given centres, by scikit-learn in double precision: labels, centres, inertia and iterations."""

import warnings

import numpy as np
from sklearn.cluster import KMeans

from data import table
from fixture import Fixture, blobs, noise

warnings.simplefilter("ignore")
fixture = Fixture("kmeans")
store = fixture.store
cases = []


def has_ties(x, centers, iterations):
    """Whether Lloyd's method meets a row that is (nearly) as far from two centres: then any label is right, and no promise can
    be made. Empty clusters end the look."""
    if len(centers) == 1:
        return False
    for _ in range(iterations):
        distances = ((x[:, None] - centers) ** 2).sum(2) if x.size < 1e6 else np.stack([((x - c) ** 2).sum(1) for c in centers], 1)
        nearest = np.sort(np.partition(distances, 1, axis=1)[:, :2], axis=1)
        if np.any(nearest[:, 1] - nearest[:, 0] <= 1e-7 * nearest[:, 1]):
            return True
        labels = distances.argmin(1)
        counts = np.bincount(labels, minlength=len(centers))
        if np.any(counts == 0):
            return False
        centers = np.stack([x[labels == c].mean(0) for c in range(len(centers))])
    return False


def start_from_rows(x, k):
    """k rows far apart in the table, a little moved, since whole numbers lie halfway between others all too often."""
    rows = x[(np.arange(k) * len(x)) // k].astype(float)
    for seed in range(11, 99):
        start = (rows + noise(rows.size, seed).reshape(rows.shape) * x.astype(float).std() / 8).astype(np.float32)
        if not has_ties(x.astype(float), start.astype(float), 20):
            return start
    raise ValueError("ties from every start")


def case(name, data, k, init=None, weights=None, max_iter=300, tol=1e-4, **promise):
    x, stored = data
    init = start_from_rows(x, k) if init is None else np.asarray(init, np.float32)
    model = KMeans(k, init=init.astype(float), n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd")
    model.fit(x.astype(float), sample_weight=weights)
    cases.append(
        {
            "name": name,
            "x": stored,
            "init": store(init),
            "weights": None if weights is None else store(weights),
            "max_iter": max_iter,
            "tol": tol,
            "labels": store(model.labels_.astype(np.uint8 if k < 256 else np.int32)),
            "centers": store(model.cluster_centers_),
            "inertia": model.inertia_,
            "n_iter": model.n_iter_,
            **promise,
        }
    )


def inline(x):
    x = np.asarray(x, np.float32)
    return x, x.tolist()


china, iris, wine, digits, mnist = map(table, ["china100k", "iris", "wine", "digits", "mnist"])
case("china", china, 5)
case("china to rest", china, 5, tol=0)
case("china 16 colours", china, 16)
case("mnist", mnist, 10)
case("iris", iris, 3)
case("iris, k = 8", iris, 8)
case("wine", wine, 3)
case("digits", digits, 10)
case("digits, k = 40", digits, 40)
case("blobs, two columns", blobs(1500, 2, 7, 6.0, 1), 7)
case("blobs, sixteen columns", blobs(3000, 16, 20, 2.0, 2), 20)
case("blobs, five columns", blobs(2000, 5, 9, 2.0, 3), 9)
case("one cluster", iris, 1)
case("stopped after one iteration", digits, 10, max_iter=1)
case("stopped after two iterations", digits, 10, max_iter=2)
case("stopped after seven iterations", digits, 10, max_iter=7)
case("a loose tolerance", digits, 10, tol=0.05)
case("no tolerance", digits, 10, tol=0)

weights = (np.rint((noise(150, 5) + 2.0) * 64) / 64).astype(np.float32)
weights[::7] = 0
case("weights, some of them zero", iris, 3, weights=weights)
case("weights of one half", iris, 4, weights=np.full(150, 0.5, np.float32))
heavy = np.ones(len(digits[0]), np.float32)
heavy[100:130] = 1000
case("a few heavy rows", digits, 10, weights=heavy)

line = inline([[0], [1], [2], [10], [11], [12], [30]])
case("an empty cluster moves to the farthest row", line, 3, init=[[1], [11], [1000]])
case("an empty cluster among weights", line, 3, init=[[1], [11], [1000]], weights=np.array([1, 2, 3, 1, 2, 3, 0.25], np.float32))
case("an empty cluster in iris", iris, 4, init=np.vstack([iris[0][[0, 60, 120]], [[90, 90, 90, 90]]]))
# scikit-learn leaves the order of several moved centres to a partial sort: the partition is the promise, not the numbers.
far = np.vstack([iris[0][[0, 120]], [[90, 90, 90, 90]], [[95, 95, 95, 95]]])
case("two empty clusters", iris, 4, init=far, any_order=True)

flat = noise(400, 7).reshape(100, 4).astype(np.float32)
flat[:, 2] = 3.5
case("a constant column", inline(flat), 5)
case("all rows but one equal", inline([[2, 2]] * 20 + [[5, 5]]), 2, init=[[2, 2], [5, 5]])
grid = np.rint(noise(400, 13).reshape(200, 2) * 512) / 16
case("an offset of a million", inline(grid + 1e6), 6)
case("tiny numbers", inline(noise(300, 9).reshape(100, 3) * 1e-12), 4)
case("very tiny numbers", inline(noise(300, 9).reshape(100, 3) * 1e-20), 4)
case("huge numbers", inline(noise(300, 9).reshape(100, 3) * 1e12), 4)
case("very huge numbers", inline(noise(300, 9).reshape(100, 3) * 1e20), 4)

fixture.write({"cases": cases})
