// Drives words into a design that yosys made C++ of, and records the transfers of its streams.
//
//   driver SETUP FOLDER VALID READY PAYLOAD [VALID READY PAYLOAD ...]
//
// SETUP, numbers of 64 bits and words in the byte order of this machine:
//   cycles, ready_after, length of the valid pattern, of the ready pattern, number of words, number
//   of weights; both patterns, a byte a cycle;
//   the words, each in as many chunks of 32 bits as s_axis_tdata takes, the lowest first;
//   the weights that fill the SPRAMs, in 32 bits each. They are loaded while reset is high.
// VALID READY PAYLOAD: the signals of each stream, names in the hierarchy joined by spaces.
//
// Writes to FOLDER:
//   streamK.bin      a record for each transfer: cycle (64 bits), then the payload in chunks
//   violations.bin   stream and cycle (64 bits each) wherever a stalled word did not hold
// Puts the number of cycles done on standard output from time to time, and a complaint on standard
// error. Exits with 0 when all cycles are done.
//
// Traffic is that of sim.patterns.Traffic, reset that of sim.benches.drive. Inputs change while the
// clock is low; what happens at the next rising edge is read after they have settled.

#include <cxxrtl/capi/cxxrtl_capi.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" cxxrtl_toplevel cxxrtl_design_create();

namespace {

constexpr uint64_t reset_cycles = 3;
constexpr uint64_t cycles_between_looks_at_the_clock = 1024;
constexpr std::chrono::milliseconds progress_period(500);

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

class Signal {
  public:
    Signal(cxxrtl_handle design, const std::string& name)
        : object_(cxxrtl_get(design, name.c_str())) {
        if (!object_ || object_->outline) fail("the design has no signal '" + name + "'");
    }
    size_t chunks() const { return (object_->width + 31) / 32; }
    const uint32_t* value() const { return object_->curr; }
    bool high() const { return object_->curr[0] & 1; }
    void set(uint32_t value) { object_->next[0] = value; }
    void set_chunks(const uint32_t* value) { std::copy_n(value, chunks(), object_->next); }

  private:
    cxxrtl_object* object_;
};

class File {
  public:
    File(const std::string& path, const char* mode)
        : path_(path), file_(std::fopen(path.c_str(), mode)) {
        if (!file_) fail("cannot open " + path_);
        std::setvbuf(file_, nullptr, _IOFBF, 1 << 18);
    }
    File(File&& other) : path_(other.path_), file_(other.file_) { other.file_ = nullptr; }
    ~File() { close(); }

    template <class T> std::vector<T> read(size_t count) {
        std::vector<T> data(count);
        if (std::fread(data.data(), sizeof(T), count, file_) != count) fail(path_ + " is cut short");
        return data;
    }
    template <class T> void write(const T* data, size_t count) {
        if (std::fwrite(data, sizeof(T), count, file_) != count) fail("cannot write " + path_);
    }
    void close() {
        if (file_ && std::fclose(file_)) fail("cannot write " + path_);
        file_ = nullptr;
    }

  private:
    std::string path_;
    FILE* file_;
};

struct Monitor {
    Signal valid, ready, payload;
    File log;
    std::vector<uint32_t> before;
    bool held = false;

    // Called once a cycle, ahead of the rising edge. Tells whether a word that waited has moved.
    bool look(uint64_t cycle) {
        const uint32_t* word = payload.value();
        const size_t chunks = payload.chunks();
        const bool offered = valid.high();
        const bool moved = held && !(offered && std::equal(before.begin(), before.end(), word));
        const bool taken = offered && ready.high();
        if (taken) {
            log.write(&cycle, 1);
            log.write(word, chunks);
        }
        held = offered && !taken;
        if (held) before.assign(word, word + chunks);
        return moved;
    }
};

// Loads the weights, a word a cycle.
template <class Step>
void load(cxxrtl_handle design, const std::vector<uint32_t>& weights, const Step& step_with_clock) {
    Signal data(design, "s_weights_tdata"), valid(design, "s_weights_tvalid");
    Signal loaded(design, "weights_loaded");
    const auto cycle = [&] {
        step_with_clock(0);
        step_with_clock(1);
    };
    valid.set(1);
    for (uint32_t word : weights) {
        data.set(word);
        cycle();
    }
    valid.set(0);
    cycle();
    cycle();
    step_with_clock(0);
    if (!loaded.high()) fail(std::to_string(weights.size()) + " words do not fill the weights");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6 || argc % 3) fail("driver SETUP FOLDER VALID READY PAYLOAD ...");
    cxxrtl_handle design = cxxrtl_create(cxxrtl_design_create());
    Signal clk(design, "clk"), rst(design, "rst");
    Signal in_data(design, "s_axis_tdata"), in_valid(design, "s_axis_tvalid");
    Signal in_ready(design, "s_axis_tready");
    Signal out_valid(design, "m_axis_tvalid"), out_ready(design, "m_axis_tready");

    File setup(argv[1], "rb");
    const auto head = setup.read<uint64_t>(6);
    const uint64_t cycles = head[0], ready_after = head[1], word_count = head[4];
    const auto offers = setup.read<uint8_t>(head[2]), accepts = setup.read<uint8_t>(head[3]);
    const size_t in_chunks = in_data.chunks();
    const auto words = setup.read<uint32_t>(word_count * in_chunks);
    const auto weights = setup.read<uint32_t>(head[5]);

    const std::string folder = std::string(argv[2]) + "/";
    File violations(folder + "violations.bin", "wb");
    std::vector<Monitor> monitors;
    for (int k = 3; k + 2 < argc; k += 3)
        monitors.push_back({{design, argv[k]},
                            {design, argv[k + 1]},
                            {design, argv[k + 2]},
                            {folder + "stream" + std::to_string(monitors.size()) + ".bin", "wb"},
                            {}});

    // At a rising edge registers change; what follows from them only at the next step.
    const auto step_with_clock = [&](uint32_t level) {
        clk.set(level);
        cxxrtl_step(design);
    };
    rst.set(1);
    in_valid.set(0);
    out_ready.set(0);
    for (uint64_t k = 0; k < reset_cycles; ++k) {
        step_with_clock(0);
        step_with_clock(1);
    }
    if (!weights.empty()) load(design, weights, step_with_clock);
    rst.set(0);

    uint64_t sent = 0, seen = 0;
    bool offering = false;
    auto told = std::chrono::steady_clock::now();
    for (uint64_t cycle = 0; cycle < cycles; ++cycle) {
        if (!offering && sent < word_count && offers[cycle % offers.size()]) {
            in_data.set_chunks(&words[sent++ * in_chunks]);
            offering = true;
        }
        if (ready_after) {
            step_with_clock(0);
            seen += out_valid.high();
        }
        const bool accepting = ready_after ? seen > ready_after : accepts[cycle % accepts.size()];
        in_valid.set(offering);
        out_ready.set(accepting);
        step_with_clock(0);

        for (size_t k = 0; k < monitors.size(); ++k)
            if (monitors[k].look(cycle)) {
                const uint64_t where[] = {k, cycle};
                violations.write(where, 2);
            }
        if (in_ready.high()) offering = false;
        if (accepting && out_valid.high()) seen = 0;
        step_with_clock(1);
        if (cycle % cycles_between_looks_at_the_clock == 0) {
            const auto now = std::chrono::steady_clock::now();
            if (now - told >= progress_period) {
                std::printf("%llu\n", static_cast<unsigned long long>(cycle));
                std::fflush(stdout);
                told = now;
            }
        }
    }
    for (Monitor& monitor : monitors) monitor.log.close();
    violations.close();
    cxxrtl_destroy(design);
    return 0;
}
