"""Writes vae_fixture.h: the weights after two epochs of training by PyTorch, and the losses of the last step and epoch, on weights,
data, order and noise that src/neural/vae_fit.c takes too (tests/c/test_vae.c).

Run: python3 make_vae_fixture.py > vae_fixture.h (made with PyTorch 1.13.1).
"""

import numpy as np
import torch
import torch.nn.functional as F
from make_fixtures import emit, pattern
from random_numbers import Stream

SEED, ROWS, BATCH, FEATURES, LATENT, EPOCHS = 5, 7, 3, 16, 2, 2
SHUFFLE, NOISE = 1, 2  # purposes of streams, see src/neural/vae.h


def train(name, encoder, decoder, likelihood, optimizer, beta, warmup=0, classes=0, weighted=False, clip=0):
    modules = torch.nn.ModuleList(
        [torch.nn.Sequential(*encoder, torch.nn.LazyLinear(2 * LATENT)), torch.nn.Sequential(*decoder)]
    )
    x, labels = (pattern(1, ROWS, FEATURES).detach() + 1) / 2, torch.arange(ROWS) % max(classes, 1)
    sample_weight = torch.arange(ROWS) % 3 / 1.0 if weighted else torch.ones(ROWS)
    one_hot = F.one_hot(labels, classes).float() if classes else torch.zeros(ROWS, 0)
    convolutional = isinstance(encoder[0], torch.nn.Conv2d)
    inputs = torch.cat([x, one_hot], 1)
    if convolutional:
        planes = one_hot[:, :, None, None].expand(ROWS, classes, 4, 4)
        inputs = torch.cat([x.reshape(ROWS, 1, 4, 4), planes], 1)
    modules[1](torch.cat([modules[0](inputs)[:, :LATENT], one_hot], 1))  # lets lazy modules find their shapes
    for i, weight in enumerate(modules.parameters()):
        weight.data = pattern(20 + i, *weight.shape).detach() * 0.5
    optimizer = optimizer(modules.parameters())

    step, batches = 0, -(-ROWS // BATCH)
    for epoch in range(EPOCHS):
        order, sums, mass = Stream(SEED, SHUFFLE << 32 | epoch).shuffled(ROWS), torch.zeros(3), 0
        for first in range(0, ROWS, BATCH):
            rows = order[first : first + BATCH]
            now = beta * min(1, (epoch + first / BATCH / batches) / warmup) if warmup else beta
            heads = modules[0](inputs[rows])
            mean, log_variance = heads[:, :LATENT], heads[:, LATENT:]
            noise = np.array(Stream(SEED, NOISE << 32 | step).normals(len(rows) * LATENT), dtype=np.float32)
            codes = mean + torch.exp(log_variance / 2) * torch.tensor(noise.reshape(-1, LATENT))
            decoded = modules[1](torch.cat([codes, one_hot[rows]], 1)).reshape(len(rows), FEATURES)
            if likelihood == "bernoulli":
                reconstruction = F.binary_cross_entropy_with_logits(decoded, x[rows], reduction="none").sum(1)
            else:
                reconstruction = -torch.distributions.Normal(decoded, 1.0).log_prob(x[rows]).sum(1)
            encoded = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
            prior = torch.distributions.Normal(torch.zeros(()), torch.ones(()))
            divergence = torch.distributions.kl_divergence(encoded, prior).sum(1)
            loss = reconstruction + now * divergence
            weights = sample_weight[rows]
            optimizer.zero_grad()
            ((weights * loss).sum() / (len(rows) * sample_weight.mean())).backward()
            if clip:
                torch.nn.utils.clip_grad_norm_(modules.parameters(), clip)
            optimizer.step()
            step += 1
            batch = torch.stack([(weights * part).sum() for part in (reconstruction, divergence, loss)]).detach()
            sums, mass = sums + batch, mass + weights.sum()
    emit(f"{name}_step_loss", batch / weights.sum())
    emit(f"{name}_epoch_loss", sums / mass)
    for i, weight in enumerate(modules.parameters()):
        emit(f"{name}_{i}", weight)


def dense(activation, inputs, hidden):
    layers = []
    for units in hidden:
        layers += [torch.nn.Linear(inputs, units), activation()]
        inputs = units
    return layers, inputs


def main():
    print("/* Made by make_vae_fixture.py with PyTorch " + torch.__version__.split("a")[0] + ". */")
    print("/* clang-format off */")

    encoder, _ = dense(torch.nn.Tanh, FEATURES, [4, 3])
    decoder, width = dense(torch.nn.Tanh, LATENT, [3, 4])
    adam = lambda weights: torch.optim.Adam(weights, lr=0.01)
    train("bernoulli", encoder, [*decoder, torch.nn.Linear(width, FEATURES)], "bernoulli", adam, beta=0.5)

    encoder, _ = dense(torch.nn.ReLU, FEATURES + 3, [4])
    decoder, width = dense(torch.nn.ReLU, LATENT + 3, [4])
    decoder.append(torch.nn.Linear(width, FEATURES))
    rmsprop = lambda weights: torch.optim.RMSprop(weights, lr=0.01)
    train("gaussian", encoder, decoder, "gaussian", rmsprop, beta=2, warmup=1, classes=3, weighted=True, clip=1)

    halve = dict(kernel_size=4, stride=2, padding=1)
    encoder = [torch.nn.Conv2d(1, 2, **halve), torch.nn.GELU(), torch.nn.Conv2d(2, 3, **halve), torch.nn.GELU()]
    encoder += [torch.nn.Flatten(), torch.nn.Linear(3, 5), torch.nn.GELU()]
    decoder = [torch.nn.Linear(LATENT, 5), torch.nn.GELU(), torch.nn.Linear(5, 3), torch.nn.GELU()]
    decoder += [torch.nn.Unflatten(1, (3, 1, 1)), torch.nn.ConvTranspose2d(3, 2, **halve), torch.nn.GELU()]
    decoder += [torch.nn.ConvTranspose2d(2, 1, **halve)]
    adamw = lambda weights: torch.optim.AdamW(weights, lr=0.01, weight_decay=0.01)
    train("convolutional", encoder, decoder, "bernoulli", adamw, beta=1)

    encoder = [torch.nn.Conv2d(1 + 3, 2, **halve), torch.nn.ELU(), torch.nn.Flatten()]
    decoder = [torch.nn.Linear(LATENT + 3, 8), torch.nn.ELU(), torch.nn.Unflatten(1, (2, 2, 2))]
    decoder.append(torch.nn.ConvTranspose2d(2, 1, **halve))
    train("labelled_images", encoder, decoder, "bernoulli", adam, beta=1, classes=3)


if __name__ == "__main__":
    main()
