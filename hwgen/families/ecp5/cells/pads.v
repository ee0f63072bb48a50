// What a simulation of an ECP5 board's design needs of the vendor's cells.

module EHXPLLL (
    input CLKI, input CLKFB, input RST, input STDBY, input PHASESEL0, input PHASESEL1,
    input PHASEDIR, input PHASESTEP, input PHASELOADREG, input PLLWAKESYNC, input ENCLKOP,
    input ENCLKOS, output CLKOP, output CLKOS, output LOCK
);
    parameter FEEDBK_PATH = "CLKOP";
    parameter CLKI_DIV = 1;
    parameter CLKFB_DIV = 1;
    parameter CLKOP_ENABLE = "ENABLED";
    parameter CLKOP_DIV = 1;
    parameter CLKOP_CPHASE = 0;
    parameter CLKOP_FPHASE = 0;
    parameter CLKOS_ENABLE = "ENABLED";
    parameter CLKOS_DIV = 1;
    parameter CLKOS_CPHASE = 0;
    parameter CLKOS_FPHASE = 0;
    // A cycle of the simulation is one of the PLL's output.
    assign CLKOP = CLKI;
    assign CLKOS = CLKI;
    assign LOCK = !RST;
endmodule

module IB (input I, output O);
    assign O = I;
endmodule

module OBZ (input I, input T, output O);
    assign O = I;
endmodule

module DCCA (input CLKI, input CE, output CLKO);
    // Looks at CE while the clock is low.
    reg runs = 1;
    always @* if (!CLKI) runs = CE;
    assign CLKO = CLKI & runs;
endmodule
