"""PyTorch and scikit-learn, trained as their own guides train. A trainer takes batches and gives the function that trains on one."""

import time

import torch
import torch.nn.functional as F
from sklearn.neural_network import BernoulliRBM
from torch import nn

LEARNING_RATE = 0.001
VAE_LATENT, GAN_LATENT, HIDDEN, FEATURES = 2, 64, 256, 784
RBM_RATE = 0.1
BATCH = 128


def perceptron(*sizes):
    layers = [nn.Linear(sizes[0], sizes[1])]
    for inputs, outputs in zip(sizes[1:], sizes[2:]):
        layers += [nn.ReLU(), nn.Linear(inputs, outputs)]
    return nn.Sequential(*layers)


def autoencoder(encoder, decoder, rows_of):
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=LEARNING_RATE)

    def step(rows):
        adam.zero_grad()
        mean, log_variance = encoder(rows_of(rows)).chunk(2, 1)
        code = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        logits = decoder(code).reshape(rows.shape)
        reconstruction = F.binary_cross_entropy_with_logits(logits, rows, reduction="sum")
        divergence = -0.5 * torch.sum(1 + log_variance - mean**2 - log_variance.exp())
        loss = (reconstruction + divergence) / len(rows)
        loss.backward()
        adam.step()
        return loss.item()

    return step


def vae():
    return autoencoder(perceptron(FEATURES, HIDDEN, 2 * VAE_LATENT), perceptron(VAE_LATENT, HIDDEN, FEATURES), lambda rows: rows)


def convolutional_vae():
    halve = dict(kernel_size=4, stride=2, padding=1)
    encoder = nn.Sequential(
        nn.Conv2d(1, 32, **halve), nn.ReLU(), nn.Conv2d(32, 64, **halve), nn.ReLU(), nn.Flatten(), perceptron(3136, 16, 2 * VAE_LATENT)
    )
    decoder = nn.Sequential(
        perceptron(VAE_LATENT, 16, 3136), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 32, **halve), nn.ReLU(), nn.ConvTranspose2d(32, 1, **halve),
    )  # fmt: skip
    return autoencoder(encoder, decoder, lambda rows: rows.reshape(-1, 1, 28, 28))


def gan():
    generator, discriminator = perceptron(GAN_LATENT, HIDDEN, FEATURES), perceptron(FEATURES, HIDDEN, 1)
    drawer, judge = (torch.optim.Adam(network.parameters(), lr=LEARNING_RATE) for network in (generator, discriminator))
    cross_entropy = F.binary_cross_entropy_with_logits

    def step(rows):
        ones, zeros = torch.ones(len(rows), 1), torch.zeros(len(rows), 1)
        fake = torch.sigmoid(generator(torch.randn(len(rows), GAN_LATENT)))
        judge.zero_grad()
        told = cross_entropy(discriminator(rows), ones) + cross_entropy(discriminator(fake.detach()), zeros)
        told.backward()
        judge.step()
        drawer.zero_grad()
        cross_entropy(discriminator(fake), ones).backward()
        drawer.step()
        return told.item()

    return step


def rbm():
    """One step of contrastive divergence (Hinton 2002), written out with matrix products."""
    weights, hidden_bias, visible_bias = torch.randn(HIDDEN, FEATURES) * 0.01, torch.zeros(HIDDEN), torch.zeros(FEATURES)

    def step(rows):
        rate = RBM_RATE / len(rows)
        hidden = torch.sigmoid(F.linear(rows, weights, hidden_bias))
        visible = torch.bernoulli(torch.sigmoid(torch.addmm(visible_bias, torch.bernoulli(hidden), weights)))
        again = torch.sigmoid(F.linear(visible, weights, hidden_bias))
        weights.addmm_(hidden.T, rows, alpha=rate).addmm_(again.T, visible, alpha=-rate)
        hidden_bias.add_((hidden - again).sum(0), alpha=rate)
        visible_bias.add_((rows - visible).sum(0), alpha=rate)
        return ((rows - visible) ** 2).sum().item() / len(rows)

    return step


trainers = {"vae": vae, "gan": gan, "rbm": rbm, "convvae": convolutional_vae}


def timed_steps(workload, rows, warm_up, steps):
    """Milliseconds of each step once the threads have settled, and the mean loss of the `steps` after the first `warm_up`."""
    step = trainers[workload]()
    batches = [torch.from_numpy(rows[first : first + BATCH]) for first in range(0, len(rows), BATCH)]
    ms, losses = [], []
    with torch.set_grad_enabled(workload != "rbm"):
        for rows in batches:
            start = time.perf_counter()
            losses.append(step(rows))
            ms.append((time.perf_counter() - start) * 1e3)
    settled = len(ms) // 4
    return ms[settled:], sum(losses[warm_up : warm_up + steps]) / steps


def rbm_fit(rows, epochs, seed, batch=BATCH):
    """scikit-learn's machine, fitted, and the milliseconds that it took."""
    model = BernoulliRBM(n_components=HIDDEN, learning_rate=RBM_RATE, batch_size=batch, n_iter=epochs, random_state=seed)
    start = time.perf_counter()
    model.fit(rows)
    return model, (time.perf_counter() - start) * 1e3
