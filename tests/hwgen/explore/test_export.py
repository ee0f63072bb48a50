"""Rows as files for other programs."""

import csv
import json

import pytest

from hwgen.errors import ModelError
from hwgen.explore.export import check_export, export
from hwgen.explore.row import COLUMNS, Row

ROWS = [
    Row(key=key, digest="d", network="net, 1", device="up5k", clock_mhz=24.0, asked_fps=fps,
        bits="-", wide_bits=16, storage="auto", products="auto", logic_cells=cells)
    for key, fps, cells in (("a", None, 5), ("b", 30.0, None))
]  # fmt: skip


def test_csv_and_json_have_all_columns_and_nothing_where_nothing_is_known(tmp_path):
    export(tmp_path / "r.csv", ROWS)
    with (tmp_path / "r.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == list(COLUMNS)
    assert [(r["network"], r["asked_fps"], r["logic_cells"]) for r in found] == [
        ("net, 1", "", "5"), ("net, 1", "30.0", ""),
    ]  # fmt: skip
    export(tmp_path / "r.json", ROWS)
    assert [Row(**row) for row in json.loads((tmp_path / "r.json").read_text())] == ROWS


def test_parquet_gives_the_same_rows(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    export(tmp_path / "r.parquet", ROWS)
    found = parquet.read_table(tmp_path / "r.parquet").to_pylist()
    assert [Row(**row) for row in found] == ROWS


def test_a_kind_of_file_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"r\.xls: results are exported as \.csv, \.json, \.parq"):
        check_export(tmp_path / "r.xls")
    assert not list(tmp_path.iterdir())
