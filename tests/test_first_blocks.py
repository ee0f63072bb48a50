"""What current binary networks begin with, from description to RTL: all three accounts agree."""

import shutil

import numpy as np
import pytest
from naive_reference import evaluate as naive
from shared_data import shared_file
from small_networks import norm, weights
from test_weight_ranges import verdict_of

from hwgen.design import make_design
from hwgen.errors import ModelError
from hwgen.model import Affine, Builder, infer_shapes, load_model
from hwgen.network import Matrix, Requantise, Threshold
from sim import golden

needs_verilator = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)


def pictures(model, frames=3):
    shape = (frames, model.input.height, model.input.width, model.input.channels)
    return np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)


def check_golden(model, images):
    """Golden scores against one number at a time."""
    scores = golden.run(model, images).scores
    last = model.layers[-1].name
    for image, found in zip(images, scores, strict=True):
        assert found.ravel().tolist() == naive(model, image)[last].ravel().tolist()


def stem():
    return Builder("stem", height=6, width=6, channels=1, transform=Affine(1, -128))


@needs_verilator
def test_activations_behind_activations_and_shared_norms_are_built(tmp_path):
    rng = np.random.default_rng(1)
    builder = stem().conv2d(weights(rng, 4, 3, 3, 1), "conv", padding="same", pad_pixel=128)
    # Bi-Real Net: a precise path, and its sign.
    builder.quantise(4, signed=True, fraction_bits=1, name="precise").sign("bits")
    builder.conv2d(weights(rng, 4, 3, 3, 4), "body", padding="same", pad_value=0)
    builder.batch_norm(**norm(rng, 4, 6), name="shared")
    builder.sign("left", inputs="shared")
    builder.quantise(4, signed=True, fraction_bits=1, name="right", inputs="shared")
    builder.add(["precise", "right", "left"], "sum")
    # ReActNet: batch norms and signs of what is there, more than once.
    builder.batch_norm(**norm(rng, 4, 4)).sign("again").batch_norm(**norm(rng, 4, 1)).sign("twice")
    builder.max_pool(3, stride=2, padding="same", name="pool").flatten("flat")
    builder.batch_norm(**norm(rng, 36, 1)).quantise(3, signed=True, name="each")
    model = builder.dense(weights(rng, 3, 36), "scores").build()
    images = pictures(model)
    check_golden(model, images)
    verdict = verdict_of(model, images, tmp_path)
    assert verdict.first_mismatch is None, verdict


@needs_verilator
def test_taps_apart_and_padded_maxima_are_built(tmp_path):
    rng = np.random.default_rng(3)
    builder = Builder("apart", height=9, width=7, channels=2, transform=Affine(1, -128))
    builder.max_pool(3, stride=2, padding=(1, 1, 2, 0), mode="ceil", name="grey")
    builder.conv2d(weights(rng, 4, 3, 3, 2), "far", dilation=2, padding="same", pad_value=0)
    builder.batch_norm(**norm(rng, 4, 60)).max_pool((3, 2), stride=1, padding="same").sign()
    builder.conv2d(
        weights(rng, 4, 3, 2, 1), "each", dilation=(1, 3), depthwise=True,
        padding=(1, 1, 2, 1), pad_value=0,
    ).sign()  # fmt: skip
    builder.flatten()
    inputs = infer_shapes(builder.build())["flatten_1"][2]
    model = builder.dense(weights(rng, 2, inputs), "scores").build()
    images = pictures(model)
    check_golden(model, images)
    folding = {"far": {"pe": 2, "simd": 18, "m": [1, 2]}, "each": {"simd": 2, "pe": 2}}
    verdict = verdict_of(model, images, tmp_path, folding)
    assert verdict.first_mismatch is None, verdict


@needs_verilator
@pytest.mark.parametrize("name", ["refused_sign_behind_quantise", "refused_bn_fork"])
def test_the_published_cases_are_built(name, tmp_path):
    model = load_model(shared_file(f"cases/{name}.json"))
    images = pictures(model)
    check_golden(model, images)
    verdict = verdict_of(model, images, tmp_path)
    assert verdict.first_mismatch is None, verdict


def stages(builder):
    return [type(stage) for stage in make_design(builder.build()).network.stages]


def test_a_sign_behind_a_quantise_is_a_threshold_on_its_numbers():
    ones = np.ones((2, 1, 1, 1))
    builder = stem().conv2d(ones).quantise(4, signed=True).sign().conv2d(np.ones((2, 1, 1, 2)))
    assert stages(builder) == [Matrix, Requantise, Threshold, Matrix]


def test_a_norm_that_two_layers_read_is_applied_by_each_of_them():
    builder = stem().conv2d(np.ones((2, 1, 1, 1)))
    builder.batch_norm(gamma=-1.0, beta=0.5, mean=0.0, variance=1.0, epsilon=0.0, name="norm")
    builder.sign("s", inputs="norm").quantise(3, signed=True, name="q", inputs="norm")
    builder.add(["s", "q"])
    network = make_design(builder.build()).network
    conv, sign, rounded, _ = network.stages
    assert isinstance(conv, Matrix)
    assert conv.thresholds is None
    assert sign.source == rounded.source == conv.name


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda b: b.batch_norm(**ONES, name="n").conv2d(np.ones((1, 1, 1, 2)), "c"),
         "layer 'c': reads batch-normalised values; put a sign or a quantise before it"),
        (lambda b: b.relu("r").conv2d(np.ones((1, 1, 1, 2)), "c"),
         "layer 'c': reads what relu left; put a sign or a quantise before it"),
        (lambda b: b.batch_norm(**ONES, name="n").sign("a", inputs="n")
         .batch_norm(**ONES, name="m", inputs="n").sign("b").add(["a", "b"]),
         "layer 'm': batch_norm follows another batch_norm; merge the two by hand"),
        (lambda b: b.relu("r").sign("a", inputs="r").quantise(2, signed=False, inputs="r")
         .add(["a", "quantise_1"]),
         "layer 'a': sign behind relu is always \\+1; leave one of them out"),
        (lambda b: b.quantise(2, signed=False).relu("r").batch_norm(**ONES, name="n").sign(),
         "layer 'n': batch_norm behind relu is not built; put a quantise ahead"),
    ],
)  # fmt: skip
def test_what_is_left_of_a_norm_or_a_relu_is_no_number_to_multiply(add, message):
    builder = add(stem().conv2d(np.ones((2, 1, 1, 1))))
    with pytest.raises(ModelError, match=f"^<memory>: {message}$"):
        make_design(builder.build())


ONES = {"gamma": 1.0, "beta": 0.5, "mean": 0.0, "variance": 1.0, "epsilon": 0.0}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"padding": (0, 0, 3, 0)}, "padding must be less than the window of 3 x 3, not 3"),
        ({"padding": "same", "mode": "ceil"},
         'mode must be "floor" with padding "same", which drops no window'),
    ],
)  # fmt: skip
def test_padding_of_which_a_window_could_be_full_is_refused(more, message):
    with pytest.raises(ModelError, match=f"^<memory>: layer 'max_pool_1': {message}$"):
        stem().max_pool(3, **more)
