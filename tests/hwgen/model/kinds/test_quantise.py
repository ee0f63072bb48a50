"""`quantise` in the description: its keys come back, and bad ones are refused."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import Builder, Quantise, dump_model, load_model


def built(bits=4, **rest):
    net = Builder("net", height=1, width=1, channels=2)
    return net.quantise(bits, name="steps", **{"signed": True, **rest}).build()


@pytest.mark.parametrize(
    ("given", "scales", "written"),
    [
        ({"fraction_bits": 3}, ["1/8"], {"fraction_bits": 3}),
        ({"scale": 0.25}, ["1/4"], {"fraction_bits": 2}),
        ({"scale": 1}, [1], {"fraction_bits": 0}),
        ({"scale": 2}, [2], {"scale": 2}),
        ({"scale": "1/65536"}, ["1/65536"], {"scale": "1/65536"}),
        ({"scale": Fraction(3, 7)}, ["3/7"], {"scale": "3/7"}),
        ({"scale": 0.1}, [0.1], {"scale": "3602879701896397/36028797018963968"}),
        ({"scale": np.float32(0.1)}, [float(np.float32(0.1))], {"scale": "13421773/134217728"}),
        ({"scale": [0.5, "1/3"]}, [0.5, "1/3"], {"scale": ["1/2", "1/3"]}),
        ({"scale": np.array([0.5, 0.5])}, [0.5, 0.5], {"scale": ["1/2", "1/2"]}),
        ({"narrow": True}, [1], {"fraction_bits": 0, "narrow": True}),
        ({"rounding": "half_even"}, [1], {"fraction_bits": 0, "rounding": "half_even"}),
    ],
)
def test_formats_come_back_exactly(tmp_path: Path, given, scales, written):
    model = built(**given)
    (layer,) = model.layers
    assert isinstance(layer, Quantise)
    assert layer.scales == tuple(map(Fraction, scales))
    assert layer.write() == {"bits": 4, "signed": True} | written
    path = tmp_path / "net.json"
    path.write_bytes(dump_model(model))
    (found,) = load_model(path).layers
    assert isinstance(found, Quantise)
    for key in ("bits", "signed", "scales", "narrow", "rounding"):
        assert getattr(found, key) == getattr(layer, key)


@pytest.mark.parametrize(
    ("bits", "signed", "narrow", "levels"),
    [
        (4, True, False, (-8, 7)),
        (4, True, True, (-7, 7)),
        (4, False, False, (0, 15)),
        (4, False, True, (0, 14)),
        (2, True, True, (-1, 1)),
        (1, False, False, (0, 1)),
    ],
)
def test_a_narrow_range_lacks_the_number_that_has_no_negative(bits, signed, narrow, levels):
    (layer,) = built(bits, signed=signed, narrow=narrow).layers
    assert isinstance(layer, Quantise)
    assert layer.levels == levels


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": 0}, "scale must be above 0, not 0"),
        ({"scale": [1, -0.5]}, "scale must be above 0, not -1/2"),
        ({"scale": [1, 2, 3]}, "scales are for 3 channels, but the input has 2"),
        ({"scale": float("nan")}, "scale must be a finite number, not nan"),
        ({"scale": 2, "fraction_bits": 1}, "fraction_bits and scale say the same: leave one out"),
        ({"rounding": "up"}, "rounding must be 'half_up' or 'half_even', not 'up'"),
        ({"narrow": 1}, "narrow must be True or False, not 1"),
        ({"bits": 1, "signed": False, "narrow": True},
         "bits must be at least 2 for a narrow range: of 1 it has nothing but 0"),
    ],
)  # fmt: skip
def test_other_formats_are_refused(given, message):
    with pytest.raises(ModelError, match=f"^<memory>: layer 'steps': {message}$"):
        built(**given)


def test_a_file_says_the_scale_once(tmp_path: Path):
    path = tmp_path / "net.json"
    text = dump_model(built(fraction_bits=2)).decode()
    path.write_text(text.replace('"fraction_bits"', '"scale": 2, "fraction_bits"'))
    with pytest.raises(ModelError, match=r"fraction_bits and scale say the same: leave one out$"):
        load_model(path)
    path.write_text(text.replace('"fraction_bits": 2', '"narrow": false'))
    with pytest.raises(ModelError, match=r"layer 'steps': key 'fraction_bits' is missing$"):
        load_model(path)
