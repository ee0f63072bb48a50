"""Pictures from files, folders, patterns, archives and tables, and what they show."""

from sim.pictures.sources import (
    KEYS,
    Piece,
    batches,
    find_pictures,
    load_images,
    load_pieces,
    load_unsized,
)

__all__ = [
    "KEYS",
    "Piece",
    "batches",
    "find_pictures",
    "load_images",
    "load_pieces",
    "load_unsized",
]
