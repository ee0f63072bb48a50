"""Shapes of the feature maps, and the padding that ``same`` stands for."""

from hwgen.errors import located
from hwgen.model.kinds.shape import Shape, check_elements
from hwgen.model.layers import INPUT_NAME, Conv2d, Layer, MaxPool, Model

__all__ = ["infer_shapes", "output_shape", "resolve_padding"]


def resolve_padding(layer: Conv2d | MaxPool, in_shape: Shape) -> tuple[int, int, int, int]:
    """Count the rows and columns that a convolution or a maximum adds around its input.

    Parameters
    ----------
    layer : Conv2d or MaxPool
    in_shape : tuple of int
        (height, width, channels) of its input.

    Returns
    -------
    tuple of int
        (top, bottom, left, right). For ``"same"`` the output has ``ceil(input / stride)`` rows
        and columns, and an odd extra one goes to the bottom or right.
    """
    return layer.padding.counts(layer.reach, layer.stride, in_shape)


def output_shape(layer: Layer, *in_shapes: Shape) -> Shape:
    """Compute the shape a layer puts out.

    Parameters
    ----------
    layer : Layer
        Its own fields must be in order (``layer.check()``).
    *in_shapes : tuple of int
        (height, width, channels) of its inputs, in order.

    Raises
    ------
    ModelError
        If the layer cannot read these shapes, or the output is larger than ``MAX_ELEMENTS``.
    """
    shape = layer.output_shape(in_shapes)
    check_elements("output", shape)
    return shape


def infer_shapes(model: Model) -> dict[str, Shape]:
    """Compute the shape of each feature map of a verified model.

    Returns
    -------
    dict
        (height, width, channels) by layer name; ``"input"`` is the picture.

    Raises
    ------
    ModelError
        If shapes do not chain.
    """
    picture = model.input
    shapes = {INPUT_NAME: (picture.height, picture.width, picture.channels)}
    for layer in model.layers:
        with located(f"{model.source}: layer {layer.name!r}"):
            shapes[layer.name] = output_shape(layer, *(shapes[name] for name in layer.inputs))
    return shapes
