"""Fits the polynomials of src/kernels/vector_math.h: minimax by Lawson's iteration (weights grow where the error is large).

Run: python3 fit_polynomials.py. Needs numpy and scipy. Prints coefficients from the constant term up, and the largest error in
units of the quantity that the comment names, before rounding of the coefficients to float.
"""

import numpy as np
from scipy import special


def fit(x, target, scale, degree, rounds=400):
    """Coefficients c minimising max |(sum c_i x^i - target) * scale| over the points x."""
    powers = np.vander(x, degree + 1, increasing=True) * scale[:, None]
    goal = target * scale
    weights = np.ones_like(x)
    best = (np.inf, None)
    for _ in range(rounds):
        root = np.sqrt(weights)
        c, *_ = np.linalg.lstsq(powers * root[:, None], goal * root, rcond=None)
        error = np.abs(powers @ c - goal)
        if error.max() < best[0]:
            best = (error.max(), c)
        weights *= error / error.max() + 1e-3
        weights /= weights.sum()
    return best


def show(name, result):
    error, c = result
    print(f"{name}: error {error:.2e}\n  " + ", ".join(f"{np.float32(v):.9g}f" for v in c))


def chebyshev(low, high, count=4001):
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(count) + 0.5) / count)


# exp(r) = 1 + r + r^2 p(r), |r| <= ln(2) / 2; relative error
r = chebyshev(-0.3467, 0.3467)
show("exp", fit(r, (np.expm1(r) - r) / r**2, r**2 / np.exp(r), 4))

# log(1 + f) = f - f^2 / 2 + f^3 p(f), sqrt(1/2) <= 1 + f <= sqrt(2); relative error
f = chebyshev(-0.293, 0.4143)
f = f[np.abs(f) > 1e-3]
show("log", fit(f, (np.log1p(f) - f + f**2 / 2) / f**3, f**3 / np.log1p(f), 7))

# ln(1 + t) = t p(t), 0 <= t <= 1; relative error
t = chebyshev(1e-4, 1)
show("log of 1 to 2", fit(t, np.log1p(t) / t, t / np.log1p(t), 8))

# tanh(x) = x + x^3 p(x^2), 0 <= x <= 0.625; relative error
x = chebyshev(0.001, 0.625)
show("tanh", fit(x**2, (np.tanh(x) - x) / x**3, x**3 / np.tanh(x), 4))

# erfc(z) = exp(-z^2) p(t), t = 1 / (1 + z / 2), 0 <= z <= 10; relative error
z = np.concatenate([chebyshev(0, 10.2), np.linspace(0, 2, 2000)])
t = 1 / (1 + z / 2)
show("erfc", fit(t, special.erfcx(z) / t, t / special.erfcx(z), 8))
