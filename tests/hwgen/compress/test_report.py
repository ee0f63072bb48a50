"""What the exact pass says."""

import numpy as np

from hwgen.compress.report import LayerChannels, Removed, weight_bits
from hwgen.model import Builder

LAYERS = (LayerChannels("a", 64, constant=6, duplicate=2, staying=1), LayerChannels("b", 8, 0))


def test_lines_and_json_tell_the_same():
    removed = Removed(LAYERS[:1], 1000, 900)
    assert removed.changed
    assert removed.line.splitlines() == [
        "a: 56 of 64 channels left, 6 constant, 2 duplicate, 1 staying all the same",
        "100 of 1,000 bits of weights saved",
    ]
    assert removed.to_json() == {
        "pass": "exact",
        "layers": [
            {"name": "a", "channels": 64, "left": 56, "unread": 0, "constant": 6, "duplicate": 2,
             "staying": 1}
        ],
        "weight_bits": 1000,
        "weight_bits_left": 900,
    }  # fmt: skip


def test_what_is_refused_stays():
    refused = Removed(LAYERS[:1], 1000, 900).refused()
    assert refused.layers == (LayerChannels("a", 64, staying=9),)
    assert refused.weight_bits_left == 1000
    assert not refused.changed


def test_nothing_found_is_said():
    assert Removed((), 5, 5).line == "no channel is constant, unread, or stands for another"


def test_bits_are_those_of_all_weights():
    net = Builder("n", height=1, width=1, channels=2)
    net.dense(np.ones((3, 2), np.int8)).sign()
    assert weight_bits(net.dense(np.ones((2, 3), np.int8), weight_bits=4).build()) == 6 + 24
