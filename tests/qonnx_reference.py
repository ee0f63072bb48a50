"""QONNX's own operators for the reference executor of ``onnx``, from their definitions."""

import numpy as np
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

__all__ = ["reference_outputs"]

DOMAIN = "qonnx.custom_op.general"


class BipolarQuant(OpRun):
    op_domain = DOMAIN

    def _run(self, x, scale):
        return (np.float32(np.where(x >= 0, 1.0, -1.0) * scale),)


class Quant(OpRun):
    op_domain = DOMAIN

    def _run(self, x, scale, zero, bits, signed=1, narrow=0, rounding_mode="ROUND"):
        half = 2.0 ** (bits - signed)
        low, high = (-half + narrow if signed else 0.0), half - 1 - (narrow and not signed)
        round_ = {"ROUND": np.round, "FLOOR": np.floor, "CEIL": np.ceil,
                  "ROUND_TO_ZERO": np.trunc}[rounding_mode]  # fmt: skip
        return (np.float32(round_(np.clip(x / scale + zero, low, high)) * scale),)


class MultiThreshold(OpRun):
    op_domain = DOMAIN

    def _run(self, x, thresholds, out_scale=1.0, out_bias=0.0):
        rows = thresholds.reshape(1, *thresholds.shape[:1], *[1] * (x.ndim - 2), -1)
        return (np.float32((x[..., None] >= rows).sum(axis=-1) * out_scale + out_bias),)


def reference_outputs(path, frames):
    """What the executor computes of frames, one at a time, in float32."""
    run = ReferenceEvaluator(str(path), new_ops=[BipolarQuant, Quant, MultiThreshold])
    name = str(run.input_names[0])
    return np.concatenate([run.run(None, {name: frame[None]})[0] for frame in frames])
