"""Sums of rows of bits, as synthesis makes them of products and of all that no register parts."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from hwgen.sizes.features import Features

__all__ = ["Row", "number_row", "product_rows", "row_sum", "sum_cells"]

MOST_TIMES = 16
"""Repetitions of rows that are added up bit by bit: from there on each more is taken to cost as
much as those before did."""


class Row(NamedTuple):
    """Bits of a row from the place ``begin`` on; ``above`` is what the places above them have.

    That is its highest bit again ("sign"), a constant ("one"), or nothing ("").
    """

    begin: int
    bits: int
    above: str = ""


def number_row(bits: int) -> Row:
    """A number with a sign."""
    return Row(0, bits, "sign")


def product_rows(bits: int, weight_bits: int, *, signed: bool, ones: int) -> tuple[Row, ...]:
    """Rows of the product of a number, ``signed`` or not, and of one with a sign.

    The longer one comes for each bit of the shorter, for the highest one subtracted.

    Parameters
    ----------
    ones : int
        Bits of the second number that are not known to be 0.
    """
    # A number without a sign is one of a bit more, which is 0.
    if ones < weight_bits or weight_bits <= bits + (not signed):
        last = weight_bits - 1
        rows = [Row(k, bits, "sign" if signed else "one" * (k == last)) for k in range(weight_bits)]
        return tuple(rows[weight_bits - ones :])
    return tuple(Row(k, weight_bits, "sign") for k in range(bits))


def sum_cells(rows: Sequence[Row], width: int, times: int = 1) -> Features:
    """Full adders that bring rows, each ``times`` over, down to two, and the adder of these.

    Parameters
    ----------
    width : int
        Bits of the sum of the rows once.
    """
    if len(rows) * times < 2:
        return {"full adders": 0, "adders": 0, "adder ends": 0}
    found = tuple(rows)
    total = width + (times - 1).bit_length()
    if times <= MOST_TIMES:
        full = float(_full_adders(found * times, total))
    else:
        half = MOST_TIMES // 2
        few, many = (_full_adders(found * n, total) for n in (half, MOST_TIMES))
        full = many + (times - MOST_TIMES) * (many - few) / (MOST_TIMES - half)
    return {"full adders": full, "adders": total, "adder ends": 1}


def row_sum(rows: Sequence[Row], width: int) -> float:
    """About the LUTs of a sum: two for a full adder."""
    found = sum_cells(rows, width)
    return 2 * found["full adders"] + found["adders"]


@lru_cache(maxsize=4096)
def _full_adders(rows: tuple[Row, ...], width: int) -> int:
    """Full adders that are left where those of the same three bits are one.

    Above a row its sign stands in many places, whose adders so are the same.
    """
    columns: list[list[int]] = [[] for _ in range(width)]
    known: dict[tuple[int, ...], tuple[int, int]] = {}
    names = iter(range(1 << 62))
    one = next(names)
    for row in rows:
        bits = [next(names) for _ in range(row.bits)]
        top = {"sign": bits[-1:], "one": [one]}.get(row.above, [])
        for place in range(row.begin, width):
            k = place - row.begin
            columns[place] += bits[k : k + 1] or top
    while any(len(column) > 2 for column in columns):
        after: list[list[int]] = [[] for _ in range(width + 1)]
        for place, column in enumerate(columns):
            whole = len(column) // 3 * 3
            for k in range(0, whole, 3):
                three = tuple(sorted(column[k : k + 3]))
                if three not in known:
                    known[three] = next(names), next(names)
                total, carry = known[three]
                after[place].append(total)
                after[place + 1].append(carry)
            after[place] += column[whole:]
        columns = after[:width]
    return len(known)
