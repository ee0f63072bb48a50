// A design that yosys made C++ of behind the loop of drive.h.

#include "drive.h"

#include <cxxrtl/capi/cxxrtl_capi.h>

extern "C" cxxrtl_toplevel cxxrtl_design_create();

class Dut {
  public:
    Dut() : design_(cxxrtl_create(cxxrtl_design_create())) {
        clk_ = port("clk");
        rst_ = port("rst");
        in_valid_ = port("s_axis_tvalid");
        in_ready_ = port("s_axis_tready");
        in_data_ = port("s_axis_tdata");
        out_valid_ = port("m_axis_tvalid");
        out_ready_ = port("m_axis_tready");
        out_data_ = port("m_axis_tdata");
    }
    ~Dut() { cxxrtl_destroy(design_); }
    void rst(bool value) { rst_->next[0] = value; }
    void offer(bool valid, uint32_t word) {
        in_valid_->next[0] = valid;
        in_data_->next[0] = word;
    }
    void accept(bool ready) { out_ready_->next[0] = ready; }
    bool taken() const { return in_ready_->curr[0]; }
    bool leaving() const { return out_valid_->curr[0]; }
    uint64_t score() const {
        return out_data_->width > 32 ? uint64_t(out_data_->curr[1]) << 32 | out_data_->curr[0]
                                     : out_data_->curr[0];
    }
    void low() { clock_is(0); }
    void high() { clock_is(1); }

  private:
    cxxrtl_object* port(const char* name) { return cxxrtl_get(design_, name); }
    void clock_is(int level) {
        clk_->next[0] = level;
        cxxrtl_step(design_);
    }
    cxxrtl_handle design_;
    cxxrtl_object *clk_, *rst_, *in_valid_, *in_ready_, *in_data_, *out_valid_, *out_ready_,
        *out_data_;
};

int main(int argc, char** argv) {
    Dut dut;
    return drive(argc, argv, dut);
}
