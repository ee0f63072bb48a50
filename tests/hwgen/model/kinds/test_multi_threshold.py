"""`multi_threshold` in the description: its keys come back, and bad ones are refused."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import Builder, MultiThreshold, dump_model, load_model


def built(thresholds=(0.5,), bits=1, **rest):
    net = Builder("net", height=1, width=1, channels=2)
    return net.multi_threshold(thresholds, bits, "count", **rest).build()


@pytest.mark.parametrize(
    ("thresholds", "bits", "rest"),
    [
        ([0.1, 0.1, 3], 2, {}),
        ([[1, 2], [3, 4]], 8, {"out_scale": Fraction(3, 7)}),
        ([0], 1, {"out_scale": 2, "out_bias": -1}),
        (np.arange(255), 8, {"out_bias": "1/3"}),
    ],
)
def test_thresholds_scale_and_bias_come_back(tmp_path: Path, thresholds, bits, rest):
    model = built(thresholds, bits, **rest)
    path = tmp_path / "net.json"
    path.write_bytes(dump_model(model))
    layer, found = model.layers[0], load_model(path).layers[0]
    assert isinstance(layer, MultiThreshold)
    assert isinstance(found, MultiThreshold)
    assert np.array_equal(found.thresholds, np.atleast_2d(thresholds))
    assert not found.thresholds.flags.writeable
    figures = (found.bits, found.out_scale, found.out_bias)
    assert figures == (layer.bits, layer.out_scale, layer.out_bias)
    assert (figures[1], figures[2]) == (
        Fraction(rest.get("out_scale", 1)), Fraction(rest.get("out_bias", 0))
    )  # fmt: skip


@pytest.mark.parametrize(
    ("thresholds", "bits", "rest", "message"),
    [
        ([1, 0], 2, {}, "thresholds must ascend, but do not at channel 0"),
        ([[0, 1], [2, 1.5]], 2, {}, "thresholds must ascend, but do not at channel 1"),
        ([0, 1], 1, {}, r"thresholds must be at most 1 \(1 bits\) a channel, not 2"),
        ([0], 9, {}, "bits must be at most 8, not 9"),
        ([0], 0, {}, "bits must be at least 1, not 0"),
        ([float("nan")], 1, {}, "thresholds must be finite"),
        ([0], 1, {"out_scale": 0}, "out_scale must be above 0, not 0"),
        ([0], 1, {"out_scale": -2}, "out_scale must be above 0, not -2"),
        ([], 1, {}, r"thresholds must have the shape \(channels, count\), not \(1, 0\)"),
        ([[0], [0, 1]], 1, {}, "thresholds must be an array, not nested lists of uneven length"),
        ([[0], [0], [0]], 1, {}, "thresholds are for 3 channels, but the input has 2"),
    ],
)
def test_bad_thresholds_are_refused(thresholds, bits, rest, message):
    with pytest.raises(ModelError, match=rf"^<memory>: layer 'count': {message}$"):
        built(thresholds, bits, **rest)


def test_rows_of_different_lengths_are_refused_in_a_file(tmp_path: Path):
    path = tmp_path / "net.json"
    text = dump_model(built([[1, 2], [3, 4]], 2)).decode()
    path.write_text(text.replace("[3.0, 4.0]", "[3.0]"))
    what = "thresholds must be as many for each channel, not 2 and 1 at channel 1"
    with pytest.raises(ModelError, match=rf"layer 'count': {what}$"):
        load_model(path)
