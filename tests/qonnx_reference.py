"""QONNX's own operators for the reference executor of ``onnx``, from their definitions."""

from pathlib import Path

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

__all__ = ["exact_tensors", "reference_outputs", "reference_tensors"]

DOMAIN = "qonnx.custom_op.general"

ROUNDING = {
    "ROUND": np.round,
    "HALF_EVEN": np.round,
    "FLOOR": np.floor,
    "CEIL": np.ceil,
    "ROUND_TO_ZERO": np.trunc,
    "DOWN": np.trunc,
    "UP": lambda x: np.sign(x) * np.ceil(np.abs(x)),
    "HALF_UP": lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    "HALF_DOWN": lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
}


class BipolarQuant(OpRun):
    op_domain = DOMAIN

    def _run(self, x, scale):
        return ((np.where(x >= 0, 1.0, -1.0) * scale).astype(x.dtype),)


class Quant(OpRun):
    op_domain = DOMAIN

    def _run(self, x, scale, zero, bits, signed=1, narrow=0, rounding_mode="ROUND"):
        half = 2.0 ** (bits - signed)
        low, high = (-half + narrow if signed else 0.0), half - 1 - (narrow and not signed)
        integers = ROUNDING[rounding_mode](np.clip(x / scale + zero, low, high))
        return (((integers - zero) * scale).astype(x.dtype),)


class IntQuant(Quant):
    """Another name of `Quant`."""

    op_domain = DOMAIN


class Trunc(OpRun):
    """Of 5 inputs: bits are dropped, the scale stays."""

    op_domain = DOMAIN

    def _run(self, x, scale, zero, bits, left, rounding_mode="FLOOR"):
        whole = np.round(x / scale + zero) / 2.0 ** (bits - left)
        return (((ROUNDING[rounding_mode](whole) - zero) * scale).astype(x.dtype),)


class MultiThreshold(OpRun):
    op_domain = DOMAIN

    def _run(self, x, thresholds, out_scale=1.0, out_bias=0.0, out_dtype="", data_layout="NCHW"):
        moved = np.moveaxis(x, -1, 1) if data_layout == "NHWC" else x
        rows = thresholds.reshape(1, *thresholds.shape[:1], *[1] * (x.ndim - 2), -1)
        counts = (moved[..., None] >= rows).sum(axis=-1) * out_scale + out_bias
        made = np.moveaxis(counts, 1, -1) if data_layout == "NHWC" else counts
        return (made.astype(x.dtype),)


class MaxPool(OpRun):
    """By the standard: that of ``onnx`` takes pads in another order where strides are 1."""

    op_domain = ""

    def _run(
        self, x, auto_pad="NOTSET", ceil_mode=0, dilations=None, kernel_shape=None, pads=None,
        storage_order=0, strides=None,
    ):  # fmt: skip
        axes = len(kernel_shape)
        steps, gaps = strides or [1] * axes, dilations or [1] * axes
        sides = pads or [0] * 2 * axes
        reach = [(taps - 1) * gap + 1 for taps, gap in zip(kernel_shape, gaps, strict=True)]
        if auto_pad.startswith("SAME"):
            whole = [max((-(-n // s) - 1) * s + r - n, 0)
                     for n, s, r in zip(x.shape[2:], steps, reach, strict=True)]  # fmt: skip
            small, large = [n // 2 for n in whole], [n - n // 2 for n in whole]
            sides = small + large if auto_pad == "SAME_UPPER" else large + small
        counts, more = [], []
        for k, size in enumerate(x.shape[2:]):
            room = size + sides[k] + sides[k + axes] - reach[k]
            count = (-(-room // steps[k]) if ceil_mode else room // steps[k]) + 1
            if (count - 1) * steps[k] >= size + sides[k]:
                count -= 1
            counts.append(count)
            more.append(max((count - 1) * steps[k] - room, 0))
        wide = np.pad(
            x,
            [(0, 0)] * 2 + [(sides[k], sides[k + axes] + more[k]) for k in range(axes)],
            constant_values=-np.inf,
        )
        windows = np.lib.stride_tricks.sliding_window_view(wide, reach, range(2, 2 + axes))
        taken = [slice(None)] * 2 + [
            slice(0, (count - 1) * step + 1, step)
            for count, step in zip(counts, steps, strict=True)
        ]
        taps = [slice(None, None, gap) for gap in gaps]
        return (windows[(*taken, *taps)].max(axis=tuple(range(-axes, 0))).astype(x.dtype),)


OPERATORS = [BipolarQuant, IntQuant, MaxPool, MultiThreshold, Quant, Trunc]


def reference_outputs(path, frames):
    """What the executor computes of frames, one at a time, in their type."""
    return reference_tensors(path, frames, [])[0]


def reference_tensors(path, frames, names):
    """The same, and behind it the tensors with these names; of a file, or of what it holds."""
    model = onnx.load(str(path)) if isinstance(path, str | Path) else path
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    run = ReferenceEvaluator(model, new_ops=OPERATORS)
    name = str(run.input_names[0])
    found = [run.run(None, {name: frame[None]}) for frame in frames]
    return [np.concatenate(tensors) for tensors in zip(*found, strict=True)]


def exact_tensors(path, frames, names):
    """The output and the tensors with these names, of a file of float32 computed in float64."""
    model = onnx.load(str(path))
    for array in model.graph.initializer:
        if array.data_type == onnx.TensorProto.FLOAT:
            values = onnx.numpy_helper.to_array(array).astype(np.float64)
            array.CopyFrom(onnx.numpy_helper.from_array(values, array.name))
    return reference_tensors(model, frames, names)
