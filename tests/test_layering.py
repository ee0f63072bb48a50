"""Who may import whom in hwgen/ and sim/; docs/architecture.md prints the same table."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from layering_table import EVERYTHING, TABLE

ROOT = Path(__file__).parents[1]
PACKAGES = ("hwgen", "sim")
# Nobody imports these but the part named.
ENTRIES = {
    "hwgen.cli": "hwgen.__main__",
    "hwgen.commands": "hwgen.cli",
    "sim.cli": "sim.__main__",
}
# What Python users import; it names the main jobs, and imports none before it is asked for.
FRONT = "hwgen"

# The golden model must not see what the passes made of the description.
PRIVATE = {
    "hwgen.network": (
        "sim.coverage",
        "sim.golden",
        "sim.stage_values",
        "sim.stimulus",
        "sim.transfer_values",
    )
}

# Annotations of an Amaranth component are read when its class is made.
NO_FUTURE_ANNOTATIONS = "hwgen.rtl"


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def part_of(module: str) -> str | None:
    return next((part for part in TABLE if within(module, part)), None)


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, module: str, modules: set[str]) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, wherever in the file it is."""
    package = module if module not in modules else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            for name in node.names:
                full = f"{base}.{name.name}"
                yield node.lineno, full if full in modules else base


def violations(root: Path) -> list[str]:
    """All that breaks the table in the packages under ``root``, a sentence each."""
    paths = sorted(p for package in PACKAGES for p in (root / package).rglob("*.py"))
    names = {path: module_name(path, root) for path in paths}
    modules = set(names.values()) | {n.rpartition(".")[0] for n in names.values()}
    found = []
    for path, module in names.items():
        if module == FRONT:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        where = path.relative_to(root)
        if module not in PACKAGES and part_of(module) is None:
            found.append(f"{where}: has no row in the table of tests/test_layering.py")
            continue
        # What `from . import x` counts from: the folder itself for an __init__.py.
        leaves = modules - {module} if path.name == "__init__.py" else modules
        for line, target in imports(tree, module, leaves):
            if (why := refusal(module, target)) is not None:
                found.append(f"{where}:{line}: {module} {why}")
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(n.name == "*" for n in node.names):
                found.append(f"{where}:{node.lineno}: star import")
            if (
                isinstance(node, ast.ImportFrom)
                and node.module == "__future__"
                and within(module, NO_FUTURE_ANNOTATIONS)
            ):
                found.append(f"{where}:{node.lineno}: `from __future__` in {NO_FUTURE_ANNOTATIONS}")
    return found


def refusal(module: str, target: str) -> str | None:
    """Why ``module`` may not import ``target``; None where it may."""
    part = part_of(module)
    parts, packages = TABLE[part] if part else ((), ())
    package = target.split(".")[0]
    if package not in PACKAGES:
        if package in sys.stdlib_module_names or package in packages:
            return None
        return f"may not use the package {package}"
    other = part_of(target)
    if other == part and other is not None:
        return None
    if other in ENTRIES and ENTRIES[other] != part:
        return f"imports {other}, which only {ENTRIES[other]} may"
    if any(within(target, name) and part in readers for name, readers in PRIVATE.items()):
        return f"may not import {target}"
    # A bare package is empty: `from sim import golden` is counted as sim.golden.
    if EVERYTHING in parts or other in parts:
        return None
    return f"may not import {other or target}"


def row(part: str) -> str:
    """Row of the table in docs/architecture.md."""
    parts, packages = TABLE[part]
    mine = [name if name == EVERYTHING else f"`{name}`" for name in parts]
    return f"| `{part}` | {', '.join(mine) or 'nothing'} | {', '.join(packages)} |".replace(
        "  |", " |"
    )


def plant(root: Path, file: str, text: str) -> list[str]:
    """Violations of a tree in which every part is an empty module but for one planted file."""
    for part in TABLE:
        folder = root.joinpath(*part.split(".")[:-1])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{part.rpartition('.')[2]}.py").write_text("")
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return violations(root)


def test_every_import_is_in_the_table():
    assert violations(ROOT) == []


def test_the_table_names_parts_that_exist():
    for part in TABLE:
        path = ROOT.joinpath(*part.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file(), part
    known = {*TABLE, EVERYTHING}
    assert {name for parts, _ in TABLE.values() for name in parts} <= known


def test_the_document_prints_the_same_table():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    printed = [line for line in page.splitlines() if line.startswith(("| `hwgen", "| `sim"))]
    assert printed == [row(part) for part in TABLE]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("hwgen/rtl/x.py", "from hwgen.model import load_model\n",
         "hwgen/rtl/x.py:1: hwgen.rtl.x may not import hwgen.model"),
        ("hwgen/rtl/x.py", "def f():\n    import hwgen.plan.units\n",
         "hwgen/rtl/x.py:2: hwgen.rtl.x may not import hwgen.plan"),
        ("hwgen/rtl/x.py", "from ..plan import units\n",
         "hwgen/rtl/x.py:1: hwgen.rtl.x may not import hwgen.plan"),
        ("hwgen/rtl/__init__.py", "from ..plan import units\n",
         "hwgen/rtl/__init__.py:1: hwgen.rtl may not import hwgen.plan"),
        ("hwgen/rtl/x.py", "from __future__ import annotations\n",
         "hwgen/rtl/x.py:1: `from __future__` in hwgen.rtl"),
        ("hwgen/sizes/x.py", "from amaranth.hdl import Module\n",
         "hwgen/sizes/x.py:1: hwgen.sizes.x may not use the package amaranth"),
        ("hwgen/rtl/x.py", "from hwgen.network import Matrix\n",
         "hwgen/rtl/x.py:1: hwgen.rtl.x may not import hwgen.network"),
        ("hwgen/plan/x.py", "from hwgen.estimates.estimate import estimate_unit\n",
         "hwgen/plan/x.py:1: hwgen.plan.x may not import hwgen.estimates"),
        ("hwgen/plan/x.py", "from amaranth.hdl import Module\n",
         "hwgen/plan/x.py:1: hwgen.plan.x may not use the package amaranth"),
        ("hwgen/plan/x.py", "from os.path import *\n", "hwgen/plan/x.py:1: star import"),
        ("hwgen/report/x.py", "from hwgen.cli import main\n",
         "hwgen/report/x.py:1: hwgen.report.x imports hwgen.cli, which only hwgen.__main__ may"),
        ("sim/cli.py", "from hwgen import cli\n",
         "sim/cli.py:1: sim.cli imports hwgen.cli, which only hwgen.__main__ may"),
        ("sim/golden/x.py", "from hwgen.passes import lower_network\n",
         "sim/golden/x.py:1: sim.golden.x may not import hwgen.passes"),
        ("sim/golden/x.py", "from hwgen.network import Matrix\n",
         "sim/golden/x.py:1: sim.golden.x may not import hwgen.network"),
        ("sim/schedule.py", "from hwgen.rtl.pack import Pack\n",
         "sim/schedule.py:1: sim.schedule may not import hwgen.rtl"),
        ("sim/cycle.py", "import hwgen.rtl\n",
         "sim/cycle.py:1: sim.cycle may not import hwgen.rtl"),
        ("sim/x.py", "", "sim/x.py: has no row in the table of tests/test_layering.py"),
    ],
)  # fmt: skip
def test_a_planted_violation_is_found(tmp_path: Path, file: str, text: str, expected: str):
    assert plant(tmp_path, file, text) == [expected]


def test_a_tree_without_violations_passes(tmp_path: Path):
    text = "import json\nfrom hwgen.errors import HwgenError\nfrom hwgen import plan\n"
    assert plant(tmp_path, "sim/cycle.py", text) == []
