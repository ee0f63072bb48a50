"""First difference between what was expected and what hardware did."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mismatch", "Trace", "compare_streams"]


@dataclass(frozen=True, eq=False)
class Trace:
    """Transfers of one stream: cycles int64 (n), payload bits uint8 (n, payload_bits).

    ``payload`` bits of 2 stand for a value that the simulator did not know.
    """

    cycles: NDArray[np.int64]
    payload: NDArray[np.uint8]


@dataclass(frozen=True)
class Mismatch:
    """Where a stream first differs; ``what`` says how, in words."""

    stream: str
    layer: str
    index: int
    cycle: int
    what: str


def compare_streams(
    expected: dict[str, Trace], found: dict[str, Trace], layers: dict[str, str]
) -> tuple[int, int, Mismatch | None]:
    """Compare each transfer of each stream, value and cycle.

    Parameters
    ----------
    expected, found : dict of str to Trace
        By stream name, in the order of the data's flow.
    layers : dict of str to str
        The layer that puts out each stream.

    Returns
    -------
    transfers, mismatches, first
        Transfers compared; how many differ, are missing or are surplus; and the one that comes
        first in time (upstream first among equals).
    """
    transfers = mismatches = 0
    first: Mismatch | None = None
    for name, want in expected.items():
        have = found[name]
        common = min(want.cycles.size, have.cycles.size)
        late = want.cycles[:common] != have.cycles[:common]
        wrong = (want.payload[:common] != have.payload[:common]).any(axis=1)
        bad = np.flatnonzero(late | wrong)
        surplus = abs(want.cycles.size - have.cycles.size)
        transfers += max(want.cycles.size, have.cycles.size)
        mismatches += bad.size + surplus
        if bad.size:
            k = int(bad[0])
            cycle = int(min(want.cycles[k], have.cycles[k]))
            what = _describe(want, have, k, bool(late[k]), bool(wrong[k]))
        elif surplus:
            k = common
            missing = want.cycles.size > common
            cycle = int((want if missing else have).cycles[k])
            what = "is missing" if missing else "is one too many"
        else:
            continue
        if first is None or cycle < first.cycle:
            first = Mismatch(name, layers[name], k, cycle, what)
    return transfers, mismatches, first


def _describe(want: Trace, have: Trace, k: int, late: bool, wrong: bool) -> str:
    parts = []
    if late:
        parts.append(f"comes in cycle {have.cycles[k]} instead of {want.cycles[k]}")
    if wrong:
        bits = np.flatnonzero(want.payload[k] != have.payload[k])
        parts.append(
            f"has value {_hex(have.payload[k])} instead of {_hex(want.payload[k])} "
            f"(bit {bits[0]}{' and others' if bits.size > 1 else ''})"
        )
    return " and ".join(parts)


def _hex(bits: NDArray[np.uint8]) -> str:
    """Payload in hexadecimal, shortened in the middle if long; unknown digits as x."""
    digits = []
    for start in range(0, bits.size, 4):
        nibble = bits[start : start + 4]
        digits.append(
            "x" if (nibble > 1).any() else f"{int(nibble @ (1 << np.arange(nibble.size))):x}"
        )
    text = "".join(reversed(digits))
    return "0x" + (text if len(text) <= 16 else f"{text[:8]}...{text[-8:]}")
