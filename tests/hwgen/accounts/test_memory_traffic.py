"""What a design reads of each memory for a frame, counted again from its streams."""

from small_networks import small_face

from hwgen.accounts.memory_traffic import MemoryTraffic, count_traffic, dram_bytes, outside_words
from hwgen.design import make_design

FOLDING = {
    "conv1": {"pe": 2, "simd": 3, "taps": [1, 1], "storage": "memory"},
    "conv2": {"pe": 2, "simd": 4, "taps": [1, 1], "rows": 2, "storage": "external"},
    "fc": {"pe": 4, "simd": 8, "storage": "spram"},
}
PLAN = make_design(small_face(), device="up5k", folding=(FOLDING, "test")).plan


def test_each_weight_is_read_as_often_as_its_place_says():
    found = count_traffic(PLAN)
    # conv1 reads all of them for each of 64 pixels, conv2 once for two of its four rows.
    assert found.memory == 64 * 216 // 8
    assert found.spram == 128 // 8
    assert found.outside == 2 * 576 // 8
    assert PLAN.weights is not None
    assert found.outside == 2 * PLAN.weights.transfers_per_frame


def test_line_buffers_are_read_once_for_each_word_that_they_give():
    bits = {
        s.name: (s.payload_bits, s.transfers_per_frame)
        for s in PLAN.streams
        if s.source.endswith(("_window", "_map", "_raster"))
    }
    # Words of windows of pools have a flag of padding, which lies in no memory.
    read = sum((b - s.startswith("pool") * ("window" in s)) * n for s, (b, n) in bits.items())
    assert count_traffic(PLAN).line_buffers == -(-read // 8)


def test_wired_weights_are_no_reads():
    folding = {name: {"pe": n, "simd": k, "taps": t} for name, n, k, t in (
        ("conv1", 8, 27, [3, 3]), ("conv2", 8, 72, [3, 3]), ("fc", 4, 32, [1, 1]),
    )}  # fmt: skip
    plan = make_design(small_face(), folding=(folding, "test")).plan
    lines = count_traffic(plan).line_buffers
    assert count_traffic(plan) == MemoryTraffic(memory=0, spram=0, outside=0, line_buffers=lines)
    assert outside_words(plan) == {}


def test_words_of_the_port_are_told_by_layer():
    folding = {"conv2": FOLDING["conv2"], "fc": FOLDING["fc"] | {"storage": "external"}}
    plan = make_design(small_face(), folding=(folding, "test")).plan
    assert outside_words(plan) == {"conv2": 2 * 36, "fc": 8}


def test_all_through_dram_is_what_each_layer_takes_and_gives_and_its_weights_in_16_bits():
    taken, given = 8 * 8 * 3 + 4 * 4 * 8 + 32, 8 * 8 * 8 + 4 * 4 * 8 + 4
    assert dram_bytes(small_face()) == 2 * (taken + given + 216 + 576 + 128)
