"""The page of a build: how fast and how large it is, where its cells are, what was checked."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hwgen.accounts.summary import NetworkSummary
from hwgen.families.devices import PARTS
from hwgen.report.energy_text import joules_text
from hwgen.report.graph_svg import graph_svg
from hwgen.report.page.colours import NONE, colours_of, layer_of
from hwgen.report.page.floorplan_svg import floorplan_svg
from hwgen.version import VERSION

__all__ = ["STYLE", "BuildFacts", "build_page", "render"]

HERE = Path(__file__).parent

STYLE = (HERE / "style.css").read_text(encoding="utf-8")

ESTIMATED = (("logic_cells", "logic cells", "lut4"),)
COUNTED = (("ebr", "block RAMs", "ebr"), ("spram", "SPRAMs", "spram"), ("dsp", "DSPs", "dsp"))
"""Key of the resources, its name, and the part's attribute that says how many there are."""


@dataclass(frozen=True, eq=False)
class BuildFacts:
    """What a page shows of a build; None for what was not done yet.

    Parameters
    ----------
    manifest : mapping
    summary : NetworkSummary
    timeline : str
        A picture of a run, as SVG.
    synthesis, verification, floorplan, board, energy : mapping or None
        Contents of ``synth.json``, ``verify.json``, ``floorplan.json``, ``board.json`` and
        ``energy.json``.
    folder : str
        As the user calls it.
    """

    manifest: Mapping[str, Any]
    summary: NetworkSummary
    timeline: str
    folder: str
    synthesis: Mapping[str, Any] | None = None
    verification: Mapping[str, Any] | None = None
    floorplan: Mapping[str, Any] | None = None
    board: Mapping[str, Any] | None = None
    energy: Mapping[str, Any] | None = None


def build_page(facts: BuildFacts) -> str:
    """The page as HTML, with all that it needs in it."""
    manifest = facts.manifest
    layers = [layer["name"] for layer in manifest["layers"] if layer["cycles"]]
    return render(
        "build.html.j2",
        name=manifest["name"],
        subtitle=_subtitle(manifest),
        tiles=_tiles(facts),
        resources=_resources(facts),
        resources_note=_resources_note(facts),
        energy=_energy(facts.energy),
        layers=_layers(facts),
        timeline={
            "note": "Frames in colours, lighter where a layer waits; full rate, simulated.",
            "source": _data_uri(facts.timeline),
        },
        buffers={
            "heads": ["unit", "kind", "size", "bits"],
            "rows": [[b["unit"], b["kind"], f"{b['size']:,}", f"{b['bits']:,}"]
                     for b in manifest["buffers"]],
        },
        floorplan=_floorplan(facts.floorplan, layers),
        path=_path(facts.floorplan, layers),
        verification=_verification(facts.verification),
        board=_board(facts.board),
        graph=_data_uri(graph_svg(facts.summary)),
        commands=_commands(facts),
        tools=_tools(facts),
    )  # fmt: skip


def render(template: str, **values: Any) -> str:
    """Fill a template of this folder; what is put in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["style"] = STYLE
    return environment.get_template(template).render(**values)


def _subtitle(manifest: Mapping[str, Any]) -> str:
    size = manifest["input"]
    part = PARTS.get(manifest["device"])
    return (
        f"{size['height']} x {size['width']} x {size['channels']} pixels of {size['bits']} bits, "
        f"{manifest['macs']:,} MAC a frame, {manifest['binary_macs']:,} of them 1-bit; "
        f"{part.title if part else 'for no part'}; hwgen {VERSION}"
    )


def _tiles(facts: BuildFacts) -> list[dict[str, str]]:
    manifest = facts.manifest
    clock, interval = manifest["clock_mhz"], manifest["interval_cycles"]
    latency = manifest["latency_cycles"]
    tiles = [
        (f"{clock * 1e6 / interval:,.1f}", f"frames/s at {clock:g} MHz"),
        (f"{interval:,}", "cycles a frame"),
        (f"{latency / clock:,.1f} us", f"latency, {latency:,} cycles"),
        (f"{manifest['macs'] / interval:,.0f}", "MAC a cycle"),
    ]
    fmax = (facts.synthesis or {}).get("fmax_hz")
    if fmax:
        tiles.append((f"{fmax / 1e6:.1f} MHz", "placed, the best seed"))
        tiles.append((f"{fmax / interval:,.0f}", "frames/s at that clock"))
    return [{"value": value, "label": label} for value, label in tiles]


def _resources(facts: BuildFacts) -> list[dict[str, Any]]:
    part = PARTS.get(facts.manifest["device"])
    if part is None:
        return []
    found = facts.synthesis or facts.manifest["resources"]
    bars = []
    for key, label, attribute in (*ESTIMATED, *COUNTED):
        there, used = getattr(part, attribute), found.get(key)
        if there and used is not None:
            percent = round(100 * used / there, 1)
            text = f"{used:,} of {there:,}, {percent:g} %"
            bars.append({"label": label, "percent": percent, "text": text})
    return bars


def _energy(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Energy of a frame by component, as bars; None where it was not asked for."""
    if found is None:
        return None
    total = found["joules_per_frame"]
    bars = [
        {
            "label": part["name"],
            "percent": round(100 * part["joules_per_frame"] / total, 1),
            "text": f"{joules_text(part['joules_per_frame'])}, give or take "
            f"{part['relative_uncertainty']:.0%}",
        }
        for part in found["components"]
        if part["joules_per_frame"]
    ]
    note = (
        f"{joules_text(total)} a frame, give or take {found['relative_uncertainty']:.0%}, at "
        f"{found['fps']:,.4g} frames/s and {found['clock_hz'] / 1e6:g} MHz; the clock between "
        f"frames: {found['idle']}; activity of the {found['activity']}. "
        "An estimate: docs/energy.md."
    )
    return {"bars": bars, "note": note}


def _resources_note(facts: BuildFacts) -> str:
    if facts.synthesis is None:
        return "Logic is estimated; the rest is counted."
    found = facts.synthesis
    return f"As packed: {found['lut4']:,} LUT4 and {found['ff']:,} flip-flops."


def _layers(facts: BuildFacts) -> dict[str, Any]:
    interval = facts.manifest["interval_cycles"]
    shapes = {layer.name: layer for layer in facts.summary.layers}
    rows = []
    for layer in facts.manifest["layers"]:
        matrix, fused = layer["simd"] > 0, layer["cycles"] == 0
        known = shapes.get(layer["name"])
        rows.append([
            layer["name"],
            layer["kind"],
            " x ".join(map(str, known.shape)) if known else "",
            f"{known.weight_bits or ''} / {known.activation_bits}" if known else "",
            f"{known.macs:,}" if known and known.macs else "",
            *((layer["pe"], layer["simd"], layer["m"]) if matrix else ("", "", "")),
            "fused" if fused else f"{layer['cycles']:,}",
            "" if fused else f"{layer['cycles'] / interval:.0%}",
            f"{layer['weight_bits']:,}" if matrix else "",
            layer["weight_storage"] if matrix else "",
        ])  # fmt: skip
    heads = ["layer", "kind", "puts out", "bits w / sum", "MAC", "PE", "SIMD", "M", "cycles",
             "busy", "weight bits", "weights in"]  # fmt: skip
    return {"heads": heads, "rows": rows}


def _floorplan(floorplan: Mapping[str, Any] | None, layers: Sequence[str]) -> dict[str, Any] | None:
    if floorplan is None:
        return None
    return {
        "svg": floorplan_svg(floorplan, layers),
        "legend": _legend(layers),
        "note": f"Each tile in the colour of the layer with most of its cells, seed "
        f"{floorplan['seed']}; squares with an edge are memories and multipliers.",
    }


def _path(floorplan: Mapping[str, Any] | None, layers: Sequence[str]) -> dict[str, Any] | None:
    if floorplan is None or not floorplan["path"]:
        return None
    colours = colours_of(layers)
    total = sum(delay for _, _, delay in floorplan["path"])
    logic = sum(delay for _, kind, delay in floorplan["path"] if kind == "logic")
    steps, by_layer = [], dict[str, float]()
    for unit, kind, delay in floorplan["path"]:
        layer = layer_of(unit, layers)
        name = layer or unit
        by_layer[name] = by_layer.get(name, 0.0) + delay
        steps.append({
            "kind": kind,
            "percent": round(100 * delay / total, 2) if total else 0,
            "colour": NONE if layer is None else colours[layer],
            "title": f"{unit}: {delay:.2f} ns {kind}",
        })  # fmt: skip
    return {
        "note": f"{total:.2f} ns, {logic:.2f} of them logic and {total - logic:.2f} routing, which "
        "is paler.",
        "steps": steps,
        "legend": [
            {"label": f"{name} {delay:.2f} ns", "colour": colours.get(name, NONE)}
            for name, delay in by_layer.items()
        ],
    }


def _legend(layers: Sequence[str]) -> list[dict[str, str]]:
    named = [{"label": name, "colour": colour} for name, colour in colours_of(layers).items()]
    return [*named, {"label": "ports and the rest", "colour": NONE}]


def _verification(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    first = found["first_mismatch"]
    what = "netlist" if found.get("netlist") else "Verilog"
    lines = []
    if first is not None:
        lines.append(
            f"First: {first['what']}, {first['layer']}, stream {first['stream']}, word "
            f"{first['index']}, cycle {first['cycle']}, {first['traffic']}."
        )
    goals, reached = found["coverage"]["goals"], found["coverage"]["reached"]
    lines += [
        f"Pictures reach {reached.get(name, 0):,} of {goal:,} goals of {name}."
        for name, goal in goals.items()
        if goal
    ]
    return {
        "right": first is None,
        "verdict": f"{found['transfers_checked']:,} transfers of {found['streams']} streams of the "
        f"{what} over {found['frames']} frames ({found['cycles']:,} cycles, "
        f"{found['simulator']}): {found['mismatches']:,} mismatches in value and cycle.",
        "lines": lines,
    }


def _board(board: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Facts of ``board.json`` that are numbers and words, and its pins."""
    rows: list[tuple[str, str]] = []
    for key, value in (board or {}).items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{k} {v}" for k, v in value.items() if not isinstance(v, Mapping))
        elif isinstance(value, list | tuple):
            value = " ".join(map(str, value))
        if value not in ("", None):
            rows.append((key.replace("_", " "), str(value)))
    return rows


def _commands(facts: BuildFacts) -> str:
    folder, manifest = facts.folder, facts.manifest
    where = "" if manifest["device"] not in PARTS else f" --device {manifest['device']}"
    lines = [
        f"python -m hwgen build {folder}/model.json{where} --folding {folder}/folding.json \\",
        f"    --clock-mhz {manifest['clock_mhz']:g} -o {folder}",
        f"python -m hwgen verify {folder}",
    ]
    if facts.synthesis is not None:
        seeds = "".join(f" --seed {seed['seed']}" for seed in facts.synthesis["seeds"])
        board = facts.synthesis.get("board")
        lines.append(f"python -m hwgen synth {folder}{f' --board {board}' if board else ''}{seeds}")
    return "\n".join(lines)


def _tools(facts: BuildFacts) -> str:
    tools = dict(facts.manifest["tools"]) | dict((facts.synthesis or {}).get("tools", {}))
    return ", ".join(f"{name} {version}" for name, version in tools.items())


def _data_uri(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
