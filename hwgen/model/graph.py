"""The order of the layers: each after the one it reads, the output last."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from hwgen.errors import ModelError, located
from hwgen.model.layers import KINDS
from hwgen.model.names import INPUT_NAME

__all__ = ["Node", "check_source_count", "sort_graph"]


class Node(NamedTuple):
    """What the graph knows of a layer; names are unique and none is ``"input"``."""

    name: str
    kind: str
    inputs: tuple[str, ...]


def sort_graph(nodes: Sequence[Node]) -> list[int]:
    """Sort layers so that each comes after the one it reads.

    Layers keep their order as far as they can, so a list that is in order stays as it is.

    Returns
    -------
    list of int
        Indices into ``nodes``. The last one is the only layer that no other layer reads.

    Raises
    ------
    ModelError
        If a source is missing, the layers form a cycle, or more than one output is left.
    """
    index = {node.name: k for k, node in enumerate(nodes)}
    readers: list[list[int]] = [[] for _ in nodes]
    waiting = [0] * len(nodes)
    for k, node in enumerate(nodes):
        with located(f"layer {node.name!r}"):
            _check_sources(node, index)
        for source in node.inputs:
            if source != INPUT_NAME:
                readers[index[source]].append(k)
                waiting[k] += 1

    ready = [k for k, count in enumerate(waiting) if count == 0]
    order: list[int] = []
    while ready:
        k = heapq.heappop(ready)
        order.append(k)
        for reader in readers[k]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, reader)
    if len(order) < len(nodes):
        raise ModelError(f"layers form a cycle: {_cycle(nodes, index, waiting)}")

    unread = [node.name for node, by in zip(nodes, readers, strict=True) if not by]
    if len(unread) > 1:
        raise ModelError(
            f"layer {unread[0]!r}: no layer reads its output, "
            f"but a network has one output and here {unread[-1]!r} is it"
        )
    return order


def check_source_count(kind: str, count: int) -> None:
    """Refuse a number of sources that a kind does not take."""
    joins = KINDS[kind].joins
    if joins and count < 2:
        raise ModelError(f"kind {kind!r} reads two layers or more, not {count}")
    if not joins and count != 1:
        raise ModelError(f"kind {kind!r} reads exactly one layer, not {count}")


def _check_sources(node: Node, index: dict[str, int]) -> None:
    check_source_count(node.kind, len(node.inputs))
    for source in node.inputs:
        if source != INPUT_NAME and source not in index:
            raise ModelError(f"reads {source!r}, which is not a layer of this network")


def _cycle(nodes: Sequence[Node], index: dict[str, int], waiting: Sequence[int]) -> str:
    """Walk from any layer that could not be placed against the arrows until one comes again."""
    k = next(k for k, count in enumerate(waiting) if count)
    path: list[int] = []
    while k not in path:
        path.append(k)
        sources = (index[name] for name in nodes[k].inputs if name != INPUT_NAME)
        k = next(source for source in sources if waiting[source])
    loop = [*path[path.index(k) :], k]
    return " reads ".join(repr(nodes[k].name) for k in loop)
