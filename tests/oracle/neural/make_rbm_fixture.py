"""Writes rbm_fixture.h: what scikit-learn's BernoulliRBM learns and says, and what a plain NumPy version of contrastive divergence with
all options learns, on weights, data and random numbers that src/neural/rbm*.c take too (tests/c/test_rbm.c).

Run: python3 make_rbm_fixture.py > rbm_fixture.h (made with scikit-learn 1.2.1).
"""

import numpy as np
import sklearn
from random_numbers import Stream
from sklearn.neural_network import BernoulliRBM

SEED, ROWS, BATCH, FEATURES, HIDDEN, EPOCHS = 5, 8, 4, 6, 3, 3
SHUFFLE, CHAINS, SAMPLE, FLIP = 1, 2, 3, 4  # purposes of streams, see src/neural/rbm.h


def pattern(seed, *shape):
    """As in make_fixtures.py."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return ((i * 7919 + seed * 6101) % 2003 / 1001.0 - 1).astype(np.float32).astype(np.float64).reshape(shape)


def emit(name, values):
    words = [f"{np.float32(v):.9g}" for v in np.ravel(values)]
    words = [w + ("f" if "." in w or "e" in w else ".0f") for w in words]
    line = f"static const float {name}[{len(words)}] = {{"
    for i, word in enumerate(words):
        word += "};" if i + 1 == len(words) else ","
        if len(line) + len(word) > 126:
            print(line)
            line = "    "
        line += word + " "
    print(line.rstrip())


class Numbers(np.random.RandomState):
    """Hands the core's random numbers to scikit-learn."""

    stream = None

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.array([self.stream.unit() for _ in range(int(np.prod(size)))]).reshape(size)

    def randint(self, low, high=None, size=None):
        return np.array([Stream(SEED, FLIP << 32 | i).below(high) for i in range(size)])


def from_scikit_learn(x):
    numbers = Numbers()
    rbm = BernoulliRBM(n_components=HIDDEN, learning_rate=0.1, batch_size=BATCH, random_state=numbers)
    rbm.components_ = pattern(20, HIDDEN, FEATURES)
    rbm.intercept_hidden_, rbm.intercept_visible_ = pattern(21, HIDDEN), pattern(22, FEATURES)
    rbm.h_samples_, step = np.zeros((BATCH, HIDDEN)), 0
    for _ in range(EPOCHS):
        for first in range(0, ROWS, BATCH):
            numbers.stream = Stream(SEED, CHAINS << 32 | step)
            rbm._fit(x[first : first + BATCH], numbers)
            step += 1
    emit("persistent_components", rbm.components_)
    emit("persistent_hidden", rbm.intercept_hidden_)
    emit("persistent_visible", rbm.intercept_visible_)
    emit("persistent_chains", rbm.h_samples_)
    emit("transformed", rbm.transform(x))
    emit("energies", rbm._free_energy(x))
    emit("scores", rbm.score_samples(x))
    samples = []
    for first in range(0, ROWS, BATCH):
        numbers.stream = Stream(SEED, SAMPLE << 32 | first)
        samples.append(rbm.gibbs(rbm.gibbs(x[first : first + BATCH])))
    emit("sampled", np.concatenate(samples))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def contrastive(x, gaussian, momentum, decay, target, cost, sample_weight, steps=2, rate=0.1):
    w, c, b = pattern(20, HIDDEN, FEATURES), pattern(21, HIDDEN), pattern(22, FEATURES)
    dw, dc, db, step = np.zeros_like(w), np.zeros_like(c), np.zeros_like(b), 0
    for epoch in range(EPOCHS):
        order, error, mass = Stream(SEED, SHUFFLE << 32 | epoch).shuffled(ROWS), 0, 0
        for first in range(0, ROWS, BATCH):
            rows = order[first : first + BATCH]
            stream = Stream(SEED, CHAINS << 32 | step)
            uniform = lambda p: np.array([stream.unit() for _ in range(p.size)]).reshape(p.shape)
            v, n = x[rows], len(rows)
            h = sigmoid(v @ w.T + c)
            activity, share = h.mean(0), (sample_weight[rows] / (sample_weight.mean() * n))[:, None]
            end_h = h
            for _ in range(steps):
                chain = (uniform(end_h) < end_h) * 1.0
                end_v = chain @ w + b
                if gaussian:
                    end_v = end_v + blocks_of_normals(stream, end_v.size).reshape(end_v.shape)
                else:
                    end_v = sigmoid(end_v)
                    end_v = (uniform(end_v) < end_v) * 1.0
                end_h = sigmoid(end_v @ w.T + c)
            error += (sample_weight[rows] * ((v - end_v) ** 2).sum(1)).sum()
            mass += sample_weight[rows].sum()
            dw = momentum * dw + rate * ((share * h).T @ v - (share * end_h).T @ end_v)
            dc = momentum * dc + rate * ((share * h).sum(0) - (share * end_h).sum(0)) + rate * cost * (target - activity)
            db = momentum * db + rate * ((share * v).sum(0) - (share * end_v).sum(0))
            w, c, b = w - rate * decay * w + dw, c + dc, b + db
            step += 1
    name = "gaussian" if gaussian else "contrastive"
    emit(f"{name}_components", w)
    emit(f"{name}_hidden", c)
    emit(f"{name}_visible", b)
    emit(f"{name}_error", [error / mass])
    hidden = np.logaddexp(0, x @ w.T + c).sum(1)
    emit(f"{name}_energies", ((x - b) ** 2).sum(1) / 2 - hidden if gaussian else -x @ b - hidden)


def blocks_of_normals(stream, count):
    """The core draws them 256 at a time, each time an even number."""
    return np.concatenate([stream.normals(min(256, count - start)) for start in range(0, count, 256)])


def main():
    print("/* Made by make_rbm_fixture.py with scikit-learn " + sklearn.__version__ + ". */")
    print("/* clang-format off */")
    x = (pattern(1, ROWS, FEATURES) + 1) / 2
    from_scikit_learn(x)
    weights = np.arange(ROWS) % 3.0
    contrastive(x, False, momentum=0.5, decay=0.1, target=0.1, cost=0.3, sample_weight=weights)
    contrastive(pattern(1, ROWS, FEATURES) * 2, True, momentum=0, decay=0, target=0.5, cost=0, sample_weight=np.ones(ROWS))


if __name__ == "__main__":
    main()
