"""Topologies of the networks in the talk: numbers only, each with what it was decoded from."""

import re

from hwgen.errors import ModelError
from hwgen.topologies.topology import BIT, WIDE, Conv, Grid, Precision, Topology

__all__ = ["FAMILY", "MIXES", "WIDTHS", "find_topology", "topology_names"]

FORMS = {"": BIT, "-cnn8": Precision(8, 8), "-cnn16": WIDE, "-ban": Precision(16, 1)}
"""By the end of a name: 1-bit, CNN of 8 or 16 bits, binary activations with 16-bit weights."""

_VGG = tuple(Conv(c, pool="max") for c in (16, 32, 64, 128, 256))
BASES: dict[str, tuple[tuple[int, int, int], tuple[Conv, ...], tuple[int, ...]]] = {
    "face": (
        (32, 32, 3), (Conv(64, pool="max"), Conv(64, pool="max"), Conv(128, pool="max")), (2,)
    ),
    "gender": (
        (227, 227, 3),
        (Conv(96, 7, 4, valid=True, pool="max"), Conv(256, pool="max"), Conv(384, pool="max")),
        (512, 512, 2),
    ),
    "vgg8": (
        (224, 224, 3),
        (*_VGG, Conv(512, pool="ceil"), Conv(1024), Conv(4, 1, pool="global", norm=False)),
        (),
    ),
    "uyolo": (
        (224, 224, 3),
        (*_VGG[:3], Conv(128, 1, pool="max"), Conv(256, 1, pool="max"), Conv(512, pool="ceil"),
         Conv(1024), Conv(256, 1)),
        (588,),
    ),
    "human": (
        (128, 128, 3),
        (Conv(64, pool="max"), Conv(64), Conv(64, pool="max"), Conv(128), Conv(128, pool="max"),
         Conv(256, pool="max"), Conv(48, norm=False)),
        (),
    ),
}  # fmt: skip

GRIDS = {"uyolo": Grid((7, 7), 2, ("car", "pedestrian"))}
"""Networks whose last layer is known to be the grid of YOLO v1."""

MIXES = ("CCCCCCC", "CCBBCCC", "CCBBBCC", "CBBBBCC", "CBBBBBC")
"""Of human detection in the talk: C is a 16-bit layer, B a 1-bit one. Others are networks too."""

WIDTHS = (
    (64, 64, 128, 128, 256, 256, 64, 32),
    (64, 64, 64, 64, 64, 64, 32, 16),
    (64, 32, 64, 128, 32, 16, 32, 16),
    (32, 64, 32, 64, 32, 16, 16, 8),
    (64, 128, 48, 64, 32, 16),
    (128, 64, 48, 96, 32, 16),
    (64, 32, 128, 64, 32, 16),
    (128, 64, 48, 96, 32, 16),
)
"""Width study: channels of each column. Columns 6 and 8 differ in the bits of the last layer."""

FAMILY = (
    "F-6-m1-k1", "B-6-m1-k1", "B-6-m1-k3", "B-6-m1-k5", "B-6-m1-k8", "B-6-m1-k10", "B-12-m1-k1",
    "B-12-m1-k1-r", "B-12-m1-k2-r", "B-12-m1-k4-r", "B-12-m2-k2-r-fl", "B-18-m2-k2-r-fl",
    "B-24-m2-k2-r-fl", "B-30-m2-k2-r-fl",
)  # fmt: skip
"""Rows of the CIFAR-100 test; other names of the form are networks too."""

FAMILY_WIDTH = 64
LARGEST = {"layers": 60, "multiplier": 16}


def topology_names() -> tuple[str, ...]:
    """All networks of the talk; of the family its fourteen rows."""
    based = [base + form for base in BASES for form in FORMS]
    mixed = [f"human-{mix}" for mix in MIXES]
    return (*based, *mixed, *FAMILY, *(f"width-{k + 1}" for k in range(len(WIDTHS))), "cnv")


def find_topology(name: str) -> Topology:
    """Topology and precision by name.

    Raises
    ------
    ModelError
        If there is no such network.
    """
    base, dash, ending = name.partition("-")
    if base in BASES:
        if dash + ending in FORMS:
            return _based(name, base, FORMS[dash + ending])
        picture, convs, dense = BASES[base]
        if re.fullmatch(f"[BC]{{{len(convs) + len(dense)}}}", ending):
            letters = tuple(BIT if letter == "B" else WIDE for letter in ending)
            return Topology(name, picture, convs, dense, letters, GRIDS.get(base))
    if (row := re.fullmatch(r"([FB])-(\d+)-m(\d+)-k(\d+)(-r)?(-fl)?", name)) is not None:
        return _family(name, row)
    if base == "width" and ending.isdecimal() and 1 <= int(ending) <= len(WIDTHS):
        return _width(name, int(ending) - 1)
    if name == "cnv":
        return _cnv()
    raise ModelError(
        f"no network of the zoo is named {name!r}", remedy="--list has those there are"
    )


def _cnv() -> Topology:
    """The CNV of FINN (Umuroglu et al., FPGA 2017), which the talk compares with."""
    convs = tuple(
        Conv(channels, valid=True, pool="max" if k in (1, 3) else None)
        for k, channels in enumerate((64, 64, 128, 128, 256, 256))
    )
    return Topology("cnv", (32, 32, 3), convs, (512, 512, 10), (BIT,) * 9, dense_norm=True)


def _based(name: str, base: str, precision: Precision) -> Topology:
    picture, convs, dense = BASES[base]
    precisions = (precision,) * (len(convs) + len(dense))
    return Topology(name, picture, convs, dense, precisions, GRIDS.get(base))


def _width(name: str, column: int) -> Topology:
    channels = WIDTHS[column]
    convs = tuple(Conv(c, pool="max" if k % 2 else None) for k, c in enumerate(channels))
    last = Precision(16, 1) if column == len(WIDTHS) - 1 else BIT
    return Topology(name, (32, 32, 3), convs, (10,), (*(BIT,) * len(convs), last))


def _family(name: str, row: re.Match[str]) -> Topology:
    """Layers of 16 x 16 pixels behind a first one of stride 2; the last is twice as wide.

    Every layer but the first and the last then costs the same, and the last one twice that
    (docs/decisions/0020-zoo.md says why).
    """
    kind, residual, precise_last = row[1], row[5] is not None, row[6] is not None
    count, first, others = int(row[2]), int(row[3]), int(row[4])
    if not 3 <= count <= LARGEST["layers"]:
        raise ModelError(f"{name}: layers must be 3 to {LARGEST['layers']}, not {count}")
    if not all(1 <= x <= LARGEST["multiplier"] for x in (first, others)):
        raise ModelError(f"{name}: m and k must be 1 to {LARGEST['multiplier']}")
    widths = [first * FAMILY_WIDTH] + [others * FAMILY_WIDTH] * (count - 2)
    # Pairs of equal layers get a residual path: one whose two ends have the same width.
    convs = [
        Conv(c, stride=1 if k else 2,
             shortcut=residual and k > 0 and k % 2 == 0 and c == widths[k - 2])
        for k, c in enumerate(widths)
    ]  # fmt: skip
    convs.append(Conv(2 * others * FAMILY_WIDTH, pool="global"))
    precision = WIDE if kind == "F" else BIT
    last = Precision(16, precision.inputs) if precise_last else precision
    return Topology(
        name, (32, 32, 3), tuple(convs), (100,), (*(precision,) * (count - 1), last, last)
    )
