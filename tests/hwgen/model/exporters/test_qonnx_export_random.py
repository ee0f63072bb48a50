"""Random descriptions, written as QONNX: executed by others, and read back.

`HWGEN_EXPORTED_NETWORKS` asks for more of them.
"""

import importlib
import os
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from strategies import networks

from hwgen.errors import ModelError
from hwgen.model.exporters import export_qonnx
from hwgen.model.importers import Options, import_model
from hwgen.model.layers import Activation
from sim import golden

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
reference = importlib.import_module("qonnx_reference")

EXAMPLES = int(os.environ.get("HWGEN_EXPORTED_NETWORKS", "40"))

REFUSED = (
    r"pads with a number that is (not -1, 0 or 1|none) of those that it reads|"
    r"pads with what none of the integers that it reads stands for|"
    r"values have at most 8 bits between layers|thresholds a channel; at most 255 are built|"
    r"must read frames of channels x rows x columns|must have one number, or one for each channel|"
    r"pads with what no pixel stands for|gives the same for every pixel"
)
"""What a description has and no imported one: wide numbers, padding with others than -1, 0 and 1
steps, pools and thresholds of each input behind a flatten, and pictures that a first quantiser
makes one number of."""

TOO_WIDE = r": has (sums|figures) that no float64 holds|: rounds to more than 65,536 thresholds"


def every(examples, number):
    """Run a property on random networks, always the same."""

    def apply(check):
        drawn = given(networks(max_size=8, max_channels=6))(check)
        return seed(number)(settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(drawn))  # fmt: skip

    return apply


def written(model, folder):
    """Path of the file, and of what its floats are; None where it is refused as it should be."""
    try:
        data = export_qonnx(model)
    except ModelError as error:
        if not re.search(TOO_WIDE, str(error)):
            raise
        return None, None
    path = folder / "net.onnx"
    path.write_bytes(data)
    made = onnx.load_model_from_string(data)
    onnx.checker.check_model(made)
    wide = made.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.DOUBLE
    return path, np.float64 if wide else np.float32


def ranks(values):
    """Of each number, how many smaller ones there are."""
    return np.unique(values, return_inverse=True)[1].reshape(values.shape)


def test_an_executor_computes_what_the_golden_model_does(tmp_path):
    shown = 0

    @every(EXAMPLES, 41)
    def run(case):
        nonlocal shown
        model, images = case
        path, dtype = written(model, tmp_path)
        if path is None:
            return
        expected = golden.run(model, images)
        names = [layer.name for layer in model.layers if isinstance(layer, Activation)]
        found, *inner = reference.reference_tensors(
            path, images.transpose(0, 3, 1, 2).astype(dtype), names
        )
        for name, values in zip(names, inner, strict=True):
            wanted = expected.tensors[name]
            if values.ndim == 4:
                values = values.transpose(0, 2, 3, 1)
            else:
                # Flat ones are in the order of channels first.
                values, wanted = (np.sort(x.reshape(len(images), -1)) for x in (values, wanted))
            assert np.array_equal(ranks(values), ranks(wanted.reshape(values.shape))), name
        if found.ndim == 4:
            found = found.transpose(0, 2, 3, 1)
        assert near(found.reshape(expected.float_scores.shape), expected.float_scores, 1e-5)
        shown += 1

    run()
    assert shown > EXAMPLES * 0.75


def near(found, expected, most):
    """Whether all numbers are within a part of the largest one."""
    return np.allclose(found, expected, rtol=0, atol=most * max(np.abs(expected).max(), 1e-9))


def test_what_is_read_back_is_the_same_network(tmp_path):
    shown = 0

    @every(EXAMPLES, 42)
    def run(case):
        nonlocal shown
        model, images = case
        path, _ = written(model, tmp_path)
        if path is None:
            return
        try:
            # Of integers other than bytes the file's note says what they are.
            other = model.input.number_type != "uint8"
            back, _ = import_model(path, Options(pixels="quantised" if other else None))
        except ModelError as error:
            if not re.search(REFUSED, str(error)):
                raise
            return
        expected, found = golden.run(model, images), golden.run(back, images)
        # Both are exact but for the scale of the scores, so this parts any two integers.
        assert near(found.float_scores.reshape(expected.float_scores.shape),
                    expected.float_scores, 1e-12)  # fmt: skip
        if expected.classes is not None:
            assert np.array_equal(found.classes, expected.classes)
        shown += 1

    run()
    assert shown > EXAMPLES * 0.5
