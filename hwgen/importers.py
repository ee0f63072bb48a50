"""Networks that are objects of Python, to descriptions: ``hwgen.importers.from_torch``."""

import logging
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, ToolError, located
from hwgen.model import Model
from hwgen.model.importers.options import Options, Pixels
from hwgen.model.importers.qonnx.finish import TAILS
from hwgen.model.importers.qonnx.frames import MEANINGS
from hwgen.model.importers.qonnx.walk import Walk
from hwgen.model.importers.source import built, verilog_name
from hwgen.model.layers import Layer, MultiThreshold
from hwgen.readers.files import refusing
from hwgen.readers.onnx_file import Graph, read_onnx
from sim import golden

if TYPE_CHECKING:
    import torch

    from hwgen.model.importers.traced import Translation

__all__ = ["from_torch"]

_SEED = 7
_NEAR = 1e-5
"""Of the largest number of a tensor: what the roundings of float32 may make of one."""


def from_torch(
    module: "torch.nn.Module",
    example_input: "torch.Tensor",
    *,
    name: str | None = None,
    pixels: str | None = None,
    sign_of_zero: int | None = None,
    frames: int = 16,
) -> Model:
    """Turn a trained module of PyTorch into a description, and compare the two.

    Parameters
    ----------
    module : torch.nn.Module
        Run in evaluation mode, and left as it was. Of Brevitas: exported as QONNX.
    example_input : torch.Tensor
        Frames as it reads them, (n, ...): channels x rows x columns, or rows of numbers. Only their
        shape counts.
    name : str, optional
        Of the network; default: that of the module's class.
    pixels : {"unit", "signed", "raw"}, optional
        What it reads for a pixel, as ``--input`` of `hwgen import`; default: what it shows.
    sign_of_zero : {-1, 1}, optional
        What the hardware takes ``torch.sign(0)`` as. Default: 0, as PyTorch has it, which takes a
        second bit where a sum can be 0.
    frames : int
        Random frames on which description and module are compared.

    Raises
    ------
    ModelError
        One sentence naming the part of the module that cannot be imported, or that the description
        gives other scores than the module.
    ToolError
        If PyTorch is not installed, or a package that exports modules of Brevitas.
    """
    try:
        import torch
    except ImportError as error:
        raise ToolError("from_torch needs PyTorch: pip install 'hwgen[torch]'") from error
    if not isinstance(module, torch.nn.Module):
        raise ModelError(f"from_torch takes a torch.nn.Module, not {type(module).__name__}")
    if not isinstance(example_input, torch.Tensor) or example_input.ndim < 2:
        raise ModelError("from_torch takes an example of the input, a tensor of (frames, ...)")
    if sign_of_zero not in (None, -1, 1):
        raise ModelError(f"sign_of_zero must be -1, 1 or None, not {sign_of_zero!r}")
    title = type(module).__name__
    frame = example_input[:1].detach().clone()
    if pixels is None and not frame.is_floating_point():
        pixels = "raw"
    options = Options(pixels=pixels)
    with located(title):
        made: Translation | None = None
        if any(type(part).__module__.startswith("brevitas.") for part in module.modules()):
            graph = _exported(module, frame)
        else:
            made = _traced(module, frame, sign_of_zero)
            graph = made.graph
        walk = Walk(graph, verilog_name(name or title), options)
        model = built(walk.run)
        facts = {
            "imported_from": f"{type(module).__module__}.{type(module).__qualname__}",
            "importer": "torch",
            **walk.facts(),
        }
        if sign_of_zero is not None:
            facts["sign_of_zero"] = str(sign_of_zero)
        elif three := [layer.name for layer in model.layers if _with_zero(layer)]:
            names = ", ".join(three)
            facts["sign_of_zero"] = f"0, as PyTorch has it, for which {names} take 2 bits"
        model = replace(model, provenance=facts)
        _compare(_Check(model, module, frame, made, walk), frames)
    return model


def _with_zero(layer: Layer) -> bool:
    """Whether a layer gives -1, 0 and +1, or as much of them."""
    if not isinstance(layer, MultiThreshold):
        return False
    return layer.thresholds.shape[1] == 2 and layer.out_bias == -layer.out_scale


def _traced(module: Any, frame: Any, sign_of_zero: int | None) -> "Translation":
    # Imported where it is used, because PyTorch is optional and slow to import.
    from hwgen.model.importers.traced import record, translate

    # The first run of some modules makes tensors that those after it use.
    record(module, frame.clone())
    return translate(record(module, frame.clone()), sign_of_zero)


def _exported(module: Any, frame: Any) -> Graph:
    from hwgen.model.importers.traced import evaluated

    try:
        with warnings.catch_warnings():
            # Of what it takes from itself.
            warnings.simplefilter("ignore")
            from brevitas.export import export_qonnx
    except ImportError as error:
        raise ToolError(
            "modules of Brevitas are exported with the packages brevitas, onnx and onnxscript: "
            "pip install 'hwgen[examples]'"
        ) from error
    file = BytesIO()
    before = logging.root.manager.disable
    # Exporters say on all channels what they are doing.
    logging.disable(logging.WARNING)
    try:
        with (
            refusing("cannot be exported by Brevitas, as QONNX"),
            redirect_stdout(StringIO()),
            evaluated(module),
        ):
            export_qonnx(module, args=frame, export_path=file)
    finally:
        logging.disable(before)
    return read_onnx(file.getvalue(), Path("the module"))


@dataclass(frozen=True, eq=False)
class _Check:
    """A description and the module that it was made of."""

    model: Model
    module: Any
    frame: Any
    made: "Translation | None"
    walk: Walk

    def read(self, picture: NDArray[np.uint8]) -> Any:
        """What the module reads for a picture."""
        import torch

        slope, offset, _ = MEANINGS[self.walk.layers.meaning or Pixels.UNIT]
        numbers = picture.reshape(-1) * float(slope) + float(offset)
        placed = numbers[self.walk.layers.frame.tensor.place]
        return torch.from_numpy(np.ascontiguousarray(placed)).to(self.frame)

    def scores(self, picture: NDArray[np.uint8]) -> tuple[NDArray[Any], bool]:
        """Scores of the module ahead of what was dropped, and whether a tie is behind them."""
        import torch

        from hwgen.model.importers.traced import evaluated, record

        frame = self.read(picture)
        if self.made is None:
            with torch.no_grad(), evaluated(self.module):
                return self.module(frame).detach().cpu().numpy(), False
        recorded = record(self.module, frame)
        values, graph = recorded.values, self.made.graph
        name = graph.output_name
        made = {node.outputs[0]: node for node in graph.nodes}
        while name in made and made[name].op in TAILS:
            name = made[name].inputs[0]
        near = False
        for place, breaks in self.made.breaks:
            read = values[place].data.double().cpu().numpy()
            size = np.abs(read).max()
            near |= any((np.abs(read - at) <= _NEAR * size).any() for at in breaks)
        return values[self.made.places[name]].data.cpu().numpy(), near


def _compare(check: _Check, frames: int) -> None:
    """Hold description and module against each other.

    Where a number of the module lies within the roundings of float32 of a threshold, its scores may
    be others: it is one frame of two at most.
    """
    if frames < 1:
        return
    size = check.model.input
    pictures = np.random.default_rng(_SEED).integers(
        0, 256, (frames, size.height, size.width, size.channels), dtype=np.uint8
    )
    result = golden.run(check.model, pictures)
    excused = 0
    for k, picture in enumerate(pictures):
        scores, near = check.scores(picture)
        ours = result.float_scores[k]
        theirs = scores[0]
        if ours.ndim == 3:
            # Channels first, and without rows where the frame is a signal.
            theirs = theirs.reshape(-1, *ours.shape[:2]).transpose(1, 2, 0)
        if check.made is None and check.walk.dropped:
            classes = result.classes
            right = classes is None or theirs.size == 1 or int(theirs.argmax()) == classes[k]
        else:
            theirs = theirs.reshape(ours.shape)
            right = bool((np.abs(ours - theirs) <= _NEAR * np.abs(theirs).max()).all())
        if right:
            continue
        excused += near
        if not near or 2 * excused > frames:
            ties = ", though for ties of rounding in half of them" if near else ""
            raise ModelError(
                f"the description gives other scores than the module on random frame {k + 1} of "
                f"{frames}{ties}; frames=0 imports it all the same"
            )
