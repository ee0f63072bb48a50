"""Rules of the house that no linter knows."""

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from hwgen.version import VERSION

ROOT = Path(__file__).parents[1]
FOLDERS = (".ci", "benchmarks", "docs", "examples", "hwgen", "models", "sim", "tests")
TEXT = {"", ".json", ".md", ".py", ".toml", ".v"}
MAX_LINES = 350
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def files() -> Iterator[Path]:
    """Text that is written by hand: not what git ignores, and without asking git."""
    yield from (p for p in sorted(ROOT.iterdir()) if p.is_file() and p.suffix in TEXT)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
                yield path


def long_files(paths: list[Path]) -> dict[str, int]:
    """Python files of more than MAX_LINES lines."""
    lengths = {str(p): len(p.read_text(encoding="utf-8").splitlines()) for p in paths}
    return {name: lines for name, lines in lengths.items() if lines > MAX_LINES}


def machine_paths(text: str) -> list[str]:
    """Absolute paths that exist on somebody's machine only."""
    return re.findall(r"(?<![\w.:/}])/(?:home|mnt|root|tmp|Users|work)/[\w.-]+", text)


def unexplained(pyproject: str) -> list[str]:
    """Dependencies that have no line of their own with the reason behind them."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"].values()
    names = [*project["dependencies"], *chain.from_iterable(extras)]
    explained = set(re.findall(r'^ +"([^"]+)",? +# \S', pyproject, re.MULTILINE))
    # The project's own extras say themselves what they are.
    return [n for n in names if n not in explained and not n.startswith(f"{project['name']}[")]


def test_python_files_stay_short():
    assert long_files([p for p in files() if p.suffix == ".py"]) == {}


def test_a_long_file_would_be_found(tmp_path: Path):
    path = tmp_path / "long.py"
    path.write_text("x = 1\n" * (MAX_LINES + 1))
    assert long_files([path]) == {str(path): MAX_LINES + 1}


@pytest.mark.parametrize("name", ["CHANGELOG.md", "README.md"])
def test_documents_name_the_present_version(name: str):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.search(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.]*\d)", text)


def test_each_dependency_has_its_reason():
    assert unexplained(PYPROJECT) == []


def test_a_dependency_without_a_reason_would_be_found():
    text = PYPROJECT.replace("dependencies = [", 'dependencies = ["requests",', 1)
    assert unexplained(text) == ["requests"]


def test_no_file_names_a_path_of_one_machine():
    found = {
        str(path.relative_to(ROOT)): paths
        for path in files()
        if (paths := machine_paths(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_path_of_one_machine_would_be_found():
    path = "/".join(["", "home", "somebody", "x.py"])
    assert machine_paths(f"open({path!r})") == ["/".join(["", "home", "somebody"])]
    assert machine_paths("https://example.org/home/x and ./tmp/x and a/work/b") == []


def test_links_between_documents_lead_somewhere():
    documents = [p for p in files() if p.suffix == ".md"]
    missing = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in documents
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert missing == []
