"""Layers with weights, found and replaced."""

from collections.abc import Sequence
from dataclasses import replace

from hwgen.errors import ModelError
from hwgen.model import Conv2d, Dense, Layer, Model, verify_model

__all__ = ["free_name", "placed", "weighted_layer", "wide_layer"]


def weighted_layer(model: Model, name: str) -> Conv2d | Dense:
    """Convolution or dense layer of that name.

    Raises
    ------
    ModelError
        If there is none.
    """
    layer = model.named.get(name)
    if layer is None:
        raise ModelError(f"{model.source}: layer {name!r}: there is none of this name")
    if not isinstance(layer, Conv2d | Dense):
        raise ModelError(f"{model.source}: layer {name!r}: {layer.kind} has no weights")
    return layer


def wide_layer(model: Model, name: str, what: str) -> Conv2d | Dense:
    """As `weighted_layer`, of weights of more than one bit; ``what`` needs those."""
    layer = weighted_layer(model, name)
    if layer.weight_bits == 1:
        raise ModelError(
            f"{model.source}: layer {name!r}: {what} needs weights of more than one bit"
        )
    return layer


def placed(model: Model, name: str, layers: Sequence[Layer]) -> Model:
    """Model with some layers in the place of one, the last of them under its name.

    Raises
    ------
    ModelError
        If what comes of it breaks a rule of the description.
    """
    found: list[Layer] = []
    for layer in model.layers:
        found += layers if layer.name == name else [layer]
    made = replace(model, layers=tuple(found))
    verify_model(made)
    return made


def free_name(model: Model, wanted: str) -> str:
    """The name, or the first of it with a number that no layer has."""
    taken = {layer.name.lower() for layer in model.layers}
    number, name = 1, wanted
    while name.lower() in taken:
        number += 1
        name = f"{wanted}{number}"
    return name
