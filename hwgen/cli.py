"""The command line ``python -m hwgen``."""

from pathlib import Path
from typing import Annotated

import typer

from hwgen.command_line import (
    QuietOption,
    VerboseOption,
    VersionOption,
    command_line,
)
from hwgen.commands.board_options import (
    BaudOption,
    GateOption,
    LinkOption,
    complete_boards,
    complete_devices,
)
from hwgen.commands.boards import boards
from hwgen.commands.check import check
from hwgen.commands.compress import compress
from hwgen.commands.energy import energy
from hwgen.commands.evaluate import evaluate
from hwgen.commands.explore import explore
from hwgen.commands.import_network import import_network
from hwgen.commands.program import program
from hwgen.commands.quantise import quantise
from hwgen.commands.reload import reload
from hwgen.commands.report import report
from hwgen.commands.run import run
from hwgen.commands.show import show
from hwgen.commands.synth import synth
from hwgen.commands.tables import tables
from hwgen.commands.train import train
from hwgen.commands.verify import verify
from hwgen.console import errors_to_exit, note, out, steps
from hwgen.families.devices import DEVICES
from hwgen.jobs.build import build as run_build
from hwgen.jobs.least_energy import Least
from hwgen.plan.products import Products
from hwgen.plan.weight_storage import WeightStorage
from hwgen.report.build_summary import build_lines, layer_table
from hwgen.report.energy_text import least_lines
from hwgen.verilog.memories import MemoryFiles
from sim.sizing import parse_sizes
from sim.summary import pace_lines

app = command_line()


@app.callback()
def _options(
    version: VersionOption = False, quiet: QuietOption = False, verbose: VerboseOption = False
) -> None:
    """Binarised neural networks to proven Verilog for small FPGAs."""


@app.command()
def build(
    model: Annotated[Path, typer.Argument(help="Description, hwgen-bnn/1.", metavar="MODEL.json")],
    device: Annotated[
        str | None,
        typer.Option(
            help=f"Part to plan for: {', '.join(DEVICES)}. Default: that of the board, or generic.",
            metavar="D",
            autocompletion=complete_devices,
        ),
    ] = None,
    board: Annotated[
        str | None,
        typer.Option(
            help="Board to build for: one that `hwgen boards` lists, or a TOML file.",
            metavar="B",
            autocompletion=complete_boards,
        ),
    ] = None,
    baud: BaudOption = None,
    link: LinkOption = None,
    gate_clock: GateOption = None,
    fps: Annotated[
        float | None, typer.Option(help="Least frames a second, at the clock.", metavar="F")
    ] = None,
    cycles: Annotated[int | None, typer.Option(help="Most cycles a frame.", metavar="N")] = None,
    folding: Annotated[
        Path | None, typer.Option(help="Folding file: PE, SIMD, M of each layer.", metavar="FILE")
    ] = None,
    clock_mhz: Annotated[
        float | None,
        typer.Option(
            help="Clock that rates are stated for; default: that of the board's designs, or 24.",
            metavar="F",
        ),
    ] = None,
    least: Annotated[
        Least | None,
        typer.Option(
            help="Folding and clock, no faster than --clock-mhz and one that the board can make, "
            "that take the least energy a frame at --fps. Default: the fewest logic cells."
        ),
    ] = None,
    storage: Annotated[
        WeightStorage | None,
        typer.Option(help="Where weights of all layers lie. Default: what is best for each."),
    ] = None,
    products: Annotated[
        Products | None,
        typer.Option(
            help="What multiplies in all layers whose inputs and weights have more than a bit. "
            "Default: what is best for each."
        ),
    ] = None,
    fifo: Annotated[
        list[str] | None,
        typer.Option(
            help="Size of a buffer of the manifest: words of a FIFO, bank rows of a line buffer. "
            "Can be given again. Default: the least that keep the full rate.",
            metavar="N:DEPTH",
        ),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(
            help="What weights from outside come from, where they do not all fit: qspi:MHZ, "
            "spi:MHZ, host:MBAUD, sdram:BOARD. Default: what boards have.",
            metavar="M",
        ),
    ] = None,
    memory_files: Annotated[
        MemoryFiles,
        typer.Option(help="Tables that go to files beside the Verilog, which $readmemh reads."),
    ] = MemoryFiles.LARGE,
    keep_channels: Annotated[
        bool,
        typer.Option(
            "--keep-channels",
            help="Keep channels that change no score, so that other weights can be loaded.",
        ),
    ] = False,
    input_tlast: Annotated[
        bool,
        typer.Option(
            "--input-tlast",
            help="Mark the last pixel of each picture: one that is lost costs a picture.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder; default rtl_out/NAME.", metavar="DIR"),
    ] = None,
) -> None:
    """Turn a description into Verilog and a manifest.

    Of --fps, --cycles and --folding at most one can be given. For a device the folding
    is the smallest that reaches the rate; with none of the three, the fastest that
    fits. Without a device it aims at about 512 XNOR lanes. With --board the device and
    the clock are those of the board, and `hwgen synth` makes the whole design of it.

    Exits with 1 where nothing fits the device.
    """
    sizes = parse_sizes(fifo or ())
    with steps() as step:
        built = run_build(
            model,
            output,
            device=device,
            fps=fps,
            cycles=cycles,
            folding=folding,
            clock_mhz=clock_mhz,
            least=least,
            storage=storage,
            products=products,
            buffers=sizes,
            memory_files=memory_files,
            memory=memory,
            keep_channels=keep_channels,
            input_tlast=input_tlast,
            board=board,
            baud=baud,
            link=link,
            gate_clock=gate_clock,
            progress=step,
        )
    if memory is not None and built.bandwidth is None:
        note(f"--memory: not used, as all weights of {built.design.plan.name} lie in the design")
    out.print(layer_table(built.manifest))
    for line in build_lines(built.manifest):
        out.print(line)
    if memory is not None and built.bandwidth is not None:
        for line in pace_lines(built.bandwidth, memory):
            out.print(line)
    if built.least is not None:
        found = built.least
        for line in least_lines(found.joules, found.smallest_joules, found.clock_mhz, found.tried):
            out.print(line)
    out.print(f"wrote {', '.join(built.files)} to {built.folder}")


app.command("import")(import_network)
app.command()(check)
app.command()(verify)
app.command("eval")(evaluate)
app.command()(synth)
app.command()(energy)
app.command()(reload)
app.command()(show)
app.command()(tables)
app.command()(quantise)
app.command()(compress)
app.command()(train)
app.command()(explore)
app.command()(report)

app.command()(boards)
app.command()(program)
app.command()(run)

main = errors_to_exit(app)
