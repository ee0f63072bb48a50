"""Writes the trained face network as a description for hwgen."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from hwgen.model import Affine, Builder

__all__ = ["write_description"]

CLASSES = ("nonface", "face")
MIDDLE = 128
"""Pixel that the input transform maps to zero, and that pads the picture."""


def write_description(
    arrays: Mapping[str, np.ndarray], metrics: Mapping[str, Any], path: Path
) -> None:
    """Write the description.

    Parameters
    ----------
    arrays : mapping of str to array
        ``convK_weight`` int8 -1/+1 (out, ky, kx, in), ``convK_gamma`` and so on float64 (out) for
        K in 1..3, ``convK_epsilon``, and ``dense_weight`` int8 (2, 2048) in HWC order.
    metrics : mapping
        Becomes the description's provenance.
    path : Path
        A ``.json`` file.
    """
    transform = Affine(Fraction(1, MIDDLE), Fraction(-1))
    net = Builder("face", height=32, width=32, channels=3, transform=transform)
    for k in (1, 2, 3):
        pad: dict[str, Any] = {"pad_pixel": MIDDLE} if k == 1 else {"pad_value": -1}
        net.conv2d(arrays[f"conv{k}_weight"], name=f"conv{k}", padding="same", **pad)
        gamma, beta, mean, variance = (
            arrays[f"conv{k}_{figure}"] for figure in ("gamma", "beta", "mean", "variance")
        )
        epsilon = float(arrays[f"conv{k}_epsilon"])
        net.batch_norm(gamma, beta, mean, variance, epsilon=epsilon, name=f"norm{k}")
        net.sign(name=f"sign{k}")
        net.max_pool(2, name=f"pool{k}")
    net.flatten(name="flatten").dense(arrays["dense_weight"], name="fc")
    net.classes(CLASSES).provenance(dict(metrics))
    net.save(path)
