"""How good the generative models of PyTorch and scikit-learn become on few digits in a few seconds: means over seeds, judged on rows
that were not trained on."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.neural_network import BernoulliRBM
from torch import nn

from data import table
from fixture import Fixture

SEEDS = 20


def about(values):
    return {"mean": float(np.mean(values)), "std": float(np.std(values, ddof=1))}


def autoencoder(train, test, hidden, latent_dim, batch, epochs, seed):
    """Minus the evidence lower bound of the test rows, ten codes a row."""
    torch.manual_seed(seed)
    features = train.shape[1]
    encoder = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent_dim))
    decoder = nn.Sequential(nn.Linear(latent_dim, hidden), nn.ReLU(), nn.Linear(hidden, features))
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()])

    def negative_bound(rows):
        mean, log_variance = encoder(rows).chunk(2, 1)
        code = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        reconstruction = F.binary_cross_entropy_with_logits(decoder(code), rows, reduction="none").sum(1)
        return (reconstruction - 0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1)).mean()

    for _ in range(epochs):
        for rows in torch.randperm(len(train)).split(batch):
            adam.zero_grad()
            negative_bound(train[rows]).backward()
            adam.step()
    with torch.no_grad():
        return np.mean([negative_bound(test).item() for _ in range(10)])


def pseudo_likelihood(model, rows):
    """scikit-learn's, over all features of a row instead of one at random."""
    energy = model._free_energy(rows)
    total = 0.0
    for j in range(rows.shape[1]):
        flipped = rows.copy()
        flipped[:, j] = 1 - flipped[:, j]
        total -= np.logaddexp(0, energy - model._free_energy(flipped)).mean()
    return total


def machine(train, test, n_components, batch, epochs, seed):
    model = BernoulliRBM(n_components, learning_rate=0.1, batch_size=batch, n_iter=epochs, random_state=seed).fit(train)
    return pseudo_likelihood(model, test)


def main():
    torch.set_num_threads(1)
    x, stored = table("mnist")
    x = x.astype(np.float32) / 255
    settings = {"hidden": 64, "latent_dim": 2, "batch": 50, "epochs": 10}
    train, test = torch.from_numpy(x[:1500]), torch.from_numpy(x[1500:])
    vae = about([autoencoder(train, test, **settings, seed=seed) for seed in range(SEEDS)])
    print("autoencoder", vae)
    cases = {"vae": {"x": stored, "scale": 255, "train": 1500, **settings, "negative_bound": vae}}

    x, stored = table("digits")
    x = x.astype(np.float32) / 16
    settings = {"n_components": 64, "batch": 10, "epochs": 10}
    rbm = about([machine(x[:1500], x[1500:], **settings, seed=seed) for seed in range(SEEDS)])
    print("machine", rbm)
    cases["rbm"] = {"x": stored, "scale": 16, "train": 1500, **settings, "pseudo_likelihood": rbm}
    Fixture("training").write({"seeds": SEEDS, **cases})


main()
