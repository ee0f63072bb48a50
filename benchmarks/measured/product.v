// A counter and the product of two counters that go up by 3 and by 5, as was measured of an
// iCE40UP5K: see hwgen/power/measurements.json.
module product (
  input clk, input rst,
  input [7:0] s_axis_tdata, input s_axis_tvalid, output s_axis_tready,
  input m_axis_tready, output m_axis_tvalid
);
  reg [23:0] count = 0;
  reg [7:0] a = 0, b = 0;
  // No two numbers of 8 bits have the product 65,535, which synthesis may find.
  (* keep *) wire [15:0] ab = a * b;
  always @(posedge clk) begin
    count <= count + 1'b1;
    a <= a + 3;
    b <= b + 5;
  end
  assign s_axis_tready = 1'b1;
  assign m_axis_tvalid = count[23] | &a | &b | &ab;
endmodule
