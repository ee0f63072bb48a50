// A verilated design behind the loop of drive.h.

#include "drive.h"

#include "Vdut.h"
#include "verilated.h"

#include <memory>

class Dut {
  public:
    Dut() : context_(new VerilatedContext), top_(new Vdut(context_.get())) {}
    ~Dut() { top_->final(); }
    void rst(bool value) { top_->rst = value; }
    void offer(bool valid, uint32_t word) {
        top_->s_axis_tvalid = valid;
        top_->s_axis_tdata = word;
    }
#ifdef WEIGHTS_COME_IN
    void weight(uint16_t word, bool last) {
        top_->s_weights_tvalid = 1;
        top_->s_weights_tdata = word;
        top_->s_weights_tlast = last;
    }
    bool weight_taken() const { return top_->s_weights_tready; }
#endif
    void accept(bool ready) { top_->m_axis_tready = ready; }
    bool taken() const { return top_->s_axis_tready; }
    bool leaving() const { return top_->m_axis_tvalid; }
    uint64_t score() const { return top_->m_axis_tdata; }
    void low() { clock_is(0); }
    void high() { clock_is(1); }

  private:
    void clock_is(int level) {
        top_->clk = level;
        top_->eval();
    }
    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vdut> top_;
};

int main(int argc, char** argv) {
    Dut dut;
    return drive(argc, argv, dut);
}
