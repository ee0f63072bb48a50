"""Group the layers of a description into steps that become a few units of hardware each."""

from dataclasses import dataclass
from typing import assert_never

from hwgen.errors import ModelError
from hwgen.model.layers import (
    INPUT_NAME,
    Activation,
    Add,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    Flatten,
    Layer,
    Levelled,
    MaxPool,
    Model,
    Relu,
)
from hwgen.model.shapes import infer_shapes, resolve_padding

__all__ = ["Group", "Head", "group_layers", "picture_reader"]

Head = Conv2d | Dense | Add | Concat | AveragePool
Tail = BatchNorm | MaxPool | Relu | Activation


@dataclass(frozen=True, eq=False)
class Group:
    """A layer that computes new values (None: those of a source) and what happens to them.

    ``sources`` name the layers that end the groups it reads, or the picture. ``before`` are pools
    ahead of the batch normalisation, ``between`` those behind it and ahead of the activation,
    ``after`` those behind the activation. Without one ``after`` is empty, and what the batch
    normalisation and the relu do is left to the groups that read this one. ``rectified`` says that
    there is a relu; with maxima, it makes no difference where.
    """

    head: Head | None
    sources: tuple[str, ...]
    before: tuple[MaxPool, ...]
    norm: BatchNorm | None
    between: tuple[MaxPool, ...]
    activation: Activation | None
    rectified: bool
    after: tuple[MaxPool, ...]
    output: str
    """Name of the group's last layer."""


def group_layers(model: Model) -> tuple[Group, ...]:
    """Split the graph into groups.

    One ends ahead of a layer that computes anew, where paths part, behind an activation that
    another layer changes again, and behind a flatten that makes channels of pixels, where a layer
    follows that tells channels apart.

    Raises
    ------
    ModelError
        For an order of layers that no hardware here computes; names the layer.
    """
    shapes = infer_shapes(model)
    started: list[_Group] = []
    ends: dict[str, _Group] = {}
    for layer in model.layers:
        source = layer.inputs[0]
        group = ends.get(source)
        if isinstance(layer, Head):
            group = _Group(model, layer, layer.inputs)
            started.append(group)
        elif group is None or len(model.readers(source)) > 1 or not group.takes(layer):
            # Of the picture itself, of values that go elsewhere too, or of what is done.
            group = _Group(model, None, layer.inputs)
            started.append(group)
        group.append(layer, flattens=shapes[source][:2] != (1, 1))
        ends[layer.name] = group
    return tuple(group.closed() for group in started)


def picture_reader(model: Model, groups: tuple[Group, ...]) -> Conv2d | None:
    """The convolution that reads pixels, if there is one; two of them share their padding."""
    shapes = infer_shapes(model)
    raw, found = {INPUT_NAME}, []
    for group in groups:
        if group.sources[0] not in raw:
            continue
        if isinstance(group.head, Conv2d):
            found.append(group.head)
        elif group.head is None and group.activation is None:
            raw.add(group.output)
    padded = [layer for layer in found if any(resolve_padding(layer, shapes[layer.inputs[0]]))]
    return (padded or found or [None])[0]


class _Group:
    """A group while layers are added to it."""

    def __init__(self, model: Model, head: Head | None, sources: tuple[str, ...]):
        self.model = model
        self.head = head
        self.sources = sources
        self.tail: list[Tail] = []
        self.output = sources[0]
        self.flattened = False

    def takes(self, layer: Layer) -> bool:
        """Whether a layer that reads the last one can be part of it."""
        activated = any(isinstance(known, Activation) for known in self.tail)
        if isinstance(layer, BatchNorm | Relu | Activation) and activated:
            return False
        apart = isinstance(layer, Levelled) and layer.by_channel
        return not (self.flattened and (apart or isinstance(layer, BatchNorm | MaxPool)))

    def append(self, layer: Layer, *, flattens: bool) -> None:
        """Add the next layer; ``flattens`` if a flatten would make channels of its pixels."""
        self.output = layer.name
        if isinstance(layer, Tail):
            self.tail.append(layer)
        elif isinstance(layer, Flatten):
            self.flattened |= flattens
        elif not isinstance(layer, Head):
            assert_never(layer)

    def closed(self) -> Group:
        """The group, if hardware is built for the order of its layers."""
        tail = self.tail
        norms = [layer for layer in tail if isinstance(layer, BatchNorm)]
        relus = [layer for layer in tail if isinstance(layer, Relu)]
        activation = next((x for x in tail if isinstance(x, Activation)), None)
        cut = tail.index(activation) if activation else len(tail)
        for other in norms[1:]:
            raise self._refuse(
                other.name, "batch_norm follows another batch_norm; merge the two by hand"
            )
        norm = norms[0] if norms else None
        at = tail.index(norm) if norm else cut
        if norm and any(tail.index(relu) < at for relu in relus):
            raise self._refuse(
                norm.name, "batch_norm behind relu is not built; put a quantise ahead"
            )
        return Group(
            self.head,
            self.sources,
            tuple(x for x in tail[:at] if isinstance(x, MaxPool)),
            norm,
            tuple(x for x in tail[at:cut] if isinstance(x, MaxPool)),
            activation,
            bool(relus),
            tuple(x for x in tail[cut:] if isinstance(x, MaxPool)),
            self.output,
        )

    def _refuse(self, layer: str, why: str) -> ModelError:
        return ModelError(f"{self.model.source}: layer {layer!r}: {why}")
