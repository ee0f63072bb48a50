"""After a change upstream: batch normalisations and biases that give what they gave, on average."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.activity import Activity
from hwgen.compress.weighted import placed
from hwgen.model import BatchNorm, Conv2d, Dense, Model

__all__ = ["recalibrate", "sums_to_measure"]

Measure = Callable[[Model, str], Activity]

STEPS = 1 << 20
"""A bias is a multiple of one over so many: exact rationals of floats are long."""


def sums_to_measure(model: Model) -> list[str]:
    """Layers whose sums `recalibrate` looks at, in order."""
    return [layer.name for layer in model.layers if isinstance(layer, Conv2d | Dense)]


def recalibrate(
    model: Model,
    wanted: Mapping[str, Activity],
    measure: Measure,
    progress: Callable[[str], object] = lambda step: None,
) -> Model:
    """Give the sums of layers the mean and variance behind their batch normalisation that they had.

    Layer after layer: what one of them gives now changes what the next one reads. Without a batch
    normalisation a bias gives the mean. Neither takes hardware.

    Parameters
    ----------
    wanted : mapping of str to Activity
        Of the sums of layers before the change, channels as they are now.
    measure : callable
        Those of a layer of a model.
    """
    for name in sums_to_measure(model):
        if name not in wanted:
            continue
        progress(f"statistics of {name}")
        had, has = wanted[name], measure(model, name)
        readers = model.readers(name)
        if len(readers) == 1 and isinstance(readers[0], BatchNorm):
            model = placed(model, readers[0].name, [_moved(readers[0], had, has)])
        else:
            layer = model.named[name]
            assert isinstance(layer, Conv2d | Dense)
            shift = _steps(had.mean - has.mean)
            bias = layer.bias * len(shift) if len(layer.bias) == 1 else layer.bias
            moved = tuple(a + b for a, b in zip(bias, shift, strict=True))
            model = placed(model, name, [replace(layer, bias=moved)])
    return model


def _moved(norm: BatchNorm, had: Activity, has: Activity) -> BatchNorm:
    """The normalisation that gives sums as they are what it gave those that they were."""
    mean, variance = (np.asarray(x, np.float64) for x in (norm.mean, norm.variance))
    # A channel that does not vary has no spread to give back.
    good = (had.variance > 0) & (has.variance > 0)
    share = np.where(good, has.variance / np.where(good, had.variance, 1), 1.0)
    return replace(
        norm,
        mean=has.mean - (had.mean - mean) * np.sqrt(share),
        variance=np.maximum((variance + norm.epsilon) * share - norm.epsilon, 0.0),
    )


def _steps(values: NDArray[np.float64]) -> list[Fraction]:
    return [Fraction(round(float(value) * STEPS), STEPS) for value in values]
