// Data path of an accelerator of 16 products of 8 bits a cycle, as its published description has it
// (Symbiotic EDA's MARLANN): coefficients from 16 block RAMs, instructions from 4, products in 8
// SB_MAC16, two sums of eight products, two accumulators, and a pipeline that takes instructions
// along. What its four SPRAMs read is noise here. It works while m_axis_tready is high.
// Its own code is not used: counts of this one stand for it, and are as uncertain as that.
module sums (
  input clk, input rst,
  input [95:0] s_axis_tdata, input s_axis_tvalid, output s_axis_tready,
  input m_axis_tready, output m_axis_tvalid
);
  reg [127:0] coefficients [0:511];
  reg [31:0] code [0:511];
  integer k, m;
  initial for (k = 0; k < 512; k = k + 1) begin
    coefficients[k] = {4{32'h9e3779b9 * (k + 1)}} ^ {2{64'hd1b54a32d192ed03 * (k + 7)}};
    code[k] = 32'h85ebca6b * (k + 3);
  end
  reg work = 0;
  reg [8:0] at = 0, pointer = 0;
  reg [63:0] data = 0;
  reg [127:0] coefficient = 0;
  reg [31:0] word = 0;
  reg [16:0] base = 0;
  reg [15:0] address = 0;
  reg [31:0] stage [0:7];
  always @(posedge clk) begin
    // Four cycles of five multiply.
    work <= m_axis_tready && s_axis_tdata[95:93] != 0;
    if (work) begin
      at <= at + 1;
      data <= s_axis_tdata[63:0];
      address <= word[31:15] + base;
      pointer <= word[14:6];
      base <= word[0] && word[5:1] == 0 ? word[31:15] : base;
    end
    // These are read in every cycle.
    coefficient <= coefficients[pointer];
    word <= code[at];
    stage[0] <= word;
    for (m = 1; m < 8; m = m + 1) stage[m] <= stage[m - 1];
  end
  wire [255:0] products;
  genvar n;
  generate for (n = 0; n < 8; n = n + 1) begin : multipliers
    SB_MAC16 #(
      .A_SIGNED(1), .B_SIGNED(1), .MODE_8x8(1),
      .TOPOUTPUT_SELECT(2'b10), .BOTOUTPUT_SELECT(2'b10),
      .TOP_8x8_MULT_REG(1), .BOT_8x8_MULT_REG(1), .A_REG(1), .B_REG(1)
    ) multiplier (
      .CLK(clk), .CE(1'b1), .A(data[16 * (n % 4) +: 16]), .B(coefficient[16 * n +: 16]),
      .C(16'b0), .D(16'b0), .AHOLD(1'b0), .BHOLD(1'b0), .CHOLD(1'b0), .DHOLD(1'b0),
      .IRSTTOP(1'b0), .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0),
      .OLOADTOP(1'b0), .OLOADBOT(1'b0), .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0),
      .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .CI(1'b0), .ACCUMCI(1'b0), .SIGNEXTIN(1'b0),
      .O(products[32 * n +: 32]), .CO(), .ACCUMCO(), .SIGNEXTOUT()
    );
  end endgenerate
  function signed [19:0] sum(input [127:0] p);
    sum = $signed(p[15:0]) + $signed(p[31:16]) + $signed(p[47:32]) + $signed(p[63:48])
        + $signed(p[79:64]) + $signed(p[95:80]) + $signed(p[111:96]) + $signed(p[127:112]);
  endfunction
  reg signed [19:0] sum0 = 0, sum1 = 0;
  reg signed [31:0] acc0 = 0, acc1 = 0;
  reg [7:0] out0 = 0, out1 = 0;
  wire [31:0] shifted0 = acc0 >>> stage[7][14:6], shifted1 = acc1 >>> stage[7][14:6];
  always @(posedge clk) begin
    sum0 <= sum(products[127:0]);
    sum1 <= sum(products[255:128]);
    if (work) begin
      acc0 <= (stage[6][1] ? 0 : acc0) + sum0;
      acc1 <= (stage[6][1] ? 0 : acc1) + sum1;
    end
    out0 <= &shifted0[31:7] == |shifted0[31:7] ? shifted0[7:0] : {shifted0[31], {7{~shifted0[31]}}};
    out1 <= &shifted1[31:7] == |shifted1[31:7] ? shifted1[7:0] : {shifted1[31], {7{~shifted1[31]}}};
  end
  assign s_axis_tready = 1'b1;
  assign m_axis_tvalid = ^{out0, out1, address};
endmodule
