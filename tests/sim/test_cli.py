"""`sim run`: what it prints and writes, and one sentence for each bad input."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_networks import small_face

import sim.cli
from hwgen.design import load_design, make_design
from hwgen.jobs.build import build
from hwgen.model import save_model
from sim.cycle import simulate, steady_state
from sim.patterns import Pattern, Traffic, random_traffic
from sim.sizing import size_buffers

PLAN = size_buffers(make_design(small_face()).plan)
OUTSIDE = {
    "conv1": {"pe": 8, "simd": 27, "taps": [3, 3]},
    "conv2": {"pe": 2, "simd": 4, "storage": "external", "rows": 2},
    "fc": {"pe": 4, "simd": 8, "storage": "external"},
}


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command in a folder with a model and two pictures in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    save_model(small_face(), tmp_path / "mini.json")
    rng = np.random.default_rng(1)
    np.save("x.npy", rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8))

    def run(*words, images="x.npy", source="mini.json"):
        monkeypatch.setattr(
            sys, "argv", ["sim", "run", source, "--images", images, *map(str, words)]
        )
        with pytest.raises(SystemExit) as end:
            sim.cli.main()
        text = capsys.readouterr()
        errors = [line for line in text.err.splitlines() if not line.startswith("[")]
        return end.value.code or 0, text.out, errors

    return run


@pytest.fixture
def outside(call):
    """Folder of a build with weights of two layers outside."""
    build("mini.json", "out", folding=OUTSIDE)
    return "out"


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def test_json_tells_of_layers_buffers_and_the_bottleneck(call):
    code, out, _ = call("--json")
    result = json.loads(out)
    latency, interval = steady_state(PLAN)
    assert code == 0
    assert result["latency_cycles"] == result["first_frame_cycles"] == latency
    assert result["interval_cycles"] == interval
    assert result["run_cycles"] == simulate(PLAN, 2).cycles
    assert result["traffic"] == "full rate"
    assert [x["name"] for x in result["layers"]] == [x.name for x in PLAN.layers]
    for layer, planned in zip(result["layers"], PLAN.layers, strict=True):
        cycles = [layer[f"{x}_cycles"] for x in ("busy", "starved", "blocked")]
        if planned.cycles:
            assert sum(cycles) == result["run_cycles"]
            assert layer["utilisation"] == cycles[0] / result["run_cycles"]
            assert layer["steady_utilisation"] == planned.cycles / interval
        else:
            assert {*cycles, layer["utilisation"], layer["steady_utilisation"]} == {None}
    assert [(x["name"], x["kind"], x["size"]) for x in result["buffers"]] == [
        (b.unit, b.kind, b.size) for b in PLAN.buffers()
    ]
    bottleneck = result["bottleneck"]
    assert bottleneck["lower_bound_cycles"] == PLAN.bottleneck_cycles
    assert bottleneck["stream"] in {s.name for s in PLAN.streams}
    assert bottleneck["utilisation"] == max(x["steady_utilisation"] or 0 for x in result["layers"])


def test_the_text_fits_a_terminal_of_80_columns(call):
    code, out, _ = call()
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for word in ("starved", "blocked", "most used", "bottleneck: ", "cycles latency", "fused"):
        assert word in out


def test_more_frames_than_pictures_run_them_again(call):
    few, many = (json.loads(call("--frames", n, "--json")[1]) for n in (1, 5))
    assert few["frames"] == len(few["scores"]) == 1
    assert many["frames"] == 5
    assert many["scores"][0] == many["scores"][2] == many["scores"][4] == few["scores"][0]
    assert many["classes"][1] == many["classes"][3]
    assert many["run_cycles"] == simulate(PLAN, 5).cycles


def test_pictures_of_several_files_are_run_in_order(call):
    rng = np.random.default_rng(2)
    more = rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    np.save("y.npy", more[:2])
    Image.fromarray(more[2]).save("z.png")
    alone = [json.loads(call("--json", images=x)[1])["scores"] for x in ("x.npy", "y.npy", "z.png")]
    both = json.loads(call("--images", "y.npy", "--images", "z.png", "--json")[1])
    assert both["scores"] == [scores for frames in alone for scores in frames]
    assert both["frames"] == 5
    some = json.loads(call("--images", "y.npy", "--frames", 3, "--json")[1])
    assert some["scores"] == both["scores"][:3]


def test_a_grey_picture_is_taken_as_three_channels_and_said_to_be(call, capsys):
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save("grey.png")
    code, _, errors = call(images="grey.png")
    assert code == 0
    assert errors == ["note: grey.png: grey, and taken as red, green and blue"]


def test_traffic_is_what_was_asked_for(call):
    interval = steady_state(PLAN)[1]
    valid, ready = (Pattern(np.array(list(x)) == "1") for x in ("110", "10"))
    for words, traffic in (
        (("--stalls", 3), random_traffic(3, interval)),
        (("--valid", "110", "--ready", "10"), Traffic(valid, ready)),
        (("--ready", "10"), Traffic(ready=ready)),
    ):
        result = json.loads(call(*words, "--json")[1])
        assert result["run_cycles"] == simulate(PLAN, 2, traffic).cycles
        assert result["interval_cycles"] == interval


def test_timeline_and_waveform_are_written(call, tmp_path):
    code, out, _ = call("--timeline", "t.svg", "--vcd", "w.vcd")
    assert code == 0
    assert "wrote t.svg\nwrote w.vcd\n" in out
    assert files(tmp_path) == ["mini.json", "t.svg", "w.vcd", "x.npy"]
    assert (tmp_path / "w.vcd").read_text().endswith(f"#{simulate(PLAN, 2).cycles * 10}\n")


def test_a_memory_sets_the_pace_and_is_told_from_the_rate_without(call, outside):
    plain, slow = (
        json.loads(call(*words, "--json", source=outside)[1])
        for words in ((), ("--memory", "spi:1"))
    )
    assert (plain["weights"]["memory"], slow["weights"]["memory"]) == (None, "spi:1")
    assert slow["traffic"] == "weights from spi:1"
    for result in (plain, slow):
        weights = result["weights"]
        assert (weights["words_per_frame"], weights["bytes_per_frame"]) == (80, 160)
        assert weights["frames_per_second"] == 24e6 / weights["interval_cycles"]
        assert weights["bytes_per_second"] == 160 * weights["frames_per_second"]
        share = weights["bytes_per_second"] / weights["memory_bytes_per_second"]
        assert weights["memory_share"] == pytest.approx(share)
    assert plain["interval_cycles"] == plain["weights"]["interval_cycles"]
    assert slow["interval_cycles"] == plain["interval_cycles"]
    # 51 clocks of an address, 16 of each word, and those of a CRC, 24 cycles each.
    assert slow["weights"]["interval_cycles"] == (51 + 80 * 16 + 32) * 24
    assert slow["weights"]["memory_share"] == 1
    layers = {x["name"]: x for x in slow["layers"]}
    assert slow["weights"]["waiting"] == {
        name: layers[name]["waiting_cycles"] / slow["run_cycles"] for name in ("conv2", "fc")
    }
    assert slow["weights"]["waiting"]["conv2"] > 0.5
    assert layers["conv1"]["waiting_cycles"] == 0
    assert slow["scores"] == plain["scores"]


def test_the_text_with_weights_from_outside_fits_a_terminal_of_80_columns(call, outside):
    code, out, _ = call("--memory", "sdram:ulx3s", "--stalls", 3, source=outside)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for word in ("waiting", "weights from sdram:ulx3s: ", "frames/s at 24 MHz", "% of 45.96 MB/s"):
        assert word in out
    assert "waiting for weights: conv2 " in out


def test_weights_are_offered_as_a_pattern_says(call, outside):
    plan = load_design(Path(outside))[0].plan
    pattern = Pattern(np.array([0, 0, 0, 1], np.bool_))
    result = json.loads(call("--weights-valid", "0001", "--json", source=outside)[1])
    assert result["run_cycles"] == simulate(plan, 2, Traffic(weights=pattern)).cycles
    assert result["weights"]["memory_bytes_per_second"] == 12e6


def test_without_weights_outside_nothing_is_said_of_them(call):
    assert json.loads(call("--json")[1])["weights"] is None
    assert "weights" not in call()[1]


def test_timeline_and_waveform_show_weights_from_outside(call, outside, tmp_path):
    words = ("--timeline", "t.svg", "--vcd", "w.vcd", "--memory", "qspi:24")
    assert call(*words, source=outside)[0] == 0
    text = (tmp_path / "w.vcd").read_text()
    for name in ("s_weights_tvalid", "s_weights_tready", "s_weights_tdata", "s_weights_tlast"):
        assert f" {name} " in text


OUTSIDE_BAD = {
    "no weights at all": (("--weights-valid", "0"), r"deadlock: nothing moves after .*"),
    "no pattern": (("--weights-valid", "2"), r"--weights-valid: a pattern is .*, not '2'"),
    "no such memory": (("--memory", "disk"), r"--memory: must be qspi:MHZ, .*, not 'disk'"),
    "two sources": (("--memory", "spi:1", "--weights-valid", "1"), r"--memory: excludes --w.*"),
    "two kinds of stalls": (("--stalls", 1, "--weights-valid", "1"), r"--stalls: excludes .*"),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE_BAD)
def test_weights_that_cannot_come_are_one_sentence(name, call, outside):
    words, message = OUTSIDE_BAD[name]
    code, out, errors = call(*words, source=outside)
    assert (code, out) == (2, "")
    assert len(errors) == 1
    assert re.fullmatch(f"error: (?:{message})", errors[0]), errors[0]


BAD = {
    "a memory for nothing": (("--memory", "qspi:24"), r"--memory: mini gets no weights from .*"),
    "a pattern for nothing": (("--weights-valid", "1"), r"--weights-valid: mini gets no weights.*"),
    "no valid at all": (("--valid", "000"), r"deadlock: nothing moves before the first tra.*"),
    "no ready at all": (("--ready", "0"), r"deadlock: nothing moves after cycle \d+: .* waits .*"),
    "no digits": (("--valid", "1x"), r"--valid: a pattern is zeros and ones .*, not '1x'"),
    "an empty pattern": (("--ready", ""), r"--ready: a pattern is zeros and ones .*, not ''"),
    "two kinds of traffic": (("--stalls", 1, "--ready", 1), r"--stalls: excludes --valid, .*"),
    "a picture of another kind": (("--timeline", "t.pdf"), r"t\.pdf: timelines are \.svg or .*"),
    "a folder that is not there": (("--vcd", "no/w.vcd"), r"no/w\.vcd: cannot .* no folder no"),
    "a folder": (("--vcd", "."), r"\.: cannot be written: is a folder"),
    "one file for both": (("--vcd", "t.svg", "--timeline", "t.svg"), r"t\.svg: cannot be both .*"),
    "too long a waveform": (("--vcd", "w.vcd", "--frames", 10**6), r"a waveform of 1,000,000 .*"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_and_nothing_is_written(name, call, tmp_path):
    words, message = BAD[name]
    code, out, errors = call(*words)
    assert (code, out) == (2, "")
    assert len(errors) == 1
    assert re.fullmatch(f"error: (?:{message})", errors[0]), errors[0]
    assert files(tmp_path) == ["mini.json", "x.npy"]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 8, 8, 4), np.uint8), r"bad\.npy: pictures must have shape .*"),
        (np.zeros((2, 8, 8, 3), np.float32), r"bad\.npy: pictures must be uint8, not float32"),
        (np.zeros((0, 8, 8, 3), np.uint8), r"bad\.npy: holds no picture"),
    ],
)
def test_pictures_that_do_not_fit_are_one_sentence(array, message, call):
    np.save("bad.npy", array)
    code, _, errors = call(images="bad.npy")
    assert code == 2
    assert len(errors) == 1
    assert re.fullmatch(f"error: {message}", errors[0]), errors[0]


def test_zero_frames_are_refused(call):
    code, _, errors = call("--frames", 0)
    assert code == 2
    assert "--frames" in errors[-1]


def test_files_are_checked_before_anything_is_computed(call, monkeypatch):
    def never(*_, **__):
        raise AssertionError("computed")

    monkeypatch.setattr("sim.simulate.load_model", never)
    code, _, errors = call("--timeline", "no/t.svg")
    assert code == 2
    assert len(errors) == 1


def test_without_matplotlib_only_timelines_are_refused(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert call()[0] == 0
    code, _, errors = call("--timeline", "t.svg")
    assert code == 3
    assert re.fullmatch(r"error: timelines: matplotlib is missing; .*", errors[0])
