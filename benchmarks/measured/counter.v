// One counter of WIDTH bits, as was measured of an iCE40UP5K: see hwgen/power/measurements.json.
module counter #(parameter WIDTH = 28) (
  input clk, input rst,
  input [7:0] s_axis_tdata, input s_axis_tvalid, output s_axis_tready,
  input m_axis_tready, output m_axis_tvalid
);
  reg [WIDTH-1:0] count = 0;
  always @(posedge clk) count <= count + 1'b1;
  assign s_axis_tready = 1'b1;
  assign m_axis_tvalid = count[WIDTH-1];
endmodule
