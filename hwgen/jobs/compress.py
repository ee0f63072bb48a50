"""A description made smaller, pass after pass, and what that cost and saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hwgen.compress.exact import remove_channels
from hwgen.compress.report import Report, weight_bits
from hwgen.design import DEFAULT_CLOCK_MHZ
from hwgen.errors import HwgenError, MismatchError
from hwgen.estimates.estimate import estimate_plan
from hwgen.families.devices import find_device
from hwgen.files import check_writable, write_whole
from hwgen.jobs.evaluate import evaluate
from hwgen.jobs.kept_design import kept_design
from hwgen.jobs.lossy_passes import Lossy, lossy_passes
from hwgen.model import Conv2d, Dense, Model, dump_model, load_model
from hwgen.sizes.code_book import MOST_INDEX_BITS, index_bits_of
from hwgen.training.alignment import aligned
from hwgen.training.data import TrainingData, load_data
from sim import golden
from sim.images import random_images

__all__ = ["Compression", "Figures", "compress", "memory_bits"]

PICTURES = 4
"""At random, on which what the exact pass made is compared with what it was made of."""

Progress = Callable[[str], object]


@dataclass(frozen=True)
class Figures:
    """A description in numbers, before or after.

    Parameters
    ----------
    weight_bits : int
        Bits of all weights as they are described.
    memory_bits : int
        The same, but indices where weights have few values.
    accuracy : float or None
        Share of the test pictures that it takes for what they show, where there are any.
    design : dict or None
        Where there is a device: cycles a frame, logic cells, block RAMs, SPRAMs and DSPs that its
        planned design takes, or ``problem``, why there is none.
    """

    weight_bits: int
    memory_bits: int
    accuracy: float | None = None
    design: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "weight_bits": self.weight_bits,
            "memory_bits": self.memory_bits,
            "accuracy": self.accuracy,
            "design": None if self.design is None else dict(self.design),
        }


@dataclass(frozen=True, eq=False)
class Compression:
    """What came of a description.

    Parameters
    ----------
    model : Model
    reports : tuple of Report
        Of each pass, in order.
    before, after : Figures
    images : int
        Test pictures that accuracies are of; 0 where none was measured.
    device : str or None
        Part that designs were planned for.
    """

    model: Model
    reports: tuple[Report, ...]
    before: Figures
    after: Figures
    images: int
    device: str | None

    @property
    def weight_bits(self) -> int:
        """Bits of all weights before."""
        return self.before.weight_bits

    @property
    def weight_bits_left(self) -> int:
        """Bits of all weights after."""
        return self.after.weight_bits

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {
            "file": self.model.source,
            "passes": [report.to_json() for report in self.reports],
            "weight_bits": self.weight_bits,
            "weight_bits_left": self.weight_bits_left,
            "images": self.images,
            "device": self.device,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


def compress(
    model: Model | Path | str,
    output: Path | str | None = None,
    *,
    lossy: Lossy = Lossy(),  # noqa: B008 - it is frozen
    data: TrainingData | Path | str | Mapping[str, Any] | None = None,
    device: str | None = None,
    cycles: int | None = None,
    clock_mhz: float = DEFAULT_CLOCK_MHZ,
    processes: int | None = 1,
    progress: Progress = lambda step: None,
    note: Progress = lambda text: None,
) -> Compression:
    """Leave out what changes nothing, and do what else is asked for, as ``hwgen compress`` does.

    Parameters
    ----------
    model : Model or path
        A description, or its file.
    output : path, optional
        File to write; without one nothing is.
    lossy : Lossy
        What is done ahead of the exact pass, which is always the last.
    data : TrainingData, path or mapping, optional
        Pictures and what they show, as `hwgen.training.load_data` reads them: those that train
        give statistics and train on, those that test give accuracies.
    device, cycles, clock_mhz : str, int, float, optional
        Part, most cycles a frame and clock that designs are planned for, before and after.
    processes : int or None
        For the golden model, as `evaluate` has it.
    progress, note : callable
        Told what begins; told what a user may not expect.

    Raises
    ------
    HwgenError
        For what cannot be read, compressed or written; names the file and the layer. Nothing is
        written then.
    """
    if output is not None:
        check_writable(Path(output))
    if device is not None:
        find_device(device)
    if not isinstance(model, Model):
        progress(f"reading {model}")
        model = load_model(model)
    seen = None if data is None else _read(data, model, progress, note)

    def figures(each: Model, when: str) -> Figures:
        accuracy = design = None
        if seen is not None and len(seen.test_x):
            progress(f"accuracy {when}")
            test = (seen.test_x, seen.test_y)
            accuracy = evaluate(each, *test, processes=processes, progress=progress).accuracy
        if device is not None:
            progress(f"planning the design {when}")
            design = _design(each, device, cycles, clock_mhz, progress)
        return Figures(weight_bits(each), memory_bits(each), accuracy, design)

    small, reports = model, list[Report]()
    for each in lossy_passes(lossy, seen, progress):
        small, told = each(small)
        reports += told
    progress("looking for channels that change nothing")
    full = small
    small, removed = remove_channels(full)
    if removed.changed:
        progress("comparing scores")
        _compare(full, small)
    before, after = figures(model, "before"), figures(small, "after")
    images = 0 if seen is None else len(seen.test_x)
    found = Compression(small, (*reports, removed), before, after, images, device)
    if output is not None:
        progress(f"writing {output}")
        write_whole(Path(output), dump_model(small))
    return found


def memory_bits(model: Model) -> int:
    """Bits of all weights as memories hold them: indices, where there are few values."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, Conv2d | Dense):
            bits = layer.weight_bits
            index = index_bits_of(layer.weights) if bits > 1 else bits
            total += layer.weights.size * (index if index <= MOST_INDEX_BITS else bits)
    return total


def _read(
    data: TrainingData | Path | str | Mapping[str, Any],
    model: Model,
    progress: Progress,
    note: Progress,
) -> TrainingData:
    """Pictures, with classes as the network numbers them."""
    if not isinstance(data, TrainingData):
        progress(f"reading {data}" if isinstance(data, str | Path) else "reading pictures")
        data = load_data(data, seed=1, note=note)
    return aligned(data, model, note)


def _design(
    model: Model, device: str, cycles: int | None, clock_mhz: float, progress: Progress
) -> dict[str, Any]:
    """What the design takes that is planned for a part, or why there is none."""
    try:
        design = kept_design(
            model, device=device, cycles=cycles, clock_mhz=clock_mhz, progress=progress
        )
    except HwgenError as error:
        return {"problem": str(error)}
    taken = estimate_plan(design.network, design.plan).as_json()
    return {"cycles": design.plan.bottleneck_cycles, **taken}


def _compare(model: Model, small: Model) -> None:
    """Refuse a model that computes anything else than the one it was made of."""
    images = random_images(model, PICTURES, 0)
    was, now = (golden.run(each, images, keep=False) for each in (model, small))
    scales = [(x.score_scale, x.score_offset) for x in (was, now)]
    if scales[0] != scales[1] or not np.array_equal(was.scores, now.scores):
        raise MismatchError(
            f"{model.source}: without channels that change nothing scores differ, which is a fault "
            "of this program"
        )
