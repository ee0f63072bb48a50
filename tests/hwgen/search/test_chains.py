"""The search of foldings: as good as trying all of them."""

import random
from collections import Counter
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from plan_networks import pooled, precise, strip, tiny

from hwgen.errors import FoldingError
from hwgen.estimates.estimate import estimate_unit
from hwgen.families.devices import find_device
from hwgen.model import Affine, Builder
from hwgen.passes import lower_network
from hwgen.plan.build import build_plan
from hwgen.plan.folding import Folding
from hwgen.search.best import cheapest, check_rate, fastest, least_shortage
from hwgen.search.fronts import Limits
from hwgen.search.options import LayerOptions, NetworkOptions, Option
from hwgen.search.pricing import Ahead, Cost

AMPLE = Limits(10**6, 500, 4, 200)

CASES = [
    (tiny, "hx8k"),
    (tiny, "ecp5-12"),
    (strip, "up5k"),
    (strip, "ecp5-25"),
    (precise, "up5k"),
    (pooled, "ecp5-12"),
]


def every_design(network, device):
    """Cycles and what is taken of a device, of every folding that the search chooses from.

    By laying each out whole: nothing is shared with the search but the list of foldings and the
    estimate of a unit.
    """
    part = find_device(device)
    options = NetworkOptions(network, part)
    stages = network.named
    names = [layer.stage.name for layer in options.layers]
    known = {}
    found = []
    for foldings in product(*[[o.folding for o in layer.options] for layer in options.layers]):
        plan = build_plan(network, dict(zip(names, foldings, strict=True)), device=device)
        costs = []
        for unit in plan.units:
            if unit not in known:
                known[unit] = estimate_unit(unit, stages, part.family)
            costs.append(known[unit])
        found.append(
            (
                plan.bottleneck_cycles,
                sum(c.logic_cells for c in costs),
                sum(c.ebr for c in costs),
                sum(c.spram for c in costs),
                sum(c.dsp for c in costs),
            )
        )
    return found


def taken(found):
    return found.cells, found.ebr, found.spram, found.dsp


def within(design, limits):
    return all(a <= b for a, b in zip(design[1:], vars(limits).values(), strict=True))


def limits_to_try(designs):
    """Some that many designs meet, some that few do, and some that none does."""
    least = [min(d[k] for d in designs) for k in (1, 2)]
    most = [max(d[k] for d in designs) for k in (1, 2)]
    for cells in (least[0] - 1, least[0], (3 * least[0] + most[0]) // 4, most[0]):
        for ebr in sorted({max(least[1] - 1, 0), least[1], (least[1] + most[1]) // 2, most[1]}):
            for spram, dsp in ((0, 8), (1, 2), (4, 0)):
                yield Limits(cells, ebr, spram, dsp)


@pytest.mark.parametrize(("make", "device"), CASES)
def test_no_folding_is_better_than_the_one_found(make, device):
    network = lower_network(make())
    designs = every_design(network, device)
    options = NetworkOptions(network, find_device(device))
    rates = sorted({d[0] for d in designs})
    impossible = possible = 0
    for limits in limits_to_try(designs):
        fitting = [d for d in designs if within(d, limits)]
        found = fastest(options, limits)
        assert (found is None) == (not fitting)
        if found is not None:
            best = min(fitting)
            assert taken(found) == best[1:]
            plan = build_plan(network, found.folding, device=device)
            assert plan.bottleneck_cycles == best[0]
        for cycles in (rates[0] - 1, rates[0], rates[len(rates) // 2], rates[-1]):
            reaching = [d[1:] for d in fitting if d[0] <= cycles]
            found = cheapest(options, cycles, limits)
            assert (found and taken(found)) == min(reaching, default=None)
            impossible += found is None
            possible += found is not None
    assert impossible > 10
    assert possible > 10


class Invented:
    """Options with costs at random, some of them in SPRAM, for layers of a few words."""

    FORMS = tuple(
        Ahead(group, *ends) for group in (1, 2, 3) for ends in ((False, False), (False, True))
    )

    def __init__(self, rng):
        widths = [1, 2, 3]
        self.head, self.head_given = (
            Cost(4, 3, rng.randrange(2)),
            Ahead(3, passes=False, pools=False),
        )
        self.layers = [
            LayerOptions(
                SimpleNamespace(name=f"layer{k}"),
                tuple(
                    Option(Folding(1, rng.choice(widths)), self.drawn(rng), rng.choice(self.FORMS))
                    for _ in range(rng.randrange(1, 8))
                ),
            )
            for k in range(3)
        ]
        self.between = {
            (k, a, b): self.drawn(rng) for k, a, b in product(range(3), self.FORMS, widths)
        }

    @staticmethod
    def drawn(rng):
        blocks = [rng.randrange(most) for most in (4, 3, 3)]
        return Cost(rng.randrange(1, 9), rng.randrange(20), *blocks)

    def joining(self, layer, ahead, group):
        cost = self.between[layer, ahead, group]
        return Cost(cost.cycles, 0 if ahead.group == group else cost.cells)

    def every(self):
        for chosen in product(*[layer.options for layer in self.layers]):
            costs, ahead = [self.head], self.head_given
            for k, option in enumerate(chosen):
                costs += [self.joining(k, ahead, option.group), option.cost]
                ahead = option.given
            yield (
                max(c.cycles for c in costs), sum(c.cells for c in costs),
                sum(c.ebr for c in costs), sum(c.spram for c in costs), sum(c.dsp for c in costs),
            )  # fmt: skip


def test_the_search_is_exact_whatever_the_costs_are():
    rng = random.Random(4)
    outcomes = Counter()
    for _ in range(300):
        options = Invented(rng)
        designs = list(options.every())
        limits = Limits(rng.randrange(10, 80), rng.randrange(9), rng.randrange(5), rng.randrange(6))
        cycles = rng.randrange(1, 9)
        fitting = [d for d in designs if within(d, limits)]
        found = cheapest(options, cycles, limits)
        best = min([d[1:] for d in fitting if d[0] <= cycles], default=None)
        assert (found and taken(found)) == best
        quick = fastest(options, limits)
        assert (quick is None) == (not fitting)
        if quick is not None:
            assert taken(quick) == min(fitting)[1:]
        outcomes[found is None, quick is None] += 1
    assert min(outcomes[False, False], outcomes[True, False], outcomes[True, True]) > 10


@pytest.mark.parametrize(("make", "device"), CASES)
def test_what_was_found_is_what_its_plan_takes(make, device):
    network = lower_network(make())
    found = fastest(NetworkOptions(network, find_device(device)), AMPLE)
    assert found is not None
    plan = build_plan(network, found.folding, device=device)
    stages = network.named
    costs = [estimate_unit(u, stages, find_device(device).family) for u in plan.units]
    assert found.cells == sum(c.logic_cells for c in costs)
    assert found.ebr == sum(c.ebr for c in costs)


def test_what_is_short_is_the_least_that_any_folding_takes():
    network = lower_network(strip())
    designs = every_design(network, "hx8k")
    options = NetworkOptions(network, find_device("hx8k"))
    cycles = sorted({d[0] for d in designs})[2]
    fast = [d for d in designs if d[0] <= cycles]
    cells = min(d[1] for d in fast)
    assert least_shortage(options, cycles, Limits(cells - 7, 500, 0)) == (
        "logic cells", cells, cells - 7,
    )  # fmt: skip
    rams = min(d[2] for d in fast if d[1] <= cells + 50)
    assert least_shortage(options, cycles, Limits(cells + 50, rams - 1, 0)) == (
        "block RAMs", rams, rams - 1,
    )  # fmt: skip


def test_a_rate_that_no_folding_has_names_the_layer():
    options = NetworkOptions(lower_network(tiny()), find_device("ecp5-85"))
    check_rate(options, 16)
    with pytest.raises(
        FoldingError,
        match=r"^.*tiny.json: layer 'lines': needs at least 16 cycles a frame, more than the 15 "
        r"asked for$",
    ):
        check_rate(options, 15)


def test_a_rate_that_pictures_cannot_come_in_at_is_refused():
    net = Builder("flat", height=8, width=8, channels=1, transform=Affine(1, -128))
    net.sign(name="bits").flatten(name="flatten").dense(np.ones((2, 64), np.int8), name="fc")
    options = NetworkOptions(lower_network(net.build()), find_device("ecp5-85"))
    check_rate(options, 64)
    with pytest.raises(
        FoldingError,
        match=r"^<memory>: a picture takes 64 cycles to come in, more than the 63 asked for$",
    ):
        check_rate(options, 63)
