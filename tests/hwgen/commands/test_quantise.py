"""hwgen quantise from the command line."""

import json
from dataclasses import replace

import pytest
from small_networks import small_face

from hwgen.accounts.precision import plan_precision
from hwgen.commands.quantise import planned
from hwgen.design import make_design
from hwgen.families.devices import find_device


def test_it_lists_the_mixes_and_proposes_one(call, human):
    code, text, _ = call("quantise", human, "--device", "ecp5-85")
    assert code == 0
    lines = text.splitlines()
    assert [line.split()[:2] for line in lines[1:6]] == [
        ["CCCCCCC", "1,371"],
        ["CCBBCCC", "1,169"],
        ["CCBBBCC", "899"],
        ["CBBBBCC", "831"],
        ["CBBBBBC", "291"],
    ]
    assert lines[6] == "C: 16 bits, B: 1 bit; ecp5-85 has 468 KB"
    assert lines[7].startswith("proposed: CBBBBBC, which leaves ")


def test_it_gives_the_same_as_json(call, human):
    code, text, _ = call("quantise", human, "--device", "ecp5-45", "--json", "--bits", "8")
    document = json.loads(text)
    assert code == 0
    assert document["proposed"] == "CBBBBBC"
    assert document["bits"] == {"C": 8, "B": 1}
    assert document["layers"] == [f"conv{k}" for k in range(1, 8)]
    assert {mix["cycles"] for mix in document["mixes"]} == {None}
    assert document["mixes"][-1]["fits"] == {
        "input": True, "output": True, "weights": False, "built": True
    }  # fmt: skip


def test_where_no_mix_fits_the_answer_is_no(call, human):
    code, text, errors = call("quantise", human, "--device", "ecp5-45", "--json")
    assert code == 1
    assert json.loads(text)["proposed"] is None
    assert errors.splitlines()[-1] == (
        f"error: {human}: no mix fits ecp5-45: CBBBBBC needs 355 KB for weights and line buffers, "
        "112 KB more than there is"
    )


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("generic", "device must be a part, one of hx1k, up5k, hx8k, lp8k, ecp5-12, ecp5-25, "
                    "ecp5-45, ecp5-85, ecp5-5g-45, ecp5-5g-85, not 'generic'"),
        ("ecp6", "device must be one of hx1k, up5k, hx8k, lp8k, ecp5-12, ecp5-25, ecp5-45, "
                 "ecp5-85, ecp5-5g-45, ecp5-5g-85, generic, not 'ecp6'"),
    ],
)  # fmt: skip
def test_a_device_that_is_none_is_one_sentence(call, model, device, message):
    code, text, errors = call("quantise", model, "--device", device)
    assert (code, text) == (2, "")
    assert errors.splitlines()[-1] == f"error: {message}"


def test_a_mix_that_can_be_built_is_planned_for_the_device():
    model = small_face()
    part = find_device("up5k")
    found = plan_precision(model, part)
    bits = planned(model, found, replace(found.mixes[-1], letters="BBB"))
    design = make_design(model, device="up5k")
    assert bits.cycles == design.plan.bottleneck_cycles
    assert bits.logic_cells is not None


def test_planning_leaves_out_what_does_not_fit(call, human):
    code, text, errors = call("quantise", human, "--device", "ecp5-85", "--plan", "--json")
    mixes = {mix["mix"]: mix for mix in json.loads(text)["mixes"]}
    assert code == 0
    assert mixes["CCCCCCC"]["cycles"] is None
    assert "planning CBBBBBC" in errors


def test_a_file_that_is_no_description_is_one_sentence(call, tmp_path):
    code, text, errors = call("quantise", "--device", "up5k", tmp_path / "none.json")
    assert (code, text) == (2, "")
    assert errors.splitlines()[-1].startswith(f"error: {tmp_path / 'none.json'}: ")
