"""Writes fixtures.h: what PyTorch computes for the layers, losses and optimisers of src/neural on fixed inputs.

Run: python3 make_fixtures.py > fixtures.h (made with PyTorch 1.13.1). Inputs come from `pattern`, which tests/c/test_neural.h
repeats, so that only results are stored.
"""

import numpy as np
import torch
import torch.nn.functional as F


def pattern(seed, *shape):
    """Values in [-1, 1] without symmetry, the same here and in C."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    values = (i * 7919 + seed * 6101) % 2003 / 1001.0 - 1
    return torch.tensor(values.astype(np.float32).reshape(shape), requires_grad=True)


def emit(name, tensor):
    values = [np.format_float_scientific(v, unique=True) for v in tensor.detach().numpy().astype(np.float32).ravel()]
    values = [f"{np.float32(v):.9g}" for v in values]
    values = [v + ("f" if "." in v or "e" in v else ".0f") for v in values]
    text = f"static const float {name}[{len(values)}] = {{" + ", ".join(values) + "};"
    line = ""
    for word in text.split(" "):
        if len(line) + len(word) + 1 > 126:
            print(line)
            line = "   "
        line += (" " if line else "") + word
    print(line)


def emit_layer(name, y, inputs):
    """y, and the gradients of sum(y * pattern(9)) by the inputs."""
    grads = torch.autograd.grad((y * pattern(9, *y.shape).detach()).sum(), [tensor for _, tensor in inputs])
    emit(f"{name}_y", y)
    for (label, _), grad in zip(inputs, grads):
        emit(f"{name}_d{label}", grad)


def emit_loss(name, loss, inputs):
    grads = torch.autograd.grad(loss, [tensor for _, tensor in inputs])
    emit(f"{name}_loss", loss)
    for (label, _), grad in zip(inputs, grads):
        emit(f"{name}_d{label}", grad)


def main():
    print("/* Made by make_fixtures.py with PyTorch " + torch.__version__.split("a")[0] + ". */")
    print("/* clang-format off */")

    x, w, b = pattern(1, 5, 7), pattern(2, 6, 7), pattern(3, 6)
    emit_layer("dense", F.linear(x, w, b), [("x", x), ("weight", w), ("bias", b)])

    x, w, b = pattern(1, 2, 3, 7, 6), pattern(2, 4, 3, 3, 3), pattern(3, 4)
    emit_layer("convolution", F.conv2d(x, w, b, stride=2, padding=1), [("x", x), ("weight", w), ("bias", b)])
    x, w, b = pattern(1, 2, 1, 5, 5), pattern(2, 2, 1, 4, 4), pattern(3, 2)
    emit_layer("convolution_valid", F.conv2d(x, w, b), [("x", x), ("weight", w), ("bias", b)])
    x, w, b = pattern(1, 2, 4, 3, 2), pattern(2, 4, 3, 4, 4), pattern(3, 3)
    y = F.conv_transpose2d(x, w, b, stride=2, padding=1)
    emit_layer("transposed_convolution", y, [("x", x), ("weight", w), ("bias", b)])
    x, w, b = pattern(1, 2, 2, 4, 4), pattern(2, 2, 3, 3, 3), pattern(3, 3)
    y = F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1)
    emit_layer("transposed_convolution_padded", y, [("x", x), ("weight", w), ("bias", b)])

    x, gamma, beta = pattern(1, 4, 3, 5), pattern(2, 3), pattern(3, 3)
    mean, variance = torch.zeros(3), torch.ones(3)
    y = F.batch_norm(x, mean, variance, gamma, beta, training=True, momentum=0.1, eps=1e-5)
    emit_layer("batch_norm", y, [("x", x), ("gamma", gamma), ("beta", beta)])
    emit("batch_norm_running_mean", mean)
    emit("batch_norm_running_variance", variance)
    emit("batch_norm_applied", F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=1e-5))
    x, gamma, beta = pattern(1, 4, 6), pattern(2, 6), pattern(3, 6)
    emit_layer("layer_norm", F.layer_norm(x, (6,), gamma, beta, eps=1e-5), [("x", x), ("gamma", gamma), ("beta", beta)])

    x = pattern(1, 2, 2, 3, 2)
    emit_layer("upsample", F.interpolate(x, scale_factor=2, mode="nearest"), [("x", x)])
    x = pattern(1, 2, 2, 5, 4)
    emit_layer("average_pool", F.avg_pool2d(x, 2), [("x", x)])
    emit_layer("max_pool", F.max_pool2d(x, 2), [("x", x)])

    x = (pattern(1, 16) * 5).detach().requires_grad_(True)
    for name, function in {
        "linear": lambda v: v * 1,
        "relu": F.relu,
        "leaky_relu": lambda v: F.leaky_relu(v, 0.2),
        "elu": F.elu,
        "gelu": F.gelu,
        "silu": F.silu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
    }.items():
        emit_layer(name, function(x), [("x", x)])

    z, t = (pattern(1, 12) * 30).detach().requires_grad_(True), (pattern(2, 12).detach() + 1) / 2
    emit_loss("cross_entropy", F.binary_cross_entropy_with_logits(z, t, reduction="sum"), [("logits", z)])
    p, t = pattern(1, 12), pattern(2, 12).detach()
    emit_loss("squared_error", F.mse_loss(p, t, reduction="sum"), [("predictions", p)])
    s = (pattern(1, 12) * 2).detach().requires_grad_(True)
    emit_loss("wasserstein_fake", s.sum(), [("scores", s)])
    emit_loss("hinge_real", F.relu(1 - s).sum(), [("scores", s)])
    emit_loss("hinge_fake", F.relu(1 + s).sum(), [("scores", s)])
    m, v = pattern(1, 12), (pattern(2, 12) * 3).detach().requires_grad_(True)
    normal = torch.distributions.Normal(torch.zeros(12), torch.ones(12))
    kl = torch.distributions.kl_divergence(torch.distributions.Normal(m, torch.exp(v / 2)), normal).sum()
    emit_loss("divergence", kl, [("mean", m), ("log_variance", v)])

    for name, make in {
        "adam": lambda w: torch.optim.Adam(w, lr=0.01),
        "adam_decay": lambda w: torch.optim.Adam(w, lr=0.01, weight_decay=0.1),
        "adamw": lambda w: torch.optim.AdamW(w, lr=0.01, weight_decay=0.1),
        "rmsprop": lambda w: torch.optim.RMSprop(w, lr=0.01, alpha=0.9, momentum=0.5, weight_decay=0.1),
        "sgd": lambda w: torch.optim.SGD(w, lr=0.01, momentum=0.9, weight_decay=0.1),
    }.items():
        w = pattern(1, 6)
        optimizer = make([w])
        for step in range(1, 8):
            w.grad = pattern(10 + step, 6).detach()
            optimizer.step()
        emit(f"{name}_weights", w)

    w = pattern(1, 6)
    w.grad = pattern(2, 6).detach().clone()
    torch.nn.utils.clip_grad_norm_([w], 0.5)
    emit("clipped", w.grad)


if __name__ == "__main__":
    main()
