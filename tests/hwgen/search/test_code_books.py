"""Where memory has indices instead of weights."""

import numpy as np
import pytest

from hwgen.design import make_design
from hwgen.errors import FoldingError
from hwgen.families.devices import find_device
from hwgen.generate import generate
from hwgen.model import Builder, Model
from hwgen.passes import lower_network
from hwgen.plan.folding_file import parse_folding
from hwgen.plan.units import MatrixPlan
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.code_books import choose_code_books, saved_memories, stage_index_bits
from hwgen.synth.constant_tables import find_tables, module_digests
from hwgen.verilog.memories import MemoryFiles


def network(step: int = 8001) -> Model:
    """A layer of 16,384 weights of 16 bits that have few values, and one of 640 that have many."""
    rng = np.random.default_rng(4)
    few = rng.choice(np.arange(-4, 4) * step, (64, 256))
    net = Builder("net", height=1, width=1, channels=256).sign("bits")
    net.dense(few, "few", weight_bits=16).quantise(8, signed=True, scale=4096, name="level")
    return net.dense(rng.integers(-(1 << 15), 1 << 15, (10, 64)), "many", weight_bits=16).build()


NETWORK = lower_network(network())
FEW, MANY = (NETWORK.matrices[name] for name in ("few", "many"))


def chosen(entries, device="ecp5-25"):
    folding = parse_folding(NETWORK, entries, "f.json")
    found = choose_code_books(NETWORK, folding, find_device(device), "f.json")
    return {name: f.codebook for name, f in found.items()}


def test_only_weights_of_few_values_have_indices():
    assert stage_index_bits(FEW) == 3
    assert stage_index_bits(MANY) is None
    signs = Builder("net", height=1, width=1, channels=4).sign().dense([[1, -1, 1, 1]], "d").build()
    assert stage_index_bits(lower_network(signs).matrices["d"]) is None


def test_they_are_chosen_where_the_block_rams_are_worth_more_than_the_logic():
    assert chosen({}) == {"few": 3, "many": None}
    folding = parse_folding(NETWORK, {}, "f.json")["few"]
    assert saved_memories(FEW, folding, 3, find_device("ecp5-25")) > 10
    # 4096 lanes of 16 LUTs for the memories of four words.
    wide = {"few": {"pe": 16, "simd": 256}}
    assert chosen(wide) == {"few": 0, "many": None}
    assert chosen(wide, "generic") == {"few": 0, "many": None}
    assert chosen({}, "generic") == chosen({}, "up5k") == {"few": 3, "many": None}


def test_sprams_are_saved_where_they_are_asked_for():
    folding = parse_folding(NETWORK, {"few": {"simd": 4, "storage": "spram"}}, "f.json")["few"]
    assert saved_memories(FEW, folding, 3, find_device("up5k")) == 4 - 1


def test_what_is_asked_for_is_kept_and_comes_back_from_the_folding_file():
    assert chosen({"few": {"codebook": 0}}) == {"few": 0, "many": None}
    for bits in (3, 4, 8):
        design = make_design(network(), folding=({"few": {"codebook": bits}}, "f.json"))
        unit = next(u for u in design.plan.units if isinstance(u, MatrixPlan) and u.name == "few")
        assert (unit.index_bits, unit.weight_bits, unit.word_bits) == (bits, 16, bits)
        again = make_design(network(), folding=(design.plan.folding, "f.json"))
        assert again.plan == design.plan
        (layer,) = (x for x in design.plan.layers if x.name == "few")
        assert (layer.index_bits, layer.weight_bits) == (bits, 16384 * bits)


def test_the_search_weighs_them_against_other_memories():
    found = {}
    for device, cycles in (("ecp5-25", 20_000), ("up5k", 20_000), ("up5k", 4_000)):
        design = make_design(network(), device=device, cycles=cycles)
        (few,) = (layer for layer in design.plan.layers if layer.name == "few")
        found[device, cycles] = few.weight_storage, few.index_bits
    # A word of one weight lies in one SPRAM, whatever it is; one of eight in eight, or a few RAMs.
    assert found == {
        ("ecp5-25", 20_000): (WeightStorage.MEMORY, 3),
        ("up5k", 20_000): (WeightStorage.SPRAM, 0),
        ("up5k", 4_000): (WeightStorage.MEMORY, 3),
    }


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"few": {"codebook": 2}}, r"'few': codebook must be at least 3 bits for its weights"),
        ({"few": {"codebook": 9}}, r"'few': codebook must be at most 8 bits, not 9$"),
        ({"few": {"codebook": -1}}, r"'few': codebook must be the bits of an index, or 0, not -1$"),
        ({"few": {"codebook": True}}, r"'few': codebook must be the bits of an index, or 0, not T"),
        ({"many": {"codebook": 8}}, r"'many': codebook must be at least 10 bits for its weights"),
        ({"few": {"codebook": 3, "pe": 64, "simd": 256}}, r"where weights are wired in or come in"),
        ({"few": {"codebook": 3, "storage": "external"}}, r"where weights are wired in or come in"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(entry, message):
    with pytest.raises(FoldingError, match=rf"^f.json: layer .*{message}"):
        chosen(entry)


def test_weights_of_one_bit_have_none():
    net = Builder("net", height=1, width=1, channels=4).sign().dense([[1, -1, 1, 1]], "d")
    lowered = lower_network(net.build())
    folding = parse_folding(lowered, {"d": {"codebook": 1}}, "f.json")
    with pytest.raises(FoldingError, match=r"codebook must be 0 for weights of one bit, not 1$"):
        choose_code_books(lowered, folding, find_device("generic"), "f.json")


def test_other_values_need_no_other_logic_where_tables_can_be_loaded():
    verilog = {}
    for step in (8001, 8000):
        model = network(step=step)
        design = make_design(model, folding=({"few": {"codebook": 4}}, "f.json"))
        files, _ = generate(design, 1, 1, MemoryFiles.NONE)
        verilog[step] = files["net.v"].decode()
    assert module_digests(verilog[8001]) == module_digests(verilog[8000])
    one, other = (find_tables(verilog[step])["net.few/book0"] for step in (8001, 8000))
    assert (one.depth, other.depth, one.registered) == (16, 16, False)
    assert one.words != other.words
