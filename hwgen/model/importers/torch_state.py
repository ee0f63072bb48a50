"""State dicts of PyTorch, into the layers of a topology: a description without weights."""

from pathlib import Path

from hwgen.errors import ModelError, ToolError, located, times
from hwgen.model.importers.fill_topology import fill_topology
from hwgen.model.importers.source import Importer, Source
from hwgen.model.layers import Model
from hwgen.readers.json_object import read_json
from hwgen.readers.torch_file import is_torch, read_tensors

__all__ = ["TORCH_STATE"]

_SHOWN = 3


def _build(source: Source) -> Model:
    topology = source.options.topology
    if topology is None:
        raise ModelError(
            f"is a file of PyTorch with {_contents(source)}, which has no topology: export the "
            "network as QONNX, give the module to hwgen.importers.from_torch, or say --topology "
            "T.json, a description without weights"
        )
    tensors = read_tensors(source.data, source.path)
    with located(f"topology {topology}"):
        document = read_json(Path(topology), "a topology")
        return fill_topology(document, tensors, source.provenance(TORCH_STATE.name))


def _contents(source: Source) -> str:
    try:
        tensors = read_tensors(source.data, source.path)
    except ToolError:
        return "tensors"
    shown = ", ".join(f"{name} {times(a.shape)}" for name, a in [*tensors.items()][:_SHOWN])
    return f"tensors ({shown}{', ...' if len(tensors) > _SHOWN else ''})"


TORCH_STATE = Importer(
    "torch_state",
    "a state dict of PyTorch (.pth, .pt) with --topology",
    lambda source: is_torch(source.data),
    _build,
)
"""Arrays of modules, taken in the order of the file by layers that they fit."""
