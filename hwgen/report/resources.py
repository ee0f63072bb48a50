"""What a design takes of its device, as text for a terminal."""

from collections.abc import Mapping

from hwgen.families.devices import PARTS

__all__ = ["resource_lines"]


def resource_lines(device: str, found: Mapping[str, int | None]) -> list[str]:
    """Logic, which is estimated, and below it what is counted; nothing without a device.

    Logic is said to be unknown where a unit is of a kind that there is no estimate for.
    """
    part = PARTS.get(device)
    if part is None:
        return []
    cells = found["logic_cells"]
    if cells is None:
        logic = f"an unknown number of {part.lut4:,} logic cells of {part.name}"
    else:
        logic = f"about {cells:,} of {part.lut4:,} logic cells of {part.name}, estimated"
    kinds = (
        ("block RAMs", "ebr", part.ebr),
        ("SPRAMs", "spram", part.spram),
        ("DSPs", "dsp", part.dsp),
    )
    counted = ", ".join(f"{found[key]:,} of {have:,} {noun}" for noun, key, have in kinds if have)
    return [logic, *([f"{counted} of {part.name}"] if counted else [])]
