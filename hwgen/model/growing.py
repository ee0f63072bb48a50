"""A network under construction: its layers so far, and where the next one goes."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Self

from hwgen.errors import ModelError, describe, located
from hwgen.model.coerce import (
    as_integer,
    as_transform,
)
from hwgen.model.graph import check_source_count
from hwgen.model.head import YoloHead
from hwgen.model.kinds.shape import Shape
from hwgen.model.layers import (
    INPUT_NAME,
    Add,
    Affine,
    Concat,
    Flatten,
    Input,
    Layer,
    Model,
    Relu,
    Sign,
    Table,
)
from hwgen.model.names import check_layer_name, check_name
from hwgen.model.shapes import output_shape
from hwgen.model.verify import check_input, verify_model

__all__ = ["Growing", "Inputs"]

Inputs = str | Sequence[str] | None
Plain = Sign | Relu | Add | Concat | Flatten


class Growing:
    """Settles names, sources and shapes for `Builder`, which says what layers there are."""

    def __init__(
        self,
        name: str,
        *,
        height: int,
        width: int,
        channels: int,
        transform: Affine | Table | None = None,
    ):
        with located(Model.source):
            check_name(name)
            shape = (
                as_integer("height", height),
                as_integer("width", width),
                as_integer("channels", channels),
            )
            self._input = Input(*shape, as_transform(transform))
            check_input(self._input)
        self._name = name
        self._layers: list[Layer] = []
        self._seen: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._shapes: dict[str, Shape] = {INPUT_NAME: shape}
        self._classes: tuple[str, ...] | None = None
        self._provenance: dict[str, object] = {}
        self._head: YoloHead | None = None

    def build(self) -> Model:
        """Make the model.

        Raises
        ------
        ModelError
            If there is no layer, more than one output, or a class too many or few.
        """
        layers = tuple(self._layers)
        model = Model(
            self._name, self._input, layers, self._classes, self._provenance, head=self._head
        )
        verify_model(model)
        return model

    def shape(self, name: str) -> Shape:
        """Height, width and channels of a layer that has been added."""
        return self._shapes[name]

    def _place(self, kind: str, name: str | None, inputs: Inputs) -> tuple[str, tuple[str, ...]]:
        """Settle a new layer's name and sources."""
        self._counts[kind] += 1
        if name is None:
            name = f"{kind}_{self._counts[kind]}"
        with located(Model.source):
            check_layer_name(name, self._seen)
        if inputs is None:
            before = self._layers[-1].name if self._layers else INPUT_NAME
            return (name, (before,))
        sources = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        with self._located(name):
            check_source_count(kind, len(sources))
            for source in sources:
                if not isinstance(source, str) or source not in self._shapes:
                    raise ModelError(f"reads {describe(source)}, which is not a layer added so far")
        return (name, sources)

    def _plain(self, kind: type[Plain], name: str | None, inputs: Inputs) -> Self:
        """Add a layer of a kind without figures."""
        name, sources = self._place(kind.kind, name, inputs)
        with self._located(name):
            return self._add(kind(name, sources))

    def _add(self, layer: Layer) -> Self:
        layer.check()
        in_shapes = (self._shapes[source] for source in layer.inputs)
        self._shapes[layer.name] = output_shape(layer, *in_shapes)
        self._layers.append(layer)
        self._seen[layer.name.lower()] = layer.name
        return self

    def _located(self, name: str) -> AbstractContextManager[None]:
        return located(f"{Model.source}: layer {name!r}")
