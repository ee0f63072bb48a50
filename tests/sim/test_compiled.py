"""Compiled inner loops: made once, kept, and done without where there is no compiler."""

from pathlib import Path

import pytest

from sim.compiled import load_library

CODE = 'extern "C" int seven() { return 7; }\n'


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "seven.cpp"
    path.write_text(CODE)
    return path


def kept(tmp_path: Path) -> list[str]:
    return [p.name for p in (tmp_path / "cache" / "hwgen").iterdir()]


def test_without_a_compiler_there_is_no_library(source, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert load_library(source) is None


def test_code_that_does_not_compile_gives_no_library(source):
    source.write_text("nonsense")
    assert load_library(source) is None


def test_a_library_that_is_kept_is_not_compiled_again(source, tmp_path, monkeypatch):
    library = load_library(source)
    if library is None:
        pytest.skip("needs g++")
    assert library.seven() == 7
    (name,) = kept(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert load_library(source) is not None
    assert kept(tmp_path) == [name]


def test_other_code_is_compiled_anew(source, tmp_path):
    if load_library(source) is None:
        pytest.skip("needs g++")
    source.write_text(CODE.replace("7", "8"))
    library = load_library(source)
    assert library is not None
    assert library.seven() == 8
    assert len(kept(tmp_path)) == 2
