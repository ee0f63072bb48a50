"""The netlist of a build: which build it belongs to, and where the streams are in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from hwgen.build_folder import BuildFolder
from hwgen.errors import ModelError, located
from hwgen.families.devices import FAMILIES
from hwgen.families.family import Family
from hwgen.plan.plan import Stream
from hwgen.readers.files import is_file, read_bytes, refusing
from hwgen.verilog.memories import MAX_VERILOG_BYTES, read_memories

__all__ = [
    "Netlist",
    "Signals",
    "find_streams",
    "load_netlist",
    "netlist_text",
    "source_digest",
]

_MARK = "// hwgen netlist: "

Signals = tuple[str, str, str]
"""Valid, ready and payload, as Verilog names below the top module."""


@dataclass(frozen=True)
class Netlist:
    """A synthesised design.

    Parameters
    ----------
    path : Path
        Its Verilog.
    family : Family
        Whose cells it is made of.
    streams : dict of str to (str, str, str)
        Streams inside that synthesis left whole: valid, ready and payload as names in Verilog,
        below the top module.
    """

    path: Path
    family: Family
    streams: dict[str, Signals]


def source_digest(path: Path) -> str:
    """Digest of the Verilog that a netlist is made of, its memory files included.

    Raises
    ------
    ModelError
        If it cannot be read.
    """
    if not is_file(path):
        raise ModelError(f"{path}: cannot be read; run `hwgen build` again")
    with located(str(path)):
        parts = [read_bytes(path, MAX_VERILOG_BYTES), *read_memories(path).values()]
    return sha256(b"".join(parts)).hexdigest()


def netlist_text(
    verilog: str, family: Family, source_sha256: str, streams: dict[str, Signals]
) -> str:
    """Verilog of a netlist as it is kept, what is to be known of it in its first line."""
    known = {"family": family.name, "source_sha256": source_sha256, "streams": streams}
    return f"{_MARK}{json.dumps(known)}\n{verilog}"


def load_netlist(folder: Path, top: str) -> Netlist:
    """Netlist of a build with that top module.

    Raises
    ------
    ModelError
        If there is none, or it was made of other Verilog.
    """
    build = BuildFolder(folder)
    path = build.netlist
    if not is_file(path):
        raise ModelError(f"{folder}: has no {path.name}; run `hwgen synth` first")
    with located(str(path)):
        data = read_bytes(path, MAX_VERILOG_BYTES)
        with refusing("was not written by `hwgen synth`"):
            first, _, _ = data.partition(b"\n")
            if not first.startswith(_MARK.encode()):
                raise ValueError
            facts: dict[str, Any] = json.loads(first.removeprefix(_MARK.encode()))
            streams = {name: (v, r, p) for name, (v, r, p) in facts["streams"].items()}
            family, made_of = facts["family"], facts["source_sha256"]
            if not all(type(x) is str for x in (family, made_of, *chain(*streams.values()))):
                raise TypeError
            found = Netlist(path, FAMILIES[family], streams)
    if made_of != source_digest(build.verilog(top)):
        raise ModelError(f"{path}: was made of another build; run `hwgen synth` again")
    return found


def find_streams(
    netlist: dict[str, Any], top: str, streams: Sequence[Stream]
) -> dict[str, Signals]:
    """Streams between units of which all signals are still there, every bit driven.

    Parameters
    ----------
    netlist : dict
        As yosys writes it as JSON.
    streams : sequence of Stream
        Streams of the plan. Those at the edge are left out: they are the ports.
    """
    modules = netlist["modules"]
    units = {name: cell["type"] for name, cell in modules[top]["cells"].items()}
    driven = {
        name: _driven(modules[name], modules) for name in {top, *units.values()} if name in modules
    }
    found: dict[str, Signals] = {}
    for stream in streams:
        if "input" in (stream.source, stream.target) or "output" in (stream.source, stream.target):
            continue
        widths = {"valid": 1, "ready": 1, "payload": stream.payload_bits}
        signals = []
        for part, width in widths.items():
            for module, name, path in _names(top, units, stream, part):
                wire = modules.get(module, {}).get("netnames", {}).get(name)
                if wire is None or len(wire["bits"]) != width:
                    continue
                if all(bit in driven[module] for bit in wire["bits"]):
                    signals.append(path)
                    break
        if len(signals) == len(widths):
            valid, ready, payload = signals
            found[stream.name] = valid, ready, payload
    return found


def _names(
    top: str, units: Mapping[str, str], stream: Stream, part: str
) -> Iterator[tuple[str, str, str]]:
    """Where a signal of a stream may be: module, name in it, and the path from the top to it."""
    ends = (stream.source, stream.source_port), (stream.target, stream.target_port)
    for unit, port in ends:
        name = f"{port}__{part}"
        yield top, f"{unit}.{name}", f"\\{unit}.{name} "
        yield units.get(unit, ""), name, f"{unit}.{name}"


def _driven(module: dict[str, Any], modules: dict[str, Any]) -> set[int | str]:
    """Bits that a port or a cell drives, and the constants."""
    bits: set[int | str] = {"0", "1"}
    for port in module["ports"].values():
        if port["direction"] != "output":
            bits.update(port["bits"])
    for cell in module["cells"].values():
        for port, connected in cell["connections"].items():
            known = cell.get("port_directions", {}).get(port)
            if known is None and cell["type"] in modules:
                known = modules[cell["type"]]["ports"][port]["direction"]
            if known != "input":
                bits.update(connected)
    return bits
