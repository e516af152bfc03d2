"""What judges the trained models, apart from lakh: PyTorch with lakh's weights, and a classifier of digits."""

import json

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MIN_ACCURACY = 0.98
CLASSIFIER_EPOCHS = 2
_classifiers = []


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


def train_classifier(digits):
    """A small convolutional network, and its accuracy on the test set."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    network = nn.Sequential(*layers, nn.Linear(800, 64), nn.ReLU(), nn.Linear(64, 10))
    images = lambda name: torch.from_numpy(digits(name)).reshape(-1, 1, 28, 28)
    x, y = images("digits"), torch.from_numpy(digits("digits_labels")).long()
    adam = torch.optim.Adam(network.parameters(), lr=0.002)
    for _ in range(CLASSIFIER_EPOCHS):
        for rows in torch.randperm(len(x)).split(128):
            adam.zero_grad()
            F.cross_entropy(network(x[rows]), y[rows]).backward()
            adam.step()
    network.eval()
    with torch.no_grad():
        told = network(images("digits_test")).argmax(1).numpy()
    accuracy = float((told == digits("digits_test_labels")).mean())
    if accuracy < MIN_ACCURACY:
        raise RuntimeError(f"the judge of digits is right in {accuracy:.4f} of the test set only")
    return network, accuracy


@torch.no_grad()
def digits_drawn(path, digits):
    """How many of the images in a file of floats the classifier takes for each digit."""
    if not _classifiers:
        with torch.enable_grad():
            _classifiers.append(train_classifier(digits))
    network, accuracy = _classifiers[0]
    images = torch.from_numpy(np.fromfile(path, np.float32)).reshape(-1, 1, 28, 28)
    return {"counts": torch.bincount(network(images).argmax(1), minlength=10).tolist(), "accuracy": accuracy}
