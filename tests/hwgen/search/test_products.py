import pytest
from plan_networks import precise, tiny

from hwgen.errors import FoldingError
from hwgen.families.devices import find_device
from hwgen.passes import lower_network
from hwgen.plan.folding_file import parse_folding
from hwgen.plan.products import Products
from hwgen.search.products import choose_products, stage_multipliers

NETWORK = lower_network(precise())


def chosen(entries, device="up5k", network=NETWORK):
    folding = parse_folding(network, entries, "f.json")
    found = choose_products(network, folding, find_device(device), "f.json")
    return {name: f.products for name, f in found.items()}


def test_multipliers_are_taken_where_there_are_any():
    assert chosen({}) == {"conv": Products.DSP, "fc": Products.DSP}
    assert chosen({}, "hx8k") == chosen({}, "generic") == {"conv": None, "fc": None}


def test_layers_of_signs_have_no_use_for_them():
    network = lower_network(tiny())
    assert set(chosen({}, network=network).values()) == {None}
    with pytest.raises(FoldingError, match=r"^f.json: layer 'classify': products must not be "):
        chosen({"classify": {"products": "dsp"}}, network=network)


def test_the_widest_products_go_first_and_only_as_a_whole():
    # The pixels of the convolution have 8 bits. Two products of up to 8 bits share a cell.
    assert chosen({"conv": {"pe": 2, "simd": 6}, "fc": {"simd": 4}}) == {
        "conv": Products.DSP,
        "fc": Products.DSP,
    }
    assert chosen({"conv": {"pe": 2, "simd": 6}, "fc": {"simd": 8}}) == {
        "conv": Products.DSP,
        "fc": Products.LOGIC,
    }
    assert chosen({"conv": {"pe": 2, "simd": 18}, "fc": {"simd": 8}}) == {
        "conv": Products.LOGIC,
        "fc": Products.DSP,
    }


def test_what_is_asked_for_goes_ahead_of_what_is_not():
    asked = {"conv": {"pe": 2, "simd": 6}, "fc": {"simd": 8, "products": "dsp"}}
    assert chosen(asked) == {"conv": Products.LOGIC, "fc": Products.DSP}
    assert chosen({"conv": {"products": "logic"}})["conv"] == Products.LOGIC


def test_cells_are_those_of_all_lanes_of_all_elements():
    stage = NETWORK.matrices["conv"]
    folding = parse_folding(NETWORK, {"conv": {"pe": 2, "simd": 9, "m": 2}}, "f")["conv"]
    counts = {d: stage_multipliers(stage, folding, find_device(d)) for d in ("up5k", "ecp5-25")}
    assert counts == {"up5k": 2 * 2 * 5, "ecp5-25": 2 * 2 * 9}


@pytest.mark.parametrize(
    ("entries", "device", "message"),
    [
        ({"fc": {"products": "dsp"}}, "hx1k",
         r'"dsp" needs a device with multipliers \(up5k, ecp5-12, .*\), not hx1k$'),
        ({"fc": {"products": "dsp"}}, "generic", r"not generic$"),
        ({"conv": {"products": "dsp", "simd": 6, "pe": 2},
          "fc": {"products": "dsp", "simd": 8}}, "up5k",
         r"need 4 multiplier cells, of which up5k has 8 and layers before it take 6$"),
    ],
)  # fmt: skip
def test_what_a_device_does_not_have_is_refused(entries, device, message):
    with pytest.raises(FoldingError, match=rf"^f.json: layer 'fc': .*{message}"):
        chosen(entries, device)
