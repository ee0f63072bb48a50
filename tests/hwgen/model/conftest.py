"""Fixtures for the description: a small document, and equality of models."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwgen.model import Model


@pytest.fixture
def document() -> dict[str, Any]:
    """A valid description of one 3x3 convolution over 4 x 4 x 2 pixels, and what follows it."""
    return {
        "format": "hwgen-bnn/1",
        "name": "toy",
        "input": {"height": 4, "width": 4, "channels": 2, "type": "uint8"},
        "layers": [
            {
                "kind": "conv2d",
                "name": "conv",
                "filters": 2,
                "kernel": [3, 3],
                "weights": [[[[1, -1]] * 3] * 3] * 2,
            },
            {
                "kind": "batch_norm",
                "name": "norm",
                "gamma": [0.5, -1],
                "beta": 0.25,
                "mean": [1, 2.5],
                "variance": [1.0, 0.5],
                "epsilon": 1e-3,
            },
            {"kind": "sign", "name": "act"},
            {"kind": "max_pool", "name": "pool", "window": 2},
            {"kind": "dense", "name": "fc", "units": 3, "weights": [[1, -1]] * 3},
        ],
        "classes": ["a", "b", "c"],
        "provenance": {"by": "hand"},
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Any], Path]:
    """Write a document (or raw text or bytes) as net.json."""

    def write_document(content: Any) -> Path:
        path = tmp_path / "net.json"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return write_document


def _assert_same(one: Any, other: Any, ignore: tuple[str, ...] = ()) -> None:
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        # Bytes, because -0.0 == 0.0 and a round trip has to keep the difference.
        assert one.tobytes() == other.tobytes()
    elif hasattr(one, "__dataclass_fields__"):
        for field in fields(one):
            if field.name not in ignore:
                _assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            _assert_same(a, b)
    else:
        assert one == other


@pytest.fixture(scope="session")
def assert_same_model() -> Callable[[Model, Model], None]:
    """Compare two models to the bit, but for the file they come from."""
    return lambda one, other: _assert_same(one, other, ignore=("source",))
