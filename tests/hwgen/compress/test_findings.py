"""Which channels can go, and why."""

import numpy as np
from small_networks import small_face

from hwgen.compress.axes import tie_channels
from hwgen.compress.facts import find_facts
from hwgen.compress.findings import find_channels, sum_of
from hwgen.compress.readers import readers_of
from hwgen.model import Builder, infer_shapes


def findings(model):
    shapes = infer_shapes(model)
    axes = tie_channels(model, shapes)
    readers = readers_of(model, shapes, find_facts(model), axes)
    return axes, readers, find_channels(readers, axes)


def hidden(rows, gammas, read, bits=4):
    """A layer of two inputs of which another one reads all channels."""
    net = Builder("n", height=1, width=1, channels=2)
    net.dense(np.array(rows, np.int8), "hidden").batch_norm(gammas, 0.5, 100, 1).sign()
    return net.dense(np.array(read, np.int8), "fc", weight_bits=bits).build()


def test_each_channel_is_found_for_its_reason():
    model = hidden([[1, 1], [1, 1], [1, -1], [-1, 1], [1, -1]], [1, 1, 0, 1, -1], [[1, 2, 3, 1, 0]])
    axes, _, found = findings(model)
    names = axes.of["hidden"].tolist()
    assert found.alone == {names[4]: "unread"}
    assert found.found == {names[1]: "duplicate", names[2]: "constant", names[4]: "unread"}
    (group,) = found.groups
    assert (group.members, group.least, group.step) == ((names[0], names[1]), 1, 1)
    assert group.signs[0] == group.signs[1]


def test_a_group_needs_as_many_as_the_widest_sum():
    for read, least in (([[1, 1]], None), ([[1, -1]], 0)):
        _, readers, found = findings(hidden([[1, 1], [1, 1]], [1, 1], read, bits=1))
        assert [group.least for group in found.groups] == ([] if least is None else [least])
        totals = sum_of(readers[-1], [(0,), (1,)], (1, 1))
        assert totals.reshape(-1).tolist() == [sum(read[0])]


def test_nothing_is_found_where_all_differ():
    _, _, found = findings(small_face())
    assert not found.found
    assert not found.views
