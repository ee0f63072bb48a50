// An SDR SDRAM that counts every violation of its rules, for benches; Verilog-2005.
//
// Inputs are taken, and the data bus changes, at the rising edge of clk: a read that comes with one
// edge puts its word on dq_o ahead of the edge CAS latency later, for one clock. While it drives no
// word, dq_o is noise.
//
// The clock has a constant period, so times are counted in clocks and compared in picoseconds.
// Known are bursts of one word, auto refresh and automatic precharge, which begins a clock after a
// read and T_WR after a word is written; self refresh, power-down and longer bursts are violations.
// Only the lowest STORED_ROW_BITS of a row tell it from others, so that benches can be small.
//
// Each edge that breaks rules adds one to `violations` and sets their bits in `broken`; the first few
// are printed.
//
//    0 POWER    a command before POWER_UP from the start
//    1 INIT     an access ahead of precharge, INIT_REFRESHES refreshes and the mode, or the mode
//               ahead of those
//    2 RCD      a read or write less than T_RCD after the row was opened
//    3 RP       a row opened, a refresh or a mode less than T_RP after the precharge
//    4 RAS      a precharge less than T_RAS after the row was opened, or more than RAS_MAX
//    5 RC       a row opened less than T_RC after the last of its bank
//    6 RRD      a row opened less than T_RRD after one of another bank
//    7 RFC      a command less than T_RFC after a refresh
//    8 WR       a precharge less than T_WR after a word was written
//    9 MRD      a command less than T_MRD after the mode was set
//   10 REFRESH  a read, or a row opened, though some time between refreshes was longer than T_REFI
//   11 OPEN     a row opened in a bank that has one open
//   12 CLOSED   a read or write in a bank that has none open
//   13 IDLE     a refresh or a mode while a bank is open
//   14 BUS      a word written that is not driven, or dq driven while the part drives it
//   15 MODE     a mode that is not known here, or a clock too fast for its CAS latency
//   16 UNKNOWN  a command that is not known here, or CKE low after power-on
module sdram #(
  parameter DATA_BITS = 16,
  parameter BANK_BITS = 2,
  parameter ROW_BITS = 13,
  parameter COLUMN_BITS = 9,
  parameter STORED_ROW_BITS = ROW_BITS,
  parameter ADDRESS_BITS = 13,
  parameter PERIOD = 20000, // of clk; all times in ps
  parameter POWER_UP = 200000000,
  parameter INIT_REFRESHES = 8,
  parameter T_RCD = 20000,
  parameter T_RP = 20000,
  parameter T_RAS = 45000,
  parameter RAS_MAX = 100000000,
  parameter T_RC = 67500,
  parameter T_RRD = 15000,
  parameter T_RFC = 70000,
  parameter T_WR = 20000,
  parameter T_MRD = 40000,
  parameter T_REFI = 7812500,
  parameter CK2 = 10000, // least period for a CAS latency of 2
  parameter CK3 = 7500   // and of 3
) (
  input clk,
  input cke,
  input cs_n,
  input ras_n,
  input cas_n,
  input we_n,
  input [BANK_BITS-1:0] ba,
  input [ADDRESS_BITS-1:0] a,
  input [DATA_BITS/8-1:0] dqm,
  input [DATA_BITS-1:0] dq_i,
  input dq_driven, // from outside
  output [DATA_BITS-1:0] dq_o,
  output dq_oe,
  output reg [31:0] violations,
  output reg [16:0] broken
);
  localparam POWER = 0, INIT = 1, RCD = 2, RP = 3, RAS = 4, RC = 5, RRD = 6, RFC = 7, WR = 8,
    MRD = 9, REFRESH = 10, OPEN = 11, CLOSED = 12, IDLE = 13, BUS = 14, MODE = 15, UNKNOWN = 16;
  localparam SET_MODE = 3'b000, REFRESH_ALL = 3'b001, PRECHARGE = 3'b010, ACTIVATE = 3'b011,
    WRITE = 3'b100, READ = 3'b101, NOP = 3'b111; // RAS#, CAS#, WE#
  localparam BANKS = 1 << BANK_BITS;
  localparam WORDS = 1 << BANK_BITS + STORED_ROW_BITS + COLUMN_BITS;
  localparam SHOWN = 5;
  localparam signed [63:0] LONG_AGO = -64'sd1000000000000;

  reg [DATA_BITS-1:0] words [0:WORDS-1];

  // Times in ps. Those of a bank: when its row was opened, when its precharge begins or began, and
  // when a word was last written to it.
  reg signed [63:0] now, refreshed_at, mode_at;
  reg signed [63:0] opened_at [0:BANKS-1];
  reg signed [63:0] closed_at [0:BANKS-1];
  reg signed [63:0] written_at [0:BANKS-1];
  reg [ROW_BITS-1:0] row [0:BANKS-1];
  reg [BANKS-1:0] open;
  reg [BANK_BITS-1:0] last_bank; // that was opened
  reg precharged, ready, late;
  reg [1:0] cas;
  integer refreshes;

  // A word is on its way for CAS latency - 1 clocks, and on the bus for one.
  reg [DATA_BITS-1:0] word1, word2, word3, noise, masked;
  reg coming1, coming2, driving;
  assign dq_oe = driving;
  assign dq_o = driving ? word3 : noise;

  integer bank, lane;
  reg [16:0] hit; // rules that this edge breaks
  reg [DATA_BITS-1:0] mask;
  reg [BANK_BITS+STORED_ROW_BITS+COLUMN_BITS-1:0] place;
  wire [2:0] command = cs_n ? NOP : {ras_n, cas_n, we_n};
  wire accessing = command == READ || command == WRITE;
  wire to_idle = command == ACTIVATE || command == REFRESH_ALL || command == SET_MODE;
  // Banks that a command speaks to, and those that it closes.
  wire [BANKS-1:0] one = 1 << ba;
  wire [BANKS-1:0] spoken_to =
    command == REFRESH_ALL || command == SET_MODE || (command == PRECHARGE && a[10])
    ? {BANKS{1'b1}} : one;
  wire [BANKS-1:0] closing =
    command == PRECHARGE ? spoken_to : accessing && a[10] ? one : {BANKS{1'b0}};
  // From when on a precharge counts.
  wire signed [63:0] closes_at =
    command == PRECHARGE ? now : command == WRITE && T_WR > PERIOD ? now + T_WR : now + PERIOD;

  initial begin
    violations = 0;
    broken = 0;
    now = 0;
    open = 0;
    last_bank = 0;
    precharged = 0;
    ready = 0;
    late = 0;
    cas = 2;
    refreshes = 0;
    refreshed_at = LONG_AGO;
    mode_at = LONG_AGO;
    for (bank = 0; bank < BANKS; bank = bank + 1) begin
      opened_at[bank] = LONG_AGO;
      closed_at[bank] = LONG_AGO;
      written_at[bank] = LONG_AGO;
      row[bank] = 0;
    end
    coming1 = 0;
    coming2 = 0;
    driving = 0;
    masked = 0;
    noise = 1;
  end

  always @(posedge clk) begin
    hit = 0;
    // Data, which the part drives whatever comes.
    if (dq_driven && driving) hit[BUS] = 1;
    noise <= {noise[DATA_BITS-2:0], noise[15] ^ noise[14] ^ noise[12] ^ noise[3]};
    place = {ba, row[ba][STORED_ROW_BITS-1:0], a[COLUMN_BITS-1:0]};
    for (lane = 0; lane < DATA_BITS / 8; lane = lane + 1) mask[8*lane +: 8] = {8{dqm[lane]}};
    coming1 <= command == READ;
    word1 <= words[place];
    coming2 <= coming1;
    word2 <= word1;
    driving <= cas == 2 ? coming1 : coming2;
    masked <= mask; // acts on the word that comes two clocks later
    word3 <= ((cas == 2 ? word1 : word2) & ~masked) | (noise & masked);
    if (command == WRITE) words[place] <= (dq_i & ~mask) | (words[place] & mask);

    // What every command has to keep to.
    if (!cke) hit[UNKNOWN] = 1;
    if (command != NOP) begin
      if (now < POWER_UP) hit[POWER] = 1;
      if (now - refreshed_at < T_RFC) hit[RFC] = 1;
      if (now - mode_at < T_MRD) hit[MRD] = 1;
    end

    // What each bank asks for.
    for (bank = 0; bank < BANKS; bank = bank + 1) if (spoken_to[bank]) begin
      if (to_idle) begin
        if (open[bank]) hit[command == ACTIVATE ? OPEN : IDLE] = 1;
        if (now - closed_at[bank] < T_RP) hit[RP] = 1;
        if (now - opened_at[bank] < T_RC) hit[RC] = 1;
      end
      if (accessing && !open[bank]) hit[CLOSED] = 1;
      if (accessing && now - opened_at[bank] < T_RCD) hit[RCD] = 1;
      if (command == WRITE) written_at[bank] = now;
      if (closing[bank] && open[bank]) begin
        if (closes_at - opened_at[bank] < T_RAS) hit[RAS] = 1;
        if (closes_at - opened_at[bank] > RAS_MAX) hit[RAS] = 1;
        if (closes_at - written_at[bank] < T_WR) hit[WR] = 1;
        open[bank] = 0;
        closed_at[bank] = closes_at;
      end else if (closing[bank]) begin
        // A precharge that is under way is not to be cut short; after it this one counts.
        if (now - closed_at[bank] < T_RP) hit[RP] = 1;
        closed_at[bank] = now;
      end
    end

    // What the part as a whole asks for.
    if (command == REFRESH_ALL && ready && now - refreshed_at > T_REFI) late = 1;
    if (command == ACTIVATE || command == READ)
      if (late || now - refreshed_at > T_REFI) hit[REFRESH] = 1;
    case (command)
      NOP: ;
      ACTIVATE: begin
        if (!ready) hit[INIT] = 1;
        if (ba != last_bank && now - opened_at[last_bank] < T_RRD) hit[RRD] = 1;
        open[ba] = 1;
        row[ba] = a[ROW_BITS-1:0];
        opened_at[ba] = now;
        last_bank = ba;
      end
      READ: if (!ready) hit[INIT] = 1;
      WRITE: begin
        if (!ready) hit[INIT] = 1;
        if (!dq_driven) hit[BUS] = 1;
      end
      PRECHARGE: if (a[10]) precharged = 1;
      REFRESH_ALL: begin
        if (!precharged) hit[INIT] = 1;
        refreshes = refreshes + 1;
        refreshed_at = now;
      end
      SET_MODE: begin
        if (!precharged || refreshes < INIT_REFRESHES) hit[INIT] = 1;
        // Bursts of one word, in sequence, the same for writes; the bits above are reserved.
        if (a[3:0] != 0 || a[ADDRESS_BITS-1:7] != 0 || ba != 0) hit[MODE] = 1;
        if (a[6:4] == 2 ? PERIOD < CK2 : a[6:4] == 3 ? PERIOD < CK3 : 1) hit[MODE] = 1;
        cas = a[5:4];
        mode_at = now;
        ready = 1;
        late = 0;
      end
      default: hit[UNKNOWN] = 1;
    endcase

    if (hit != 0) begin
      if (violations < SHOWN) $display("%m: rules %h at %0d ps", hit, now);
      violations = violations + 1;
      broken = broken | hit;
    end
    now = now + PERIOD;
  end
endmodule
