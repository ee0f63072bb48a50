"""Objects kept between benches: cocotb's main function only for models of the same ports."""

from pathlib import Path

import pytest

from sim.benches import object_cache
from sim.benches.object_cache import restore_objects, save_objects

RUNTIME = ["verilated.o", "verilated_vpi.o", "verilated_threads.o", "verilated_dpi.o"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(object_cache, "_folder", lambda: folder)
    return folder


def build(folder: Path, ports: str, objects: str = "") -> Path:
    """A build folder as Verilator leaves it, or with objects as the compiler does."""
    folder.mkdir()
    (folder / "Vtop.h").write_text(f"class Vtop {{ {ports} }};")
    for name in [*RUNTIME, "verilator.o"] if objects else ():
        (folder / name).write_text(objects)
    return folder


def test_main_is_kept_for_models_of_the_same_ports_alone(tmp_path):
    assert restore_objects(build(tmp_path / "none", "clk")) == []
    save_objects(build(tmp_path / "first", "clk", "first"))
    same, other = build(tmp_path / "same", "clk"), build(tmp_path / "other", "clk weights")
    assert restore_objects(same) == [*RUNTIME, "verilator.o"]
    assert (same / "verilator.o").read_text() == "first"
    assert restore_objects(other) == RUNTIME
    assert not (other / "verilator.o").exists()
    (other / "verilator.o").write_text("other")
    save_objects(other)
    again = build(tmp_path / "again", "clk weights", "of before")
    assert restore_objects(again) == [*RUNTIME, "verilator.o"]
    assert {name: (again / name).read_text() for name in RUNTIME} == dict.fromkeys(RUNTIME, "first")
    assert (again / "verilator.o").read_text() == "other"


def test_what_an_earlier_build_left_is_not_taken_for_kept(tmp_path):
    save_objects(build(tmp_path / "first", "clk", "first"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "verilator.o").write_text("of before")
    (tmp_path / "other" / "Vtop.h").write_text("class Vtop { clk weights };")
    assert restore_objects(tmp_path / "other") == RUNTIME


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, cache):
    cache.write_text("a file")
    save_objects(build(tmp_path / "first", "clk", "first"))
    assert restore_objects(build(tmp_path / "second", "clk")) == []
