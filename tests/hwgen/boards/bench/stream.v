// A board's design with a clock, the model of a flash, and a host that sends pictures and shows
// what comes back. A cycle is one of the clock's behind the PLL.

module SB_PLL40_PAD (
    input PACKAGEPIN, input RESETB, input BYPASS, output PLLOUTGLOBAL, output LOCK
);
    parameter FEEDBACK_PATH = "SIMPLE";
    parameter DIVR = 0;
    parameter DIVF = 0;
    parameter DIVQ = 0;
    parameter FILTER_RANGE = 0;
    assign PLLOUTGLOBAL = PACKAGEPIN;
    assign LOCK = RESETB;
endmodule

// Of a pin's kinds those that are used: plain or registered inputs; plain, registered and DDR
// outputs, registered ones with a registered enable.
module SB_IO (
    inout PACKAGE_PIN, input INPUT_CLK, input OUTPUT_CLK, input OUTPUT_ENABLE,
    input D_OUT_0, input D_OUT_1, output D_IN_0
);
    parameter [5:0] PIN_TYPE = 0;
    parameter PULLUP = 0;
    parameter IO_STANDARD = "SB_LVCMOS";
    reg in = 0, first = 0, enable = 0;
    always @(posedge INPUT_CLK) in <= PACKAGE_PIN;
    always @(posedge OUTPUT_CLK) begin
        first <= D_OUT_0;
        enable <= OUTPUT_ENABLE;
    end
    assign D_IN_0 = PIN_TYPE[0] ? PACKAGE_PIN : in;
    wire registered = PIN_TYPE[5:2] == 4'b1101;
    wire drives = PIN_TYPE[5:2] != 4'b0000 && (registered ? enable : OUTPUT_ENABLE);
    // The pin takes D_OUT_1 as the clock falls; a register of the fabric holds it until it rises.
    wire level = PIN_TYPE[5:2] == 4'b1100 ? (OUTPUT_CLK ? first : D_OUT_1)
        : registered ? first : D_OUT_0;
    assign PACKAGE_PIN = drives ? level : 1'bz;
endmodule

module SB_DFF (input C, input D, output reg Q);
    initial Q = 0;
    always @(posedge C) Q <= D;
endmodule

module bench (input clk, input rst);
    localparam DIVISOR = 6, START = 4000;
    integer frames, bytes, quad_enable;
    integer cycle = 0, at = 0, answers = 0, wait_from = START, send_left = 0, send_timer = 0;
    integer come_left = 0, come_timer = 0, come_count = 0;
    reg [7:0] sent [0:1023];
    reg [9:0] sending = 10'h3ff;
    reg [8:0] coming = 0;
    reg begun = 0;
    initial begin
        if (!$value$plusargs("frames=%d", frames)) frames = 1;
        if (!$value$plusargs("bytes=%d", bytes)) bytes = 1;
        if (!$value$plusargs("quad_enable=%d", quad_enable)) quad_enable = 1;
        $readmemh("sent.hex", sent);
    end

    wire rx = sending[0];
    wire tx, cs_n, sck;
    wire [3:0] dq, dq_o, dq_oe;
    wire [1:0] led;
    tiny_icebreaker board (
        .clk12_0__io(clk), .uart_0__rx__io(rx), .uart_0__tx__io(tx), .led_0__io(led[0]),
        .led_1__io(led[1]), .spi_flash_4x_0__cs__io(cs_n), .spi_flash_4x_0__clk__io(sck),
        .spi_flash_4x_0__dq__io(dq)
    );
    genvar k;
    generate
        for (k = 0; k < 4; k = k + 1) begin : line
            assign dq[k] = dq_oe[k] ? dq_o[k] : 1'bz;
        end
    endgenerate
    // What the pins of the board drive.
    reg [3:0] driven = 0;
    always @(posedge clk) driven <= board.weights.stream.dq_oe;
    wire [31:0] violations;
    wire [8:0] broken;
    spi_flash #(.IMAGE("flash.hex"), .BASE(1 << 20), .BYTES(512)) flash (
        .clk(clk), .cs_n(cs_n), .sck(sck), .dq_i(dq), .dq_driven(driven), .dq_o(dq_o),
        .dq_oe(dq_oe), .violations(violations), .broken(broken)
    );

    always @(posedge clk) begin
        cycle <= cycle + 1;
        begun <= 1;
        if (!begun) flash.status_2 = {6'b0, quad_enable[0], 1'b0};
        // One picture, then the next when the line has been silent for a while.
        if (send_timer != 0) send_timer <= send_timer - 1;
        else if (send_left != 0) begin
            sending <= {1'b1, sending[9:1]};
            send_left <= send_left - 1;
            send_timer <= DIVISOR - 1;
        end else if (cycle > wait_from && at < (answers + 1) * bytes && answers < frames) begin
            sending <= {1'b1, sent[at], 1'b0};
            at <= at + 1;
            send_left <= 9;
            send_timer <= DIVISOR - 1;
        end
        if (come_left != 0) begin
            wait_from <= cycle + 40 * DIVISOR;
            if (come_timer != 0) come_timer <= come_timer - 1;
            else begin
                coming <= {tx, coming[8:1]};
                come_timer <= DIVISOR - 1;
                come_left <= come_left - 1;
                if (come_left == 1) begin
                    $display("came %h", coming[8:1]);
                    come_count <= come_count + 1;
                end
            end
        end else if (cycle > START && !tx) begin
            come_left <= 9;
            come_timer <= DIVISOR + DIVISOR / 2 - 1;
        end else if (come_count != 0 && cycle == wait_from) begin
            answers <= answers + 1;
            come_count <= 0;
        end
        if (answers == frames || cycle == 1500000) begin
            $display("broken %0d", broken);
            $finish;
        end
    end
endmodule
