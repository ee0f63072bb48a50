"""Of the vendor's cells those are taken that a netlist is made of."""

from sim.benches.cell_library import needed_cells

LIBRARY = """`define ONE 1
// ---
(* box *)
(* white *)
module A(input a);
  B b(.a(a));
endmodule
module B(input a);
endmodule
(* abc9_lut=2 *)
module \\$C (input a);
endmodule
module D(input a);
  generate if (1) else endgenerate
endmodule
"""


def test_what_is_placed_is_kept_with_what_it_places_itself_and_the_rest_is_not():
    found = needed_cells("module t; A a(); endmodule\n", [LIBRARY])
    assert found == LIBRARY[: LIBRARY.index("(* abc9_lut")]
    assert needed_cells("module t; endmodule\n", [LIBRARY]) == "`define ONE 1\n// ---\n"


def test_a_cell_may_place_one_of_another_library():
    other = "module E(input a);\n  D d(.a(a));\nendmodule\n"
    assert "module D" in needed_cells("E e();", [LIBRARY, other])
