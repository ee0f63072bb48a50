"""Plain files: what is opened, how much of it, and that nothing else in the product opens any."""

import ast
import os
import warnings
from pathlib import Path

import pytest

from hwgen.errors import ModelError
from hwgen.readers.files import is_file, is_folder, read_bytes, read_text, refusing

ROOT = Path(__file__).parents[3]

OPENING = {
    "open", "read_text", "read_bytes", "load", "loads", "fromfile", "ZipFile", "decompress",
    "GzipFile", "load_model_from_string", "memmap",
}  # fmt: skip
OWN = {
    "hwgen/boards/board_file.py": "the schema, a file of the package",
    "hwgen/model/schema.py": "the schema, a file of the package",
    "hwgen/families/ecp5/family.py": "models of cells, files of the package",
    "hwgen/families/ice40/pads.py": "models of cells, a file of the package",
    "hwgen/estimates/estimate.py": "the calibration, a file of the package",
    "hwgen/power/fit.py": "the measurements, a file of the package",
    "hwgen/kept_results.py": "its own code, files of the package",
    "hwgen/jobs/report.py": "a picture that it has just drawn",
    "hwgen/report/page/build_page.py": "templates and style, files of the package",
    "hwgen/synth/floorplan.py": "a report of a tool, as text",
    "hwgen/jobs/synthesise.py": "the facts that it has just made",
    "hwgen/plan/layout.py": "no file: a stream that is opened",
    "hwgen/plan/build.py": "no file: a stream that is opened",
    "hwgen/search/paths.py": "no file: a stream that is opened",
    "hwgen/synth/netlist.py": "a line of a file that was read",
    "hwgen/synth/board_flow.py": "what tools wrote into a folder of their own",
    "hwgen/synth/synthesis_flow.py": "what tools wrote into a folder of their own",
    "hwgen/synth/processes.py": "logs, written",
    "hwgen/synth/reports.py": "a report of a tool, as text",
    "sim/benches/activity_bench.py": "what tools wrote into a folder of its own",
    "sim/benches/drive.py": "what the bench wrote into a folder of its own",
    "sim/benches/cocotb_bench.py": "what the bench wrote into a folder of its own",
    "sim/benches/object_cache.py": "what tools wrote into a folder of the bench",
    "sim/benches/cxxrtl_bench.py": "what the bench wrote into a folder of its own",
    "sim/parts/sdram.py": "the model, a file of the package",
    "sim/compiled.py": "code of the package, which it compiles",
    "sim/parts/spi_flash.py": "a model in Verilog, a file of the package",
    "sim/vcd.py": "written",
}  # fmt: skip


def opening(root: Path) -> set[str]:
    """Files of the product, but for the readers, that call anything that opens or decodes files."""
    found = set()
    for path in sorted(p for package in ("hwgen", "sim") for p in (root / package).rglob("*.py")):
        where = path.relative_to(root).as_posix()
        if where.startswith("hwgen/readers/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func
                # Plain names are those of readers, and `open`.
                called = name.attr if isinstance(name, ast.Attribute) else ast.unparse(name)
                plain = isinstance(name, ast.Name) and called != "open"
                if called in OPENING and not plain and ast.unparse(name) != "PlacedDesign.load":
                    found.add(where)
    return found


def test_files_of_others_are_opened_by_readers_alone():
    assert opening(ROOT) == set(OWN)


def test_another_file_that_is_opened_would_be_found(tmp_path: Path):
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "x.py").write_text("import numpy as np\nnp.load('x')\n")
    assert opening(tmp_path) == {"sim/x.py"}


def refuse(path: Path, message: str, limit: int = 10) -> None:
    with pytest.raises(ModelError, match=f"^{message}$"):
        read_bytes(path, limit)


def test_a_plain_file_and_a_link_to_one_are_read(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    assert read_bytes(path, 10) == b"0123456789"
    (tmp_path / "link").symlink_to(path)
    assert read_bytes(tmp_path / "link", 10) == b"0123456789"


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path):
    path = tmp_path / "x"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    refuse(path, "has 1,099,511,627,776 bytes, but at most 10 are read")


@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "/dev/null"])
def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path, name: str):
    os.mkfifo(tmp_path / "pipe")
    refuse(tmp_path / name, "cannot be read: must be a plain file, not a pipe or a device")


def test_what_cannot_be_opened_is_one_sentence(tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    refuse(tmp_path, "cannot be read: Is a directory")
    refuse(tmp_path / "none", "cannot be read: No such file or directory")
    refuse(tmp_path / ("x" * 300), "cannot be read: File name too long")
    refuse(tmp_path / "loop", "cannot be read: .*")
    refuse(Path("a\0b"), "cannot be read: embedded null byte")
    for odd in (tmp_path / ("x" * 300), tmp_path / "loop", Path("a\0b")):
        assert not is_file(odd)
        assert not is_folder(odd)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_a_file_that_says_it_is_empty_is_held_to_the_limit():
    refuse(Path("/proc/self/maps"), "has more than the 10 bytes that are read")


def test_text_is_utf_8(tmp_path: Path):
    (tmp_path / "x").write_bytes("é".encode() + b"\xff")
    with pytest.raises(ModelError, match=r"^is not UTF-8 text: invalid start byte at byte 2$"):
        read_text(tmp_path / "x", 10)


def test_failures_and_warnings_of_a_library_become_the_sentence():
    with refusing("is damaged"):
        warnings.warn("not seen", stacklevel=1)
    with pytest.raises(ModelError, match=r"^is damaged$"), refusing("is damaged"):
        raise IndexError
    with pytest.raises(ModelError, match=r"^is known$"), refusing("is damaged"):
        raise ModelError("is known")
    with pytest.raises(MemoryError), refusing("is damaged"):
        raise MemoryError
