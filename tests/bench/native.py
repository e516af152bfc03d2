"""The native contenders, as a child process that answers one JSON line for each JSON line it reads.

A run is timed from the caller's array (bytes for pixels, float32 otherwise) to the caller's labels, after one warm-up; of several repeats the fastest counts.
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import sklearn
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_info

THREADS = 2
MAX_ITER = 300
TOL = 1e-4


def scikit_learn(x, k, seed):
    start = time.perf_counter()
    model = KMeans(n_clusters=k, n_init=1, random_state=seed, max_iter=MAX_ITER, tol=TOL).fit(x.astype(np.float32, copy=False))
    ms = (time.perf_counter() - start) * 1e3
    return ms, model.cluster_centers_, model.n_iter_


def opencv(x, k, seed, eps):
    cv2.setRNGSeed(seed + 1)
    start = time.perf_counter()
    criteria = (cv2.TERM_CRITERIA_MAX_ITER | cv2.TERM_CRITERIA_EPS, MAX_ITER, eps)
    _, _, centers = cv2.kmeans(x.astype(np.float32, copy=False), k, None, criteria, 1, cv2.KMEANS_PP_CENTERS)
    return (time.perf_counter() - start) * 1e3, centers, None


def load(folder, entry):
    x = np.fromfile(folder / entry["file"], entry["type"]).reshape(entry["shape"])
    if x.dtype == np.uint8:
        x = np.ascontiguousarray(x.reshape(-1, x.shape[-1])[:, :3])
    # OpenCV stops when no centre moves further than eps; scikit-learn when the squared movement of all is within tol * variance.
    variance = float(np.mean(x.astype(np.float64).var(axis=0)))
    return x, (TOL * variance) ** 0.5


def main(folder):
    folder = Path(folder)
    index = json.loads((folder / "index.json").read_text())
    cv2.setNumThreads(THREADS)
    loaded = {}
    for line in sys.stdin:
        job = json.loads(line)
        if job["contender"] == "versions":
            blas = [f"{p['internal_api']} {p.get('architecture') or ''} x{p['num_threads']}" for p in threadpool_info()]
            answer = {"scikit-learn": sklearn.__version__, "opencv": cv2.__version__, "numpy": np.__version__, "threads": blas}
        else:
            if job["data"] not in loaded:
                loaded.clear()
                loaded[job["data"]] = load(folder, index[job["data"]])
            x, eps = loaded[job["data"]]
            runs = {"scikit-learn": lambda: scikit_learn(x, job["k"], job["seed"]), "opencv": lambda: opencv(x, job["k"], job["seed"], eps)}
            run = runs[job["contender"]]
            run()
            results = [run() for _ in range(job["repeats"])]
            ms = min(result[0] for result in results)
            _, centers, n_iter = results[-1]
            answer = {"ms": ms, "centers": np.asarray(centers, float).ravel().tolist(), "nIter": n_iter}
        print(json.dumps(answer), flush=True)


main(sys.argv[1])
