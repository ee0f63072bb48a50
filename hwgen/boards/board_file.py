"""Boards from TOML files, and what is wrong with a file that is none."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hwgen.boards.table import Board, Clock, Flash, Lamps, Link, Programmer, Sdram, Uart
from hwgen.errors import ModelError, describe, located
from hwgen.families.devices import PARTS
from hwgen.model.schema import check_by
from hwgen.readers.toml_file import parse_toml, read_toml_text
from hwgen.sizes.sdram_part import SDRAMS

__all__ = ["load_board", "schema_path"]

FLASH_PINS = ("cs", "clk", "copi", "cipo", "wp", "hold")
SDRAM_PINS = ("clk", "clk_en", "cs", "we", "ras", "cas", "ba", "a", "dq", "dqm")

LINK_PINS = {
    "spi": ("cs", "sck", "copi", "cipo"),
    "camera": ("clk", "pixel", "valid", "line", "frame"),
}
"""Of the ways in that a design has one of: both may be on the same pins."""

PLAIN_PINS = {
    "clock": ("pin",),
    "uart": ("rx", "tx"),
    "lamps": ("pins",),
    "flash": FLASH_PINS,
    "sdram": SDRAM_PINS,
}
"""Keys of each table that name pins."""


def schema_path() -> Path:
    """Path of the JSON Schema (draft 2020-12) of a board's file, a file of this package."""
    return Path(__file__).with_name("schema.json")


def load_board(path: Path, name: str) -> Board:
    """Board that a TOML file describes; ``docs/board.md`` has its keys.

    Raises
    ------
    ModelError
        If it cannot be read, or describes none; names the file and the key.
    """
    with located(str(path)):
        text = read_toml_text(path)
        document: dict[str, Any] = parse_toml(text)
        check_by(document, _schema(), "the file")
        return _board(document, name, text)


def _board(document: Mapping[str, Any], name: str, text: str) -> Board:
    """Board of a document that the schema lets pass."""
    _check_part(document)
    _check_pins(document)
    default = document.get("attributes", {})

    def attributes(table: Mapping[str, Any]) -> dict[str, Any]:
        return dict(table.get("attributes", default))

    clock, uart = document["clock"], document["uart"]
    lamps, flash = document.get("lamps"), document.get("flash")
    sdram, programmer = document.get("sdram"), document.get("programmer")
    return Board(
        name=name,
        title=document["title"],
        device=document["device"],
        package=document["package"],
        speed=document.get("speed"),
        clock=Clock(
            clock["pin"],
            float(clock["mhz"]),
            float(clock.get("design_mhz", clock["mhz"])),
            clock.get("pll_pad", False),
            attributes(clock),
        ),
        uart=Uart(uart["rx"], uart["tx"], uart.get("connection", ""), attributes(uart)),
        lamps=Lamps(tuple(lamps["pins"].split()), lamps.get("active_low", False), attributes(lamps))
        if lamps
        else Lamps(),
        flash=_flash(flash, attributes(flash)) if flash else None,
        sdram=_sdram(sdram, attributes(sdram)) if sdram else None,
        programmer=Programmer(programmer["tool"], tuple(programmer.get("options", ())))
        if programmer
        else None,
        links={
            name: _link(name, document[name], attributes(document[name]))
            for name in LINK_PINS
            if name in document
        },
        sources=tuple(document.get("sources", ())),
        notes=tuple(document.get("notes", ())),
        text=text,
    )


def _check_part(document: Mapping[str, Any]) -> None:
    """Refuse a device, package or speed grade that there is not."""
    device, package, speed = document["device"], document["package"], document.get("speed")
    if device not in PARTS:
        raise ModelError(f"device must be one of {', '.join(PARTS)}, not {describe(device)}")
    part = PARTS[device]
    if package not in part.packages:
        known = " or ".join(part.packages)
        raise ModelError(f"package must be {known} for {device}, not {describe(package)}")
    speeds = part.family.speeds if part.only_speed is None else (part.only_speed,)
    if speeds and speed not in speeds:
        shown = "missing" if speed is None else f"not {describe(speed)}"
        raise ModelError(f"speed must be {' or '.join(speeds)} for {device}, {shown}")
    if speed is not None and not speeds:
        raise ModelError(f"speed must not be there, as {device} has no grades")


def _check_pins(document: Mapping[str, Any]) -> None:
    """Refuse a pin that two signals have."""
    for link in LINK_PINS:
        seen: dict[str, str] = {}
        for key, pin in _pins(document, {**PLAIN_PINS, link: LINK_PINS[link]}):
            if pin in seen:
                raise ModelError(f"{key} has pin {pin}, which {seen[pin]} has already")
            seen[pin] = key


def _pins(
    document: Mapping[str, Any], tables: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Key and name of each pin of some tables."""
    for table, keys in tables.items():
        for key in keys:
            for pin in document.get(table, {}).get(key, "").split():
                yield f"{table}.{key}", pin


def _link(name: str, table: Mapping[str, Any], attributes: Mapping[str, Any]) -> Link:
    pins = {key: table[key] for key in LINK_PINS[name] if key in table}
    if name == "camera" and len(pins["pixel"].split()) != 8:
        raise ModelError(f"camera.pixel must name 8 pins, not {len(pins['pixel'].split())}")
    return Link(pins, table.get("connection", ""), attributes)


def _flash(table: Mapping[str, Any], attributes: Mapping[str, Any]) -> Flash:
    lines = table.get("lines", 1)
    lacking = [name for name in ("clk", "wp", "hold") if lines == 4 and name not in table]
    if lacking:
        raise ModelError(f"flash.{lacking[0]} must be there, as flash.lines is 4")
    if ("wp" in table) != ("hold" in table):
        raise ModelError("flash.wp and flash.hold must both be there, or neither")
    if table["offset"] >= table["bytes"]:
        raise ModelError(
            f"flash.offset must be below flash.bytes, {table['bytes']}, not {table['offset']}"
        )
    pins = {name: table[name] for name in FLASH_PINS if name in table}
    return Flash(lines, table["bytes"], table["offset"], pins, attributes)


def _sdram(table: Mapping[str, Any], attributes: Mapping[str, Any]) -> Sdram:
    memory = table["memory"]
    if memory not in SDRAMS:
        known = ", ".join(SDRAMS)
        raise ModelError(f"sdram.memory must be one of {known}, not {describe(memory)}")
    pins = {name: tuple(table[name].split()) for name in SDRAM_PINS if name in table}
    part = SDRAMS[memory]
    for name, bits in (("ba", part.bank_bits), ("a", part.row_bits), ("dq", part.data_bits)):
        if len(pins[name]) != bits:
            raise ModelError(
                f"sdram.{name} must name {bits} pins, as {memory} has them, not {len(pins[name])}"
            )
    return Sdram(memory, pins, attributes)


@cache
def _schema() -> dict[str, Any]:
    return json.loads(schema_path().read_text(encoding="utf-8"))
