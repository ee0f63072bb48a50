// ECP5's block RAM, of which yosys 0.70 has the ports only: what it does (FPGA-TN-02204), as far as
// yosys and hwgen.families.ecp5.output_registers use it. With synchronous resets, always selected.
//
// 2048 bytes of 9 bits, the 9th out of use where words are narrower. A row of INITVAL holds 32
// bytes, two in each 20 bits. Words of 36 bits go in by port A, the upper half on DIB, and come out
// by port B, the lower half on DOA; the lowest address bits of 18 and 36 select the bytes written.
// With OUTREG a word comes a clock later, and stays while OCE is low, whatever CE is.

module DP16KD (
  input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4,
    DIA3, DIA2, DIA1, DIA0,
  input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
  input CEA, OCEA, CLKA, WEA, RSTA,
  input CSA2, CSA1, CSA0,
  output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4,
    DOA3, DOA2, DOA1, DOA0,
  input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4,
    DIB3, DIB2, DIB1, DIB0,
  input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
  input CEB, OCEB, CLKB, WEB, RSTB,
  input CSB2, CSB1, CSB0,
  output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4,
    DOB3, DOB2, DOB1, DOB0
);
  parameter DATA_WIDTH_A = 18;
  parameter DATA_WIDTH_B = 18;
  parameter REGMODE_A = "NOREG";
  parameter REGMODE_B = "NOREG";
  parameter RESETMODE = "SYNC";
  parameter ASYNC_RESET_RELEASE = "SYNC";
  parameter CSDECODE_A = "0b000";
  parameter CSDECODE_B = "0b000";
  parameter [127:0] WRITEMODE_A = "NORMAL";
  parameter [127:0] WRITEMODE_B = "NORMAL";
  parameter CLKAMUX = "CLKA";
  parameter CLKBMUX = "CLKB";
  parameter GSR = "ENABLED";
  parameter [319:0] INITVAL_00 = 320'h0;
  parameter [319:0] INITVAL_01 = 320'h0;
  parameter [319:0] INITVAL_02 = 320'h0;
  parameter [319:0] INITVAL_03 = 320'h0;
  parameter [319:0] INITVAL_04 = 320'h0;
  parameter [319:0] INITVAL_05 = 320'h0;
  parameter [319:0] INITVAL_06 = 320'h0;
  parameter [319:0] INITVAL_07 = 320'h0;
  parameter [319:0] INITVAL_08 = 320'h0;
  parameter [319:0] INITVAL_09 = 320'h0;
  parameter [319:0] INITVAL_0A = 320'h0;
  parameter [319:0] INITVAL_0B = 320'h0;
  parameter [319:0] INITVAL_0C = 320'h0;
  parameter [319:0] INITVAL_0D = 320'h0;
  parameter [319:0] INITVAL_0E = 320'h0;
  parameter [319:0] INITVAL_0F = 320'h0;
  parameter [319:0] INITVAL_10 = 320'h0;
  parameter [319:0] INITVAL_11 = 320'h0;
  parameter [319:0] INITVAL_12 = 320'h0;
  parameter [319:0] INITVAL_13 = 320'h0;
  parameter [319:0] INITVAL_14 = 320'h0;
  parameter [319:0] INITVAL_15 = 320'h0;
  parameter [319:0] INITVAL_16 = 320'h0;
  parameter [319:0] INITVAL_17 = 320'h0;
  parameter [319:0] INITVAL_18 = 320'h0;
  parameter [319:0] INITVAL_19 = 320'h0;
  parameter [319:0] INITVAL_1A = 320'h0;
  parameter [319:0] INITVAL_1B = 320'h0;
  parameter [319:0] INITVAL_1C = 320'h0;
  parameter [319:0] INITVAL_1D = 320'h0;
  parameter [319:0] INITVAL_1E = 320'h0;
  parameter [319:0] INITVAL_1F = 320'h0;
  parameter [319:0] INITVAL_20 = 320'h0;
  parameter [319:0] INITVAL_21 = 320'h0;
  parameter [319:0] INITVAL_22 = 320'h0;
  parameter [319:0] INITVAL_23 = 320'h0;
  parameter [319:0] INITVAL_24 = 320'h0;
  parameter [319:0] INITVAL_25 = 320'h0;
  parameter [319:0] INITVAL_26 = 320'h0;
  parameter [319:0] INITVAL_27 = 320'h0;
  parameter [319:0] INITVAL_28 = 320'h0;
  parameter [319:0] INITVAL_29 = 320'h0;
  parameter [319:0] INITVAL_2A = 320'h0;
  parameter [319:0] INITVAL_2B = 320'h0;
  parameter [319:0] INITVAL_2C = 320'h0;
  parameter [319:0] INITVAL_2D = 320'h0;
  parameter [319:0] INITVAL_2E = 320'h0;
  parameter [319:0] INITVAL_2F = 320'h0;
  parameter [319:0] INITVAL_30 = 320'h0;
  parameter [319:0] INITVAL_31 = 320'h0;
  parameter [319:0] INITVAL_32 = 320'h0;
  parameter [319:0] INITVAL_33 = 320'h0;
  parameter [319:0] INITVAL_34 = 320'h0;
  parameter [319:0] INITVAL_35 = 320'h0;
  parameter [319:0] INITVAL_36 = 320'h0;
  parameter [319:0] INITVAL_37 = 320'h0;
  parameter [319:0] INITVAL_38 = 320'h0;
  parameter [319:0] INITVAL_39 = 320'h0;
  parameter [319:0] INITVAL_3A = 320'h0;
  parameter [319:0] INITVAL_3B = 320'h0;
  parameter [319:0] INITVAL_3C = 320'h0;
  parameter [319:0] INITVAL_3D = 320'h0;
  parameter [319:0] INITVAL_3E = 320'h0;
  parameter [319:0] INITVAL_3F = 320'h0;

  reg [8:0] mem [0:2047];
  integer i;
  task fill(input integer row, input [319:0] words);
    for (i = 0; i < 16; i = i + 1) begin
      mem[row * 32 + 2 * i] = words[20 * i +: 9];
      mem[row * 32 + 2 * i + 1] = words[20 * i + 9 +: 9];
    end
  endtask
  initial begin
    fill(0, INITVAL_00); fill(1, INITVAL_01);
    fill(2, INITVAL_02); fill(3, INITVAL_03);
    fill(4, INITVAL_04); fill(5, INITVAL_05);
    fill(6, INITVAL_06); fill(7, INITVAL_07);
    fill(8, INITVAL_08); fill(9, INITVAL_09);
    fill(10, INITVAL_0A); fill(11, INITVAL_0B);
    fill(12, INITVAL_0C); fill(13, INITVAL_0D);
    fill(14, INITVAL_0E); fill(15, INITVAL_0F);
    fill(16, INITVAL_10); fill(17, INITVAL_11);
    fill(18, INITVAL_12); fill(19, INITVAL_13);
    fill(20, INITVAL_14); fill(21, INITVAL_15);
    fill(22, INITVAL_16); fill(23, INITVAL_17);
    fill(24, INITVAL_18); fill(25, INITVAL_19);
    fill(26, INITVAL_1A); fill(27, INITVAL_1B);
    fill(28, INITVAL_1C); fill(29, INITVAL_1D);
    fill(30, INITVAL_1E); fill(31, INITVAL_1F);
    fill(32, INITVAL_20); fill(33, INITVAL_21);
    fill(34, INITVAL_22); fill(35, INITVAL_23);
    fill(36, INITVAL_24); fill(37, INITVAL_25);
    fill(38, INITVAL_26); fill(39, INITVAL_27);
    fill(40, INITVAL_28); fill(41, INITVAL_29);
    fill(42, INITVAL_2A); fill(43, INITVAL_2B);
    fill(44, INITVAL_2C); fill(45, INITVAL_2D);
    fill(46, INITVAL_2E); fill(47, INITVAL_2F);
    fill(48, INITVAL_30); fill(49, INITVAL_31);
    fill(50, INITVAL_32); fill(51, INITVAL_33);
    fill(52, INITVAL_34); fill(53, INITVAL_35);
    fill(54, INITVAL_36); fill(55, INITVAL_37);
    fill(56, INITVAL_38); fill(57, INITVAL_39);
    fill(58, INITVAL_3A); fill(59, INITVAL_3B);
    fill(60, INITVAL_3C); fill(61, INITVAL_3D);
    fill(62, INITVAL_3E); fill(63, INITVAL_3F);
  end

  // Port A.
  wire [13:0] ADA = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2,
    ADA1, ADA0};
  wire [35:0] dataA = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7,
    DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0, DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11,
    DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire clockA = CLKAMUX == "INV" ? ~CLKA : CLKA;
  wire [10:0] atA = ADA[13:3];
  reg [35:0] beforeA, afterA, outA;
  initial outA = 0;
  always @(posedge clockA) begin
    // What is there, and what will be there after a write: worked out here, as simulators watch
    // the whole of a memory that logic without a clock reads.
    case (DATA_WIDTH_A)
      1: beforeA = {35'b0, mem[atA][ADA[2:0]]};
      2: beforeA = {34'b0, mem[atA][{ADA[2:1], 1'b0} +: 2]};
      4: beforeA = {32'b0, mem[atA][{ADA[2], 2'b0} +: 4]};
      9: beforeA = {27'b0, mem[atA]};
      18: beforeA = {18'b0, mem[{atA[10:1], 1'b1}], mem[{atA[10:1], 1'b0}]};
      default: beforeA = {mem[{atA[10:2], 2'd3}], mem[{atA[10:2], 2'd2}],
                         mem[{atA[10:2], 2'd1}], mem[{atA[10:2], 2'd0}]};
    endcase
    afterA = dataA;
    if (DATA_WIDTH_A == 18 || DATA_WIDTH_A == 36) begin
      if (!ADA[0]) afterA[8:0] = beforeA[8:0];
      if (!ADA[1]) afterA[17:9] = beforeA[17:9];
    end
    if (DATA_WIDTH_A == 36) begin
      if (!ADA[2]) afterA[26:18] = beforeA[26:18];
      if (!ADA[3]) afterA[35:27] = beforeA[35:27];
    end
    if (CEA && WEA && !RSTA)
      case (DATA_WIDTH_A)
        1: mem[atA][ADA[2:0]] <= afterA[0];
        2: mem[atA][{ADA[2:1], 1'b0} +: 2] <= afterA[1:0];
        4: mem[atA][{ADA[2], 2'b0} +: 4] <= afterA[3:0];
        9: mem[atA] <= afterA[8:0];
        18: begin
          mem[{atA[10:1], 1'b0}] <= afterA[8:0];
          mem[{atA[10:1], 1'b1}] <= afterA[17:9];
        end
        default: begin
          mem[{atA[10:2], 2'd0}] <= afterA[8:0];
          mem[{atA[10:2], 2'd1}] <= afterA[17:9];
          mem[{atA[10:2], 2'd2}] <= afterA[26:18];
          mem[{atA[10:2], 2'd3}] <= afterA[35:27];
        end
      endcase
    if (RSTA)
      outA <= 0;
    else if (CEA && !WEA)
      outA <= beforeA;
    else if (CEA && WRITEMODE_A == "WRITETHROUGH")
      outA <= afterA;
    else if (CEA && WRITEMODE_A == "READBEFOREWRITE")
      outA <= beforeA;
  end

  // Port B.
  wire [13:0] ADB = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2,
    ADB1, ADB0};
  wire [35:0] dataB = {18'b0, DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8,
    DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  wire clockB = CLKBMUX == "INV" ? ~CLKB : CLKB;
  wire [10:0] atB = ADB[13:3];
  reg [35:0] beforeB, afterB, outB;
  initial outB = 0;
  always @(posedge clockB) begin
    // What is there, and what will be there after a write: worked out here, as simulators watch
    // the whole of a memory that logic without a clock reads.
    case (DATA_WIDTH_B)
      1: beforeB = {35'b0, mem[atB][ADB[2:0]]};
      2: beforeB = {34'b0, mem[atB][{ADB[2:1], 1'b0} +: 2]};
      4: beforeB = {32'b0, mem[atB][{ADB[2], 2'b0} +: 4]};
      9: beforeB = {27'b0, mem[atB]};
      18: beforeB = {18'b0, mem[{atB[10:1], 1'b1}], mem[{atB[10:1], 1'b0}]};
      default: beforeB = {mem[{atB[10:2], 2'd3}], mem[{atB[10:2], 2'd2}],
                         mem[{atB[10:2], 2'd1}], mem[{atB[10:2], 2'd0}]};
    endcase
    afterB = dataB;
    if (DATA_WIDTH_B == 18 || DATA_WIDTH_B == 36) begin
      if (!ADB[0]) afterB[8:0] = beforeB[8:0];
      if (!ADB[1]) afterB[17:9] = beforeB[17:9];
    end
    if (DATA_WIDTH_B == 36) begin
      if (!ADB[2]) afterB[26:18] = beforeB[26:18];
      if (!ADB[3]) afterB[35:27] = beforeB[35:27];
    end
    if (CEB && WEB && !RSTB)
      case (DATA_WIDTH_B)
        1: mem[atB][ADB[2:0]] <= afterB[0];
        2: mem[atB][{ADB[2:1], 1'b0} +: 2] <= afterB[1:0];
        4: mem[atB][{ADB[2], 2'b0} +: 4] <= afterB[3:0];
        9: mem[atB] <= afterB[8:0];
        18: begin
          mem[{atB[10:1], 1'b0}] <= afterB[8:0];
          mem[{atB[10:1], 1'b1}] <= afterB[17:9];
        end
        default: begin
          mem[{atB[10:2], 2'd0}] <= afterB[8:0];
          mem[{atB[10:2], 2'd1}] <= afterB[17:9];
          mem[{atB[10:2], 2'd2}] <= afterB[26:18];
          mem[{atB[10:2], 2'd3}] <= afterB[35:27];
        end
      endcase
    if (RSTB)
      outB <= 0;
    else if (CEB && !WEB)
      outB <= beforeB;
    else if (CEB && WRITEMODE_B == "WRITETHROUGH")
      outB <= afterB;
    else if (CEB && WRITEMODE_B == "READBEFOREWRITE")
      outB <= beforeB;
  end

  // Output registers. Of a word of 36 bits both halves have the clock of port B.
  reg [35:0] heldA, heldB;
  initial heldA = 0;
  initial heldB = 0;
  always @(posedge clockA)
    if (RSTA)
      heldA <= 0;
    else if (OCEA)
      heldA <= outA;
  always @(posedge clockB)
    if (RSTB)
      heldB <= 0;
    else if (OCEB)
      heldB <= outB;

  wire wide = DATA_WIDTH_B == 36;
  wire [17:0] lastA = wide ? heldB[17:0] : heldA[17:0];
  wire [17:0] lastB = wide ? heldB[35:18] : heldB[17:0];
  wire [17:0] wordA = wide ? outB[17:0] : outA[17:0];
  wire [17:0] wordB = wide ? outB[35:18] : outB[17:0];
  wire [17:0] halfA = REGMODE_A == "OUTREG" ? lastA : wordA;
  wire [17:0] halfB = REGMODE_B == "OUTREG" ? lastB : wordB;
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    DOA4, DOA3, DOA2, DOA1, DOA0} = halfA;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
    DOB4, DOB3, DOB2, DOB1, DOB0} = halfB;
endmodule
