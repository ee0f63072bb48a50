"""Writing descriptions: what is loaded is what was saved."""

import json
import os
import stat
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.errors import ModelError
from hwgen.model import (
    Affine,
    BatchNorm,
    Builder,
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
    dump_model,
    load_model,
    save,
    save_model,
)
from hwgen.model.names import KEYWORDS
from hwgen.model.shapes import output_shape

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALES = st.one_of(st.fractions(), FINITE.map(Fraction), st.integers(-(2**70), 2**70).map(Fraction))
# A few characters that JSON or UTF-8 treat in ways of their own; all of Unicode is slow to set up.
TEXT = st.text('aZ0 \t\n"\\/\u007f\u00e9\u2028\U0001f600', max_size=9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def name_strategy() -> st.SearchStrategy[str]:
    names = st.text("aAbB09_", min_size=1, max_size=64).map(lambda name: f"n{name}"[:64])
    return names.filter(lambda name: name not in KEYWORDS)


def bipolar(draw: st.DrawFn, *shape: int) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.choice(np.array([-1, 1], np.int8), shape)


def figures(draw: st.DrawFn, count: int, values: st.SearchStrategy[float]) -> np.ndarray:
    return np.array(draw(st.lists(values, min_size=count, max_size=count)), dtype=np.float64)


@st.composite
def layers_after(
    draw: st.DrawFn, shape: tuple[int, int, int], name: str, source: str, pixels: tuple[int, int]
) -> Layer:
    """Draw any layer that can read ``shape``; ``pixels`` has the least and the greatest one."""
    height, width, channels = shape
    inputs = (source,)
    kinds = ["conv2d", "batch_norm", "sign", "max_pool", "flatten"]
    kind = draw(st.sampled_from([*kinds, "dense"] if (height, width) == (1, 1) else kinds))
    steps = st.tuples(st.integers(1, 4), st.integers(1, 4))
    if kind == "conv2d":
        modes: list[Literal["valid", "same", "explicit"]] = ["valid", "same", "explicit"]
        mode = draw(st.sampled_from(modes))
        kernel = (draw(st.integers(1, min(height, 11))), draw(st.integers(1, min(width, 11))))
        padding = Padding()
        if mode != "valid":
            pixel = draw(st.none() | st.integers(*pixels)) if source == "input" else None
            value = draw(st.sampled_from([-1, 0, 1])) if pixel is None else 0
            sides = draw(st.tuples(*[st.integers(0, 3)] * 4)) if mode == "explicit" else (0,) * 4
            padding = Padding(mode, *sides, value=value, pixel=pixel)
        weights = bipolar(draw, draw(st.integers(1, 5)), *kernel, channels)
        return Conv2d(name, inputs, weights, draw(steps), padding)
    if kind == "dense":
        return Dense(name, inputs, bipolar(draw, draw(st.integers(1, 9)), channels))
    if kind == "batch_norm":
        gamma, beta, mean = (figures(draw, channels, FINITE) for _ in range(3))
        variance = figures(draw, channels, st.floats(0, 1e300))
        epsilon = draw(st.floats(1e-300, 1))
        return BatchNorm(name, inputs, gamma, beta, mean, variance, epsilon)
    if kind == "max_pool":
        window = (draw(st.integers(1, height)), draw(st.integers(1, width)))
        return MaxPool(name, inputs, window, draw(steps), draw(st.booleans()))
    return Sign(name, inputs) if kind == "sign" else Flatten(name, inputs)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Draw a chain of layers of any kinds, whether hardware can be made of it or not."""
    small = st.integers(1, 7)
    shape = (draw(small), draw(small), draw(st.integers(1, 4)))
    scale = draw(SCALES.filter(bool))
    bits, signed = draw(st.integers(2, 16)), draw(st.booleans())
    bits -= not signed and draw(st.booleans())
    if bits > 8 or draw(st.booleans()):
        transform = Affine(scale, draw(SCALES))
    else:
        rows = draw(st.sampled_from([1, shape[2]]))
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        transform = Table(rng.integers(-(2**31), 2**31, (rows, 1 << bits)), scale)
    picture = Input(*shape, transform, bits, signed)
    count = draw(st.integers(1, 6))
    names = draw(
        st.lists(name_strategy(), min_size=count, max_size=count, unique_by=lambda n: n.lower())
    )
    layers: list[Layer] = []
    source = "input"
    for name in names:
        layer = draw(layers_after(shape, name, source, (picture.low, picture.high)))
        shape = output_shape(layer, shape)
        layers.append(layer)
        source = name
    printable = st.text('aZ0 "\\\u00e9\U0001f600', min_size=1, max_size=5)
    classes = draw(st.none() | st.lists(printable, min_size=shape[2], max_size=shape[2]))
    return Model(
        draw(name_strategy()),
        picture,
        tuple(layers),
        None if classes is None or shape[2] > 9 else tuple(classes),
        draw(st.dictionaries(TEXT, JSON, max_size=3)),
    )


@settings(deadline=None)
@given(models())
def test_what_is_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory,
    assert_same_model: Callable[[Model, Model], None],
    model: Model,
):
    path = tmp_path_factory.getbasetemp() / "round_trip.json"
    save_model(model, path)
    loaded = load_model(path)
    assert_same_model(loaded, model)
    assert path.read_bytes() == dump_model(loaded) == dump_model(model)


@pytest.fixture
def builder() -> Builder:
    ones = np.ones((2, 3, 3, 1))
    return Builder("net", height=5, width=5, channels=1).conv2d(ones).sign()


def test_the_bytes_are_settled(builder: Builder, tmp_path: Path):
    builder.batch_norm(1, 0.1, [1e300, -0.0], 2, 1e-5, "norm").provenance({"by": "\u00e9"})
    builder.save(tmp_path / "net.json")
    expected = """\
{
  "format": "hwgen-bnn/1",
  "name": "net",
  "input": {"height": 5, "width": 5, "channels": 1, "type": "uint8"},
  "layers": [
    {
      "kind": "conv2d",
      "name": "conv2d_1",
      "filters": 2,
      "kernel": 3,
      "stride": 1,
      "padding": "valid",
      "weights": {"base64": "//8D"}
    },
    {"kind": "sign", "name": "sign_1"},
    {
      "kind": "batch_norm",
      "name": "norm",
      "gamma": [1.0, 1.0],
      "beta": [0.1, 0.1],
      "mean": [1e+300, -0.0],
      "variance": [2.0, 2.0],
      "epsilon": 1e-05
    }
  ],
  "provenance": {"by": "\u00e9"}
}
"""
    assert (tmp_path / "net.json").read_bytes() == expected.encode()


def test_a_source_is_named_only_where_it_is_not_the_layer_before(tmp_path: Path):
    # Chains need no names; models that branch will.
    model = Builder("net", height=1, width=1, channels=1).sign("a").sign("b").build()
    document = json.loads(dump_model(model))
    assert all("inputs" not in layer for layer in document["layers"])


def test_an_existing_file_is_replaced_with_the_usual_rights(builder: Builder, tmp_path: Path):
    path = tmp_path / "net.json"
    path.write_text("old")
    builder.save(path)
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["net.json", "plain"]
    load_model(path)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_stays(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
):
    path = tmp_path / "net.json"
    path.write_text("old")

    def fail(*_: Any):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises((ModelError, KeyboardInterrupt)):
        builder.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["net.json"]
    assert path.read_text() == "old"


def test_a_folder_that_is_not_there_is_reported(builder: Builder, tmp_path: Path):
    with pytest.raises(
        ModelError, match=r"^.*/none/net\.json: cannot be written: No such file or directory$"
    ):
        builder.save(tmp_path / "none" / "net.json")


def test_a_folder_as_target_is_reported(builder: Builder, tmp_path: Path):
    with pytest.raises(ModelError, match=r": cannot be written: Is a directory$"):
        builder.save(tmp_path)
    assert not list(tmp_path.parent.glob("*.tmp"))


def test_a_bad_model_is_not_written(tmp_path: Path):
    model = Model("wire", Input(1, 1, 1), (Sign("s", ("input",)),))
    with pytest.raises(ModelError, match=r"^<memory>: name must not be 'wire'"):
        save_model(model, tmp_path / "net.json")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_loaded_is_not_written(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(save, "MAX_FILE_BYTES", 100)
    with pytest.raises(
        ModelError,
        match=r"^<memory>: as one file the description has \d+ bytes, "
        r"but at most 100 \(64 MiB\) are allowed$",
    ):
        builder.save(tmp_path / "net.json")
    assert not list(tmp_path.iterdir())
