"""Group the layers of a description into steps that become one piece of hardware each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hwgen.errors import ModelError
from hwgen.model.layers import (
    INPUT_NAME,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    Model,
    Quantise,
    Relu,
    Sign,
)

__all__ = ["Group", "group_layers"]


@dataclass(frozen=True, eq=False)
class Group:
    """A matrix layer (None: the picture itself) and what happens to its values afterwards.

    ``before`` are pools ahead of the batch normalisation, ``between`` those behind it and ahead
    of the activation, ``after`` those behind the activation. Without one ``after`` is empty.
    ``rectified`` says that a relu comes ahead of the activation, which is a quantise then; with
    maxima, it makes no difference where.
    """

    matrix: Conv2d | Dense | None
    source: str
    before: tuple[MaxPool, ...]
    norm: BatchNorm | None
    between: tuple[MaxPool, ...]
    activation: Sign | Quantise | None
    rectified: bool
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
    tail: list[BatchNorm | MaxPool | Relu | Sign | Quantise] = []
    source = INPUT_NAME

    def close() -> None:
        norms = [layer for layer in tail if isinstance(layer, BatchNorm)]
        activations = [layer for layer in tail if isinstance(layer, Sign | Quantise)]
        activation = activations[0] if activations else None
        cut = tail.index(activation) if activation else len(tail)
        for norm in norms[1:] + [n for n in norms if tail.index(n) > cut]:
            behind = tail.index(norm) > cut
            what = f"reads what {activation.name!r} gave" if activation and behind else None
            why = what or "follows another batch_norm"
            raise refuse(norm.name, f"batch_norm {why}, which is not built; merge it by hand")
        for other in activations[1:]:
            raise refuse(other.name, f"{other.kind} behind another activation is not built")
        rectified = _rectified(tail, norms, activation, refuse)
        norm = norms[0] if norms else None
        at = tail.index(norm) if norm else cut
        if matrix is None and not tail:
            return
        if matrix is None and norm and activation is None:
            raise refuse(
                norm.name, "batch_norm of the picture must be followed by a sign or a quantise"
            )
        groups.append(
            Group(
                matrix,
                source,
                tuple(x for x in tail[:at] if isinstance(x, MaxPool)),
                norm,
                tuple(x for x in tail[at:cut] if isinstance(x, MaxPool)),
                activation,
                rectified,
                tuple(x for x in tail[cut:] if isinstance(x, MaxPool)),
                name,
            )
        )

    for layer in model.layers:
        if layer.inputs != (name,):
            raise refuse(layer.name, f"must read the layer before it ({name!r}): no branches yet")
        if isinstance(layer, Conv2d | Dense):
            close()
            if groups and groups[-1].activation is None and groups[-1].matrix is not None:
                raise refuse(layer.name, "reads integers; put a sign or a quantise before it")
            matrix, source, tail = layer, name, []
        elif isinstance(layer, BatchNorm | MaxPool | Relu | Sign | Quantise):
            tail.append(layer)
        elif not isinstance(layer, Flatten):
            raise refuse(layer.name, f"kind {layer.kind!r} is not built by this version")
        name = layer.name
    close()
    return tuple(groups)


def _rectified(
    tail: Sequence[Layer],
    norms: Sequence[BatchNorm],
    activation: Sign | Quantise | None,
    refuse: Callable[[str, str], ModelError],
) -> bool:
    """Whether a relu comes ahead of the activation; one behind it has to change nothing."""
    places = {layer.name: place for place, layer in enumerate(tail)}
    cut = places[activation.name] if activation else len(tail)
    rectified = False
    for relu in tail:
        if not isinstance(relu, Relu):
            continue
        if places[relu.name] > cut:
            raise refuse(relu.name, "relu behind an activation is not built; put it ahead")
        if not isinstance(activation, Quantise):
            raise refuse(relu.name, "relu must be followed by a quantise, which says how many bits")
        for norm in norms:
            if places[relu.name] < places[norm.name]:
                raise refuse(norm.name, "batch_norm behind relu is not built; put a quantise ahead")
        rectified = True
    return rectified
