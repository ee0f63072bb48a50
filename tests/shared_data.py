"""Networks and pictures of others, read in place from the folder beside the repository."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

__all__ = ["FOLDER", "cifar10_test1000", "mnist_test", "shared_arrays", "shared_file"]

FOLDER = Path(__file__).parents[2] / "shared" / "data"


def shared_file(name: str) -> Path:
    """Path of a file under ``../shared/data``; skips the test where it is absent."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/data/{name}")
    return path


def shared_arrays(name: str) -> dict[str, NDArray[Any]]:
    """Arrays of an ``.npz`` file under ``../shared/data``."""
    with np.load(shared_file(name), allow_pickle=False) as archive:
        return dict(archive)


def mnist_test() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """All 10,000 test pictures of MNIST, (10000, 28, 28, 1), and what they show."""
    arrays = shared_arrays("images/mnist_full.npz")
    return arrays["test_x"].reshape(-1, 28, 28, 1), arrays["test_y"]


def cifar10_test1000() -> NDArray[np.uint8]:
    """The first 1,000 test pictures of CIFAR-10, (1000, 32, 32, 3): a row of the file each."""
    with Image.open(shared_file("images/cifar10_test1000.png")) as picture:
        return np.array(picture, np.uint8).reshape(-1, 32, 32, 3)
