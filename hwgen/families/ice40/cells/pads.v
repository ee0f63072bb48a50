// What a simulation of an iCE40 board's design needs of the vendor's cells. SB_IO is one of two, by
// its direction (pads.py), since the simulator knows no three-state nets.

module SB_PLL40_PAD (
    input PACKAGEPIN, input RESETB, input BYPASS, output PLLOUTGLOBAL, output LOCK
);
    parameter FEEDBACK_PATH = "SIMPLE";
    parameter DIVR = 0;
    parameter DIVF = 0;
    parameter DIVQ = 0;
    parameter FILTER_RANGE = 0;
    // A cycle of the simulation is one of the PLL's output.
    assign PLLOUTGLOBAL = PACKAGEPIN;
    assign LOCK = RESETB;
endmodule

module SB_PLL40_CORE (
    input REFERENCECLK, input RESETB, input BYPASS, output PLLOUTGLOBAL, output LOCK
);
    parameter FEEDBACK_PATH = "SIMPLE";
    parameter DIVR = 0;
    parameter DIVF = 0;
    parameter DIVQ = 0;
    parameter FILTER_RANGE = 0;
    assign PLLOUTGLOBAL = REFERENCECLK;
    assign LOCK = RESETB;
endmodule

module PIN_IN (input PACKAGE_PIN, output D_IN_0);
    parameter PIN_TYPE = 0;
    parameter PULLUP = 0;
    parameter IO_STANDARD = "SB_LVCMOS";
    assign D_IN_0 = PACKAGE_PIN;
endmodule

module PIN_OUT (output PACKAGE_PIN, input D_OUT_0, input OUTPUT_ENABLE);
    parameter PIN_TYPE = 0;
    parameter PULLUP = 0;
    parameter IO_STANDARD = "SB_LVCMOS";
    assign PACKAGE_PIN = D_OUT_0;
endmodule

module SB_GB (input USER_SIGNAL_TO_GLOBAL_BUFFER, output GLOBAL_BUFFER_OUTPUT);
    assign GLOBAL_BUFFER_OUTPUT = USER_SIGNAL_TO_GLOBAL_BUFFER;
endmodule
