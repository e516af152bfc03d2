"""The native contenders and judges of the generative models, as a child process that answers one JSON line for each that it reads."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import sklearn
import torch

import judges
import peers

THREADS = 2
SMALL_BATCH = 10


def load(folder, index, name):
    entry = index[name]
    return np.fromfile(folder / entry["file"], entry["type"]).reshape(entry["shape"])


def answer(job, digits):
    """What one job is answered with; `digits(name)` gives a table, pixels from 0 to 1."""
    task = job["task"]
    if task == "versions":
        blas = os.path.realpath("/usr/lib/x86_64-linux-gnu/libblas.so.3").split("/")[-2]
        return {"torch": ".".join(torch.__version__.split(".")[:2]), "scikit-learn": sklearn.__version__, "blas": blas, "threads": THREADS}
    if task == "train":
        rows = digits("digits")
        if job["workload"].startswith("rbm-epoch"):
            batch = SMALL_BATCH if job["workload"] == "rbm-epoch-10" else peers.BATCH
            _, ms = peers.rbm_fit(rows, 1, job["seed"], batch)
            return {"ms": [ms], "whole": ms, "loss": None}
        torch.manual_seed(job["seed"])
        # As many batches as lakh's turns have: two threads take longer to settle than one.
        count = job["warmUp"] + 4 * job["steps"]
        ms, loss = peers.timed_steps(job["workload"], rows[: count * peers.BATCH], job["warmUp"], job["steps"])
        return {"ms": ms, "whole": sum(ms) / len(ms), "loss": loss}
    if task == "fit rbm":
        model, _ = peers.rbm_fit(digits("digits"), job["epochs"], job["seed"])
        return judges.pseudo_likelihood(model.components_, model.intercept_hidden_, model.intercept_visible_, digits("digits_test"))
    if task == "pseudo-likelihood":
        return judges.pseudo_likelihood_of_file(Path(job["file"]), digits("digits_test"))
    if task == "bound":
        return judges.negative_bound(Path(job["file"]), digits("digits_test"), job["latentDim"], job["seed"])
    if task == "digits drawn":
        return judges.digits_drawn(Path(job["file"]), digits)
    raise ValueError(f"no task is called {task}")


def main(folder):
    folder = Path(folder)
    index = json.loads((folder / "index.json").read_text())
    torch.set_num_threads(THREADS)
    tables = {}

    def digits(name):
        if name not in tables:
            table = load(folder, index, name)
            tables[name] = table if name.endswith("labels") else table.astype(np.float32) / 255
        return tables[name]

    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), digits)), flush=True)


main(sys.argv[1])
