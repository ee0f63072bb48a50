"""A design behind shift registers."""

from hwgen.synth.pins import Port, pins_verilog, top_ports, with_pins

PORTS = [Port("clk", False, 1), Port("rst", False, 1), Port("a", False, 3), Port("o", True, 2)]


def test_each_bit_of_each_port_has_its_place_in_a_register():
    text = pins_verilog("t", PORTS)
    assert "  reg [3:0] driven;" in text
    assert "  reg [1:0] shifted;" in text
    for line in (".clk(clk)", ".rst(driven[0 +: 1])", ".a(driven[1 +: 3])", ".o(results[0 +: 2])"):
        assert f"    {line}" in text
    assert "module hwgen_pins_t(input clk, input serial_in, input load, output serial_out);" in text


def test_the_design_takes_the_place_of_the_black_box_and_is_no_top():
    design = {
        "attributes": {"top": "1", "keep": "1"},
        "ports": {"clk": {"direction": "input", "bits": [2]}, "o": {"direction": "output",
                                                                  "bits": [3, 4]}},
    }  # fmt: skip
    netlist = {"modules": {"t": design, "LUT": {"attributes": {"blackbox": "1"}}}}
    assert top_ports(netlist, "t") == [Port("clk", False, 1), Port("o", True, 2)]
    pins = {"creator": "y", "modules": {"t_pins": {}, "t": {"attributes": {"blackbox": "1"}}}}
    whole = with_pins(pins, netlist, "t")
    assert set(whole["modules"]) == {"t", "t_pins", "LUT"}
    assert whole["modules"]["t"] == {"attributes": {"keep": "1"}, "ports": design["ports"]}
    assert design["attributes"]["top"] == "1"
