"""Names of networks and layers."""

import re
from typing import Any

import pytest

from hwgen.errors import ModelError
from hwgen.model.names import KEYWORDS, check_layer_names, check_name


@pytest.mark.parametrize("name", ["a", "Z", "conv2d_1", "a" * 64, "Wire", "x_"])
def test_identifiers_pass(name: str):
    check_name(name)


@pytest.mark.parametrize(
    "name", ["", "1a", "_a", "a-b", "a b", "a\n", "é", "a$", None, 3, ["a"], "x/../y"]
)
def test_other_text_is_refused(name: Any):
    with pytest.raises(
        ModelError,
        match=rf"^name must be a letter, then letters, digits or underscores, not "
        rf"{re.escape(repr(name))}$",
    ):
        check_name(name)


def test_a_long_name_is_refused():
    with pytest.raises(ModelError, match=r"^name must have at most 64 characters, not 65$"):
        check_name("a" * 65)


@pytest.mark.parametrize("name", ["module", "wire", "table", "logic", "always_ff", "unique0"])
def test_keywords_are_refused(name: str):
    assert name in KEYWORDS
    with pytest.raises(
        ModelError, match=rf"^name must not be '{name}', which is a keyword of Verilog$"
    ):
        check_name(name)


def test_both_standards_are_covered_in_full():
    # 124 of IEEE 1364-2005 (annex B), 248 of IEEE 1800-2017 (annex B), which includes the others.
    assert len(KEYWORDS) == 248


@pytest.mark.parametrize("name", ["input", "INPUT", "Input"])
def test_the_picture_keeps_its_name(name: str):
    with pytest.raises(
        ModelError,
        match=rf"^layer '{name}': name must not be '{name}', which stands for the picture$",
    ):
        check_layer_names(["a", name])


def test_names_that_differ_in_case_only_collide():
    with pytest.raises(
        ModelError, match=r"^layer 'CONV': name collides with that of layer 'conv'$"
    ):
        check_layer_names(["conv", "pool", "CONV"])


def test_equal_names_collide():
    with pytest.raises(ModelError, match=r"^layer 'a': name collides with that of layer 'a'$"):
        check_layer_names(["a", "a"])
