"""What a person says of a network of others, as options of the commands that read one."""

from typing import Annotated

import typer

from hwgen.model.importers import Layout, Pixels

__all__ = ["LayoutOption", "PixelsOption", "TopologyOption"]

PixelsOption = Annotated[
    Pixels | None,
    typer.Option(
        "--input",
        help="What an ONNX graph reads for a pixel: pixel / 255 (unit), 2 * pixel / 255 - 1 "
        "(signed), 0 to 255 (raw), 1 above 127 and else 0 (bits), or what the graph shows (pixels, "
        "the default). quantised: the input is integers of 1 to 16 bits, those stated of it or "
        "those of the first quantiser.",
    ),
]

LayoutOption = Annotated[
    Layout | None,
    typer.Option(
        help="Where the input of an ONNX graph has its channels: ahead of rows and columns, or "
        "last. Default: what the graph shows.",
    ),
]

TopologyOption = Annotated[
    str | None,
    typer.Option(
        metavar="T",
        help="What files of weights alone do not say: of a folder of BNN-PYNQ, cnv or lfc; of a "
        "file of PyTorch, a description without weights.",
    ),
]
