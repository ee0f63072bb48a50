"""Small networks as other programs write them, with what they compute, literally."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["conv_arrays", "conv_scores", "decoded_arrays", "dense_arrays", "save", "single_arrays"]

Arrays = dict[str, NDArray[Any]]


def save(folder: Path, arrays: Arrays, name: str = "mini.npz") -> Path:
    np.savez_compressed(folder / name, **arrays)
    return folder / name


def signs(rng: np.random.Generator, *shape: int) -> NDArray[np.int8]:
    return rng.choice(np.array([-1, 1], np.int8), shape)


def matches(arrays: Arrays, k: int, thresholds: NDArray[np.int64]) -> None:
    """Add a layer's thresholds on matches, and those on its accumulator."""
    arrays[f"Tpop{k}"] = thresholds
    arrays[f"T{k}"] = 2 * thresholds - arrays[f"W{k}"][0].size


def dense_arrays(seed: int = 1) -> Arrays:
    """16-8-8-3 in the form of BNN-PYNQ's LFC, output thresholds and padding counts included."""
    rng = np.random.default_rng(seed)
    arrays: Arrays = {"classes": np.array(["a", "b", "c"])}
    for k, (outputs, inputs) in enumerate([(8, 16), (8, 8), (3, 8)]):
        arrays[f"W{k}"] = signs(rng, outputs, inputs)
        arrays[f"pad_rows{k}"] = np.int64(0)
        matches(arrays, k, rng.integers(inputs // 2 - 2, inputs // 2 + 2, outputs))
    return arrays


def conv_arrays(seed: int = 2) -> Arrays:
    """Two pairs of 3 x 3 convolutions of 18 x 18 pixels in three colours, and two dense layers.

    18, 16, 14, pooled 7, 5, 3: so the first dense layer reads 3 x 3 pixels.
    """
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    channels = 3
    for k, outputs in enumerate([4, 4, 6, 5]):
        arrays[f"W{k}"] = signs(rng, outputs, 3, 3, channels)
        size = 9 * channels
        matches(arrays, k, rng.integers(size // 2 - 3, size // 2 + 3, outputs))
        channels = outputs
    del arrays["Tpop0"]
    arrays["T0_q8"] = rng.integers(-1500, 1500, 4)
    arrays["T0"] = np.floor(arrays["T0_q8"] / 2).astype(np.int64)
    arrays["W4"] = signs(rng, 7, 3 * 3 * 5)
    matches(arrays, 4, rng.integers(20, 25, 7))
    arrays["W5"] = signs(rng, 4, 7)
    return arrays


def conv_scores(arrays: Arrays, pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
    """What ``conv_arrays`` computes, one product after another."""
    quantised = np.floor((2 * pictures.astype(np.float64) / 255 - 1) * 128 + 0.5)
    x = np.clip(quantised, -128, 127).astype(np.int64)
    for k in range(4):
        w = arrays[f"W{k}"].astype(np.int64)
        side = x.shape[1] - 2
        acc = np.zeros((len(x), side, side, len(w)), np.int64)
        for row in range(3):
            for column in range(3):
                part = x[:, row : row + side, column : column + side]
                acc += part @ w[:, row, column].T
        x = np.where(acc > arrays[f"T{k}"], 1, -1)
        if k == 1:
            x = x.reshape(len(x), 7, 2, 7, 2, -1).max(axis=(2, 4))
    x = x.reshape(len(x), -1)
    x = np.where(x @ arrays["W4"].T.astype(np.int64) > arrays["T4"], 1, -1)
    return x @ arrays["W5"].T.astype(np.int64)


def decoded_arrays(seed: int = 3) -> Arrays:
    """9-6-4 in integers, some thresholds flipped."""
    rng = np.random.default_rng(seed)
    flip = np.array([0, 1, 0, 1, 1, 0], np.bool_)
    raw = signs(rng, 6, 9)
    return {
        "Wraw0": raw,
        "W0": np.where(flip[:, None], -raw, raw),
        "flip0": flip,
        "T0": rng.choice([-3, -1, 1, 3], 6),
        "W1": signs(rng, 4, 6),
    }


def single_arrays(seed: int = 4) -> Arrays:
    """4 scores of 25 pixels, and three pictures with their scores."""
    rng = np.random.default_rng(seed)
    arrays = {"W0": signs(rng, 4, 25), "imgs": signs(rng, 3, 25)}
    return arrays | {"scores": arrays["imgs"].astype(np.int64) @ arrays["W0"].T}
