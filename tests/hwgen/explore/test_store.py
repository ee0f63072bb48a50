"""The file that results are kept in."""

import re
import sqlite3
from dataclasses import replace

import pytest

from hwgen.errors import ModelError
from hwgen.explore.row import Row
from hwgen.explore.store import FORMAT, Store

ROW = Row(
    key="k", digest="d", network="net", device="up5k", clock_mhz=24.0, asked_fps=None, bits="-",
    storage="auto", products="auto", wide_bits=16, interval_cycles=5, frames_per_second=2.5,
    folding="{}", seconds=0.5,
)  # fmt: skip


def test_rows_come_back_as_they_were_in_the_order_that_they_came_in(tmp_path):
    others = [replace(ROW, key=key, logic_cells=n) for n, key in enumerate("zya")]
    with Store(tmp_path / "s.db") as store:
        for row in others:
            store.add(row)
        store.add(replace(others[0], fmax_mhz=50.0))
    with Store(tmp_path / "s.db") as store:
        assert store.rows() == [replace(others[0], fmax_mhz=50.0), *others[1:]]


def test_placements_are_kept_by_seed_and_those_that_failed_have_no_clock(tmp_path):
    with Store(tmp_path / "s.db") as store:
        store.add_placement("k", 1, 40.5, None)
        store.add_placement("k", 2, None, "cannot be placed")
        assert store.placed_seeds("k") == {1, 2}
        assert store.clocks("k") == [40.5]
        assert store.placed_seeds("other") == set()


@pytest.mark.parametrize("other", ["hwgen-store/2", "hwgen-store/9"])
def test_a_store_of_another_version_is_refused_and_stays_as_it_was(tmp_path, other):
    path = tmp_path / "s.db"
    Store(path).__exit__(None, None, None)
    file = sqlite3.connect(path)
    file.execute(f"UPDATE meta SET value = '{other}'")
    file.commit()
    file.close()
    before = path.read_bytes()
    message = f"{path}: is a store of another version ({other}, not {FORMAT}); give another"
    with pytest.raises(ModelError, match=f"^{re.escape(message)} file$"):
        Store(path)
    assert path.read_bytes() == before


def test_what_is_no_store_is_refused(tmp_path):
    path = tmp_path / "text.db"
    path.write_text("a text that is long enough to be looked at as a database" * 20)
    with pytest.raises(
        ModelError, match=f"^{re.escape(str(path))}: is no store of `hwgen explore`"
    ):
        Store(path)
    other = tmp_path / "other.db"
    file = sqlite3.connect(other)
    file.execute("CREATE TABLE mine (x)")
    file.close()
    with pytest.raises(ModelError, match=r": is a database, but no store of `hwgen explore`$"):
        Store(other)
    with pytest.raises(ModelError, match=r": cannot be written: there is no folder "):
        Store(tmp_path / "absent" / "s.db")
    with pytest.raises(ModelError, match=r": unable to open database file$"):
        Store(tmp_path)
