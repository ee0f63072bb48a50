// Feeds frames at full rate; displays each score, and at the end the number of cycles. Ends when
// +words=N scores have left. Parameters and the design's name come from icarus.py.
`timescale 1ns/1ps
module bench;
  parameter PIXELS = 1, S_BITS = 8, M_BITS = 8;
  reg [S_BITS-1:0] pixels [0:PIXELS-1];
  reg clk, rst;
  integer next, left, cycle, words;
  wire s_axis_tready, m_axis_tvalid;
  wire [M_BITS-1:0] m_axis_tdata;
  wire s_axis_tvalid = !rst && next < PIXELS;
  `TOP dut (
    .clk(clk), .rst(rst), .s_axis_tdata(pixels[next]), .s_axis_tvalid(s_axis_tvalid),
    .s_axis_tready(s_axis_tready), .m_axis_tready(1'b1), .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tdata(m_axis_tdata)
  );
  initial begin
    if (!$value$plusargs("words=%d", words)) $finish;
    $readmemh("pixels.hex", pixels);
    clk = 0;
    rst = 1;
    next = 0;
    left = 0;
    cycle = 0;
    repeat (8) #5 clk = !clk;
    rst = 0;
    while (left < words) begin
      #5 if (m_axis_tvalid) begin
        $display("%h", m_axis_tdata);
        left = left + 1;
      end
      clk = 1;
      #5 clk = 0;
      cycle = cycle + 1;
    end
    $display("%0d cycles", cycle);
    $finish;
  end
  always @(posedge clk) if (s_axis_tvalid && s_axis_tready) next <= next + 1;
endmodule
