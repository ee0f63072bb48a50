"""The order of the layers."""

import random

import pytest

from hwgen.errors import ModelError
from hwgen.model.graph import Node, sort_graph


def chain(*arrows: str) -> list[Node]:
    """Write ``"b<a"`` for a layer b that reads a."""
    pairs = [arrow.split("<") for arrow in arrows]
    return [Node(name, "sign", tuple(source.split(","))) for name, source in pairs]


def test_a_sorted_list_stays_as_it_is():
    assert sort_graph(chain("a<input", "b<a", "c<b")) == [0, 1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_any_order_is_sorted(seed: int):
    nodes = chain("a0<input", *(f"a{k}<a{k - 1}" for k in range(1, 50)))
    shuffled = random.Random(seed).sample(nodes, len(nodes))
    assert [shuffled[k] for k in sort_graph(shuffled)] == nodes


def test_a_missing_source_is_named():
    with pytest.raises(
        ModelError, match=r"^layer 'b': reads 'x', which is not a layer of this network$"
    ):
        sort_graph(chain("a<input", "b<x"))


def test_a_cycle_is_written_out():
    with pytest.raises(
        ModelError, match=r"^layers form a cycle: 'b' reads 'd' reads 'c' reads 'b'$"
    ):
        sort_graph(chain("a<input", "b<d", "c<b", "d<c", "e<c"))


def test_a_layer_that_reads_itself_is_a_cycle():
    with pytest.raises(ModelError, match=r"^layers form a cycle: 'a' reads 'a'$"):
        sort_graph(chain("a<a"))


def test_a_second_output_is_refused():
    with pytest.raises(
        ModelError,
        match=r"^layer 'b': no layer reads its output, "
        r"but a network has one output and here 'c' is it$",
    ):
        sort_graph(chain("a<input", "b<a", "c<a"))


@pytest.mark.parametrize("sources", ["a,a", "a,input"])
def test_a_second_input_is_refused(sources: str):
    with pytest.raises(
        ModelError, match=r"^layer 'b': kind 'sign' reads exactly one layer, not 2$"
    ):
        sort_graph(chain("a<input", f"b<{sources}"))
