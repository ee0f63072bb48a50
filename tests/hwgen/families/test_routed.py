"""Cells in the text of routed designs: read, written, and missed in damaged ones."""

import numpy as np
import pytest

from hwgen.errors import ToolError
from hwgen.families.ecp5.routed import Ecp5Routed
from hwgen.families.ice40.routed import Ice40Routed

ICE40 = "\n".join([
    ".comment made here", ".device 5k", "",
    ".logic_tile 3 4", *["0" * 54] * 16, "",
    ".ramb_tile 6 1", *["0" * 42] * 16, "",
    ".ram_data 6 1", *["0" * 64] * 16, "",
])  # fmt: skip
ECP5 = "\n".join([
    ".device LFE5U-25F", "",
    ".tile R2C8:PLC2", "arc: A1 B1", "word: SLICEA.K0.INIT 0000000000000000",
    "word: SLICED.K1.INIT 0000000000000000", "",
    ".tile R2C9:PLC2", "word: SLICEA.K0.INIT 1111000011110000", "",
    ".bram_init 5", *["000 " * 7 + "000 "] * 256, "",
])  # fmt: skip
CASES = [
    (Ice40Routed, ICE40, (3, 4, 5), "lut", 1, 16),
    (Ice40Routed, ICE40, (6, 1), "ram", 16, 256),
    (Ecp5Routed, ECP5, (2, 8, 3, 1), "lut", 1, 16),
    (Ecp5Routed, ECP5, (5,), "ram", 64, 0),
]


def random_contents(count, bits, seed=2):
    rng = np.random.default_rng(seed)
    if bits:
        return tuple(int.from_bytes(rng.bytes(bits // 8), "little") for _ in range(count))
    # Rows of 18 bits in room for 20.
    return tuple(
        sum(int(row) << 20 * k for k, row in enumerate(rng.integers(0, 1 << 18, 16)))
        for _ in range(count)
    )


@pytest.mark.parametrize(("kind_of", "text", "place", "kind", "count", "bits"), CASES)
def test_what_is_written_is_read_and_nothing_else_changes(kind_of, text, place, kind, count, bits):
    routed = kind_of(text)
    assert routed.text() == text
    assert routed.read(place, kind) == (0,) * count
    values = random_contents(count, bits)
    routed.write(place, kind, values)
    assert kind_of(routed.text()).read(place, kind) == values
    lines, before = routed.text().splitlines(), text.splitlines()
    assert [len(x) for x in lines] == [len(x) for x in before]
    routed.write(place, kind, (0,) * count)
    assert routed.text() == text


@pytest.mark.parametrize(("kind_of", "text", "place", "kind", "count", "bits"), CASES)
def test_a_cell_that_is_not_there_or_damaged_is_refused(kind_of, text, place, kind, count, bits):
    with pytest.raises(ToolError, match=r"^the routed design has no .* as it should$"):
        kind_of(text).read((*place[:-1], 77) if kind == "ram" else (77, *place[1:]), kind)
    damaged = text.replace("000", "00", 1 if kind == "lut" else -1)
    if kind_of is Ecp5Routed and kind == "lut":
        damaged = text.replace("SLICED.K1.INIT 0", "SLICED.K1.INIT ")
    elif kind == "lut":
        damaged = text.replace("0" * 54, "0" * 53)
    with pytest.raises(ToolError, match=r"^the routed design has no .* as it should$"):
        kind_of(damaged).write(place, kind, (0,) * count)


def test_bits_of_a_lut_are_where_icestorm_has_them():
    """Documented order: bit k of the truth table at LUT bit (4, 14, 15, 5, ...) of a cell's 20."""
    routed = Ice40Routed(ICE40)
    routed.write((3, 4, 5), "lut", (1 << 1 | 1 << 15,))
    rows = routed.text().splitlines()[4 + 10 : 4 + 12]
    assert rows == ["0" * 36 + "1" + "0" * 17, "0" * 40 + "1" + "0" * 13]
