"""Which layers become one step, where a step ends, and which orders are refused."""

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import Builder
from hwgen.passes.group_layers import Group, group_layers, picture_reader

NORM = {"gamma": 1.0, "beta": 0.0, "mean": 0.0, "variance": 1.0}


def start(channels: int = 1) -> Builder:
    return Builder("net", height=4, width=4, channels=channels)


def conv(net: Builder, name: str, channels: int = 1, **options) -> Builder:
    return net.conv2d(np.ones((2, 1, 1, channels)), name, **options)


def named(group: Group) -> dict[str, object]:
    """Names of what a group holds, without what it lacks."""
    parts = {
        "head": group.head,
        "before": group.before,
        "norm": group.norm,
        "between": group.between,
        "activation": group.activation,
        "after": group.after,
    }
    return {
        key: [x.name for x in part] if isinstance(part, tuple) else part.name
        for key, part in parts.items()
        if part
    }


def test_pools_are_told_apart_by_what_they_stand_ahead_of():
    net = conv(start(), "c").max_pool(1, name="p1").batch_norm(**NORM, name="n")
    model = (
        net.max_pool(1, name="p2")
        .relu("r")
        .quantise(2, signed=False, name="q")
        .max_pool(1, name="p3")
        .build()
    )
    (group,) = group_layers(model)
    assert named(group) == {
        "head": "c", "before": ["p1"], "norm": "n", "between": ["p2"], "activation": "q",
        "after": ["p3"],
    }  # fmt: skip
    assert (group.rectified, group.sources, group.output) == (True, ("input",), "p3")


def test_without_an_activation_no_pool_stands_behind():
    (group,) = group_layers(conv(start(), "c").max_pool(1, name="p").build())
    assert named(group) == {"head": "c", "before": ["p"]}
    assert not group.rectified


def test_a_layer_that_computes_and_one_behind_an_activation_begin_anew():
    model = (
        conv(conv(start(), "a").sign("s"), "b", 2)
        .sign("t")
        .quantise(2, signed=False, name="q")
        .build()
    )
    first, second, third = group_layers(model)
    assert (named(first), named(second)) == (
        {"head": "a", "activation": "s"}, {"head": "b", "activation": "t"}
    )  # fmt: skip
    assert (third.head, third.sources, third.output) == (None, ("t",), "q")


def test_where_paths_part_each_begins_anew():
    net = conv(start(), "c")
    net.sign("s", inputs="c").quantise(2, signed=True, name="q", inputs="c")
    groups = group_layers(net.add(["s", "q"], "sum").build())
    assert [(group.output, group.sources) for group in groups] == [
        ("c", ("input",)), ("s", ("c",)), ("q", ("c",)), ("sum", ("s", "q")),
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "count"), [(4, 2), (1, 1)])
def test_behind_a_flatten_that_makes_channels_of_pixels_a_norm_begins_anew(size, count):
    net = Builder("net", height=size, width=size, channels=1)
    model = conv(net, "c").flatten("flat").batch_norm(**NORM, name="n").build()
    assert len(group_layers(model)) == count


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda net: net.batch_norm(**NORM, name="m").batch_norm(**NORM, name="n"),
         "layer 'n': batch_norm follows another batch_norm; merge the two by hand"),
        (lambda net: net.relu().batch_norm(**NORM, name="n"),
         "layer 'n': batch_norm behind relu is not built; put a quantise ahead"),
    ],
)  # fmt: skip
def test_an_order_that_no_hardware_computes_is_refused_by_name(build, message):
    model = build(conv(start(), "c")).sign().build()
    with pytest.raises(ModelError, match=f"^<memory>: {message}$"):
        group_layers(model)


def test_of_the_convolutions_that_read_the_picture_the_padded_one_is_the_reader():
    net = conv(start(), "plain").sign("s")
    net.conv2d(np.ones((2, 3, 3, 1)), "padded", padding="same", pad_pixel=3, inputs="input")
    model = net.sign("t").add(["s", "t"]).build()
    reader = picture_reader(model, group_layers(model))
    assert reader is not None
    assert reader.name == "padded"


def test_no_convolution_reads_the_picture_behind_an_activation():
    model = conv(start().sign(), "c").build()
    assert picture_reader(model, group_layers(model)) is None
    behind = conv(start().batch_norm(**NORM), "c").build()
    assert picture_reader(behind, group_layers(behind)) is behind.layers[-1]
