"""Silhouette, Calinski-Harabasz and Davies-Bouldin scores by scikit-learn."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples, silhouette_score

from data import table
from fixture import Fixture, blobs, noise

fixture = Fixture("metrics")
cases = []


def case(name, data, labels):
    x, stored = data
    # The scores do not depend on the origin, but scikit-learn's distances lose digits far from it.
    x = x.astype(float) - x.astype(float).mean(0)
    labels = np.asarray(labels)
    cases.append(
        {
            "name": name,
            "x": stored,
            "labels": fixture.store(labels.astype(np.int32)),
            "silhouette_samples": fixture.store(silhouette_samples(x, labels)),
            "silhouette": silhouette_score(x, labels),
            "calinski_harabasz": calinski_harabasz_score(x, labels),
            "davies_bouldin": davies_bouldin_score(x, labels),
        }
    )


def clustered(data, k):
    return KMeans(k, n_init=3, random_state=0).fit_predict(data[0].astype(float))


def inline(rows):
    x = np.asarray(rows, np.float32)
    return x, x.tolist()


iris, wine, digits = table("iris"), table("wine"), table("digits")
case("iris, k = 3", iris, clustered(iris, 3))
case("iris, labels at random", iris, (np.arange(150) * 7) % 4)
case("wine, k = 4", wine, clustered(wine, 4))
case("digits, k = 10", digits, clustered(digits, 10))
case("overlapping blobs", blobs(900, 16, 9, 1.0, 5), np.arange(900) % 9)
case("two rows of three in one cluster", inline([[0, 0], [1, 0], [9, 9]]), [0, 0, 1])
case("clusters of one row", inline([[0, 0], [1, 0], [9, 9], [20, 3]]), [0, 0, 1, 2])
case("all rows but one alone", inline([[0], [1], [3], [7]]), [0, 0, 1, 2])
case("equal rows in one cluster", inline([[1, 1]] * 5 + [[4, 4], [5, 5]]), [0] * 5 + [1, 1])
case("equal rows in different clusters", inline([[1, 1]] * 4 + [[4, 4], [5, 6]]), [0, 1, 0, 1, 1, 0])
case("each cluster one point, several times", inline([[1, 1]] * 3 + [[4, 4]] * 4), [0] * 3 + [1] * 4)
case("labels with holes", iris, clustered(iris, 3) * 5 + 2)
case("one column", inline(noise(60, 3).reshape(60, 1)), np.arange(60) % 2)
case("far from the origin", inline(np.rint(noise(200, 4).reshape(100, 2) * 320) / 16 + 1e5), np.arange(100) % 3)
case("tiny numbers", inline(noise(120, 5).reshape(60, 2) * 1e-20), np.arange(60) % 2)
fixture.write({"cases": cases})
