"""Runs that resets cut: amid frames, at many moments, and what must be seen of them."""

import numpy as np
from small_networks import small_face

from hwgen.design import make_design
from sim.benches.trials import reset_trials, tell, whole_trial
from sim.cycle import simulate, steady_state
from sim.patterns import Traffic

PLAN = make_design(small_face(), cycles=300).plan
INTERVAL = steady_state(PLAN)[1]


def test_resets_come_amid_frames_in_all_parts_of_a_run():
    trials = reset_trials(PLAN, 4, 1, INTERVAL)
    *cut, last = trials
    assert len(cut) >= 4
    shares = sorted(trial.run.cycles / trial.timing.cycles for trial in cut)
    assert shares[0] < 1 / len(cut)
    assert shares[-1] > 1 - 1 / len(cut)
    for trial in cut:
        done = {s.name: (trial.timing.transfers[s.name] < trial.run.cycles).sum() / s
                .transfers_per_frame for s in PLAN.streams}  # fmt: skip
        assert any(share % 1 for share in done.values())
    assert last.run.cycles > last.timing.cycles
    assert {trial.run.reset_cycles for trial in trials} == {1, 2, 3, 4}
    assert last.name == f"reset in cycle {cut[-1].run.cycles}"


def test_they_are_the_same_for_the_same_seed():
    one, two, other = (reset_trials(PLAN, 4, s, INTERVAL) for s in (1, 1, 2))
    assert [t.run.cycles for t in one] == [t.run.cycles for t in two]
    assert [t.run.cycles for t in one] != [t.run.cycles for t in other]


def test_of_a_run_that_is_cut_the_transfers_ahead_of_the_cut_are_expected():
    trial = reset_trials(PLAN, 2, 3, INTERVAL)[0]
    timing = simulate(PLAN, 2, trial.run.traffic)
    values = {s.name: np.arange(2 * s.transfers_per_frame)[:, None] for s in PLAN.streams}
    for name, trace in trial.expected(values).items():
        cycles = timing.transfers[name]
        assert trace.cycles.tolist() == cycles[cycles < trial.run.cycles].tolist()
        assert trace.payload[:, 0].tolist() == list(range(trace.cycles.size))


def test_progress_names_the_run_that_is_under_way():
    trials = [whole_trial(name, PLAN, 1, Traffic()) for name in ("one", "two")]
    cycles = trials[0].run.cycles
    assert tell(trials, 0) == f"one: {cycles:,} cycles, 0% done"
    assert tell(trials, cycles + cycles // 2) == f"two: {cycles:,} cycles, 50% done"
