"""Checks that a model keeps every rule of the description, whoever made it."""

from fractions import Fraction
from math import prod

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.graph import Node, sort_graph
from hwgen.model.layers import (
    INPUT_NAME,
    Affine,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    Input,
    Layer,
    MaxPool,
    Model,
    Padding,
    Sign,
    Table,
)
from hwgen.model.locate import located, times
from hwgen.model.names import check_layer_names, check_name
from hwgen.model.shapes import check_elements, infer_shapes
from hwgen.model.values import check_json, check_text, describe

__all__ = ["MAX_KERNEL", "MAX_WEIGHTS", "check_input", "check_layer", "verify_model"]

MAX_KERNEL = 11
"""Rows and columns a kernel may have."""

MAX_WEIGHTS = 1 << 28
"""Weights a network may have, so that no description asks for gigabytes."""

MAX_STEP = 65535
"""Largest stride, pooling window and padding."""

_RATIONAL_LIMIT = 10**400
_LEVEL_LIMIT = 1 << 31


def verify_model(model: Model) -> None:
    """Check all that a description must keep to.

    Which kinds may follow each other is not checked here: that depends on what can be built.

    Raises
    ------
    ModelError
        One sentence naming ``model.source``, the layer and the constraint.
    """
    with located(model.source):
        check_name(model.name)
        check_input(model.input)
        if not model.layers:
            raise ModelError("a network has at least one layer")
        for layer in model.layers:
            _check_is_layer(layer)
        check_layer_names(layer.name for layer in model.layers)
        nodes = [Node(layer.name, layer.kind, layer.inputs) for layer in model.layers]
        if sort_graph(nodes) != list(range(len(nodes))):
            raise ModelError("layers must be in topological order")
        total = 0
        for layer in model.layers:
            with located(f"layer {layer.name!r}"):
                check_layer(layer)
                if isinstance(layer, Conv2d | Dense):
                    check_weight_count(layer.weights.shape, total)
                    total += layer.weights.size
    shapes = infer_shapes(model)
    with located(model.source):
        _check_classes(model.classes, shapes[model.layers[-1].name][2])
        if not isinstance(model.provenance, dict):
            raise ModelError(f"provenance must be a dict, not {describe(model.provenance)}")
        with located("provenance"):
            check_json(model.provenance)


def check_input(picture: Input) -> None:
    """Check the picture's size and transform."""
    for what in ("height", "width", "channels"):
        with located("input"):
            _check_int(what, getattr(picture, what), 1)
    check_elements("input", (picture.height, picture.width, picture.channels))
    transform = picture.transform
    with located("input transform"):
        if isinstance(transform, Affine):
            _check_rational("scale", transform.scale)
            _check_rational("offset", transform.offset)
        elif isinstance(transform, Table):
            _check_rational("scale", transform.scale)
            _check_table(transform.values, picture.channels)
        else:
            raise ModelError(f"must be an Affine or a Table, not {describe(transform)}")
        if transform.scale == 0:
            raise ModelError("scale must not be 0")


def check_layer(layer: Layer) -> None:
    """Check the fields of one layer, as far as they do not depend on its input's shape."""
    match layer:
        case Conv2d():
            _check_weights(layer.weights, 4)
            _, *kernel, _ = layer.weights.shape
            if max(kernel) > MAX_KERNEL:
                raise ModelError(
                    f"kernel must be at most {MAX_KERNEL} x {MAX_KERNEL}, not {times((*kernel,))}"
                )
            _check_pair("stride", layer.stride)
            _check_padding(layer.padding, layer.inputs)
        case Dense():
            _check_weights(layer.weights, 2)
        case BatchNorm():
            _check_batch_norm(layer)
        case MaxPool():
            _check_pair("window", layer.window)
            _check_pair("stride", layer.stride)
            if not isinstance(layer.ceil, bool):
                raise ModelError(f"ceil must be True or False, not {describe(layer.ceil)}")
        case Sign() | Flatten():
            pass
        case _:
            raise ModelError(f"kind {layer.kind!r} is not built by this version")


def check_weight_count(shape: tuple[int, ...], others: int) -> None:
    """Refuse weights that take the network, with ``others`` already there, over MAX_WEIGHTS."""
    if others + prod(shape) > MAX_WEIGHTS:
        raise ModelError(
            f"weights of {times(shape)} bring the network to {others + prod(shape)} weights, "
            f"but at most {MAX_WEIGHTS} (2**28) are allowed"
        )


def _check_is_layer(layer: object) -> None:
    if not isinstance(layer, Layer):
        raise ModelError(f"layers must be of the layer kinds, not {describe(layer)}")
    if not isinstance(layer.inputs, tuple) or not all(isinstance(n, str) for n in layer.inputs):
        raise ModelError(
            f"layer {describe(layer.name)}: inputs must be a tuple of names, "
            f"not {describe(layer.inputs)}"
        )


def _check_int(what: str, value: object, low: int, high: int | None = None) -> None:
    # bool is an int to Python, but True is no size.
    if not isinstance(value, int) or isinstance(value, bool):
        raise ModelError(f"{what} must be an integer, not {describe(value)}")
    if value < low:
        raise ModelError(f"{what} must be at least {low}, not {describe(value)}")
    if high is not None and value > high:
        raise ModelError(f"{what} must be at most {high}, not {describe(value)}")


def _check_pair(what: str, value: object) -> None:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ModelError(f"{what} must be (rows, columns), not {describe(value)}")
    for size in value:
        _check_int(what, size, 1, MAX_STEP)


def _check_rational(what: str, value: object) -> None:
    if not isinstance(value, Fraction):
        raise ModelError(f"{what} must be a Fraction, not {describe(value)}")
    if max(abs(value.numerator), value.denominator) >= _RATIONAL_LIMIT:
        raise ModelError(f"{what} must be a fraction of at most 400 digits")


def _check_table(values: object, channels: int) -> None:
    if not isinstance(values, np.ndarray) or values.dtype != np.int64:
        raise ModelError(f"values must be an int64 array, not {describe(values)}")
    if values.shape not in ((1, 256), (channels, 256)):
        raise ModelError(
            f"values must be 1 x 256 or {channels} x 256 (channels, levels), "
            f"not {times(values.shape)}"
        )
    if values.min() < -_LEVEL_LIMIT or values.max() >= _LEVEL_LIMIT:
        raise ModelError("values must fit 32 bits, two's complement")


def _check_weights(weights: object, ndim: int) -> None:
    if not isinstance(weights, np.ndarray) or weights.dtype != np.int8:
        raise ModelError(f"weights must be an int8 array, not {describe(weights)}")
    if weights.ndim != ndim or weights.size == 0:
        wanted = "(filters, rows, columns, channels)" if ndim == 4 else "(units, inputs)"
        raise ModelError(f"weights must have the shape {wanted}, not {weights.shape}")
    # Minimum, maximum and zeros need no array as large as the weights.
    if weights.min() < -1 or weights.max() > 1 or np.count_nonzero(weights) != weights.size:
        at = tuple(np.argwhere(np.abs(weights) != 1)[0].tolist())
        raise ModelError(f"weights must be -1 or +1, not {weights[at]} at {[*at]}")


def _check_padding(padding: object, inputs: tuple[str, ...]) -> None:
    if not isinstance(padding, Padding) or padding.mode not in ("same", "valid", "explicit"):
        raise ModelError(f"padding must be a Padding with a known mode, not {describe(padding)}")
    for side in ("top", "bottom", "left", "right"):
        _check_int(f"padding {side}", getattr(padding, side), 0, MAX_STEP)
    _check_int("pad_value", padding.value, -1, 1)
    if padding.pixel is not None:
        _check_int("pad_value pixel", padding.pixel, 0, 255)
        if inputs != (INPUT_NAME,):
            raise ModelError(
                f"pad_value can be a pixel only where the picture is read, not {inputs[0]!r}"
            )


def _check_batch_norm(layer: BatchNorm) -> None:
    for what in ("gamma", "beta", "mean", "variance"):
        figures = getattr(layer, what)
        if not isinstance(figures, np.ndarray) or figures.dtype != np.float64:
            raise ModelError(f"{what} must be a float64 array, not {describe(figures)}")
        if figures.shape != layer.gamma.shape or figures.ndim != 1 or figures.size == 0:
            raise ModelError(f"{what} must have one figure for each channel, not {figures.shape}")
        _check_figures(what, figures, np.isfinite(figures), "be finite")
    if not isinstance(layer.epsilon, float) or not np.isfinite(layer.epsilon) or layer.epsilon < 0:
        raise ModelError(
            f"epsilon must be a finite float and not negative, but is {describe(layer.epsilon)}"
        )
    _check_figures("variance", layer.variance, layer.variance >= 0, "not be negative")
    # Neither is negative, so the sum is zero only where both are.
    positive = (layer.variance > 0) | (layer.epsilon > 0)
    _check_figures("variance + epsilon", np.zeros_like(positive, float), positive, "be above 0")


def _check_figures(what: str, figures: np.ndarray, good: np.ndarray, rule: str) -> None:
    if not good.all():
        channel = int(np.argmin(good))
        raise ModelError(f"{what} must {rule}, but is {figures[channel]} at channel {channel}")


def _check_classes(classes: object, channels: int) -> None:
    if classes is None:
        return
    if not isinstance(classes, tuple):
        raise ModelError(f"classes must be a tuple of names, not {describe(classes)}")
    if len(classes) != channels:
        raise ModelError(
            f"classes must have a name for each of the {channels} output channels, "
            f"not {len(classes)} names"
        )
    for name in classes:
        with located("classes"):
            check_text(name)
