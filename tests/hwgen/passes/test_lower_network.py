"""Lowering: what each order of layers becomes, and which orders are refused."""

from fractions import Fraction

import numpy as np
import pytest
from small_networks import small_face, weights

from hwgen.errors import ModelError
from hwgen.model import Affine, Builder, Table
from hwgen.network import Levels, Matrix, Pool, Threshold
from hwgen.passes import lower_network

RNG = np.random.default_rng(5)
FALLING = dict(gamma=[1.0, -1.0], beta=[0.5, 0.5], mean=[0.0, 0.0], variance=[1.0, 1.0])


def conv(padding="valid", **options):
    return Builder("net", height=4, width=4, channels=1).conv2d(
        np.ones((2, 3, 3, 1)), name="conv", padding=padding, **options
    )


def kinds(model):
    return [type(s).__name__ for s in lower_network(model).stages]


def test_the_face_topology_becomes_matrices_and_pools():
    assert kinds(small_face()) == ["Matrix", "Pool", "Matrix", "Pool", "Matrix"]


def test_a_falling_threshold_negates_the_weights_of_its_channel():
    stage = lower_network(conv().batch_norm(**FALLING, epsilon=1e-9).sign().build()).stages[0]
    assert isinstance(stage, Matrix)
    assert stage.thresholds is not None
    assert stage.weights[0].all()
    assert not stage.weights[1].any()
    # acc / 1.0 + 0.5 >= 0 from acc = 0; -acc + 0.5 >= 0 up to acc = 0, that is -acc >= 0.
    assert stage.thresholds.tolist() == [0, 0]
    assert (stage.acc_min, stage.acc_max) == (-9 * 255, 9 * 255)


@pytest.mark.parametrize(
    ("pool_first", "minimum"), [(True, [False, True]), (False, [False, False])]
)
def test_a_pool_ahead_of_a_falling_norm_takes_the_minimum(pool_first, minimum):
    net = conv()
    net = (
        net.max_pool(2).batch_norm(**FALLING)
        if pool_first
        else net.batch_norm(**FALLING).max_pool(2)
    )
    pool = lower_network(net.sign().build()).stages[1]
    assert isinstance(pool, Pool)
    assert pool.minimum.tolist() == minimum


def test_scores_keep_their_scale_and_offset():
    net = conv().batch_norm(gamma=[2.0, 3.0], beta=[0.5, 0.0], mean=[1.0, 0.0],
                            variance=[4.0, 9.0], epsilon=1e-30)  # fmt: skip
    network = lower_network(net.build())
    assert network.score_scale is not None
    assert network.score_offset is not None
    assert [float(x) for x in network.score_scale] == [1.0, 1.0]
    assert [float(x) for x in network.score_offset] == [-0.5, 0.0]


@pytest.mark.parametrize(
    ("transform", "pad", "levels", "pad_level"),
    [
        (Affine(), {"pad_pixel": 7}, None, 7),
        (Affine(Fraction(1, 128), Fraction(-1)), {"pad_value": 0}, None, 128),
        (Affine(Fraction(2, 255), Fraction(-1)), {"pad_value": 0}, [0, 2, 4], 255),
        (Affine(Fraction(1), Fraction(5)), {"pad_value": 0}, [0, 1, 2], -5),
        (Table(np.arange(256)[None] - 128), {"pad_value": 0}, [-128, -127, -126], 0),
        (Table(np.arange(256)[None] // 2), {"pad_pixel": 200}, [0, 0, 1], 100),
    ],
)
def test_the_padding_of_a_picture_has_a_level(transform, pad, levels, pad_level):
    net = Builder("net", height=4, width=4, channels=1, transform=transform)
    stages = lower_network(net.conv2d(np.ones((2, 3, 3, 1)), padding="same", **pad).build()).stages
    matrix = stages[-1]
    assert isinstance(matrix, Matrix)
    assert matrix.pad == pad_level
    if levels is None:
        assert len(stages) == 1
        return
    assert isinstance(stages[0], Levels)
    assert stages[0].table[0, :3].tolist() == levels
    element = matrix.in_element
    low, high = stages[0].table.min(), stages[0].table.max()
    assert -(1 << element.bits - 1) * element.signed <= min(low, pad_level)
    assert max(high, pad_level) < 1 << element.bits - element.signed


def test_zero_padding_without_a_level_is_refused():
    net = Builder(
        "net", height=4, width=4, channels=1, transform=Affine(Fraction(0.007), Fraction(-1))
    )
    net = net.conv2d(np.ones((2, 3, 3, 1)), name="conv", padding="same", pad_value=0)
    with pytest.raises(
        ModelError, match=r"^<memory>: layer 'conv': zero padding needs offset/scale "
    ):
        lower_network(net.build())


def test_a_sign_on_the_picture_is_a_threshold_of_its_own():
    net = Builder(
        "net", height=2, width=2, channels=1, transform=Affine(Fraction(-1), Fraction(100))
    )
    stages = lower_network(net.sign(name="s").flatten().dense(weights(RNG, 2, 4)).build()).stages
    assert isinstance(stages[0], Threshold)
    # 100 - u >= 0 up to u = 100
    assert (stages[0].thresholds.tolist(), stages[0].invert.tolist()) == ([101], [True])


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda b: b.conv2d(weights(RNG, 2, 1, 1, 2), name="next"), "reads integers; put a sign"),
        (lambda b: b.batch_norm(**FALLING).batch_norm(**FALLING, name="second").sign(),
         "batch_norm follows another batch_norm"),
        (lambda b: b.relu().sign(), "sign behind relu is always \\+1"),
        (lambda b: b.relu(), "relu must be followed by a quantise"),
        (lambda b: b.quantise(2, signed=False).relu(), "relu must be followed by a quantise"),
        (lambda b: b.relu().batch_norm(**FALLING, name="late").quantise(2, signed=False),
         "batch_norm behind relu"),
        (lambda b: b.quantise(2, signed=False).conv2d(
            weights(RNG, 2, 1, 1, 2), name="far", padding=(1, 0, 0, 0), pad_value=-1),
         "no activation of what it reads is -1: pad with another"),
    ],
)  # fmt: skip
def test_orders_that_no_hardware_computes_are_refused(add, message):
    with pytest.raises(ModelError, match=rf"^<memory>: layer '\w+': {message}"):
        lower_network(add(conv()).build())


def test_a_mean_of_a_picture_that_is_padded_between_two_pixels_is_refused():
    builder = Builder("grey", height=4, width=4, channels=1, transform=Affine("2/255", -1))
    builder.conv2d(np.ones((1, 3, 3, 1)), "conv", padding="same", pad_value=0).sign("bits")
    builder.average_pool(1, "mean", inputs="input").sign("grey").add(["bits", "grey"])
    with pytest.raises(
        ModelError, match=r"^<memory>: layer 'mean': reads the picture beside a layer"
    ):
        lower_network(builder.build())
