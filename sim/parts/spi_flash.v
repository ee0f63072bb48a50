// An SPI flash that counts every violation of its rules, for benches; Verilog-2005.
//
// It knows, of a flash of 16 MiB such as the W25Q128JV: deep power-down (B9, AB), identity (9F),
// status registers (05, 35, written by 01 of one or two bytes and by 31 behind 06 or 50), reads on
// one line (03, 0B) and on four (EB) with continuous mode. What is written lasts until the end of
// the simulation, whether it is volatile or not. FF is no command, and no violation.
//
// SPI mode 0: lines are taken as sck rises, and change as it falls. Line 0 is the one that takes
// commands, line 1 the one that answers. While the flash drives no line, dq_o is noise. A line that
// nobody drives is high.
//
// Times are in ps, counted in rising edges of clk, any clock of constant period. The bytes from
// BASE on are those of the file IMAGE, in hexadecimal; all others are FF. Addresses wrap around.
//
// Each violation adds one to `violations`, sets its bit of `broken`, and says so, the first few
// times with $display.
//
//    0 WAKE     a command other than AB in deep power-down, or selected less than T_WAKE after AB
//    1 REST     selected less than T_REST after the last command
//    2 CLOCK    a clock faster than T_CLOCK, or than T_CLOCK_03 in a read by 03
//    3 QUAD     a read on four lines while quad enable is not set
//    4 HOLD     line 3 low, while quad enable is not set
//    5 BUS      a line driven from both sides, or taken low beside one that nobody drives
//    6 CUT      released in the midst of a command, an address or a byte to write
//    7 ENABLE   a status register written without 06 or 50 just before
//    8 UNKNOWN  a command that is not known here
module spi_flash #(
  parameter IMAGE = "",
  parameter BASE = 0,
  parameter BYTES = 1,
  parameter ASLEEP = 1,
  parameter CONTINUOUS = 0, // as a read left it that was interrupted
  parameter QUAD_ENABLE = 1,
  parameter WRITES = 3, // quad enable can be written: by 31 (1), by 01 of two bytes (2)
  parameter PERIOD = 41667, // of clk
  parameter T_WAKE = 3000000,
  parameter T_REST = 50000,
  parameter T_CLOCK = 7500,
  parameter T_CLOCK_03 = 20000
) (
  input clk,
  input cs_n,
  input sck,
  input [3:0] dq_i,
  input [3:0] dq_driven, // from outside
  output [3:0] dq_o,
  output [3:0] dq_oe,
  output reg [31:0] violations,
  output reg [8:0] broken
);
  localparam WAKE = 0, REST = 1, CLOCK = 2, QUAD = 3, HOLD = 4, BUS = 5, CUT = 6, ENABLE = 7,
    UNKNOWN = 8;
  localparam SHOWN = 5;
  localparam [23:0] IDENTITY = 24'hEF4018;

  reg [7:0] held [0:BYTES-1];
  reg awake, continuous, enabled;
  reg [1:0] writes;
  integer least, least_03; // periods of sck
  reg [7:0] status_1, status_2;
  reg [7:0] command;
  reg quad;            // the read is one on four lines
  integer clocks;      // since it was selected, behind those that continuous mode leaves out
  integer began;
  reg [23:0] address;
  reg [7:0] mode, taken_1, taken_2;
  reg [7:0] sending;
  reg [3:0] out, oe;
  reg [15:0] noise;
  time now, woken, released, rose;

  initial begin
    if (BYTES > 1) $readmemh(IMAGE, held);
    awake = !ASLEEP;
    continuous = CONTINUOUS;
    enabled = 0;
    writes = WRITES;
    least = T_CLOCK;
    least_03 = T_CLOCK_03;
    status_1 = 0;
    status_2 = QUAD_ENABLE ? 8'h02 : 8'h00;
    command = 0;
    quad = 0;
    clocks = 0;
    began = 0;
    oe = 0;
    out = 0;
    noise = 1;
    now = 1000000000;
    woken = 0;
    released = 0;
    rose = 0;
    violations = 0;
    broken = 0;
  end

  assign dq_oe = cs_n ? 4'b0000 : oe;
  assign dq_o = out & dq_oe | noise[3:0] & ~dq_oe;
  wire quad_enabled = status_2[1];
  wire [3:0] lines = dq_i | ~dq_driven & ~dq_oe;

  always @(posedge clk) begin
    now <= now + PERIOD;
    noise <= {noise[14:0], noise[15] ^ noise[13] ^ noise[12] ^ noise[10]};
  end

  task violate(input integer rule);
    begin
      violations = violations + 1;
      broken[rule] = 1;
      if (violations <= SHOWN)
        $display("%m: violation %0d, command %h, clock %0d, at %0d ps", rule, command, clocks,
          now);
    end
  endtask

  function [7:0] byte_at(input [23:0] where);
    byte_at = where >= BASE && where - BASE < BYTES ? held[where - BASE] : 8'hFF;
  endfunction

  always @(negedge cs_n) begin
    if (now - released < T_REST) violate(REST);
    if (awake && now - woken < T_WAKE) violate(WAKE);
    began = continuous ? 8 : 0;
    clocks = began;
    quad = continuous;
    if (continuous) command = 8'hEB;
    oe <= 0;
    rose = 0;
  end

  always @(posedge cs_n) if (clocks != began) begin
    released = now;
    oe <= 0;
    if (command == 8'hEB ? clocks < 16 : clocks < 8) violate(CUT);
    else case (command)
      8'hAB: if (!awake) begin awake = 1; woken = now; end
      8'hB9: awake = 0;
      8'h03: if (clocks < 32) violate(CUT);
      8'h0B: if (clocks < 40) violate(CUT);
      8'h01: begin
        if (clocks != 16 && clocks != 24) violate(CUT);
        else if (!enabled) violate(ENABLE);
        else begin
          status_1 = clocks == 24 ? taken_2 : taken_1;
          if (clocks == 24 && writes[1]) status_2 = taken_1;
        end
      end
      8'h31: begin
        if (clocks != 16) violate(CUT);
        else if (!enabled) violate(ENABLE);
        else if (writes[0]) status_2 = taken_1;
      end
      default: ;
    endcase
    enabled = (command == 8'h06 || command == 8'h50) && clocks == 8;
  end

  always @(posedge sck) if (!cs_n) begin
    if (rose != 0 && now - rose < (command == 8'h03 && clocks > 8 ? least_03 : least))
      violate(CLOCK);
    rose = now;
    if (|(dq_driven & dq_oe)) violate(BUS);
    if (!quad_enabled && !quad && !lines[3]) violate(HOLD);
    if (quad && clocks < 16) begin
      if (!(&dq_driven) && !(&lines)) violate(BUS);
      if (clocks < 14) address = {address[19:0], lines};
      else mode = {mode[3:0], lines};
      if (clocks == 15) continuous = mode[5:4] == 2'b10;
    end else if (!quad) begin
      if (clocks < 8) begin
        if (!dq_driven[0]) violate(BUS);
        command = {command[6:0], lines[0]};
        if (clocks == 7) decode;
      end else if (clocks < 32 && (command == 8'h03 || command == 8'h0B)) begin
        if (!dq_driven[0]) violate(BUS);
        address = {address[22:0], lines[0]};
      end
      if (clocks == 16) taken_2 = taken_1;
      if (command == 8'h01 || command == 8'h31) begin
        if (!dq_driven[0]) violate(BUS);
        taken_1 = {taken_1[6:0], lines[0]};
      end
    end
    clocks = clocks + 1;
  end

  task decode;
    begin
      if (command != 8'hAB && command != 8'hFF && !awake) violate(WAKE);
      case (command)
        8'hEB: begin
          quad = 1;
          if (!quad_enabled) violate(QUAD);
        end
        8'h01, 8'h03, 8'h04, 8'h05, 8'h06, 8'h0B, 8'h31, 8'h35, 8'h50, 8'h9F, 8'hAB, 8'hB9,
        8'hFF: ;
        default: violate(UNKNOWN);
      endcase
    end
  endtask

  always @(negedge sck) if (!cs_n && awake) begin
    if (quad) begin
      // Address, mode bits, four clocks in which nobody drives; then half a byte a clock.
      if (clocks >= 20) begin
        oe <= 4'b1111;
        sending = byte_at(address);
        out <= clocks[0] ? sending[3:0] : sending[7:4];
        if (clocks[0]) address = address + 1;
      end
    end else case (command)
      8'h03: if (clocks >= 32) send(byte_at(address), clocks[2:0] == 7);
      8'h0B: if (clocks >= 40) send(byte_at(address), clocks[2:0] == 7);
      8'h05: if (clocks >= 8) send(status_1, 0);
      8'h35: if (clocks >= 8) send(status_2, 0);
      8'h9F: if (clocks >= 8 && clocks < 32) send(IDENTITY >> 24 - (clocks & 24), 0);
      8'hAB: if (clocks >= 32) send(8'h17, 0);
      default: ;
    endcase
  end

  task send(input [7:0] value, input next);
    begin
      oe <= 4'b0010;
      out <= {2'b00, value[7 - clocks[2:0]], 1'b0};
      if (next) address = address + 1;
    end
  endtask
endmodule
