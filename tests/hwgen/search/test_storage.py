"""Storage of weights: what is chosen for a device, and what is refused."""

import re
from dataclasses import replace

import pytest
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import FoldingError
from hwgen.families.devices import DEVICES, find_device
from hwgen.passes import lower_network
from hwgen.plan.folding import Folding
from hwgen.plan.folding_file import parse_folding
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.storage import choose_storage

NETWORK = lower_network(small_face())
UP5K = find_device("up5k")

# Weight words of 8, 12 and 4 bits; conv2 of 48 words, fc of 32.
FOLDING = {
    "conv1": {"pe": 8, "simd": 1},
    "conv2": {"pe": 4, "simd": 3, "taps": [3, 1]},
    "fc": {"pe": 1, "simd": 4},
}


def storages(entries, device=UP5K):
    folding = parse_folding(NETWORK, entries, "f.json")
    return {n: f.storage for n, f in choose_storage(NETWORK, folding, device, "f.json").items()}


def refused(text, entries, device=UP5K):
    with pytest.raises(FoldingError, match=f"^{re.escape(text)}$"):
        storages(entries, device)


def asked(**storage):
    return {n: e | ({"storage": storage[n]} if n in storage else {}) for n, e in FOLDING.items()}


WIDE = {
    "conv1": {"pe": 8, "simd": 3, "m": 4},  # 9 words of 24 bits
    "conv2": {"pe": 4, "simd": 8},  # 18 words of 32 bits
    "fc": {"pe": 4, "simd": 8},  # 4 words of 32 bits
}


def test_the_tables_of_most_block_rams_go_into_spram_as_far_as_it_goes():
    # Two block RAMs each: the first two in the order of the network get the four SPRAMs.
    assert storages(WIDE) == {"conv1": "spram", "conv2": "spram", "fc": "memory"}
    wider = WIDE | {"conv2": {"pe": 8, "simd": 8}}  # four block RAMs, all of the SPRAM
    assert storages(wider) == {"conv1": "memory", "conv2": "spram", "fc": "memory"}


def test_a_table_that_is_too_wide_leaves_the_spram_to_the_next():
    wide = WIDE | {"conv2": {"pe": 8, "simd": 24, "taps": [1, 3]}}
    assert storages(wide) == {"conv1": "spram", "conv2": "memory", "fc": "spram"}


def test_what_fits_a_block_ram_stays_in_it_and_one_word_is_no_memory():
    assert storages(FOLDING) == {"conv1": "memory", "conv2": "memory", "fc": "memory"}
    assert storages(FOLDING | {"fc": {"pe": 4, "simd": 32}})["fc"] is None


@pytest.mark.parametrize("device", [d for d in DEVICES.values() if d.name != "up5k"])
def test_devices_without_spram_choose_nothing(device):
    assert storages(WIDE, device) == dict.fromkeys(WIDE)


def test_what_is_asked_for_stays_and_goes_first():
    assert storages(asked(fc="spram"))["fc"] == "spram"
    wide = WIDE | {"fc": WIDE["fc"] | {"storage": "spram"}}
    assert storages(wide) == {"conv1": "spram", "conv2": "memory", "fc": "spram"}
    wide = {n: e | {"storage": "memory"} for n, e in WIDE.items()}
    assert storages(wide) == dict.fromkeys(WIDE, "memory")


def test_storage_that_cannot_be_is_refused():
    about = "f.json: layer 'conv2': "
    known = "storage must be one of constant, memory, spram, external, not "
    refused(about + known + "'flash'", asked(conv2="flash"))
    refused(about + known + "None", asked(conv2=None))
    refused(about + 'storage must be "memory", "spram" or "external" for 48 weight words',
            asked(conv2="constant"))  # fmt: skip
    one_word = FOLDING | {"fc": {"pe": 4, "simd": 32, "storage": "spram"}}
    refused("f.json: layer 'fc': storage must be \"constant\" for 1 weight words", one_word)
    refused(about + 'storage "spram" needs a device with SPRAM (up5k), not hx8k',
            asked(conv2="spram"), find_device("hx8k"))  # fmt: skip


def test_more_spram_than_there_is_is_refused():
    wide = {n: e | {"storage": "spram"} for n, e in WIDE.items()}
    refused(
        "f.json: layer 'fc': its weights of 32 bits a word need 2 SPRAMs, of which up5k has 4 and "
        "layers before it take 4",
        wide,
    )


def test_more_words_than_an_spram_has_are_refused():
    stages = [
        replace(s, weights=s.weights.repeat(130, axis=0)) if s.name == "fc" else s
        for s in NETWORK.stages
    ]
    network = replace(NETWORK, stages=tuple(stages))
    folding = {n: Folding(1, 1) for n in FOLDING} | {
        "fc": Folding(1, 1, storage=WeightStorage.SPRAM)
    }
    text = r"^m: layer 'fc': its 16,640 weight words are more than the 16,384 of an SPRAM$"
    with pytest.raises(FoldingError, match=text):
        choose_storage(network, folding, UP5K, "m")


def test_the_plan_says_where_weights_lie_and_its_folding_gives_it_again():
    plan = make_design(small_face(), device="up5k", folding=(WIDE, "f.json")).plan
    kinds = {x.name: x.weight_storage for x in plan.layers if x.simd}
    assert kinds == {"conv1": "spram", "conv2": "spram", "fc": "memory"}
    assert plan.load_words == 9 * 2 + 18 * 2
    again = make_design(small_face(), device="up5k", folding=(plan.folding, "f.json")).plan
    assert again == plan
    elsewhere = make_design(small_face(), folding=(WIDE, "f.json")).plan
    assert elsewhere.load_words == 0
    assert not any("storage" in entry for entry in elsewhere.folding.values())
