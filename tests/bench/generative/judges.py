"""What judges the trained models, apart from lakh: PyTorch with lakh's weights, and a classifier of digits."""

import json

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MIN_ACCURACY = 0.98
CLASSIFIER_EPOCHS = 3


def read_safetensors(path):
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(raw[begin:end], "<f4").reshape(entry["shape"]).copy())
    return tensors


def apply(tensors, part, x):
    """The dense layers of a part, numbered as in a torch.nn.Sequential with an activation after each but the last."""
    layers = sorted({int(name.split(".")[1]) for name in tensors if name.startswith(f"{part}.")})
    for layer in layers:
        x = F.linear(x, tensors[f"{part}.{layer}.weight"], tensors[f"{part}.{layer}.bias"])
        if layer != layers[-1]:
            x = torch.relu(x)
    return x


@torch.no_grad()
def negative_bound(path, rows, latent_dim, seed):
    """Minus the evidence lower bound of a dense autoencoder with Bernoulli pixels, mean over rows, one code a row."""
    torch.manual_seed(seed)
    tensors, x = read_safetensors(path), torch.from_numpy(rows)
    heads = apply(tensors, "encoder", x)
    mean, log_variance = heads[:, :latent_dim], heads[:, latent_dim:]
    code = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
    reconstruction = F.binary_cross_entropy_with_logits(apply(tensors, "decoder", code), x, reduction="none").sum(1)
    divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1)
    return {"negativeBound": (reconstruction + divergence).double().mean().item()}


def pseudo_likelihood(components, hidden, visible, rows, features_a_row=20):
    """The mean over rows of scikit-learn's pseudo-likelihood, from more than its one random feature a row: the same for all."""
    random = np.random.RandomState(0)
    activation = hidden + rows @ components.T
    softplus = np.logaddexp(0, activation).sum(1)
    total = 0.0
    for _ in range(features_a_row):
        features = random.randint(rows.shape[1], size=len(rows))
        change = 1 - 2 * rows[np.arange(len(rows)), features]
        flipped = np.logaddexp(0, activation + change[:, None] * components[:, features].T).sum(1)
        rise = softplus - flipped - change * visible[features]  # of the free energy
        total -= rows.shape[1] * np.logaddexp(0, -rise).mean()
    return {"mean": total / features_a_row}


def pseudo_likelihood_of_file(path, rows):
    tensors = {name: tensor.numpy() for name, tensor in read_safetensors(path).items()}
    return pseudo_likelihood(tensors["components"], tensors["intercept_hidden"], tensors["intercept_visible"], rows)


def make_classifier():
    layers = [nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(800, 64), nn.ReLU(), nn.Linear(64, 10))


def images(rows):
    return torch.from_numpy(rows).reshape(-1, 1, 28, 28)


def train(network, x, y, batch=128):
    adam = torch.optim.Adam(network.parameters())
    steps = CLASSIFIER_EPOCHS * -(-len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=0.005, total_steps=steps)
    for _ in range(CLASSIFIER_EPOCHS):
        for rows in torch.randperm(len(x)).split(batch):
            adam.zero_grad()
            F.cross_entropy(network(x[rows]), y[rows]).backward()
            adam.step()
            schedule.step()


def classifier(digits, kept):
    """A convolutional network that tells digits apart, and its accuracy on the test set; trained once and kept in a file."""
    torch.manual_seed(0)
    network, threads = make_classifier(), torch.get_num_threads()
    if kept.exists():
        network.load_state_dict(torch.load(kept))
    else:
        torch.set_num_threads(1)  # Two wait for each other for minutes when anything else is running.
        train(network, images(digits("digits")), torch.from_numpy(digits("digits_labels")).long())
        torch.set_num_threads(threads)
        torch.save(network.state_dict(), kept)
    with torch.no_grad():
        told = network(images(digits("digits_test"))).argmax(1).numpy()
    accuracy = float((told == digits("digits_test_labels")).mean())
    if accuracy < MIN_ACCURACY:
        raise RuntimeError(f"the judge of digits is right in {accuracy:.4f} of the test set only")
    return network, accuracy


def digits_drawn(path, digits):
    """How many of the images in a file of floats the classifier takes for each digit."""
    network, accuracy = classifier(digits, path.parent / "classifier.pt")
    with torch.no_grad():
        told = network(images(np.fromfile(path, np.float32))).argmax(1)
    return {"counts": torch.bincount(told, minlength=10).tolist(), "accuracy": accuracy}
