"""The command line ``python -m hwgen``."""

import json
import shutil
import tempfile
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hwgen.commands.import_network import import_network
from hwgen.commands.run import run
from hwgen.console import count, errors_to_exit, out, steps
from hwgen.design import DEFAULT_CLOCK_MHZ, load_design, make_design, read_object
from hwgen.errors import MismatchError, ModelError, ToolError
from hwgen.generate import generate, write_build
from hwgen.model import load_model
from hwgen.plan.devices import DEVICES
from hwgen.report.summary import build_lines, layer_table
from hwgen.version import VERSION
from sim.cycle import steady_state
from sim.images import load_images, random_images
from sim.sizing import override_buffers, parse_sizes, size_buffers

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"hwgen {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Binarised neural networks to proven Verilog for small FPGAs."""


@app.command()
def build(
    model: Annotated[Path, typer.Argument(help="Description, hwgen-bnn/1.", metavar="MODEL.json")],
    device: Annotated[
        str, typer.Option(help=f"Part to plan for: {', '.join(DEVICES)}.", metavar="D")
    ] = "generic",
    fps: Annotated[
        float | None, typer.Option(help="Least frames a second, at the clock.", metavar="F")
    ] = None,
    cycles: Annotated[int | None, typer.Option(help="Most cycles a frame.", metavar="N")] = None,
    folding: Annotated[
        Path | None, typer.Option(help="Folding file: PE, SIMD, M of each layer.", metavar="FILE")
    ] = None,
    clock_mhz: Annotated[
        float, typer.Option(help="Clock that rates are stated for.", metavar="F")
    ] = DEFAULT_CLOCK_MHZ,
    fifo: Annotated[
        list[str] | None,
        typer.Option(
            help="Size of a buffer of the manifest: words of a FIFO, bank rows of a line buffer. "
            "Can be given again. Default: the least that keep the full rate.",
            metavar="N:DEPTH",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder; default rtl_out/NAME.", metavar="DIR"),
    ] = None,
) -> None:
    """Turn a description into Verilog and a manifest.

    Of --fps, --cycles and --folding at most one can be given; with none, the folding aims at
    about 512 XNOR lanes.
    """
    with steps() as step:
        step(f"reading {model}")
        description = load_model(model)
        step("folding")
        design = make_design(
            description,
            device=device,
            cycles=cycles,
            fps=fps,
            folding=(read_object(folding), str(folding)) if folding else None,
            clock_mhz=clock_mhz,
        )
        step("sizing buffers")
        fixed = override_buffers(design.plan, parse_sizes(fifo or ()), description.source)
        design = design.with_plan(size_buffers(design.plan, fixed, step))
        step("simulating for latency and interval")
        latency, interval = steady_state(design.plan)
        step("generating Verilog")
        files = generate(design, latency, interval)
        folder = output or Path("rtl_out") / description.name
        write_build(folder, files)
    manifest = json.loads(files["manifest.json"])
    out.print(layer_table(manifest))
    for line in build_lines(manifest):
        out.print(line)
    out.print(f"wrote {', '.join(files)} to {folder}")


app.command("import")(import_network)


class Simulator(StrEnum):
    """What runs the Verilog."""

    VERILATOR = "verilator"
    ICARUS = "icarus"
    CXXRTL = "cxxrtl"


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of a build.", metavar="DIR")],
    images: Annotated[
        Path | None,
        typer.Option(help="Pictures (.npy, .png); default: random ones.", metavar="X"),
    ] = None,
    frames: Annotated[int, typer.Option(help="Frames to run.", min=1, metavar="N")] = 4,
    stalls: Annotated[
        int, typer.Option(help="Seed of the random stalls and pictures.", min=0, metavar="SEED")
    ] = 1,
    simulator: Annotated[
        Simulator,
        typer.Option(help="What runs the Verilog; cxxrtl for large designs, needs hwgen[synth]."),
    ] = Simulator.VERILATOR,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep bench, logs and traces in DIR/verify.")
    ] = False,
) -> None:
    """Prove each transfer of each stream right, in value and in cycle.

    Runs the emitted Verilog at full rate, under random stalls, and with ready only after valid.

    Exits with 1 where anything differs.
    """
    # Imported here because cocotb is slow to import and only this command needs it.
    from sim.benches.verify import traffic_modes, verify_design

    start = time.monotonic()
    design, manifest = load_design(folder)
    if images is None:
        pictures = random_images(design.model, frames, stalls)
    else:
        pictures = load_images(images, design.model)[:frames]
    work = folder / "verify" if keep else Path(tempfile.mkdtemp(prefix="hwgen-verify-"))
    if keep:
        shutil.rmtree(work, ignore_errors=True)
    try:
        with steps() as step:
            verdict = verify_design(
                design.model,
                design.plan,
                folder / f"{manifest['top']}.v",
                pictures,
                modes=traffic_modes(stalls, manifest["interval_cycles"]),
                simulator=simulator.value,
                work=work,
                progress=step,
            )
    except ToolError:
        keep = True  # The message names a log.
        raise
    finally:
        if not keep or not any(work.iterdir()):
            shutil.rmtree(work, ignore_errors=True)
    first = verdict.first_mismatch
    result: dict[str, Any] = {
        "frames": verdict.frames,
        "cycles": verdict.cycles,
        "streams": verdict.streams,
        "transfers_checked": verdict.transfers_checked,
        "mismatches": verdict.mismatches,
        "first_mismatch": None
        if first is None
        else {
            "layer": first.layer,
            "stream": first.stream,
            "index": first.index,
            "cycle": first.cycle,
            "what": first.what,
            "traffic": verdict.mode,
        },
        "simulator": simulator.value,
        "seed": stalls,
        "seconds": round(time.monotonic() - start, 3),
    }
    try:
        (folder / "verify.json").write_text(json.dumps(result, indent=1) + "\n")
    except OSError as error:
        raise ModelError(f"{folder}/verify.json: cannot be written: {error.strerror}") from error
    if first is not None:
        raise MismatchError(
            f"{folder}: layer {first.layer!r}: transfer {first.index} of stream {first.stream!r} "
            f"{first.what}, in cycle {first.cycle} ({verdict.mode}); "
            f"{verdict.mismatches:,} of {verdict.transfers_checked:,} transfers differ"
        )
    out.print(
        f"{verdict.transfers_checked:,} transfers of {verdict.streams} streams over "
        f"{count(verdict.frames, 'frame')} and 3 traffic patterns ({verdict.cycles:,} cycles):"
    )
    out.print("0 mismatches in value and cycle")


app.command()(run)

main = errors_to_exit(app)
