"""``hwgen train``: a network learns from pictures, and leaves as a description."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import count, note, out, steps
from hwgen.errors import ModelError
from hwgen.jobs.train import Switches, Training
from hwgen.jobs.train import train as run_training

__all__ = ["train"]


def train(
    topology: Annotated[
        str | None,
        typer.Argument(help="Network of the zoo, or a topology file.", metavar="[TOPOLOGY]"),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Pictures and what they show: .npz, a folder of class folders or of IDX files, "
            ".csv.",
            metavar="D",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Default: NAME.json here.", metavar="MODEL.json"),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="Description to start from.", metavar="MODEL.json"),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="Description whose scores are learned from.", metavar="MODEL.json"),
    ] = None,
    width: Annotated[
        float | None, typer.Option(help="So many times the channels.", metavar="F")
    ] = None,
    depth: Annotated[
        int | None,
        typer.Option(help="So many times each convolution but the first.", metavar="N"),
    ] = None,
    wide_first: Annotated[
        float | None, typer.Option(help="So many times the first layer's channels.", metavar="F")
    ] = None,
    residual: Annotated[
        bool, typer.Option("--residual", help="Residual paths around pairs of convolutions.")
    ] = False,
    last_bits: Annotated[
        int | None, typer.Option(help="Bits of the last layer's weights.", metavar="N")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Default: 20, with --from 5.", min=0, metavar="N")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(help="Largest learning rate; default: 0.005, with --from 0.001.", metavar="R"),
    ] = None,
    batch: Annotated[int, typer.Option(help="Pictures of a step.", metavar="N")] = 128,
    seed: Annotated[
        int, typer.Option(help="Of weights, splits, order and variants.", min=0, metavar="N")
    ] = 1,
    augment: Annotated[
        str,
        typer.Option(help="Variants of pictures, as shift=2,mirror; see docs/training.md."),
    ] = "",
    gradient: Annotated[
        str, typer.Option(help="Of a sign: polynomial or clip.", metavar="G")
    ] = "polynomial",
    valid: Annotated[
        float, typer.Option(help="Share to judge epochs by, where D has none.", metavar="F")
    ] = 0.1,
    test: Annotated[
        float, typer.Option(help="Share to test with, where D has none.", metavar="F")
    ] = 0.2,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Written after each epoch; default: beside the output.", metavar="FILE"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train a network on pictures, to a description that was held against it.

    Switches change the topology, in the order width, depth, wide first, residual, last bits.
    The size of pictures and the classes are those of the data. At the end the golden model
    computes every test picture; one other score, and nothing is written.

    Exits with 1 where a loss is not finite, or the description computes something else.
    """
    if data is None:
        raise ModelError("--data has to be given: pictures to learn from")
    name = Path(topology).stem if topology is not None else start.stem if start else "network"
    path = output if output is not None else Path(f"{name}.json")
    if output is None and start is not None and path.exists():
        raise ModelError(f"{path}: is there already; name the output with -o")
    with steps() as step:
        found = run_training(
            topology,
            data,
            path,
            start=start,
            teacher=teacher,
            switches=Switches(width, depth, wide_first, residual, last_bits),
            epochs=epochs,
            rate=rate,
            batch=batch,
            seed=seed,
            augmentation=augment,
            gradient=gradient,
            valid=valid,
            test=test,
            checkpoint=checkpoint,
            resume=resume,
            processes=None,
            progress=step,
            report=step if as_json else step.show,
            note=note,
        )
    if as_json:
        print(json.dumps(found.to_json()))
        return
    for line in _lines(found):
        out.print(line)
    out.print(f"wrote {path}")


def _lines(found: Training) -> list[str]:
    checked = f"{count(found.checked, 'picture')}: the description computes what was trained"
    if found.accuracy is None:
        return [f"checked on {checked}", f"{found.seconds:.1f} s"]
    return [
        f"test accuracy {found.accuracy:.2%} in {found.seconds:.1f} s",
        f"checked on {checked}",
    ]
