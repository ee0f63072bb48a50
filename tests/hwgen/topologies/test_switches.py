"""Switches of a topology: its size, and the talk's measures for accuracy."""

import pytest

from hwgen.errors import ModelError
from hwgen.model import Add, infer_shapes
from hwgen.topologies import (
    Conv,
    Precision,
    Topology,
    build_model,
    deeper,
    find_topology,
    fitted,
    residual,
    wide_first,
    wider,
    with_last_bits,
)

BIT = Precision(1, 1)
NET = Topology(
    "net", (16, 16, 3), (Conv(8, pool="max"), Conv(16), Conv(12, pool="max")), (32, 10), (BIT,) * 5
)


def channels(topology: Topology) -> list[int]:
    return [conv.channels for conv in topology.convs]


def test_width_and_a_wide_first_layer_leave_the_classes():
    assert (channels(wider(NET, 1.5)), wider(NET, 1.5).dense) == ([12, 24, 18], (48, 10))
    assert (channels(wide_first(NET, 4)), wide_first(NET, 4).dense) == ([32, 16, 12], (32, 10))
    dense = Topology("d", (4, 4, 1), (), (8, 3), (BIT, BIT))
    assert wide_first(dense, 2).dense == (16, 3)


def test_depth_repeats_each_convolution_but_the_first_and_pools_once():
    deep = deeper(NET, 3)
    assert channels(deep) == [8, 16, 16, 16, 12, 12, 12]
    assert [conv.pool for conv in deep.convs] == ["max", None, None, None, None, None, "max"]
    assert len(deep.precisions) == 9
    assert infer_shapes(build_model(deep))["fc9"] == (1, 1, 10)
    assert deeper(NET, 1) == NET


def test_residual_paths_go_around_pairs_that_keep_the_shape():
    found = residual(deeper(NET, 3))
    assert [conv.shortcut for conv in found.convs] == [
        False, False, False, True, False, False, True,
    ]  # fmt: skip
    adds = [layer.name for layer in build_model(found).layers if isinstance(layer, Add)]
    assert adds == ["add4", "add7"]


def test_the_family_of_the_talk_is_what_the_switch_gives():
    plain, with_paths = find_topology("B-12-m2-k2"), find_topology("B-12-m2-k2-r")
    assert residual(plain).convs == with_paths.convs


def test_the_last_layer_gets_bits_of_its_own():
    assert with_last_bits(NET, 16).precisions == (*(BIT,) * 4, Precision(16, 1))
    assert with_last_bits(find_topology("width-6"), 16).precisions == (
        find_topology("width-8").precisions
    )


def test_pictures_and_classes_are_those_asked_for():
    assert fitted(NET, (8, 8, 1), 3).dense == (32, 3)
    assert channels(fitted(find_topology("vgg8"), (64, 64, 3), 7))[-1] == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: fitted(find_topology("uyolo"), (8, 8, 3), 2),
         "uyolo: its scores are boxes, and only classes are trained"),
        (lambda: wider(NET, 0), "width must be above 0 and at most 64, not 0"),
        (lambda: wide_first(NET, -1), "wide first must be above 0 and at most 64, not -1"),
        (lambda: deeper(NET, 0), "depth must be at least 1, not 0"),
        (lambda: deeper(NET, 500), "net: has more than 200 layers at depth 500"),
        (lambda: with_last_bits(NET, 17), "last bits must be 1 to 16, not 17"),
        (lambda: residual(NET), "net: has no pair of convolutions that a residual path .*"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_one_sentence(change, message):
    with pytest.raises(ModelError, match=f"^{message}$"):
        change()


def test_the_cnv_has_the_layers_of_finn():
    model = build_model(find_topology("cnv"))
    kinds = [layer.kind for layer in model.layers]
    assert (kinds.count("conv2d"), kinds.count("dense"), kinds.count("batch_norm")) == (6, 3, 8)
    assert infer_shapes(model)["conv6"] == (1, 1, 256)
