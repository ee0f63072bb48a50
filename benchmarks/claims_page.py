"""The page of the talk's claims, of figures that were measured: text only."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from benchmarks.claim_rows import CLOCK_MHZ, DEVICE, FPS
from benchmarks.claim_verdicts import Rows, Verdict, accuracy, relative
from benchmarks.claims_text import (
    ACCURACY,
    HEAD,
    JUDGING,
    MEASURING,
    MEMORY,
    NAMES,
    PLANNED,
)
from benchmarks.talk_claims import CLAIMS
from benchmarks.talk_figures import FAMILY, NETWORKS, OTHERS, REFERENCE, WIDTHS, Slide
from hwgen.report.tables_text import figure

__all__ = ["page"]


def page(rows: Rows) -> str:
    """The page in Markdown."""
    cycles = int(CLOCK_MHZ * 1e6 / FPS)
    planned = PLANNED.format(device=DEVICE, fps=FPS, clock=CLOCK_MHZ, cycles=cycles)
    parts = [
        HEAD,
        _summary(rows),
        "## Accuracy\n",
        ACCURACY,
        _agreement(rows),
        "![Accuracy in the talk and here](claims_accuracy.svg)\n",
        "### Width study\n",
        _table(_width_columns(rows), WIDTHS),
        "### The CIFAR family\n",
        NAMES,
        _missing(rows),
        _table(_family_columns(rows), FAMILY),
        "### Beside the talk\n",
        "The topology that most figures published by others are of.\n",
        _table(_width_columns(rows), OTHERS),
        "## Memory\n",
        MEMORY,
        _table(_memory_columns(rows), NETWORKS.values()),
        f"## At {FPS} frames a second on {DEVICE.upper()}\n",
        planned,
        _table(_plan_columns(rows), NETWORKS.values()),
        _problems(rows),
        "![Accuracy by memory and logic cells](claims_cost.svg)\n",
        "## Which claims hold\n",
        JUDGING,
        *_claims(rows),
        "## How it was measured\n",
        MEASURING,
    ]
    return "\n".join(part for part in parts if part)


def _summary(rows: Rows) -> str:
    judged = [(claim.text, claim.rule.judge(rows).verdict) for claim in CLAIMS]
    counts = Counter(verdict for _, verdict in judged)
    said = ", ".join(f"{v.value} {counts[v]}" for v in Verdict if counts[v])
    lines = [
        f"Of {len(judged)} claims: {said}.",
        "",
        "| Claim | In these figures |",
        "| --- | --- |",
    ]
    lines += [f"| {text} | {verdict.value} |" for text, verdict in judged]
    return "\n".join([*lines, ""])


def _agreement(rows: Rows) -> str:
    """Whether the golden model counts what training counted, for how many networks."""
    counts = {name: row["evaluated"] for name, row in rows.items() if "evaluated" in row}
    whole = [name for name, found in counts.items() if found["images"] == found["of"]]
    other = [n for n in whole if counts[n]["correct"] != rows[n]["trained"]["correct"]]
    parts = [f"{n} ({counts[n]['images']:,})" for n in counts if n not in whole]
    never = [name for name in rows if name not in counts]
    lines = [
        f"The golden model went through all pictures with {len(whole)} of {len(rows)} networks; "
        f"in {len(whole) - len(other)} of them it gets as many right as PyTorch did when they were "
        "trained."
    ]
    if other:
        lines.append(f"It counts others for {', '.join(other)}.")
    if parts:
        lines.append(f"It has seen so many pictures so far with {', '.join(parts)}.")
    if never:
        lines.append(f"It has not been run yet with {', '.join(never)}.")
    return "\n".join([*lines, ""])


def _missing(rows: Rows) -> str:
    names = [name for name in NETWORKS if name not in rows]
    if not names:
        return ""
    return (
        f"Not trained: {', '.join(names)}. What there is of it had three epochs, as its training\n"
        "failed twice, and has no description; there was no GPU to train it again.\n"
    )


Cell = Callable[[Slide], str]


def _of(rows: Rows, part: str, text: Callable[[Mapping[str, Any]], str]) -> Cell:
    """What a column says of a part of each row: a dash where that was not measured."""

    def cell(slide: Slide) -> str:
        found = rows.get(slide.name, {}).get(part, {"problem": "not measured"})
        return "-" if "problem" in found else text(found)

    return cell


def _amount(rows: Rows, part: str, key: str) -> Cell:
    return _of(rows, part, lambda found: f"{found[key]:,}")


def _memory(rows: Rows, part: str, key: str) -> Cell:
    return _of(rows, part, lambda found: figure(Fraction(found[key], 8000)))


def _said(what: str) -> Cell:
    return lambda slide: "" if getattr(slide, what) is None else str(getattr(slide, what))


def _of_reference(rows: Rows, what: str) -> Cell:
    def cell(slide: Slide) -> str:
        if slide.group != "family":
            return ""
        found = relative(rows, slide.name, what)
        return "-" if found is None else str(found)

    return cell


def _accuracies(rows: Rows) -> dict[str, Cell]:
    return {
        "Here, %": _of(rows, "trained", lambda r: f"{100 * r['correct'] / r['images']:.2f}"),
        "Golden model": _of(rows, "evaluated", lambda r: f"{r['correct']:,} of {r['images']:,}"),
        "In the best five, %": _of(
            rows, "evaluated", lambda r: f"{100 * r['among_five'] / r['images']:.2f}"
        ),
        "Of training, %": _of(rows, "trained", lambda r: f"{100 * r['accuracy_train']:.1f}"),
        "Epochs": _of(rows, "trained", lambda r: f"{r['epochs']:.0f}"),
    }


def _width_columns(rows: Rows) -> dict[str, Cell]:
    return {
        "Network": lambda slide: slide.name,
        "Channels": lambda slide: " ".join(map(str, slide.channels)),
        "Talk, %": _said("accuracy"),
        **_accuracies(rows),
    }


def _family_columns(rows: Rows) -> dict[str, Cell]:
    def share(slide: Slide) -> str:
        one, whole = accuracy(rows, slide.name), accuracy(rows, REFERENCE)
        return "-" if one is None or whole is None else f"{100 * one / whole:.1f}"

    return {
        "Network": lambda slide: slide.name,
        "Talk, % of F-6": _said("accuracy"),
        "Here, % of F-6": share,
        **_accuracies(rows),
    }


def _memory_columns(rows: Rows) -> dict[str, Cell]:
    return {
        "Network": lambda slide: slide.name,
        "Computation, talk": _said("computation"),
        "Computation, here": _of_reference(rows, "computation"),
        "Memory, talk": _said("memory"),
        "Memory, here": _of_reference(rows, "memory"),
        "Input + output, KB": _memory(rows, "stored", "pair_bits"),
        "Weights, KB": _memory(rows, "stored", "weight_bits"),
        "Built: buffers, KB": _memory(rows, "planned", "buffer_bits"),
        "Built: weights, KB": _memory(rows, "planned", "weight_bits"),
        "Outside, KB": _memory(rows, "planned", "outside_bits"),
    }


def _plan_columns(rows: Rows) -> dict[str, Cell]:
    return {
        "Network": lambda slide: slide.name,
        "Cycles a frame": _amount(rows, "planned", "interval_cycles"),
        "Latency, cycles": _amount(rows, "planned", "latency_cycles"),
        "Logic cells, estimated": _amount(rows, "planned", "logic_cells"),
        "Block RAM": _amount(rows, "planned", "ebr"),
        "DSP": _amount(rows, "planned", "dsp"),
        "Weights from outside": _of(rows, "planned", lambda r: ", ".join(r["outside"]) or "none"),
    }


def _problems(rows: Rows) -> str:
    lines = [
        f"* {name}: {row['planned']['problem']}"
        for name, row in rows.items()
        if "problem" in row.get("planned", {})
    ]
    return "\n".join(["What does not fit, and what is short:", "", *lines, ""]) if lines else ""


def _claims(rows: Rows) -> Iterator[str]:
    for claim in CLAIMS:
        judged = claim.rule.judge(rows)
        lines = [f"**{claim.text}** *{judged.verdict.capitalize()}.*", ""]
        lines += [f"* {figures}" for figures in judged.figures]
        if reason := claim.reasons.get(judged.verdict):
            lines += ["", reason]
        yield "\n".join([*lines, ""])


def _table(columns: Mapping[str, Cell], slides: Iterable[Slide]) -> str:
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[cell(slide) for cell in columns.values()] for slide in slides]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in lines), ""])
