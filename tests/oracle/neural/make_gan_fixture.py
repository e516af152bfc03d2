"""Writes gan_fixture.h: the weights after two epochs of adversarial training by PyTorch, and the losses of the last step and epoch,
on weights, data, order and noise that src/neural/gan_fit.c takes too (tests/c/test_gan.c).

Run: python3 make_gan_fixture.py > gan_fixture.h (made with PyTorch 1.13.1).
"""

import numpy as np
import torch
import torch.nn.functional as F
from make_fixtures import emit, pattern
from random_numbers import Stream

SEED, ROWS, FEATURES, LATENT, EPOCHS = 5, 7, 16, 2, 2
SHUFFLE, NOISE, MORE_NOISE, BETWEEN = 1, 2, 3, 4  # purposes of streams, see src/neural/gan.h
HALVE = dict(kernel_size=4, stride=2, padding=1)


def arrays(*networks):
    return [(n, t) for net in networks for n, t in net.state_dict().items() if "num_batches" not in n]


class Players:
    """Both networks, and how a label enters them."""

    def __init__(self, generator, discriminator, labels, classes, image):
        self.generator, self.discriminator = torch.nn.Sequential(*generator), torch.nn.Sequential(*discriminator)
        self.one_hot = F.one_hot(labels, classes).float() if classes else torch.zeros(ROWS, 0)
        self.image = image
        for i, (name, tensor) in enumerate(arrays(self.generator, self.discriminator)):
            if "running" not in name:
                tensor.copy_(pattern(20 + i, *tensor.shape).detach() * 0.5)

    def sample(self, codes, rows):
        return self.generator(torch.cat([codes, self.one_hot[rows]], 1)).reshape(len(rows), FEATURES)

    def score(self, x, rows):
        label = self.one_hot[rows]
        if not self.image:
            return self.discriminator(torch.cat([x, label], 1))[:, 0]
        planes = label[:, :, None, None].expand(-1, -1, 4, 4)
        return self.discriminator(torch.cat([x.reshape(-1, 1, 4, 4), planes], 1))[:, 0]


def losses_of_scores(kind, smoothing):
    """For data, for samples, and for the generator."""
    bce = lambda scores, target: F.binary_cross_entropy_with_logits(
        scores, torch.full_like(scores, target), reduction="none"
    )
    return {
        "bce": (lambda s: bce(s, 1 - smoothing), lambda s: bce(s, 0.0), lambda s: bce(s, 1.0)),
        "wgan-gp": (lambda s: -s, lambda s: s, lambda s: -s),
        "hinge": (lambda s: F.relu(1 - s), lambda s: F.relu(1 + s), lambda s: -s),
    }[kind]


def penalty(players, data, samples, rows, step):
    stream = Stream(SEED, BETWEEN << 32 | step)
    part = torch.tensor([[stream.unit()] for _ in rows])
    between = (samples + part * (data - samples)).detach().requires_grad_()
    (slope,) = torch.autograd.grad(players.score(between, rows).sum(), between, create_graph=True)
    return (slope.norm(dim=1) - 1) ** 2


def train(name, kind, generator, discriminator, optimizer, output="sigmoid", classes=0, weighted=False, image=False,
          smoothing=0.0, periods=(1, 1), size=3):
    x, labels = pattern(1, ROWS, FEATURES).detach(), torch.arange(ROWS) % max(classes, 1)
    x = (x + 1) / 2 if output == "sigmoid" else x
    sample_weight = torch.arange(ROWS) % 3 / 1.0 if weighted else torch.ones(ROWS)
    players = Players(generator, discriminator, labels, classes, image)
    optimizers = [optimizer(net.parameters()) for net in (players.generator, players.discriminator)]
    of_data, of_sample, of_generator = losses_of_scores(kind, smoothing)

    def draw(purpose, index, rows):
        noise = Stream(SEED, purpose << 32 | index).normals(len(rows) * LATENT)
        return players.sample(torch.tensor(np.array(noise, dtype=np.float32).reshape(-1, LATENT)), rows)

    def descend(player, loss):
        network = (players.generator, players.discriminator)[player]
        optimizers[player].zero_grad()
        torch.autograd.backward(loss, inputs=list(network.parameters()))
        optimizers[player].step()

    step, taught = 0, 0
    for epoch in range(EPOCHS):
        order, sums, mass, generator_mass = Stream(SEED, SHUFFLE << 32 | epoch).shuffled(ROWS), torch.zeros(5), 0, 0
        for first in range(0, ROWS, size):
            rows = order[first : first + size]
            weights = sample_weight[rows]
            share = weights / (len(rows) * sample_weight.mean())
            samples = draw(NOISE, step, rows)
            real, fake = players.score(x[rows], rows), players.score(samples.detach(), rows)
            extra = 10 * penalty(players, x[rows], samples.detach(), rows, step) if kind == "wgan-gp" else torch.zeros(len(rows))
            each = of_data(real) + of_sample(fake) + extra
            says = torch.sigmoid if kind == "bce" else lambda scores: scores
            batch = [torch.tensor(0.0)] + [(weights * part).sum() for part in (each, extra, says(real), says(fake))]
            descend(1, (share * each).sum())
            if (step + 1) % periods[0] == 0:
                for again in range(periods[1]):
                    samples = samples if again == 0 else draw(MORE_NOISE, taught, rows)
                    each = of_generator(players.score(samples, rows))
                    batch[0] = (weights * each).sum()
                    descend(0, (share * each).sum())
                    taught += 1
                generator_mass += weights.sum()
            step += 1
            batch = torch.stack(batch).detach()
            sums, mass = sums + batch, mass + weights.sum()
        sums /= torch.tensor([generator_mass] + 4 * [mass])
    emit(f"{name}_step_loss", batch / weights.sum())
    emit(f"{name}_epoch_loss", sums)
    for i, (_, tensor) in enumerate(arrays(players.generator, players.discriminator)):
        emit(f"{name}_{i}", tensor)


def dense(inputs, hidden, outputs, activation):
    layers = []
    for units in hidden:
        layers += [torch.nn.Linear(inputs, units), activation]
        inputs = units
    return [*layers, torch.nn.Linear(inputs, outputs)]


def convolutional(classes, last):
    leaky, relu = torch.nn.LeakyReLU(0.2), torch.nn.ReLU()
    discriminator = [torch.nn.Conv2d(1 + classes, 2, **HALVE), leaky, torch.nn.Conv2d(2, 3, **HALVE), leaky]
    discriminator += [torch.nn.Flatten(), *dense(3, [5], 1, leaky)]
    generator = [*dense(LATENT + classes, [5], 3, relu), torch.nn.Unflatten(1, (3, 1, 1))]
    generator += [torch.nn.BatchNorm2d(3), relu, torch.nn.ConvTranspose2d(3, 2, **HALVE)]
    generator += [torch.nn.BatchNorm2d(2), relu, torch.nn.ConvTranspose2d(2, 1, **HALVE), last]
    return generator, discriminator


def main():
    print("/* Made by make_gan_fixture.py with PyTorch " + torch.__version__.split("a")[0] + ". */")
    print("/* clang-format off */")
    adam = lambda weights: torch.optim.Adam(weights, lr=0.01, betas=(0.5, 0.9))
    # A critic's last bias, and biases before batch normalisation, have the gradient 0 but for rounding, which Adam would scale up.
    sgd = lambda weights: torch.optim.SGD(weights, lr=0.01, momentum=0.5)
    leaky, relu = torch.nn.LeakyReLU(0.2), torch.nn.ReLU()

    generator, discriminator = dense(LATENT, [3, 4], FEATURES, relu), dense(FEATURES, [4, 3], 1, leaky)
    train("bce", "bce", [*generator, torch.nn.Sigmoid()], discriminator, adam, weighted=True, smoothing=0.1)

    generator, discriminator = dense(LATENT + 3, [4], FEATURES, relu), dense(FEATURES + 3, [4], 1, leaky)
    train("wasserstein", "wgan-gp", generator, discriminator, sgd, "linear", classes=3, weighted=True, periods=(2, 2))

    generator, discriminator = convolutional(0, torch.nn.Tanh())
    train("hinge", "hinge", generator, discriminator, sgd, "tanh", image=True, size=4)

    generator, discriminator = convolutional(3, torch.nn.Sigmoid())
    train("critic", "wgan-gp", generator, discriminator, sgd, classes=3, image=True, size=4)


if __name__ == "__main__":
    main()
