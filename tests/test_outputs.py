"""What leaves the ports, for every ending and every folding: the values of the golden model."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from endings import ENDINGS, all_foldings, ending
from numpy.typing import NDArray
from port_bench import Found, run_ports
from shared_data import shared_file

from hwgen.design import Design, make_design
from hwgen.generate import emit_verilog
from hwgen.manifest import make_manifest
from hwgen.model import Affine, Builder, Model, load_model
from hwgen.passes import lower_network
from hwgen.plan.units import Scores
from sim import golden
from sim.golden import GoldenResult

needs_verilator = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)

FRAMES = 6

AROUND_ZERO = Affine(1, -128)


def pictures(model: Model) -> NDArray[np.uint8]:
    """Pictures of noise, and one of each end."""
    picture = model.input
    shape = (FRAMES, picture.height, picture.width, picture.channels)
    images = np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)
    images[1], images[2] = 0, 255
    return images


def scores_of(design: Design) -> dict[str, Any]:
    return make_manifest(design, {}, 1, 1, "none")["scores"]


def classes_so_far(result: GoldenResult) -> NDArray[np.int64] | None:
    """What ``tuser`` ought to be; None where a frame has several pixels or channels differ."""
    if result.classes is None or len({*result.score_scale}) > 1 or len({*result.score_offset}) > 1:
        return None
    if not result.score_scale[0]:
        return None
    rising = result.scores.astype(np.int64) * (1 if result.score_scale[0] > 0 else -1)
    best = [[int(np.argmax(frame[: k + 1])) for k in range(frame.size)] for frame in rising]
    return np.array(best)


def difference(found: Found, result: GoldenResult, *, signed: bool) -> str | None:
    """What a user sees that the golden model does not say; None where all is as it should be."""
    wanted = result.scores.reshape(len(result.scores), -1)
    if len(found.data) != wanted.size:
        return f"{len(found.data)} transfers, not {wanted.size}"
    if not np.array_equal(found.values(signed=signed), wanted.ravel()):
        return f"values {found.values(signed=signed)[:8]}, not {wanted.ravel()[:8]}"
    last = np.zeros(wanted.shape, np.bool_)
    last[:, -1] = True
    if not np.array_equal(found.last, last.ravel()):
        return "tlast elsewhere than at the end of each frame"
    best = classes_so_far(result)
    if (found.user is None) != (best is None):
        return f"tuser {'is missing' if found.user is None else 'should not be there'}"
    if found.user is not None and best is not None and not np.array_equal(found.user, best.ravel()):
        return f"tuser {found.user[:8]}, not {best.ravel()[:8]}"
    return None


def run(designs: Sequence[Design], work: Any, seed: int = 1) -> list[Found]:
    texts = [(d.plan.name, emit_verilog(d), pictures(d.model)) for d in designs]
    return run_ports(texts, work, seed=seed)


def misread(design: Design) -> Design:
    """The design with an output that takes its values for numbers without sign."""
    *units, last = design.plan.units
    assert isinstance(last, Scores)
    wrong = replace(last, signed=False, bipolar=False)
    return design.with_plan(replace(design.plan, units=(*units, wrong)))


@needs_verilator
def test_every_ending_gives_the_golden_models_values_at_the_ports(tmp_path):
    models = [ending(name, k) for k, name in enumerate(ENDINGS)]
    wrong = [ending(name, 100 + k) for k, name in enumerate(("sign", "quantise_5_signed"))]
    designs = [make_design(m) for m in models] + [misread(make_design(m)) for m in wrong]
    found = run(designs, tmp_path)
    problems = {
        name: difference(f, golden.run(m, pictures(m)), signed=scores_of(d)["signed"])
        for name, m, d, f in zip(ENDINGS, models, designs, found, strict=False)
    }
    assert not {name: what for name, what in problems.items() if what}
    # The bench finds a sign that is lost.
    for model, seen in zip(wrong, found[len(models) :], strict=True):
        what = difference(seen, golden.run(model, pictures(model)), signed=True)
        assert what is not None
        assert what.startswith("values ")


def all_folded(model: Model) -> list[Design]:
    """Every folding of a network, each a design with a name of its own."""
    entries = list(all_foldings(lower_network(model)))
    return [
        make_design(replace(model, name=f"{model.name}_{k}"), folding=(entry, "all foldings"))
        for k, entry in enumerate(entries)
    ]


def bits_of_a_grid() -> Model:
    rng = np.random.default_rng(40)
    net = Builder("bits", height=1, width=3, channels=2, transform=AROUND_ZERO).sign()
    return net.conv2d(rng.choice([-1, 1], (2, 1, 2, 2))).sign().build()


def pooled_bits() -> Model:
    rng = np.random.default_rng(41)
    net = Builder("pooled", height=1, width=4, channels=2, transform=AROUND_ZERO).sign()
    net.conv2d(rng.choice([-1, 1], (2, 1, 1, 2))).batch_norm([1, -1], 0, 1, 4, 0)
    return net.sign().max_pool((1, 2)).flatten().build()


def rounded() -> Model:
    rng = np.random.default_rng(42)
    net = Builder("rounded", height=1, width=2, channels=2, transform=AROUND_ZERO).sign()
    net.flatten().dense(rng.choice([-1, 1], (6, 4)))
    return net.quantise(4, signed=True, fraction_bits=1).build()


@needs_verilator
def test_every_folding_gives_the_same_at_the_ports(tmp_path):
    networks = [(m, all_folded(m)) for m in (bits_of_a_grid(), pooled_bits(), rounded())]
    counts = [len(designs) for _, designs in networks]
    assert counts == [16, 12, 12]
    found = run([d for _, designs in networks for d in designs], tmp_path, seed=2)
    for model, designs in networks:
        result = golden.run(model, pictures(model))
        assert len(np.unique(result.scores)) > 1
        for design in designs:
            what = difference(found.pop(0), result, signed=scores_of(design)["signed"])
            assert what is None, (design.plan.folding, what)
    assert not found


@pytest.mark.parametrize("name", ENDINGS)
def test_the_manifest_says_what_the_values_stand_for(name):
    model = ending(name, list(ENDINGS).index(name))
    design = make_design(model)
    told = scores_of(design)
    result = golden.run(model, pictures(model))
    assert told["scale"] == [float(x) for x in result.score_scale]
    assert told["offset"] == [float(x) for x in result.score_offset]
    for scale, offset, zero in zip(
        result.score_scale, result.score_offset, told["zero_point"], strict=True
    ):
        whole = scale != 0 and (offset / scale).denominator == 1
        assert (zero is not None) == whole
        assert zero is None or scale * zero + offset == 0
    low, high = (-(1 << told["bits"] - 1), 1 << told["bits"] - 1) if told["signed"] else (
        0, 1 << told["bits"]
    )  # fmt: skip
    assert low <= result.scores.min()
    assert result.scores.max() < high


@pytest.mark.parametrize("name", ["ends_quantise_signed", "ends_quantise_u8"])
def test_scores_of_a_rounding_are_its_fixed_point_numbers(name):
    told = scores_of(make_design(load_model(shared_file(f"cases/{name}.json"))))
    signed = name == "ends_quantise_signed"
    assert told == {
        "scale": [1.0] * 3, "offset": [0.0] * 3, "zero_point": [0] * 3,
        "bits": 5 if signed else 8, "signed": signed,
    }  # fmt: skip
