"""The talk's claims: verdicts follow the figures, figures are kept, and the page shows them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shared_data import shared_file
from talk_tables import FAMILY_ROWS

from benchmarks import claim_rows, claims
from benchmarks.claim_pictures import ACCURACY, COST, draw_accuracy, draw_cost
from benchmarks.claim_rows import asked, digest, evaluated, planned, stored, trained
from benchmarks.claim_verdicts import (
    AsAccurate,
    AsCounted,
    Fits,
    Multiplied,
    Rises,
    Rule,
    Verdict,
    margin,
)
from benchmarks.claims import PAGE, RESULTS, measure, stored_rows
from benchmarks.claims_page import page
from benchmarks.talk_claims import CLAIMS
from benchmarks.talk_figures import FAMILY, NETWORKS, REFERENCE, WIDTHS
from hwgen import evaluate
from hwgen.model import load_model
from hwgen.topologies.talk import FAMILY as FAMILY_NAMES
from hwgen.topologies.talk import WIDTHS as CHANNELS
from models.zoo import make_network

TINY = Path("models/tiny.json")
KEPT = stored_rows(RESULTS)


def row(right: int = 7500, **parts: Any) -> dict[str, Any]:
    return {"trained": {"correct": right, "images": 10_000, "epochs": 30.0, "accuracy_train": 0.8},
            **parts}  # fmt: skip


def verdict(rule: Rule, **rows: Any) -> Verdict:
    """Of rows named with underscores for dashes."""
    return rule.judge({name.replace("_", "-"): r for name, r in rows.items()}).verdict


# -- verdicts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ((7000, 7200, 7400), Verdict.HOLDS),
        ((7000, 7200, 7210), Verdict.PARTLY),  # up as a whole, the last step within the margin
        ((7000, 7400, 7200), Verdict.PARTLY),  # up as a whole, though a step goes down
        ((7000, 7050, 7100), Verdict.CLOSE),
        ((7000, 6990, 6980), Verdict.CLOSE),
        ((7000, 7200, 7010), Verdict.FAILS),  # what one step gains another loses
        ((7400, 7200, 7000), Verdict.FAILS),
    ],
)
def test_whether_accuracy_rises_depends_on_each_step_and_the_whole(right, expected):
    rule = Rises(("width-1", "width-2", "width-3"))
    one, two, three = map(row, right)
    assert verdict(rule, width_1=one, width_2=two, width_3=three) == expected


def test_networks_that_were_not_measured_are_left_out_of_a_chain():
    rule = Rises(("width-1", "width-2", "width-3"))
    assert verdict(rule, width_1=row(7000), width_3=row(7400)) == Verdict.HOLDS
    assert verdict(rule, width_1=row(7000)) == Verdict.UNKNOWN
    judged = rule.judge({"width-1": row(7000), "width-3": row(7400)})
    assert judged.figures == (
        "Talk: 89, 84, 74.",
        "Here: width-1 70.00 % (30 epochs), width-2 not measured, "
        "width-3 74.00 % (+4.00, margin 1.27; 30 epochs).",
    )


def test_the_margin_is_two_standard_errors_of_the_difference():
    rows = {"a": row(5000), "b": row(5000)}
    assert margin(rows, "a", "b") == pytest.approx(2 * (2 * 0.25 / 10_000) ** 0.5)


@pytest.mark.parametrize(
    ("right", "memory", "work", "expected"),
    [
        (7500, 10, 5, Verdict.HOLDS),
        (7390, 10, 5, Verdict.HOLDS),  # less, but within the margin
        (7300, 10, 5, Verdict.FAILS),
        (7500, 11, 5, Verdict.FAILS),  # more memory
        (7500, 10, 10, Verdict.FAILS),  # no fewer operations
    ],
)
def test_a_cheaper_network_is_as_accurate_with_less(right, memory, work, expected):
    def cost(memory: int, work: int) -> dict[str, int]:
        return {"pair_bits": memory, "computation": work}

    rule = AsAccurate("B-6-m1-k5", "B-12-m1-k2-r", cheaper=True)
    wide, deep = row(stored=cost(10, 10)), row(right, stored=cost(memory, work))
    assert verdict(rule, B_6_m1_k5=wide, B_12_m1_k2_r=deep) == expected
    assert verdict(rule, B_6_m1_k5=wide) == Verdict.UNKNOWN


def test_figures_of_the_slide_are_held_against_those_of_the_descriptions():
    rule = AsCounted("memory")
    whole = row(stored={"pair_bits": 1600})
    assert verdict(rule, F_6_m1_k1=whole, B_6_m1_k1=row(stored={"pair_bits": 100})) == "holds"
    other = rule.judge({REFERENCE: whole, "B-6-m1-k1": row(stored={"pair_bits": 104})})
    assert other.verdict == Verdict.PARTLY
    assert other.figures == ("1 of 2 rows as on the slide; B-6-m1-k1 7 instead of 6.",)
    assert verdict(rule) == Verdict.UNKNOWN


def test_memory_is_a_multiple_within_a_tenth():
    small = row(stored={"pair_bits": 100, "weight_bits": 100})
    for weights, expected in ((1000, Verdict.HOLDS), (1210, Verdict.FAILS), (790, Verdict.FAILS)):
        large = row(stored={"pair_bits": 1000, "weight_bits": weights})
        rule = Multiplied("width-1", "width-2", 10)
        assert verdict(rule, width_1=large, width_2=small) == expected


def test_what_fits_takes_no_weights_from_outside():
    inside, outside = row(planned={"outside": []}), row(planned={"outside": ["conv6"]})
    never = row(planned={"problem": "does not fit"})
    rule = Fits(("width-1", "width-2"))
    assert verdict(rule, width_1=inside, width_2=inside) == Verdict.HOLDS
    assert verdict(rule, width_1=inside, width_2=outside) == Verdict.PARTLY
    assert verdict(rule, width_1=outside, width_2=never) == Verdict.FAILS
    assert verdict(rule) == Verdict.UNKNOWN
    assert verdict(Fits(("width-1",), wanted=False), width_1=never) == Verdict.HOLDS
    assert verdict(Fits(("width-1",), wanted=False), width_1=inside) == Verdict.FAILS


# -- what is kept ----------------------------------------------------------------------------------


def test_the_slides_figures_are_those_of_the_tables_and_the_zoo():
    costs = {s.name: (str(s.computation), str(s.memory)) for s in FAMILY}
    assert costs == FAMILY_ROWS
    assert tuple(costs) == FAMILY_NAMES
    assert tuple(slide.channels for slide in WIDTHS) == CHANNELS


def test_a_network_is_evaluated_part_by_part_as_eval_does(tmp_path: Path, monkeypatch):
    pictures = np.random.default_rng(1).integers(0, 256, (7, 4, 4, 1), np.uint8)
    labels = np.array([0, 1, 1, 0, 1, 0, 0])
    np.savez(tmp_path / "test.npz", x=pictures, y=labels)
    monkeypatch.setattr(claim_rows, "PART", 3)
    parts = list(evaluated(TINY, tmp_path / "test.npz", None, lambda step: None))
    assert [part["images"] for part in parts] == [3, 6, 7]
    assert parts[-1]["correct"] == evaluate(TINY, pictures, labels).correct
    (rest,) = evaluated(TINY, tmp_path / "test.npz", parts[1], lambda step: None)
    assert {**rest, "seconds": 0} == {**parts[-1], "seconds": 0}


def test_a_design_is_planned_or_says_what_is_short(monkeypatch):
    found = planned(TINY, lambda step: None)
    assert found["outside_bits"] == 0 < found["weight_bits"]
    assert found["interval_cycles"] <= 50_000_000 / found["fps"]
    monkeypatch.setattr(claim_rows, "FPS", 10_000_000)
    assert "more than the network can have" in planned(TINY, lambda step: None)["problem"]


def test_memory_is_counted_in_the_talks_way():
    found = stored(make_network("B-6-m1-k1"))
    assert found["pair_bits"] == 16 * 16 * (64 + 128)
    assert stored(make_network(REFERENCE))["pair_bits"] == 16 * found["pair_bits"]


def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: bool = True) -> Path:
    """Measure one network of a folder into a file, with plans and counts that stop half-way."""
    (tmp_path / "width-4.json").write_bytes(TINY.read_bytes())
    training = {"epochs": 3.0, "seconds_training": 1.0, "seed": 1, "pictures_jpeg_test": 10,
                "accuracy_jpeg_test": 0.7, "accuracy_train": 0.8}  # fmt: skip
    (tmp_path / "results.json").write_text(json.dumps({"width-4": training}))
    monkeypatch.setattr(claims, "evaluated", halves)
    monkeypatch.setattr(claims, "planned", lambda file, step: asked() | {"problem": "none"})
    kept = tmp_path / "claims.kept"
    measure(kept, tmp_path, list(NETWORKS), tmp_path / "test.npz", plan, lambda step: None)
    return kept


def halves(file: Path, images: Path, so_far: Any, step: Any) -> Iterator[dict[str, Any]]:
    for done in (5, 10) if so_far is None else (10,):
        yield {"images": done, "correct": done, "of": 10, "before": so_far and so_far["images"]}
        if so_far is None and file.with_name("stop").exists():
            return


def test_what_was_interrupted_goes_on_where_it_was(tmp_path: Path, monkeypatch):
    (tmp_path / "stop").touch()
    kept = measured(tmp_path, monkeypatch)
    assert stored_rows(kept)["width-4"]["evaluated"]["images"] == 5
    measured(tmp_path, monkeypatch)
    row = stored_rows(kept)["width-4"]
    assert row["evaluated"] == {"images": 10, "correct": 10, "of": 10, "before": 5}
    assert row["trained"]["correct"] == 7
    assert row["planned"]["problem"] == "none"


def test_figures_of_a_description_that_has_changed_are_measured_again(tmp_path: Path, monkeypatch):
    kept = measured(tmp_path, monkeypatch)
    rows = stored_rows(kept)
    rows["width-4"]["sha256"] = "another"
    kept.write_text(json.dumps({"rows": rows}))
    measured(tmp_path, monkeypatch, plan=False)
    row = stored_rows(kept)["width-4"]
    assert row["sha256"] == digest(TINY)
    assert row["evaluated"]["before"] is None
    assert "planned" not in row


def test_what_is_kept_belongs_to_the_descriptions_that_there_are():
    results = json.loads(shared_file("models/talk_cifar10/results.json").read_text())
    for name, row in KEPT.items():
        assert row["trained"] == trained(results[name])
        assert row["sha256"] == digest(shared_file(f"models/talk_cifar10/{name}.json"))
    file = shared_file("models/talk_cifar10/width-4.json")
    assert KEPT["width-4"]["stored"] == stored(load_model(file))


def test_the_golden_model_gets_as_many_right_as_training_counted():
    whole = [r for r in KEPT.values() if r.get("evaluated", {}).get("images") == 10_000]
    assert len(whole) >= 16
    assert all(r["evaluated"]["correct"] == r["trained"]["correct"] for r in whole)


# -- the page --------------------------------------------------------------------------------------


def test_the_page_is_what_the_figures_give():
    assert PAGE.read_text(encoding="utf-8") == page(KEPT)
    assert all(PAGE.with_name(name).is_file() for name in (ACCURACY, COST))


def test_a_verdict_on_the_page_changes_with_its_figures():
    text = "**A small CNN that is made 1-bit loses accuracy.** *{}.*"
    assert text.format("Holds") in page(KEPT)
    other = {**KEPT, REFERENCE: {**KEPT[REFERENCE], **row(7000)}}
    assert text.format("Does not hold") in page(other)
    assert TEN not in section(page(other))
    assert TEN in section(page(KEPT))


TEN = "Ten classes are easier than a hundred"


def section(text: str) -> str:
    """What the page says of the first claim."""
    return text.partition("**A small CNN")[2].partition("**Wider")[0]


def test_a_page_of_no_figures_says_so():
    text = page({})
    assert f"Of {len(CLAIMS)} claims: cannot be judged {len(CLAIMS)}." in text


def test_pictures_are_the_same_bytes_each_time(tmp_path: Path):
    for draw in (draw_accuracy, draw_cost):
        one, two = tmp_path / "one.svg", tmp_path / "two.svg"
        draw(KEPT, one)
        draw(KEPT, two)
        assert one.read_bytes() == two.read_bytes()
