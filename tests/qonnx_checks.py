"""An imported graph held against the reference executor, value for value."""

import numpy as np
from integer_reference import evaluate
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from qonnx_graphs import GENERAL
from qonnx_reference import ROUNDING, BipolarQuant, MaxPool, MultiThreshold, Quant

from hwgen.model.importers import Options, import_model
from hwgen.model.layers import INPUT_NAME
from hwgen.passes import lower_network
from sim import golden
from sim.stage_values import stage_values

__all__ = ["assert_imported"]

DOMAINS = (GENERAL, "onnx.brevitas", "finn.custom_op.general")


class IntQuant(Quant):
    """Another name of ``Quant``."""


class Trunc(OpRun):
    """Of 5 inputs, with the scale kept, or of 6 with that of what leaves."""

    op_domain = GENERAL

    def _run(self, x, scale, zero, *rest, rounding_mode="FLOOR", signed=1, narrow=0):
        whole = np.round(x / scale + zero)
        if len(rest) == 2:
            dropped = 2.0 ** (rest[0] - rest[1])
            return ((ROUNDING[rounding_mode](whole / dropped) * scale).astype(x.dtype),)
        _, out, bits = rest
        low = narrow - 2 ** (bits - 1) if signed else 0
        high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
        kept = np.clip(whole / 2 ** np.round(np.log2(out / scale)), low, high)
        return ((ROUNDING[rounding_mode](kept) * out).astype(x.dtype),)


OPERATORS = [MaxPool] + [
    type(kind.__name__, (kind,), {"op_domain": domain})
    for kind in (BipolarQuant, Quant, IntQuant, MultiThreshold, Trunc)
    for domain in DOMAINS
]


def assert_imported(net, folder, *, frames=6, opset=17, last=False):
    """Import a graph of pixels 0 to 255, and compare every value of random pictures.

    Each stage of its integer network has to compute what the golden model says.
    ``last`` says that its channels are the last axis. Returns the model.
    """
    path = net.save(folder, opset=opset)
    model, _ = import_model(path, Options(pixels="raw"))
    size = model.input
    rng = np.random.default_rng(11)
    pictures = rng.integers(0, 256, (frames, size.height, size.width, size.channels), np.uint8)
    pictures[0], pictures[1] = 0, 255
    laid = pictures.astype(np.float32)
    laid = laid if last else laid.transpose(0, 3, 1, 2)
    run = ReferenceEvaluator(str(path), new_ops=OPERATORS)
    name = str(run.input_names[0])
    fed = laid.reshape(frames, 1, *net.shape[1:])
    expected = np.stack([run.run(None, {name: frame})[0].reshape(-1) for frame in fed])
    stages = stage_values(model, pictures)
    for stage, found in evaluate(lower_network(model), pictures).items():
        if stage != INPUT_NAME:
            assert np.array_equal(found, stages[stage].reshape(found.shape)), stage
    made = golden.run(model, pictures).float_scores
    # The golden model has channels last.
    made = np.moveaxis(made, -1, 1) if made.ndim == 4 and not last else made
    assert np.array_equal(made.reshape(frames, -1), expected)
    # What is the same for all frames shows nothing.
    assert (expected != expected[:1]).any()
    return model
