"""Tables of a network as text for a terminal, and as Markdown."""

from collections.abc import Sequence
from fractions import Fraction

from rich.table import Table

from hwgen.model import BatchNorm
from hwgen.report.amounts import bytes_text, traffic_lines
from hwgen.report.layer_tables import WIDTHS, Line, NetworkTable, round_half_up

__all__ = ["count_table", "figure", "markdown", "memory_table", "table_lines"]

COUNTS = ("layer", "M MAC", "K act", *(f"{w}b" for w in WIDTHS),
          "K wgt", *(f"{w}b" for w in WIDTHS))  # fmt: skip
MEMORY = ("layer", "act bits", "act", "wgt bits", "wgt", "buffers", "weights", "cycles")


def count_table(table: NetworkTable) -> Table:
    """The talk's table; memory in KB."""
    return _table(COUNTS, [_counts(table, line) for line in (*table.lines, table.total)])


def memory_table(table: NetworkTable) -> Table:
    """Memory in KB as described and, on the right, as built here."""
    # What batch normalisations become is not known without a plan, and little with one.
    lines = [line for line in table.lines if line.kind != BatchNorm.kind]
    return _table(MEMORY, [_memory(table, line) for line in (*lines, table.total)])


def table_lines(table: NetworkTable) -> list[str]:
    """What stands below the tables."""
    pairs = ", ".join(figure(table.kb(table.pair_bits[width])) for width in WIDTHS)
    lines = [
        f"largest layer, in + out: {pairs} KB at 16, 8, 1 bit; "
        f"{figure(table.kb(table.described_pair_bits))} as described"
    ]
    lines.append(f"all through DRAM in 16 bits: {bytes_text(table.dram_bytes)} a frame")
    if table.traffic is not None:
        lines += traffic_lines(table.traffic)
    if table.problem is not None:
        lines.append(f"not built by this version: {table.problem}")
    return lines


def markdown(table: NetworkTable) -> str:
    """Both tables in one, in Markdown."""
    header = [*COUNTS, *MEMORY[1:]]
    lines = [header, ["---"] + ["---:"] * (len(header) - 1)]
    for line in (*table.lines, table.total):
        lines.append([*_counts(table, line), *_memory(table, line)[1:]])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def figure(value: Fraction) -> str:
    """Number for a reader: whole from 10 on, with up to two decimals below."""
    if value >= 10:
        return f"{int(round_half_up(value)):,}"
    text = f"{float(round_half_up(value, 2)):.2f}"
    return text.rstrip("0").rstrip(".")


def _counts(table: NetworkTable, line: Line) -> list[str]:
    activations, weights = line.activations, line.weights
    return [
        line.name,
        figure(Fraction(line.macs, 10**6)) if line.macs else "",
        figure(Fraction(activations, 1000)) if activations else "",
        *(figure(table.kb(line.activation_bits[w])) if activations else "" for w in WIDTHS),
        figure(Fraction(weights, 1000)) if weights else "",
        *(figure(table.kb(line.weight_bits[w])) if weights else "" for w in WIDTHS),
    ]


def _memory(table: NetworkTable, line: Line) -> list[str]:
    activation, weight = line.widths
    built = line.built

    def memory(bits: int | None) -> str:
        return figure(table.kb(bits)) if bits else ""

    return [
        line.name,
        str(activation or ""),
        memory(line.described_activation_bits),
        str(weight or ""),
        memory(line.described_weight_bits),
        memory(built.buffer_bits) if built else "-",
        memory(built.weight_bits) if built else "-",
        (f"{built.cycles:,}" if built.cycles else "") if built else "-",
    ]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for index, column in enumerate(header):
        table.add_column(column, justify="right" if index else "left", no_wrap=True)
    for cells in rows:
        table.add_row(*cells)
    return table
