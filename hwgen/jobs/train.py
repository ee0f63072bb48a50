"""Trains a network on pictures, and writes the description that was proven to be it."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwgen.errors import HwgenError, ModelError, ToolError
from hwgen.files import check_writable
from hwgen.model import Model, load_model, save_model
from hwgen.readers.files import is_file
from hwgen.topologies import (
    Topology,
    deeper,
    find_topology,
    read_topology,
    residual,
    wide_first,
    wider,
    with_last_bits,
)
from hwgen.training.data import TrainingData, load_data

if TYPE_CHECKING:
    from hwgen.training.recipe import Recipe

__all__ = ["Switches", "Training", "need_torch", "train"]

Progress = Callable[[str], object]

_FINE_EPOCHS, _EPOCHS = 5, 20
_FINE_RATE, _RATE = 1e-3, 5e-3


@dataclass(frozen=True)
class Switches:
    """The talk's measures for accuracy, as changes of a topology; None and 1 change nothing."""

    width: float | None = None
    depth: int | None = None
    wide_first: float | None = None
    residual: bool = False
    last_bits: int | None = None

    def apply(self, topology: Topology) -> Topology:
        """The topology with all changes, size first."""
        if self.width is not None:
            topology = wider(topology, self.width)
        if self.depth is not None:
            topology = deeper(topology, self.depth)
        if self.wide_first is not None:
            topology = wide_first(topology, self.wide_first)
        if self.residual:
            topology = residual(topology)
        if self.last_bits is not None:
            topology = with_last_bits(topology, self.last_bits)
        return topology


class InterruptedTrainingError(HwgenError):
    """Somebody stopped it."""

    exit_code = 130


@dataclass(frozen=True, eq=False)
class Training:
    """A network that was trained.

    Parameters
    ----------
    model : Model
        Its description, with the recipe in its provenance.
    epochs : tuple of dict
        ``loss``, ``accuracy`` on what trains, and ``valid``, accuracy on pictures to choose by, or
        None.
    accuracy : float or None
        On the pictures that test; None where there are none.
    checked : int
        Pictures on which description and trained network were compared.
    seconds : float
    """

    model: Model
    epochs: tuple[dict[str, Any], ...]
    accuracy: float | None
    checked: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """What ``hwgen train --json`` prints."""
        return {
            "name": self.model.name,
            "epochs": list(self.epochs),
            "test_accuracy": self.accuracy,
            "checked_pictures": self.checked,
            "seconds": round(self.seconds, 3),
        }


def train(
    topology: Topology | Path | str | None,
    data: TrainingData | Path | str | Mapping[str, Any],
    output: Path | str | None = None,
    *,
    start: Model | Path | str | None = None,
    teacher: Model | Path | str | None = None,
    switches: Switches = Switches(),
    epochs: int | None = None,
    rate: float | None = None,
    batch: int = 128,
    seed: int = 1,
    augmentation: str = "",
    gradient: str = "polynomial",
    valid: float = 0.1,
    test: float = 0.2,
    checkpoint: Path | str | None = None,
    resume: bool = False,
    processes: int | None = 1,
    progress: Progress = lambda text: None,
    report: Progress | None = None,
    note: Progress = lambda text: None,
) -> Training:
    """Train a network, as ``hwgen train`` does.

    Parameters
    ----------
    topology : Topology, name or path
        A network of the zoo, or a topology file; None with ``start``.
    data : TrainingData, path or mapping
        Pictures and what they show, as `hwgen.training.load_data` reads them.
    output : path, optional
        Where the description goes.
    start : Model or path, optional
        A description whose weights are the first ones.
    teacher : Model or path, optional
        A description whose scores are learned from.
    switches : Switches
        What is changed of the topology.
    epochs, rate : int, float, optional
        Default: 20 and 0.005, from a description 5 and 0.001.
    augmentation : str
        As ``shift=2,mirror``.
    valid, test : float
        Shares of pictures to choose by and to test with, where the data does not say.
    checkpoint : path, optional
        Written after each epoch, removed at the end. Default: beside the output.
    resume : bool
        Go on from the checkpoint, where there is one.
    processes : int or None
        For the golden model; None for as many as the work is worth.
    progress, report, note : callable
        Told what begins; how each epoch went, by default as progress; what is not expected.

    Raises
    ------
    ModelError
        If the data cannot train, or does not go with the network.
    TrainingError
        If a loss is not finite.
    MismatchError
        If the description does not compute what the trained network does.
    ToolError
        If PyTorch is not installed.
    """
    began = time.monotonic()
    need_torch()
    out = None if output is None else Path(output)
    state = Path(checkpoint) if checkpoint is not None else None
    if state is None and out is not None:
        state = out.with_suffix(".checkpoint")
    for path in (out, state):
        if path is not None:
            check_writable(path)
    first = _first(topology, start, switches)
    _check_state(state, resume, note)
    master = _model(teacher)
    if isinstance(data, str | Path | Mapping):
        progress(f"reading {data}" if isinstance(data, str | Path) else "reading pictures")
        data = load_data(data, seed=seed, valid=valid, test=test, note=note)
    # Imported where it is used, because PyTorch is slow to import: what is wrong is told before.
    from hwgen.training.runs import train as run

    recipe = _recipe(isinstance(first, Model), epochs, rate, batch, seed, augmentation, gradient)
    try:
        found = run(
            first, data, recipe, teacher=master, checkpoint=state, resume=resume,
            processes=processes, progress=progress, report=report or progress, note=note,
        )  # fmt: skip
    except KeyboardInterrupt as stop:
        raise InterruptedTrainingError(_left(state)) from stop
    if out is not None:
        save_model(found.model, out)
    if state is not None:
        with suppress(OSError):
            state.unlink(missing_ok=True)
    told = tuple({"loss": e.loss, "accuracy": e.accuracy, "valid": e.valid} for e in found.epochs)
    seconds = time.monotonic() - began
    return Training(found.model, told, found.accuracy, found.checked, seconds)


def need_torch() -> None:
    """Ask for PyTorch, which is optional.

    Raises
    ------
    ToolError
        Where it is missing; says how to install it.
    """
    if find_spec("torch") is None:
        raise ToolError("training needs PyTorch: pip install 'hwgen[train]'")


def _model(source: Model | Path | str | None) -> Model | None:
    return load_model(source) if isinstance(source, str | Path) else source


def _first(
    topology: Topology | Path | str | None, start: Model | Path | str | None, switches: Switches
) -> Topology | Model:
    if (topology is None) == (start is None):
        raise ModelError("give either a topology or, with --from, a description to start from")
    model = _model(start)
    if model is not None:
        if switches != Switches():
            raise ModelError("a description that is started from keeps its layers")
        return model
    if not isinstance(topology, Topology):
        assert topology is not None
        path = Path(topology)
        if path.suffix == ".json" or is_file(path):
            topology = read_topology(path)
        else:
            topology = _named(str(topology))
    return switches.apply(topology)


def _named(name: str) -> Topology:
    try:
        return find_topology(name)
    except ModelError as error:
        if not error.remedy:
            raise
        told = "there are face, width-4, B-12-m2-k2-r-fl, cnv and others; or give a topology file"
        raise ModelError(error.reason, remedy=told) from error


def _recipe(
    fine: bool,
    epochs: int | None,
    rate: float | None,
    batch: int,
    seed: int,
    augmentation: str,
    gradient: str,
) -> "Recipe":
    from hwgen.training.augment import Augmentation
    from hwgen.training.recipe import Recipe

    return Recipe(
        epochs=epochs if epochs is not None else _FINE_EPOCHS if fine else _EPOCHS,
        rate=rate if rate is not None else _FINE_RATE if fine else _RATE,
        batch=batch,
        seed=seed,
        augmentation=Augmentation.parse(augmentation),
        gradient=gradient,  # type: ignore[arg-type]
    )


def _check_state(state: Path | None, resume: bool, note: Progress) -> None:
    if state is None:
        if resume:
            raise ModelError("there is no checkpoint to go on from: name one, or an output")
    elif is_file(state) and not resume:
        raise ModelError(
            f"{state}: is of a training that was not finished; go on with --resume, or remove it"
        )
    elif resume and not is_file(state):
        note(f"{state}: is not there, so training begins anew")


def _left(state: Path | None) -> str:
    if state is None or not is_file(state):
        return "interrupted; nothing was written"
    return f"interrupted; {state} has all whole epochs: go on with --resume"
