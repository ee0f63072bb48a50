"""Networks on parts: the table, what is measured next, and where figures go; no tool is run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import devices
from benchmarks.device_tables import PEERS, efficiency, peers_markdown, placed_markdown
from benchmarks.devices import RESULTS, chosen, measure_into, merged
from benchmarks.placed_designs import NETWORKS, PLACED, Asked, asked_of
from hwgen.errors import ModelError, ToolError

DEVICES = (Path(__file__).parents[2] / "docs" / "devices.md").read_text(encoding="utf-8")
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
MEASURED = json.loads(RESULTS.read_text())["rows"]

FIRST, SECOND, THIRD = PLACED[:3]


def row(asked: Asked, **figures: Any) -> dict[str, Any]:
    return asked_of(asked) | figures


def names(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(r["network"], r["device"]) for r in rows]


def test_the_table_has_clock_rate_and_efficiency():
    fits = row(
        Asked("face", "up5k", 33_000), interval_cycles=32_768, binary_macs=14_000_000, lut4=4_000,
        logic_cells=4_500, ebr=25, spram=3, fmax_hz=37_456_789,
    )  # fmt: skip
    unrouted = row(
        Asked("LFC", "ecp5-85", 1_024, 80.5), interval_cycles=1_024, binary_macs=1_024_000,
        lut4=5_000, logic_cells=6_000, ebr=168, spram=0, fmax_hz=None,
    )  # fmt: skip
    assert placed_markdown([fits, unrouted]).splitlines() == [
        "| Network | Device | Cycles a frame | LUT4 | Logic cells | Block RAM "
        "| Fmax, MHz (asked for) | Frames/s at Fmax | Binary MACs / LUT4 / cycle |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| face | up5k | 32,768 | 4,000 | 4,500 | 25 + 3 SPRAM | 37.5 (24) | 1,143 | 0.107 |",
        "| LFC | ecp5-85 | 1,024 | 5,000 | 6,000 | 168 | none (80.5) | none | 0.200 |",
    ]


def test_peers_are_printed_with_their_sources():
    lines = peers_markdown().splitlines()
    assert len(lines) == 2 + len(PEERS)
    assert lines[3] == (
        "| FINN LFC-max | ZC706 | 1.561 M frames/s, 82,988 LUT6, 396 BRAM | 0.274 "
        "| FINN, FPGA 2017 |"
    )
    assert all(peer.source for peer in PEERS)


def test_rows_name_networks_and_no_two_are_the_same():
    assert {asked.network for asked in PLACED} == set(NETWORKS)
    assert len({(asked.network, asked.device) for asked in PLACED}) == len(PLACED)


def test_a_row_replaces_that_of_its_network_and_device_and_goes_in_its_place():
    rows = [row(THIRD, lut4=1), row(FIRST, lut4=2)]
    rows = merged(rows, row(SECOND, lut4=3))
    assert rows == [row(FIRST, lut4=2), row(SECOND, lut4=3), row(THIRD, lut4=1)]
    assert merged(rows, row(THIRD, lut4=4)) == [*rows[:2], row(THIRD, lut4=4)]


def test_what_is_missing_is_what_has_no_figures_for_what_is_asked_today():
    assert chosen([], None, missing=True) == list(PLACED)
    assert chosen([row(FIRST)], None, missing=False) == list(PLACED)
    assert chosen([row(FIRST)], None, missing=True) == list(PLACED[1:])
    other_seed = row(replace(FIRST, seed=99))
    assert chosen([other_seed], None, missing=True) == list(PLACED)


def test_one_row_alone_is_chosen_by_name():
    assert chosen([], (SECOND.network, SECOND.device), missing=False) == [SECOND]
    assert chosen([row(SECOND)], (SECOND.network, SECOND.device), missing=True) == []
    with pytest.raises(ModelError, match=r"^--only must be one of .*face up5k.*, not face hx1k$"):
        chosen([], ("face", "hx1k"), missing=False)


def test_figures_measured_before_an_interruption_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(devices, "network_file", lambda asked: tmp_path)
    path = tmp_path / "devices.json"

    def measure(asked: Asked, file: Path) -> dict[str, Any]:
        if asked == THIRD:
            raise ToolError("yosys failed")
        return row(asked, lut4=7)

    with pytest.raises(ToolError, match="yosys failed"):
        measure_into(path, PLACED[:3], measure)
    rows = json.loads(path.read_text())["rows"]
    assert rows == [row(FIRST, lut4=7), row(SECOND, lut4=7)]
    assert chosen(rows, None, missing=True) == list(PLACED[2:])


def test_a_network_that_is_absent_is_left_out_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(NETWORKS, FIRST.network, tmp_path / "absent.npz")
    path = tmp_path / "devices.json"
    measure_into(path, [FIRST], lambda asked, file: pytest.fail("measured"))
    assert not path.exists()
    expected = f"{FIRST.network} {FIRST.device}: left out, its file is not there\n"
    assert capsys.readouterr().out == expected


def test_what_is_stored_is_what_is_asked_for_and_what_the_readme_shows():
    assert [{key: r[key] for key in asked_of(FIRST)} for r in MEASURED] == [
        asked_of(asked) for asked in PLACED if (asked.network, asked.device) in names(MEASURED)
    ]
    assert placed_markdown(MEASURED) in README
    assert placed_markdown(MEASURED) in DEVICES
    assert peers_markdown() in DEVICES


def test_large_networks_reach_the_efficiency_promised():
    found = {(r["network"], r["device"]): efficiency(r) for r in MEASURED}
    assert found["CNV", "ecp5-85"] >= 0.14
    assert found["LFC", "ecp5-85"] >= 0.20
