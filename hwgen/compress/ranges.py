"""The largest number that a layer can read, as what it stands for."""

from fractions import Fraction

from hwgen.model import (
    INPUT_NAME,
    Add,
    Affine,
    AveragePool,
    Concat,
    Flatten,
    MaxPool,
    Model,
    MultiThreshold,
    Quantise,
    Sign,
)

__all__ = ["largest_read"]


def largest_read(model: Model, name: str) -> Fraction | None:
    """Largest magnitude of what a layer, or the picture, puts out.

    None where it puts out sums, which a layer with weights does not read.
    """
    if name == INPUT_NAME:
        transform, picture = model.input.transform, model.input
        if isinstance(transform, Affine):
            ends = (picture.low, picture.high)
            return max(abs(transform.scale * end + transform.offset) for end in ends)
        return abs(transform.scale) * int(abs(transform.values).max())
    layer = model.named[name]
    match layer:
        case Sign():
            return Fraction(1)
        case Quantise():
            return max(layer.scales) * (1 << layer.bits - layer.signed)
        case MultiThreshold():
            end = layer.out_bias + layer.out_scale * layer.thresholds.shape[1]
            return max(abs(layer.out_bias), abs(end))
        case MaxPool() | AveragePool() | Flatten() | Concat() | Add():
            read = [largest_read(model, source) for source in layer.inputs]
            known = [size for size in read if size is not None]
            if len(known) < len(read):
                return None
            return sum(known, Fraction(0)) if isinstance(layer, Add) else max(known)
        case _:
            return None
