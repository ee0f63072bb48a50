"""Groups of frames over processes: the same results, errors and order as in one."""

import os
import signal
from functools import partial
from multiprocessing import active_children

import numpy as np
import pytest
from golden_cases import network_of, norm, random_pictures, random_weights

from hwgen.errors import ModelError, ToolError
from hwgen.model.layers import Affine, Conv2d, Dense, Flatten, Input, MaxPool, Model, Padding, Sign
from sim import golden
from sim.golden import network, process_pool


def small_network() -> Model:
    return network_of(
        Input(6, 5, 2, Affine()),
        Conv2d("conv", ("input",), random_weights(4, 3, 3, 2), padding=Padding("same", pixel=9)),
        norm("conv", [1, -2, 0.5, 0], 0.5, [1, 300, -200, 0], 2.0),
        Sign("bits", ("norm",)),
        MaxPool("pool", ("bits",), (2, 2), (2, 2)),
        Flatten("flat", ("pool",)),
        Dense("dense", ("flat",), random_weights(3, 24)),
    )


def total(images: np.ndarray) -> int:
    return int(images.sum())


def refuse_nines(images: np.ndarray) -> int:
    if (images == 9).any():
        raise ModelError("no nines")
    return total(images)


def be_killed(images: np.ndarray) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_two_processes_give_what_one_gives(monkeypatch):
    model = small_network()
    images = random_pictures(11, model.input)
    monkeypatch.setattr(network, "BATCH_ELEMENTS", 3 * 120)
    seen: list[list[tuple[int, int]]] = [[], []]
    one, two = (
        golden.run(
            model,
            images,
            lambda done, of, k=k: seen[k - 1].append((done, of)),
            processes=k,
        )
        for k in (1, 2)
    )
    assert seen[0] == seen[1] == [(3, 11), (6, 11), (9, 11), (11, 11)]
    assert list(one.tensors) == list(two.tensors)
    for name, tensor in one.tensors.items():
        np.testing.assert_array_equal(tensor, two.tensors[name])
        assert tensor.dtype == two.tensors[name].dtype
    np.testing.assert_array_equal(one.scores, two.scores)
    np.testing.assert_array_equal(one.float_scores, two.float_scores)
    np.testing.assert_array_equal(one.classes, two.classes)
    assert one.score_scale == two.score_scale
    assert one.score_offset == two.score_offset


def test_results_come_in_the_order_of_the_images():
    images = np.arange(40, dtype=np.uint8).reshape(20, 2)
    expected = [int(images[k : k + 3].sum()) for k in range(0, 20, 3)]
    assert list(process_pool.compute_groups(total, images, 3, 1)) == expected
    assert list(process_pool.compute_groups(total, images, 3, 2)) == expected


def test_an_error_is_the_same_from_a_process():
    images = np.arange(20, dtype=np.uint8)
    for processes in (1, 2):
        parts = process_pool.compute_groups(refuse_nines, images, 4, processes)
        with pytest.raises(ModelError, match=r"^no nines$"):
            list(parts)


def test_a_killed_process_is_told_in_one_sentence():
    images = np.zeros(4, np.uint8)
    with pytest.raises(ToolError, match=r"^a process that computed frames was killed; memory"):
        list(process_pool.compute_groups(be_killed, images, 1, 2))


def test_ctrl_c_ends_the_processes_and_is_handled_again_afterwards():
    before = signal.getsignal(signal.SIGINT)

    def interrupt(done: int, of: int) -> None:
        assert signal.getsignal(signal.SIGINT) is before
        raise KeyboardInterrupt

    model = small_network()
    run = partial(golden.run, model, random_pictures(9, model.input), interrupt, processes=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "BATCH_ELEMENTS", 120)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert signal.getsignal(signal.SIGINT) is before
    assert active_children() == []


def test_processes_are_as_many_as_the_work_is_worth(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(4)))
    assert process_pool.worthwhile_processes(0) == 1
    assert process_pool.worthwhile_processes(2 * process_pool.PROCESS_MACS - 1) == 1
    assert process_pool.worthwhile_processes(2 * process_pool.PROCESS_MACS) == 2
    assert process_pool.worthwhile_processes(100 * process_pool.PROCESS_MACS) == 4


def test_the_work_of_a_run_decides_unless_tensors_are_kept(monkeypatch):
    model = small_network()
    images = random_pictures(5, model.input)
    asked: list[int] = []

    def compute_here(compute, pictures, group, processes):
        asked.append(processes)
        yield compute(pictures)

    monkeypatch.setattr(network, "compute_groups", compute_here)
    monkeypatch.setattr(network, "worthwhile_processes", lambda macs: macs)
    golden.run(model, images, keep=False, processes=None)
    golden.run(model, images, keep=["dense"], processes=None)
    assert asked == [5 * (6 * 5 * 72 + 72), 1]
