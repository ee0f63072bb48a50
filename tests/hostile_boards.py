"""Hostile TOML files of boards, and the commands that take them."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

from hostile_values import Rng, pick, spoil_bytes, spoil_json

from hwgen.boards.table import BUNDLED

__all__ = ["board_case", "spoil_toml"]

BOARDS = ("icebreaker", "icestick", "ulx3s_85f", "colorlight", "orangecrab", "tinyfpga_bx")
NAMES = ["mine.toml"] * 12 + ["a b.toml", "é.toml", "x" * 50 + ".toml", "MINE.TOML"]


def spoil_toml(text: str, rng: Rng) -> bytes:
    """Spoil the values of a document, or its text."""
    if rng.random() < 0.2:
        return spoil_bytes(text.encode(), rng)
    spoiled = spoil_json(json.dumps(tomllib.loads(text)).encode(), rng)
    try:
        document = json.loads(spoiled)
    except (ValueError, RecursionError):
        return spoiled
    if not isinstance(document, dict):
        return spoiled
    lines = [f"{json.dumps(key)} = {_inline(value)}\n" for key, value in document.items()]
    return "".join(lines).encode()


def _inline(value: Any) -> str:
    """A value as TOML, where that has a word for it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return "nan" if value is None else json.dumps(value)


def board_case(rng: Rng, work: Path, model: Path, build: Path) -> list[Any]:
    """Put a spoiled board into a folder, and say what takes it."""
    shutil.copy(model, work / "model.json")
    if rng.random() < 0.25:
        shutil.copytree(build, work / "dir")
        path = work / "dir" / "board.toml"
        path.write_bytes(spoil_toml(path.read_text(), rng))
        return pick(rng, [
            ["hwgen", "program", "dir", "--dry-run"],
            ["hwgen", "reload", "model.json", "dir"],
        ])  # fmt: skip
    name = pick(rng, NAMES)
    text = (BUNDLED / f"{pick(rng, BOARDS)}.toml").read_text()
    (work / name).write_bytes(spoil_toml(text, rng))
    making = ["hwgen", "build", "model.json", "-o", "out", "--board", name]
    link = ["--input", pick(rng, ["uart", "spi", "camera"])]
    baud = ["--baud", pick(rng, ["1", "300", "115200", "3000000", "9" * 12])]
    least = ["--fps", pick(rng, ["1e-3", "30", "1e6"]), "--least", "energy"]
    if rng.random() < 0.3:
        shutil.copytree(build, work / "dir")
        return ["hwgen", "synth", "dir", "--board", name, *pick(rng, [[], link, baud])]
    return pick(rng, [
        ["hwgen", "boards", name],
        ["hwgen", "boards", name, "--json"],
        making,
        [*making, *link],
        [*making, *baud],
        [*making, *least],
    ])  # fmt: skip
