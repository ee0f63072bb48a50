"""Which bits are counted: by cells, by units, and with the block RAMs that memories become."""

from hwgen.families.ice40.family import ICE40
from sim.benches.counted_bits import add_counted, find_counted


def flat(cells, netnames=None):
    return {"modules": {"top": {"cells": cells, "netnames": netnames or {}}}}


def cell(kind, parameters=None, **connections):
    return {"type": kind, "parameters": parameters or {}, "connections": connections}


def found(design):
    return {(c.unit, c.event, c.kind): c for c in find_counted(design, "top", ICE40)}


def test_cells_of_a_netlist_are_counted_by_what_they_are():
    counted = found(
        flat({
            "a": cell("SB_LUT4", O=[2], I0=[3]),
            "b": cell("SB_CARRY", CO=[4]),
            "c": cell("SB_DFFESR", Q=[5], E=["1"]),
            "d": cell("SB_RAM40_4K", RDATA=[6, 7], RCLKE=["1"], RE=[8], WCLKE=[9], WE=["1"]),
        })
    )  # fmt: skip
    assert counted["", "lut", "toggles"].bits == [2]
    assert counted["", "carry", "toggles"].bits == [4]
    assert counted["", "register", "toggles"].bits == [5]
    assert counted["", "register bits", "ones"].always == 1
    assert counted["", "memory data", "toggles"].bits == [6, 7]
    assert counted["", "ram read", "ones"].bits == [8]
    assert counted["", "ram write", "ones"].bits == [9]


def test_a_ram_that_is_always_read_is_read_in_every_cycle_and_one_never_written_never():
    counted = found(
        flat({"d": cell("SB_RAM40_4K", RDATA=[6], RCLKE=["1"], RE=["1"], WCLKE=["0"], WE=["0"])})
    )
    assert counted["", "ram read", "ones"].always == 1
    assert ("", "ram write", "ones") not in counted


def test_operators_and_registers_of_emitted_verilog_go_to_the_unit_that_names_them():
    counted = found(
        flat(
            {
                "$flatten\\conv1.$add$design.v:3$1": cell("$add", A=[1], B=[2], Y=[3, 4]),
                "$auto$ff.cc:1$2": cell("$dffe", Q=[5, 6], D=[3, 4]),
                "$auto$x": cell("$and", A=[1], Y=[9]),
            },
            {"conv2.count": {"bits": [5, 6]}},
        )
    )
    assert counted["conv1", "logic", "toggles"].bits == [3, 4]
    assert counted["conv1", "logic bits", "ones"].always == 2
    assert counted["conv2", "register", "toggles"].bits == [5, 6]
    assert counted["", "logic", "toggles"].bits == [9]


def memory(words, width, **ports):
    parameters = {"SIZE": f"{words:b}", "WIDTH": f"{width:b}", "RD_PORTS": "1", "WR_PORTS": "1",
                  "RD_CLK_ENABLE": "1"}  # fmt: skip
    return cell("$mem_v2", parameters, **ports)


def test_a_memory_counts_for_the_block_rams_that_it_becomes():
    ports = {"RD_EN": [2], "RD_DATA": [3] * 32, "WR_EN": [4] * 32}
    counted = found(flat({"\\window.rows": memory(512, 32, **ports)}))
    assert counted["window", "ram read", "ones"].weight == 4
    assert counted["window", "ram write", "ones"].bits == [4]
    assert counted["window", "memory data", "toggles"].bits == [3] * 32


def test_a_small_memory_is_logic():
    ports = {"RD_EN": [2], "RD_DATA": [3, 4], "WR_EN": [5, 5]}
    counted = found(flat({"\\window.rows": memory(4, 2, **ports)}))
    assert set(counted) == {("window", "logic", "toggles")}


def test_wires_of_32_bits_are_added_for_what_is_counted():
    design = flat({f"c{k}": cell("SB_LUT4", O=[k]) for k in range(2, 72)})
    counted = find_counted(design, "top", ICE40)
    names = add_counted(design, "top", counted)
    nets = design["modules"]["top"]["netnames"]
    assert [len(nets[name]["bits"]) for name in names] == [32, 32, 6]
    assert set(names.values()) == {0}
