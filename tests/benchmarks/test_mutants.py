"""Faults that noise at full length does not show, and resets and chosen pictures do."""

import shutil

import pytest

from benchmarks.mutants import Mutants
from benchmarks.mutate import verify_trials
from benchmarks.mutated_designs import make_mutated_design
from hwgen.jobs.verify import made_pictures
from sim.benches.trials import RESET
from sim.images import random_images

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="CXXRTL needs g++")


def killed(mutants, pictures, trials):
    """Numbers of the mutants that some of the trials shows, with the trials' names."""
    assert mutants.killers(None, pictures, trials) == []
    found = {m.number: mutants.killers(m, pictures, trials) for m in mutants.mutations}
    return {number: names for number, names in found.items() if names}


@pytest.fixture(scope="module")
def design():
    return make_mutated_design("tiny, generic")


@pytest.fixture(scope="module")
def pictures(design):
    return made_pictures(design, None, 1)


@pytest.fixture(scope="module")
def trials(design, pictures):
    return verify_trials(design, len(pictures), 1)


@pytest.fixture(scope="module")
def noise_alone(design):
    trials = [t for t in verify_trials(design, 4, 1) if not t.name.startswith(RESET)]
    return random_images(design.model, 4, 1), trials


def test_pictures_at_thresholds_show_faults_that_noise_does_not(
    design, pictures, trials, noise_alone, tmp_path
):
    mutants = Mutants(design, 40, 1, tmp_path / "mutants")
    before, now = killed(mutants, *noise_alone), killed(mutants, pictures, trials)
    assert set(before) <= set(now)
    assert len(set(now) - set(before)) >= 3


def test_resets_in_mid_frame_show_registers_that_miss_theirs(
    design, pictures, trials, noise_alone, tmp_path
):
    mutants = Mutants(design, 20, 1, tmp_path / "mutants", only="-port SRST -mode const0")
    before, now = killed(mutants, *noise_alone), killed(mutants, pictures, trials)
    by_resets = [n for n, names in now.items() if all(x.startswith(RESET) for x in names)]
    assert len(by_resets) >= 3
    assert not set(by_resets) & set(before)
