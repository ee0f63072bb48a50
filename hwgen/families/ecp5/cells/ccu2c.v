// ECP5's carry cell. The vendor's model of it makes each change of an input a short pulse of the
// carry too: along a chain, and from chain to chain, pulses multiply beyond what a simulator that
// runs event by event gets done. Here a carry is one choice. Equal to the vendor's by proof:
// tests/sim/benches/test_cell_library.py.

module CCU2C (
  input CIN, A0, B0, C0, D0, A1, B1, C1, D1,
  output S0, S1, COUT
);
  parameter [15:0] INIT0 = 16'h0000;
  parameter [15:0] INIT1 = 16'h0000;
  parameter INJECT1_0 = "YES";
  parameter INJECT1_1 = "YES";

  // Input by input: one that is not known matters where the table asks for it only.
  wire [7:0] d0 = D0 ? INIT0[15:8] : INIT0[7:0];
  wire [7:0] d1 = D1 ? INIT1[15:8] : INIT1[7:0];
  wire [3:0] c0 = C0 ? d0[7:4] : d0[3:0];
  wire [3:0] c1 = C1 ? d1[7:4] : d1[3:0];
  wire [1:0] b0 = B0 ? c0[3:2] : c0[1:0];
  wire [1:0] b1 = B1 ? c1[3:2] : c1[1:0];
  wire [1:0] e0 = B0 ? INIT0[3:2] : INIT0[1:0];
  wire [1:0] e1 = B1 ? INIT1[3:2] : INIT1[1:0];
  wire p0 = A0 ? b0[1] : b0[0];
  wire p1 = A1 ? b1[1] : b1[0];
  wire g0 = INJECT1_0 == "YES" ? 1'b0 : A0 ? e0[1] : e0[0];
  wire g1 = INJECT1_1 == "YES" ? 1'b0 : A1 ? e1[1] : e1[0];
  wire carry = p0 ? CIN : g0;
  assign S0 = INJECT1_0 == "YES" ? p0 : p0 ^ CIN;
  assign S1 = INJECT1_1 == "YES" ? p1 : p1 ^ carry;
  assign COUT = p1 ? carry : g1;
endmodule
