"""What was taken for granted or left out when a network was imported."""

from collections.abc import Mapping

__all__ = ["notes_of"]

_SAID = {
    "pixels": "pixels",
    "layout": "layout",
    "batch": "batch",
    "weights": "weights",
    "dropped": "dropped, for it keeps the scores' order",
}
"""What of a description's provenance a person should read, and what stands ahead of it."""


def notes_of(provenance: Mapping[str, object]) -> tuple[str, ...]:
    """A line for each thing that the file did not say, or said and is not in the description."""
    return tuple(f"{what}: {provenance[key]}" for key, what in _SAID.items() if key in provenance)
