"""Group the layers of a description into steps that become one piece of hardware each."""

from dataclasses import dataclass

from hwgen.errors import ModelError
from hwgen.model.layers import (
    INPUT_NAME,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    MaxPool,
    Model,
    Sign,
)

__all__ = ["Group", "group_layers"]


@dataclass(frozen=True, eq=False)
class Group:
    """A matrix layer (None: the picture itself) and what happens to its values afterwards.

    ``before`` are pools ahead of the batch normalisation, ``between`` those behind it and ahead
    of the sign, ``after`` those behind the sign. Without a sign ``after`` is empty.
    """

    matrix: Conv2d | Dense | None
    source: str
    before: tuple[MaxPool, ...]
    norm: BatchNorm | None
    between: tuple[MaxPool, ...]
    sign: Sign | None
    after: tuple[MaxPool, ...]
    output: str
    """Name of the group's last layer."""


def group_layers(model: Model) -> tuple[Group, ...]:
    """Split the chain of layers behind each matrix layer.

    Raises
    ------
    ModelError
        For an order of layers that no hardware here computes; names the layer.
    """

    def refuse(layer: str, why: str) -> ModelError:
        return ModelError(f"{model.source}: layer {layer!r}: {why}")

    groups: list[Group] = []
    name = INPUT_NAME
    matrix: Conv2d | Dense | None = None
    tail: list[BatchNorm | MaxPool | Sign] = []
    source = INPUT_NAME

    def close() -> None:
        norms = [layer for layer in tail if isinstance(layer, BatchNorm)]
        signs = [layer for layer in tail if isinstance(layer, Sign)]
        sign = signs[0] if signs else None
        cut = tail.index(sign) if sign else len(tail)
        for norm in norms[1:] + [n for n in norms if tail.index(n) > cut]:
            why = "reads bits" if tail.index(norm) > cut else "follows another batch_norm"
            raise refuse(norm.name, f"batch_norm {why}, which is not built; merge it by hand")
        norm = norms[0] if norms else None
        at = tail.index(norm) if norm else cut
        if matrix is None and not tail:
            return
        if matrix is None and norm and sign is None:
            raise refuse(norm.name, "batch_norm of the picture must be followed by a sign")
        groups.append(
            Group(
                matrix,
                source,
                tuple(x for x in tail[:at] if isinstance(x, MaxPool)),
                norm,
                tuple(x for x in tail[at:cut] if isinstance(x, MaxPool)),
                sign,
                tuple(x for x in tail[cut:] if isinstance(x, MaxPool)),
                name,
            )
        )

    for layer in model.layers:
        if layer.inputs != (name,):
            raise refuse(layer.name, f"must read the layer before it ({name!r}): no branches yet")
        if isinstance(layer, Conv2d | Dense):
            if layer.weight_bits > 1:
                raise refuse(layer.name, "weights of more than one bit are not built yet")
            close()
            if groups and groups[-1].sign is None and groups[-1].matrix is not None:
                raise refuse(layer.name, "reads integers; put a sign before it")
            matrix, source, tail = layer, name, []
        elif isinstance(layer, BatchNorm | MaxPool | Sign):
            tail.append(layer)
        elif not isinstance(layer, Flatten):
            raise refuse(layer.name, f"kind {layer.kind!r} is not built by this version")
        name = layer.name
    close()
    return tuple(groups)
