"""Group the layers of a description into steps that become a few units of hardware each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hwgen.errors import ModelError
from hwgen.model.layers import (
    INPUT_NAME,
    Add,
    AveragePool,
    BatchNorm,
    Concat,
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

__all__ = ["Group", "Head", "group_layers", "picture_reader"]

Head = Conv2d | Dense | Add | Concat | AveragePool
Tail = BatchNorm | MaxPool | Relu | Sign | Quantise


@dataclass(frozen=True, eq=False)
class Group:
    """A layer that computes new values (None: those of a source) and what happens to them.

    ``sources`` name the layers that end the groups it reads, or the picture. ``before`` are pools
    ahead of the batch normalisation, ``between`` those behind it and ahead of the activation,
    ``after`` those behind the activation. Without one ``after`` is empty. ``rectified`` says that
    a relu comes ahead of the activation, which is a quantise then; with maxima, it makes no
    difference where.
    """

    head: Head | None
    sources: tuple[str, ...]
    before: tuple[MaxPool, ...]
    norm: BatchNorm | None
    between: tuple[MaxPool, ...]
    activation: Sign | Quantise | None
    rectified: bool
    after: tuple[MaxPool, ...]
    output: str
    """Name of the group's last layer."""


def group_layers(model: Model) -> tuple[Group, ...]:
    """Split the graph: a group ends ahead of a layer that computes anew, or where paths part.

    Raises
    ------
    ModelError
        For an order of layers that no hardware here computes; names the layer.
    """
    readers = Counter(name for layer in model.layers for name in layer.inputs)
    started: list[_Group] = []
    ends: dict[str, _Group] = {}
    for layer in model.layers:
        group = ends.get(layer.inputs[0])
        if isinstance(layer, Conv2d | Dense | Add | Concat | AveragePool):
            group = _Group(model, layer, layer.inputs)
            started.append(group)
        elif group is None or readers[layer.inputs[0]] > 1:
            # Of the picture itself, or of values that go elsewhere too.
            group = _Group(model, None, layer.inputs)
            started.append(group)
        group.append(layer)
        ends[layer.name] = group
    # One that only changes the shape of what it reads is none.
    groups = [group.closed() for group in started if group.computes]
    renamed = {g.output: g.sources[0] for g in started if not g.computes}
    return tuple(_renamed(group, renamed) for group in groups)


def picture_reader(groups: tuple[Group, ...]) -> Conv2d | None:
    """The convolution that reads pixels, if there is one; two of them share their padding."""
    raw, found = {INPUT_NAME}, []
    for group in groups:
        if group.sources[0] not in raw:
            continue
        if isinstance(group.head, Conv2d):
            found.append(group.head)
        elif group.head is None and group.activation is None:
            raw.add(group.output)
    padded = [layer for layer in found if layer.padding.mode != "valid"]
    return (padded or found or [None])[0]


class _Group:
    """A group while layers are added to it."""

    def __init__(self, model: Model, head: Head | None, sources: tuple[str, ...]):
        self.model = model
        self.head = head
        self.sources = sources
        self.tail: list[Tail] = []
        self.output = sources[0]

    @property
    def computes(self) -> bool:
        """Whether it has any layer but those that change the shape."""
        return self.head is not None or bool(self.tail)

    def append(self, layer: Layer) -> None:
        """Add the next layer."""
        self.output = layer.name
        if isinstance(layer, BatchNorm | MaxPool | Relu | Sign | Quantise):
            self.tail.append(layer)
        elif layer is not self.head and not isinstance(layer, Flatten):
            raise self._refuse(layer.name, f"kind {layer.kind!r} is not built by this version")

    def closed(self) -> Group:
        """The group, if hardware is built for the order of its layers."""
        tail = self.tail
        norms = [layer for layer in tail if isinstance(layer, BatchNorm)]
        activations = [layer for layer in tail if isinstance(layer, Sign | Quantise)]
        activation = activations[0] if activations else None
        cut = tail.index(activation) if activation else len(tail)
        for norm in norms[1:] + [n for n in norms if tail.index(n) > cut]:
            behind = tail.index(norm) > cut
            what = f"reads what {activation.name!r} gave" if activation and behind else None
            why = what or "follows another batch_norm"
            raise self._refuse(norm.name, f"batch_norm {why}, which is not built; merge it by hand")
        for other in activations[1:]:
            raise self._refuse(other.name, f"{other.kind} behind another activation is not built")
        norm = norms[0] if norms else None
        at = tail.index(norm) if norm else cut
        if not isinstance(self.head, Conv2d | Dense) and norm and activation is None:
            raise self._refuse(
                norm.name, "batch_norm of these values must be followed by a sign or a quantise"
            )
        return Group(
            self.head,
            self.sources,
            tuple(x for x in tail[:at] if isinstance(x, MaxPool)),
            norm,
            tuple(x for x in tail[at:cut] if isinstance(x, MaxPool)),
            activation,
            self._rectified(norms, activation, cut),
            tuple(x for x in tail[cut:] if isinstance(x, MaxPool)),
            self.output,
        )

    def _rectified(
        self, norms: Sequence[BatchNorm], activation: Sign | Quantise | None, cut: int
    ) -> bool:
        """Whether a relu comes ahead of the activation."""
        relus = [layer for layer in self.tail if isinstance(layer, Relu)]
        for relu in relus:
            place = self.tail.index(relu)
            if place > cut:
                raise self._refuse(relu.name, "relu behind an activation is not built")
            if not isinstance(activation, Quantise):
                raise self._refuse(
                    relu.name, "relu must be followed by a quantise, which says how many bits"
                )
            for norm in norms:
                if place < self.tail.index(norm):
                    raise self._refuse(
                        norm.name, "batch_norm behind relu is not built; put a quantise ahead"
                    )
        return bool(relus)

    def _refuse(self, layer: str, why: str) -> ModelError:
        return ModelError(f"{self.model.source}: layer {layer!r}: {why}")


def _renamed(group: Group, renamed: dict[str, str]) -> Group:
    """Group that reads what stands behind layers that only change the shape."""
    sources = []
    for name in group.sources:
        while name in renamed:
            name = renamed[name]
        sources.append(name)
    return replace(group, sources=tuple(sources))
