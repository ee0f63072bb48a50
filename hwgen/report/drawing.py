"""Pictures that are drawn: kinds that there are, one look, the same bytes each time."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hwgen.errors import ModelError, ToolError
from hwgen.files import check_writable, replacing

__all__ = ["FAINT", "INK", "SUFFIXES", "check_drawing", "draw"]

SUFFIXES = (".svg", ".png")

DPI = 200

INK, FAINT = "#24292f", "#8c959f"


def check_drawing(path: Path, what: str) -> None:
    """Refuse what cannot be drawn or written, before any work is done for it.

    Parameters
    ----------
    path : Path
    what : str
        What is drawn, for messages: "timelines".

    Raises
    ------
    ModelError
        For a kind of picture that is not drawn, or a path that cannot be written.
    ToolError
        If matplotlib is missing.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(f"{path}: {what} are {' or '.join(SUFFIXES)} pictures")
    check_writable(path)
    _matplotlib(what)


def draw(path: Path, what: str, make: Callable[[], Any], title: str, description: str) -> None:
    """Draw the figure that ``make`` makes, whole or not at all.

    Raises
    ------
    ModelError, ToolError
        As `check_drawing`.
    """
    check_drawing(path, what)
    kind = path.suffix.lower().removeprefix(".")
    settings = {
        "svg.hashsalt": "hwgen", "font.family": "DejaVu Sans", "font.size": 9.0,
        "text.parse_math": False, "text.color": INK, "axes.labelcolor": INK,
        "xtick.color": INK, "ytick.color": INK,
    }  # fmt: skip
    with (
        _matplotlib(what).rc_context(settings),
        replacing(path) as beside,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # of letters that the font lacks
        metadata: dict[str, Any] = {"Title": title, "Description": description}
        # Neither time nor version, for the same bytes.
        metadata |= {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        make().savefig(beside, format=kind, dpi=DPI, metadata=metadata, facecolor="white")


def _matplotlib(what: str) -> Any:
    # Imported here: it takes its time, and most commands draw nothing.
    try:
        import matplotlib
    except ImportError as error:
        raise ToolError(
            f"{what}: matplotlib is missing; install it with `pip install matplotlib`"
        ) from error
    return matplotlib
