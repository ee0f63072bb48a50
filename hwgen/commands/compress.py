"""``hwgen compress``: a description made smaller."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from hwgen.commands.board_options import complete_parts
from hwgen.console import count, note, out, steps
from hwgen.design import DEFAULT_CLOCK_MHZ
from hwgen.errors import ModelError
from hwgen.families.devices import DEVICES
from hwgen.jobs.compress import Compression, Figures
from hwgen.jobs.compress import compress as run_compress
from hwgen.jobs.lossy_passes import Lossy

__all__ = ["compress"]

Number = TypeVar("Number", int, float)


def compress(
    model: Annotated[Path, typer.Argument(help="Description, hwgen-bnn/1.", metavar="MODEL.json")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Description to write.", metavar="FILE"),
    ] = None,
    prune: Annotated[
        list[str] | None,
        typer.Option(
            help="Share of channels to leave out, of all layers or of one; can be given again.",
            metavar="[LAYER:]F",
        ),
    ] = None,
    svd: Annotated[
        list[str] | None,
        typer.Option(help="Rank to part a layer at; can be given again.", metavar="LAYER:R"),
    ] = None,
    codebook: Annotated[
        list[str] | None,
        typer.Option(
            help="Values that a layer's weights may have; can be given again.", metavar="LAYER:K"
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Pictures and what they show, as for train: to measure and to train on.",
            metavar="D",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Of training behind pruning and parting; default: 5 behind pruning.",
            min=0,
            metavar="N",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            help=f"Part to plan for: {', '.join(d for d in DEVICES if d != 'generic')}.",
            metavar="D",
            autocompletion=complete_parts,
        ),
    ] = None,
    cycles: Annotated[
        int | None, typer.Option(help="Most cycles a frame there.", min=1, metavar="N")
    ] = None,
    clock_mhz: Annotated[float, typer.Option(help="Clock there.", metavar="F")] = DEFAULT_CLOCK_MHZ,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a description smaller, and say what that cost and saved.

    Leaves out channels that change no score: constant, unread, or equal to another; what is left
    computes the same integers for every picture. What is asked for besides goes first, in this
    order: pruning of channels, factorising of dense layers, training, code books. With --data it
    tells the accuracy before and after, with --device what the designs take. Without -o nothing
    is written.
    """
    shares = dict(_pairs("--prune", prune, float, alone=True))
    every = shares.pop(None, None)
    lossy = Lossy(
        {str(name): share for name, share in shares.items()},
        every,
        {str(name): rank for name, rank in _pairs("--svd", svd, int)},
        {str(name): values for name, values in _pairs("--codebook", codebook, int)},
        epochs,
    )
    with steps() as step:
        found = run_compress(
            model,
            output,
            lossy=lossy,
            data=data,
            device=device,
            cycles=cycles,
            clock_mhz=clock_mhz,
            processes=None,
            progress=step,
            note=note,
        )
    if as_json:
        out.print_json(json.dumps(found.to_json()))
        return
    for report in found.reports:
        out.print(report.line)
    for line in _lines(found):
        out.print(line)
    if output is not None:
        out.print(f"wrote {output}")


def _pairs(
    option: str, texts: list[str] | None, kind: Callable[[str], Number], *, alone: bool = False
) -> Iterator[tuple[str | None, Number]]:
    """Layers and their numbers; None for a number without a layer."""
    seen: set[str | None] = set()
    what = "LAYER:NUMBER" + " or NUMBER" * alone
    for text in texts or []:
        head, colon, number = text.rpartition(":")
        name = head if colon else None
        try:
            value = kind(number)
        except ValueError as error:
            raise ModelError(f"{option} must be {what}, not {text!r}") from error
        if name == "" or (name is None and not alone):
            raise ModelError(f"{option} must be {what}, not {text!r}")
        if name in seen:
            raise ModelError(f"{option} is given twice for {name or 'all layers'}")
        seen.add(name)
        yield name, value


def _lines(found: Compression) -> Iterator[str]:
    """What it cost and saved."""
    before, after = found.before, found.after
    if len(found.reports) == 1 and not found.images and found.device is None:
        return
    yield f"bits of weights in memory: {before.memory_bits:,} before, {after.memory_bits:,} after"
    if before.accuracy is None or after.accuracy is None:
        why = "no --data" if not found.images else "no test pictures"
        yield f"accuracy: not measured, {why}"
    else:
        yield (
            f"accuracy on {count(found.images, 'picture')}: {before.accuracy:.2%} before, "
            f"{after.accuracy:.2%} after"
        )
    if found.device is not None:
        for when, figures in (("before", before), ("after", after)):
            yield f"{found.device} {when}: {_taken(figures)}"


def _taken(figures: Figures) -> str:
    design: Mapping[str, Any] = figures.design or {}
    if "problem" in design:
        return design["problem"]
    parts = [f"{design['cycles']:,} cycles", f"{design['logic_cells']:,} logic cells"]
    kinds = {"ebr": "block RAM", "spram": "SPRAM", "dsp": "DSP"}
    parts += [count(design[key], name) for key, name in kinds.items() if design[key]]
    return ", ".join(parts)
