"""What makes another topology of one: its size, and the talk's measures for accuracy."""

from dataclasses import replace

from hwgen.errors import ModelError
from hwgen.topologies.topology import Conv, Precision, Topology

__all__ = ["deeper", "fitted", "residual", "wide_first", "wider", "with_last_bits"]

_MOST_LAYERS = 200


def fitted(topology: Topology, picture: tuple[int, int, int], classes: int) -> Topology:
    """The same for pictures of a size, with a score for each class.

    Raises
    ------
    ModelError
        If its scores are boxes.
    """
    if topology.grid is not None:
        raise ModelError(f"{topology.name}: its scores are boxes, and only classes are trained")
    if topology.dense:
        return replace(topology, picture=picture, dense=(*topology.dense[:-1], classes))
    *others, last = topology.convs
    return replace(topology, picture=picture, convs=(*others, replace(last, channels=classes)))


def wider(topology: Topology, factor: float) -> Topology:
    """``factor`` times as many channels and units in every layer but the last."""
    _positive("width", factor)

    def grown(count: int) -> int:
        return max(1, round(count * factor))

    convs = tuple(replace(conv, channels=grown(conv.channels)) for conv in topology.convs)
    if not topology.dense:
        convs = (*convs[:-1], topology.convs[-1])
    dense = (*map(grown, topology.dense[:-1]), *topology.dense[-1:])
    return replace(topology, convs=convs, dense=dense)


def wide_first(topology: Topology, factor: float) -> Topology:
    """``factor`` times as many channels, or units, in the first layer."""
    _positive("wide first", factor)
    if topology.layers < 2:
        raise ModelError(f"{topology.name}: its first layer is its last, which has the classes")
    if topology.convs:
        first, *others = topology.convs
        first = replace(first, channels=max(1, round(first.channels * factor)))
        return replace(topology, convs=(first, *others))
    first, *rest = topology.dense
    return replace(topology, dense=(max(1, round(first * factor)), *rest))


def deeper(topology: Topology, times: int) -> Topology:
    """Each convolution but the first ``times`` in a row; a pool stays behind the last of them.

    Those that are added have a stride of 1, and read what those they follow give.
    """
    if times < 1:
        raise ModelError(f"depth must be at least 1, not {times}")
    convs: list[Conv] = list(topology.convs[:1])
    precisions: list[Precision] = list(topology.precisions[:1])
    end = len(topology.convs) - (0 if topology.dense else 1)
    for k, conv in enumerate(topology.convs[1:], 1):
        precision, copies = topology.precisions[k], times if k < end and conv.norm else 1
        convs.append(conv if copies == 1 else replace(conv, pool=None))
        added = replace(conv, stride=1, shortcut=False)
        convs += [replace(added, pool=None)] * (copies - 2) + [added] * (copies > 1)
        precisions += [precision] * copies
    if topology.convs:
        precisions += topology.precisions[len(topology.convs) :]
    else:
        precisions = list(topology.precisions)
    found = replace(topology, convs=tuple(convs), precisions=tuple(precisions))
    if found.layers > _MOST_LAYERS:
        raise ModelError(f"{topology.name}: has more than {_MOST_LAYERS} layers at depth {times}")
    return found


def residual(topology: Topology) -> Topology:
    """Residual paths around pairs of convolutions that keep the shape, wherever there are some."""
    convs = list(topology.convs)
    k = 2
    while k < len(convs):
        before, inner, conv = convs[k - 2], convs[k - 1], convs[k]
        keeps = all(c.stride == 1 and not c.valid for c in (inner, conv)) and inner.pool is None
        bits = {topology.precisions[n].inputs for n in (k - 1, k)}
        last = not topology.dense and k == len(convs) - 1
        if keeps and before.channels == conv.channels and len(bits) == 1 and not last:
            convs[k] = replace(conv, shortcut=True)
            k += 1
        k += 1
    if not any(conv.shortcut for conv in convs):
        raise ModelError(
            f"{topology.name}: has no pair of convolutions that a residual path could go around: "
            "both with a stride of 1, padded, of as many channels as what they read; "
            "a depth of 2 or 3 makes some"
        )
    return replace(topology, convs=tuple(convs))


def with_last_bits(topology: Topology, bits: int) -> Topology:
    """``bits`` for the weights of the last layer; it reads what it did."""
    if not 1 <= bits <= 16:
        raise ModelError(f"last bits must be 1 to 16, not {bits}")
    *others, last = topology.precisions
    return replace(topology, precisions=(*others, replace(last, weights=bits)))


def _positive(what: str, factor: float) -> None:
    if not 0 < factor <= 64:
        raise ModelError(f"{what} must be above 0 and at most 64, not {factor:g}")
