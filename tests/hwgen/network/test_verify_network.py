"""An integer network with any fault is refused, and the stage named."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import Builder
from hwgen.network import BIPOLAR, Element, IntegerNetwork
from hwgen.network.verify_network import verify_network
from hwgen.passes import lower_network


def network() -> IntegerNetwork:
    rng = np.random.default_rng(4)
    builder = Builder("net", height=6, width=6, channels=2)
    builder.conv2d(rng.choice([-1, 1], (4, 3, 3, 2)), "conv").sign("bits").max_pool(2, name="pool")
    builder.conv2d(rng.integers(-4, 4, (4, 1, 1, 4)), "wide", weight_bits=3)
    builder.quantise(4, signed=True, name="rounded")
    builder.add(["rounded", "pool"], "sum").sign("last").flatten()
    builder.dense(rng.choice([-1, 1], (3, 16)), "scores")
    return lower_network(builder.build())


def changed(which: str, **changes) -> IntegerNetwork:
    net = network()
    stages = [replace(s, **changes) if s.name == which else s for s in net.stages]
    return replace(net, stages=tuple(stages))


FAULTS = {
    "a name twice": ("pool", {"name": "conv"}, "stage 'conv': another stage has this name"),
    "no source": ("pool", {"source": "later"}, "stage 'pool': reads 'later', which is no earlier"),
    "another shape": ("wide", {"in_shape": (2, 3, 4)}, "stage 'wide': reads 24 elements of the"),
    "another output": ("wide", {"out_shape": (2, 1, 4)},
                       "stage 'wide': puts out 2 x 1 x 4, where 2 x 2 x 4 follow"),
    "another format": ("wide", {"in_element": Element(2, signed=True)},
                       r"stage 'wide': reads Element\(.*\) where its source puts out Element"),
    "another maximum": ("pool", {"element": Element(3, signed=False)}, "stage 'pool': puts out"),
    "bits for weights": ("wide", {"weight_element": BIPOLAR}, "stage 'wide': weights must fit"),
    "weights for bits": ("conv", {"weights": np.full((4, 3, 3, 2), 2)},
                         "stage 'conv': weights must fit"),
    "no range": ("wide", {"acc_min": 9, "acc_max": 5}, "stage 'wide': sums must have a range"),
    "wide sums": ("wide", {"acc_max": 1 << 20}, r"stage 'wide': sums from -\d+ to \d+ must fit"),
    "far thresholds": ("conv", {"thresholds": np.full(4, 1 << 40)},
                       "stage 'conv': thresholds must lie in"),
    "few thresholds": ("last", {"thresholds": np.zeros(3, int)},
                       "stage 'last': thresholds must be one for each of 4 channels, not 3"),
    "few multipliers": ("rounded", {"multipliers": (1,)}, "stage 'rounded': multipliers must be"),
    "a far end": ("rounded", {"high": 8}, r"stage 'rounded': low and high must lie in \[-8, 7\]"),
    "few factors": ("sum", {"factors": (1,)}, "stage 'sum': formats and factors must be one"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name):
    stage, changes, message = FAULTS[name]
    with pytest.raises(ModelError, match=f"^<memory>: {message}"):
        verify_network(changed(stage, **changes))


def test_what_passes_make_is_good():
    net = network()
    assert verify_network(net) is net


def test_scores_have_a_scale_for_each_channel():
    net = replace(network(), score_scale=(Fraction(1),))
    with pytest.raises(ModelError, match=r"^<memory>: stage 'scores': score_scale has 1 figures"):
        verify_network(net)


def test_a_network_computes_something():
    net = replace(network(), stages=())
    with pytest.raises(ModelError, match=r"^<memory>: stage 'input': no stage reads it$"):
        verify_network(net)
