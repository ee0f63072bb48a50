"""docs/description.md: its examples run, and its tables agree with the schema."""

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import (
    Affine,
    BatchNorm,
    Builder,
    Conv2d,
    Padding,
    infer_shapes,
    load_model,
    schema_path,
)
from hwgen.model.kinds.conv2d import MAX_KERNEL
from hwgen.model.kinds.pairs import MAX_STEP
from hwgen.model.kinds.shape import MAX_ELEMENTS
from hwgen.model.weights import MAX_WEIGHTS, read_weights
from hwgen.passes import lower_network
from hwgen.readers.json_object import MAX_FILE_BYTES
from sim.golden.derive import padding_levels, picture_form

PAGE = (Path(__file__).parents[3] / "docs" / "description.md").read_text(encoding="utf-8")
SCHEMA = json.loads(schema_path().read_text(encoding="utf-8"))
COMMON = {"kind", "name", "inputs"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def section(heading: str) -> str:
    """Text from a heading up to the next one of the same or a higher level."""
    level = len(heading) - len(heading.lstrip("#"))
    _, _, rest = PAGE.partition(f"\n{heading}\n")
    assert rest, heading
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def keys(text: str) -> set[str]:
    """Names in the first column of the tables headed "Key"."""
    found: set[str] = set()
    within = False
    for line in text.splitlines():
        if not line.startswith("|"):
            within = False
        elif line.startswith("| Key"):
            within = True
        elif within:
            found |= set(re.findall(r"`(\w+)`", line.split("|")[1]))
    return found


def test_the_hand_written_network_loads(tmp_path: Path):
    (text,) = blocks("json")
    path = tmp_path / "corners.json"
    path.write_text(text)
    model = load_model(path)
    assert infer_shapes(model) == {
        "input": (4, 4, 1),
        "edges": (2, 2, 2),
        "norm": (2, 2, 2),
        "sign_1": (2, 2, 2),
        "flatten_1": (1, 1, 8),
        "scores": (1, 1, 2),
    }
    conv, norm = model.layers[:2]
    assert isinstance(conv, Conv2d)
    assert isinstance(norm, BatchNorm)
    assert conv.padding == Padding("valid")
    assert conv.weights[1, :, :, 0].tolist() == [[-1, 1, 1]] * 3
    assert norm.beta.tolist() == [0.125, 0.125]


def test_the_python_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    build, pack = blocks("python")
    exec(compile(build, "description.md", "exec"), {})
    assert load_model("tiny.json").provenance["seed"] == 1

    names: dict[str, Any] = {}
    exec(compile(pack, "description.md", "exec"), names)
    read = read_weights(names["packed"], (16, 3, 3, 3), tmp_path)
    assert np.array_equal(read, names["weights"])
    assert len(pack.strip().splitlines()) <= 6


@pytest.mark.parametrize(
    "kind",
    [
        "conv2d",
        "depthwise_conv2d",
        "dense",
        "batch_norm",
        "sign",
        "max_pool",
        "flatten",
        "quantise",
        "multi_threshold",
    ],
)
def test_each_kind_lists_its_keys(kind: str):
    assert keys(section(f"### {kind}")) == set(SCHEMA["$defs"][kind]["properties"]) - COMMON


def test_the_top_and_the_picture_list_their_keys():
    top = section("## Top level")
    assert keys(top[: top.index("\n`input`:")]) == set(SCHEMA["properties"])
    picture = set(SCHEMA["properties"]["input"]["properties"])
    assert keys(top[top.index("\n`input`:") : top.index("### Transforms")]) == picture


def test_transforms_list_their_keys():
    text = section("### Transforms")
    for kind in ("affine", "table"):
        start = text.index(f"| Key of `{kind}`")
        table = text[start : text.index("\n\n", start)]
        assert keys(table) == set(SCHEMA["$defs"][kind]["properties"])


def test_a_head_lists_its_keys():
    assert keys(section("## Head")) == set(SCHEMA["properties"]["head"]["properties"])


def test_all_layers_share_some_keys():
    text = section("## Layers")
    assert keys(text[: text.index("### conv2d")]) == COMMON


def test_kinds_that_come_later_list_their_keys():
    text = section("## Later")
    kinds = set(SCHEMA["$defs"]["layer"]["properties"]["kind"]["enum"])
    built = set(re.findall(r"^### (\w+)$", section("## Layers"), re.MULTILINE))
    for kind in kinds - built:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{kind}` |")]
        for key in set(SCHEMA["$defs"][kind]["properties"]) - COMMON:
            assert f"`{key}`" in row


def test_limits_are_those_of_the_code():
    text = " ".join(section("## Limits").split())
    assert f"{MAX_KERNEL} x {MAX_KERNEL} taps" in text
    assert f"at most {MAX_STEP}." in text
    assert "2**24 elements" in text
    assert f"{MAX_WEIGHTS:,} weights" in text
    assert MAX_ELEMENTS == 2**24
    assert "at most 64 MiB" in PAGE
    assert MAX_FILE_BYTES == 64 * 2**20


@pytest.mark.parametrize(
    ("zero", "built"),
    [
        (Fraction(255, 2), True),
        (Fraction(128), True),
        (Fraction(-3), True),
        (Fraction(300), True),
        (Fraction(257, 256), True),
        (Fraction(258, 257), False),
        (Fraction(65536), True),
        (Fraction(65535, 256), True),
        (Fraction(65537), False),
    ],
)
def test_zero_of_a_padded_picture_can_be_what_the_page_says(zero: Fraction, built: bool):
    """``zero`` is the level, a pixel or between two or beyond them, that stands for zero."""
    low, high = re.findall(r"denominator up to (\d+) and a numerator up to (\d+)", PAGE)[0]
    assert built == (zero.denominator <= int(low) and abs(zero.numerator) <= int(high))
    net = Builder(
        "net", height=3, width=3, channels=1, transform=Affine(Fraction(2, 255), -zero * 2 / 255)
    )
    model = net.conv2d(np.ones((1, 3, 3, 1)), "conv", padding="same", pad_value=0).build()
    if not built:
        with pytest.raises(ModelError, match=r"layer 'conv': zero padding needs offset/scale "):
            lower_network(model)
        return
    *levels, matrix = lower_network(model).stages
    step = int(levels[0].table[0, 1] - levels[0].table[0, 0]) if levels else 1
    assert Fraction(matrix.pad, step) == zero
    # The golden model has another way to the same.
    grain, pad = padding_levels(model.layers[0], picture_form(model.input))
    assert Fraction(int(pad[0]), grain) == zero
