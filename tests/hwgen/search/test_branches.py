"""The search where paths part and meet: as good as trying all foldings."""

import random
from collections import Counter
from itertools import product

import numpy as np
import pytest
from parted_networks import beside, residual

from hwgen.design import make_design
from hwgen.errors import FitError, FoldingError
from hwgen.estimates.estimate import estimate_unit
from hwgen.families.devices import find_device
from hwgen.model import Builder
from hwgen.passes import lower_network
from hwgen.plan.build import build_plan
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.best import cheapest, fastest, least_shortage
from hwgen.search.branches import BranchSearch
from hwgen.search.fronts import Limits
from hwgen.search.meeting import as_held, held_parts
from hwgen.search.paths import PathOptions
from sim.cycle import steady_state

CASES = [
    (residual, "hx8k"), (residual, "ecp5-12"), (beside, "up5k"), (beside, "ecp5-25"),
]  # fmt: skip


def every_design(network, device):
    """Cycles, cells, RAMs and multipliers of every folding, each laid out whole."""
    part = find_device(device)
    parts = held_parts(network, ())
    layers = PathOptions(network, part).layers
    known, found = {}, []
    for foldings in product(*[[o.folding for o in layer.options] for layer in layers]):
        names = [layer.stage.name for layer in layers]
        plan = build_plan(network, dict(zip(names, foldings, strict=True)), device=device)
        units = list(as_held(plan.units, parts))
        for unit in units:
            if unit not in known:
                known[unit] = estimate_unit(unit, network.named, part.family)
        costs = [known[unit] for unit in units]
        sums = (sum(getattr(c, what) for c in costs)
                for what in ("logic_cells", "ebr", "spram", "dsp"))  # fmt: skip
        found.append((plan.bottleneck_cycles, *sums))
    return found


def figures(found):
    return found and (found.cells, found.ebr, found.spram, found.dsp)


@pytest.mark.parametrize(("make", "device"), CASES)
def test_no_folding_is_better_than_the_one_found(make, device):
    network = lower_network(make())
    assert not network.is_chain
    designs = every_design(network, device)
    options = PathOptions(network, find_device(device))
    rates = sorted({d[0] for d in designs})
    assert set(rates) <= set(options.rates)
    least, most = (pick(d[1] for d in designs) for pick in (min, max))
    outcomes = Counter()
    for cells in (least - 1, least, (3 * least + most) // 4, most):
        for dsp in sorted({0, max(d[4] for d in designs) // 2, max(d[4] for d in designs)}):
            limits = Limits(cells, 20, 4, dsp)
            fitting = [d for d in designs if d[1] <= cells and d[4] <= dsp]
            found = fastest(options, limits)
            assert figures(found) == min(fitting, default=(None, None))[1:] or found is None
            assert (found is None) == (not fitting)
            if found is not None:
                plan = build_plan(network, found.folding, device=device)
                assert plan.bottleneck_cycles == min(fitting)[0]
            for cycles in (rates[0] - 1, *rates[::3], rates[-1]):
                reaching = [d[1:] for d in fitting if d[0] <= cycles]
                found = cheapest(options, cycles, limits)
                assert figures(found) == min(reaching, default=None)
                outcomes[found is None] += 1
    assert min(outcomes.values()) > 4


def test_what_is_short_is_the_least_that_any_folding_takes():
    network = lower_network(residual())
    least = min(d[1] for d in every_design(network, "hx8k"))
    options = PathOptions(network, find_device("hx8k"))
    assert least_shortage(options, 1 << 40, Limits(least - 7, 20, 0)) == (
        "logic cells", least, least - 7,
    )  # fmt: skip


def test_of_too_many_fronts_those_of_the_fewest_cells_are_kept(monkeypatch):
    network = lower_network(beside())
    options = PathOptions(network, find_device("ecp5-25"))
    limits = Limits(10**6, 20, 0, 28)
    best = figures(BranchSearch(options, 1 << 40, limits).found())
    monkeypatch.setattr("hwgen.search.branches.MOST_FRONTS", 2)
    search = BranchSearch(options, 1 << 40, limits)
    assert max(map(len, search.opened)) == 2
    found = search.found()
    assert found is not None
    assert best is not None
    assert best <= figures(found)
    plan = build_plan(network, found.folding, device="ecp5-25")
    family = find_device("ecp5-25").family
    units = as_held(plan.units, held_parts(network, ()))
    costs = [estimate_unit(unit, network.named, family) for unit in units]
    assert found.cells == sum(c.logic_cells or 0 for c in costs)


def wide():
    """Two paths, whose weights are more than the device holds."""
    rng = random.Random(5)

    def weights(*shape):
        return np.array(rng.choices([-1, 1], k=int(np.prod(shape))), np.int8).reshape(shape)

    net = Builder("wide", height=1, width=1, channels=512, bits=1)
    net.dense(weights(256, 512), name="one")
    net.sign(name="bits").dense(weights(256, 256), name="two").sign(name="more")
    net.add(["more", "bits"], name="sum").sign(name="after")
    return net.dense(weights(10, 256), name="scores").build()


def test_a_layer_whose_weights_do_not_fit_has_them_outside_beside_another_path():
    plan = make_design(wide(), device="hx8k").plan
    places = {layer.name: layer.weight_storage for layer in plan.layers}
    assert places["one"] == WeightStorage.EXTERNAL
    # Nothing stops: each path waits for the other as long as it has to.
    assert steady_state(plan)[1] >= plan.bottleneck_cycles


def test_what_does_not_fit_and_what_cannot_be_that_fast_is_refused():
    with pytest.raises(
        FitError,
        match=r"^<memory>: does not fit hx1k at 20 cycles a frame: needs at least [\d,]+ logic "
        r"cells of the 1,126 that are left beside routing and host link \([\d,]+ short\); "
        r"(hx8k|up5k|ecp5-12) would do$",
    ):
        make_design(residual(channels=16), device="hx1k", cycles=20)
    with pytest.raises(
        FoldingError,
        match=r"^<memory>: layer 'stem': needs at least 16 cycles a frame, more than the 15 asked "
        r"for$",
    ):
        make_design(residual(), device="hx8k", cycles=15)
