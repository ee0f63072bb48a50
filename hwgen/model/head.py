"""What a host makes of the scores: the detection head of a description."""

from dataclasses import dataclass
from fractions import Fraction

from hwgen.errors import ModelError, describe
from hwgen.model.values import check_int, check_rational, check_text

__all__ = ["YoloHead", "check_head"]

MAX_COUNT = 1 << 24
"""Rows, columns, boxes and classes each: as many as a feature map may have elements."""


@dataclass(frozen=True)
class YoloHead:
    """The scores are the grid of YOLO v1; `hwgen.boards.boxes` decodes it.

    In raster order a cell has ``boxes`` times x, y, sqrt(w), sqrt(h) and confidence, then
    ``classes`` probabilities. Each is ``scale`` times the score that the description gives.
    """

    rows: int
    columns: int
    boxes: int
    classes: int
    scale: Fraction = Fraction(1)
    names: tuple[str, ...] | None = None
    """Names of the classes, in order."""

    @property
    def cell_values(self) -> int:
        """Scores of a cell."""
        return self.boxes * 5 + self.classes

    @property
    def scores(self) -> int:
        """Scores of the whole grid."""
        return self.rows * self.columns * self.cell_values


def check_head(head: object) -> None:
    """Check the fields of a head, but not that they suit a network.

    Raises
    ------
    ModelError
        One sentence that names the field.
    """
    if not isinstance(head, YoloHead):
        raise ModelError(f"must be a YoloHead, not {describe(head)}")
    for what in ("rows", "columns", "boxes", "classes"):
        check_int(what, getattr(head, what), 1, MAX_COUNT)
    check_rational("scale", head.scale)
    if head.scale <= 0:
        raise ModelError("scale must be above 0")
    if not _fits_float(head.scale):
        raise ModelError("scale must be within the range of float64")
    if head.names is None:
        return
    if not isinstance(head.names, tuple):
        raise ModelError(f"names must be a tuple of names, not {describe(head.names)}")
    if len(head.names) != head.classes:
        raise ModelError(
            f"names must have one for each of the {head.classes} classes, not {len(head.names)}"
        )
    for name in head.names:
        check_text(name)


def _fits_float(value: Fraction) -> bool:
    try:
        return float(value) > 0
    except OverflowError:
        return False
