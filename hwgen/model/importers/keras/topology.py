"""The layers of a Keras model and who reads whom, from what its file says of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hwgen.errors import ModelError, describe

__all__ = ["LayerConfig", "Topology", "topology_of"]

_MAX_LAYERS = 4096
_SEQUENTIAL, _FUNCTIONAL = "Sequential", ("Functional", "Model")
_MOST_DEPTH = 8
"""Of lists around the tensors that a layer reads."""


@dataclass(frozen=True)
class LayerConfig:
    """One layer: its class, what its file says of it, and the layers that it reads, in order."""

    name: str
    class_name: str
    config: dict[str, Any]
    inputs: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name and class for a message."""
        return f"layer {describe(self.name)} ({self.class_name})"


@dataclass(frozen=True)
class Topology:
    """Layers, each behind those that it reads; the first is the input.

    ``listed`` has the same layers in the file's order. ``input_shape`` is that of one frame,
    channels last; None where a size is open.
    """

    layers: tuple[LayerConfig, ...]
    listed: tuple[LayerConfig, ...]
    input_shape: tuple[int | None, ...]
    output: str


def topology_of(document: dict[str, Any]) -> Topology:
    """Read a model's description.

    Raises
    ------
    ModelError
        If it is none, or of a model with several inputs or outputs, models inside, layers that are
        used more than once, or cycles.
    """
    kind, config = document.get("class_name"), document.get("config")
    if kind == _SEQUENTIAL:
        return _sequential(config)
    if kind in _FUNCTIONAL and isinstance(config, dict):
        return _functional(config)
    raise ModelError(
        f"must be a Sequential or a Functional model, not {describe(kind)}: a model of a class of "
        "its own does not say what its layers are; build it by keras.Model(inputs, outputs)"
    )


def _sequential(config: Any) -> Topology:
    # The first versions have the layers alone.
    config = {"layers": config} if isinstance(config, list) else config
    entries = _entries(config)
    shape: Any = config.get("build_input_shape")
    layers: list[LayerConfig] = []
    for number, entry in enumerate(entries):
        layer = _layer(entry, (layers[-1].name,) if layers else ())
        if number == 0:
            shape = _shape_of(layer) or shape
            if layer.class_name != "InputLayer":
                layers.append(LayerConfig("input", "InputLayer", {}, ()))
                layer = _layer(entry, ("input",))
        layers.append(layer)
    _check_names(layers)
    return Topology(tuple(layers), tuple(layers), _frame(shape), layers[-1].name)


def _functional(config: dict[str, Any]) -> Topology:
    layers: dict[str, LayerConfig] = {}
    for entry in _entries(config):
        layer = _layer(entry, tuple(_sources(entry)))
        if layer.name in layers:
            raise ModelError(f"has two layers of the name {describe(layer.name)}")
        layers[layer.name] = layer
    begin, end = _ends(config, "input_layers"), _ends(config, "output_layers")
    for name in (begin, end):
        if name not in layers:
            raise ModelError(f"has no layer {describe(name)}, where it begins or ends")
    ordered = _ordered(layers)
    others = [one for one in ordered if not one.inputs and one.name != begin]
    if others:
        raise ModelError(
            f"{others[0].label}: is an input beside {describe(begin)}; one is imported"
        )
    shape = _frame(_shape_of(layers[begin]))
    return Topology(tuple(ordered), tuple(layers.values()), shape, end)


def _entries(config: Any) -> list[dict[str, Any]]:
    entries = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(entries, list) or not entries or len(entries) > _MAX_LAYERS:
        raise ModelError(f"must have 1 to {_MAX_LAYERS:,} layers")
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("config"), dict):
            raise ModelError("has a layer that is not described")
    return entries


def _layer(entry: dict[str, Any], inputs: tuple[str, ...]) -> LayerConfig:
    kind, config = entry.get("class_name"), entry["config"]
    name = config.get("name", entry.get("name"))
    if not isinstance(kind, str) or not isinstance(name, str) or not name:
        raise ModelError("has a layer without a class or a name")
    # Classes of others are written with their package, as in "Larq>QuantConv2D".
    layer = LayerConfig(name, kind.rsplit(">", 1)[-1], config, inputs)
    if kind == _SEQUENTIAL or kind in _FUNCTIONAL:
        raise ModelError(f"{layer.label}: is a model inside the model; put its layers in its place")
    return layer


def _check_names(layers: list[LayerConfig]) -> None:
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            raise ModelError(f"has two layers of the name {describe(layer.name)}")
        seen.add(layer.name)


def _shape_of(layer: LayerConfig) -> Any:
    config = layer.config
    return config.get("batch_input_shape") or config.get("batch_shape")


def _frame(shape: Any) -> tuple[int | None, ...]:
    """Sizes of one frame, of a shape that has the batch first."""
    if isinstance(shape, dict):
        shape = None
    if isinstance(shape, list) and len(shape) == 1 and isinstance(shape[0], list):
        (shape,) = shape
    if not isinstance(shape, list) or len(shape) < 2:
        raise ModelError("its input has no shape; give the first layer an input_shape")
    sizes = shape[1:]
    if not all(size is None or (type(size) is int and size > 0) for size in sizes):
        raise ModelError(f"its input has the shape {describe(shape)}, which is none")
    return tuple(sizes)


def _ends(config: dict[str, Any], which: str) -> str:
    """The one layer where a model begins or ends: ["x", 0, 0], or a list of one such."""
    found = config.get(which)
    while isinstance(found, list) and len(found) == 1:
        (found,) = found
    if isinstance(found, list) and len(found) == 3 and isinstance(found[0], str):
        return found[0]
    raise ModelError(f"must have one input and one output; its {which} are {describe(found)}")


def _sources(entry: dict[str, Any]) -> Iterator[str]:
    """Layers that a layer reads, of either generation of Keras."""
    calls = entry.get("inbound_nodes", [])
    name = describe(entry["config"].get("name", entry.get("name")))
    if not isinstance(calls, list):
        raise ModelError(f"layer {name}: does not say what it reads")
    if len(calls) > 1:
        raise ModelError(f"layer {name}: is used {len(calls)} times; give each place its own layer")
    for call in calls:
        found = call.get("args") if isinstance(call, dict) else call
        for source in _tensors(found, 0):
            if source is None:
                raise ModelError(f"layer {name}: reads what no layer makes")
            yield source


def _tensors(found: Any, depth: int) -> Iterator[str | None]:
    """Names of the layers behind tensors: "keras_history" of them, or lists of name, 0, 0."""
    if depth > _MOST_DEPTH:
        yield None
    elif isinstance(found, dict):
        config = found.get("config")
        history = config.get("keras_history") if isinstance(config, dict) else None
        named = isinstance(history, list) and history and isinstance(history[0], str)
        yield str(history[0]) if named and history else None
    elif isinstance(found, list) and len(found) >= 3 and isinstance(found[0], str):
        yield found[0]
    elif isinstance(found, list):
        for one in found:
            yield from _tensors(one, depth + 1)
    else:
        yield None


def _ordered(layers: dict[str, LayerConfig]) -> list[LayerConfig]:
    """Layers behind those that they read, else in the file's order."""
    readers: dict[str, list[str]] = {name: [] for name in layers}
    waits: dict[str, int] = {}
    for layer in layers.values():
        sources = set(layer.inputs)
        waits[layer.name] = len(sources)
        for source in sources:
            if source not in layers:
                raise ModelError(f"{layer.label}: reads {describe(source)}, which is no layer")
            readers[source].append(layer.name)
    ready = [name for name, count in waits.items() if not count]
    made: list[LayerConfig] = []
    while ready:
        name = ready.pop(0)
        made.append(layers[name])
        for reader in readers[name]:
            waits[reader] -= 1
            if not waits[reader]:
                ready.append(reader)
    if len(made) < len(layers):
        stuck = next(layer for layer in layers.values() if waits[layer.name])
        raise ModelError(f"{stuck.label}: reads, by a cycle, what it makes itself")
    return made
