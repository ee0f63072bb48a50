"""Data in the terms of a network that there is already: its picture, its classes in its order."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hwgen.errors import ModelError, times
from hwgen.model import Model, infer_shapes
from hwgen.training.data import TrainingData

__all__ = ["aligned"]


def aligned(
    data: TrainingData, model: Model, note: Callable[[str], object] = lambda text: None
) -> TrainingData:
    """The same data with labels as the network numbers its classes.

    Classes go by their names where both have the same ones, else by their order, with a note.

    Raises
    ------
    ModelError
        If the network reads other pictures, or has another number of classes.
    """
    read = model.input
    shape = (read.height, read.width, read.channels)
    if read.number_type != "uint8":
        raise ModelError(f"{model.source}: reads {read.number_type}, but is to learn from uint8")
    if data.shape != shape:
        raise ModelError(
            f"{model.source}: reads pictures of {times(shape)}, but those to learn from are "
            f"{times(data.shape)}"
        )
    scores = infer_shapes(model)[model.layers[-1].name][2]
    count = max(scores, 2)
    if len(data.classes) != count:
        raise ModelError(
            f"{model.source}: has {count} classes, but the pictures show {len(data.classes)}"
        )
    names = model.classes
    if names is None or len(names) != count:
        return data
    if set(names) != set(data.classes):
        told = ", ".join(f"{a} is {b}" for a, b in zip(data.classes, names, strict=True))
        note(f"classes have other names than those of {model.name}, and go by their order: {told}")
        return data
    place = np.array([names.index(name) for name in data.classes])
    return replace(
        data,
        train_y=place[data.train_y],
        valid_y=place[data.valid_y],
        test_y=place[data.test_y],
        classes=names,
    )
