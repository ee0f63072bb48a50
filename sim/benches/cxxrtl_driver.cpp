// Drives words into a design that yosys made C++ of, and records the transfers of its streams.
//
//   driver SETUP FOLDER [INPUT=NUMBER ...] VALID READY PAYLOAD [VALID READY PAYLOAD ...]
//
// SETUP, numbers of 64 bits and words in the byte order of this machine:
//   number of words, of weights, of words of a packet, of runs;
//   the words, each in as many chunks of 32 bits as s_axis_tdata takes, the lowest first;
//   the weights that fill the SPRAMs, in 32 bits each. They are loaded while reset is high.
//   the words of a packet, in 32 bits each: it comes again and again after each reset.
//   For each run: cycles, words to offer, cycles of reset ahead of it, ready_after, words of weights
//   to offer, length of the valid pattern, of the ready pattern, of that of weights; these patterns,
//   a byte a cycle.
// INPUT=NUMBER: further inputs of the design, and what they are all the time.
// VALID READY PAYLOAD: the signals of each stream, names in the hierarchy joined by spaces.
//
// Writes to FOLDER:
//   streamK.bin      a record for each transfer: cycle (64 bits), then the payload in chunks;
//                    cycles outside reset are counted, on from run to run
//   violations.bin   stream and cycle (64 bits each) wherever a stalled word did not hold
//   counts.bin       where there is a file counters.txt in it: so many numbers of 64 bits for each
//                    period of the run: changes of bits, or highs, as they add up from its start.
//                    In counters.txt the number of counters, the cycles of a period, and 1 where
//                    what is not offered is noise, else 0; then for each wire its counter, 1 for
//                    changes or 0 for highs, and its name.
// Puts the number of cycles done on standard output from time to time, and a complaint on standard
// error. Exits with 0 when all cycles are done.
//
// Traffic is that of sim.patterns.Traffic, noise and reset those of sim.benches.drive. Inputs change while the
// clock is low; what happens at the next rising edge is read after they have settled.

#include <cxxrtl/capi/cxxrtl_capi.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

extern "C" cxxrtl_toplevel cxxrtl_design_create();

namespace {

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
    size_t width() const { return object_->width; }
    size_t chunks() const { return (width() + 31) / 32; }
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

// Seeded, the same on every machine (xorshift).
class Noise {
  public:
    uint32_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<uint32_t>(state_ >> 32);
    }
    void fill(Signal& signal) {
        std::vector<uint32_t> word(signal.chunks());
        for (uint32_t& chunk : word) chunk = next();
        // Bits beyond the width stay low, as CXXRTL has it.
        if (signal.width() % 32) word.back() &= (1u << signal.width() % 32) - 1;
        signal.set_chunks(word.data());
    }

  private:
    uint64_t state_ = 88172645463325252u;
};

// Adds up changes and highs of wires of up to 32 bits each.
class Counters {
  public:
    Counters(cxxrtl_handle design, const std::string& folder) {
        std::ifstream list(folder + "counters.txt");
        size_t count = 0;
        if (!(list >> count >> period_ >> noisy_)) return;
        sums_.resize(count);
        std::string name;
        size_t counter;
        for (int changes; list >> counter >> changes >> name;)
            wires_.push_back({Signal(design, name), counter, 0, changes != 0});
        log_.emplace_back(folder + "counts.bin", "wb");
    }
    // Called once a cycle, ahead of the rising edge.
    void look(uint64_t cycle) {
        if (log_.empty()) return;
        for (Wire& wire : wires_) {
            const uint32_t now = wire.signal.value()[0];
            sums_[wire.counter] += __builtin_popcount(wire.changes ? now ^ wire.before : now);
            wire.before = now;
        }
        if ((cycle + 1) % period_ == 0) log_[0].write(sums_.data(), sums_.size());
    }
    bool noisy() const { return noisy_; }
    void close() {
        if (!log_.empty()) log_[0].close();
    }

  private:
    struct Wire {
        Signal signal;
        size_t counter;
        uint32_t before;
        bool changes;
    };
    uint64_t period_ = 0;
    bool noisy_ = true;
    std::vector<uint64_t> sums_;
    std::vector<Wire> wires_;
    std::vector<File> log_;  // One, or none.
};

struct WeightPort {
    Signal data, valid, ready, last;
    explicit WeightPort(cxxrtl_handle design)
        : data(design, "s_weights_tdata"), valid(design, "s_weights_tvalid"),
          ready(design, "s_weights_tready"), last(design, "s_weights_tlast") {}
};

struct Run {
    uint64_t cycles, word_count, reset_cycles, ready_after, given_count;
    std::vector<uint8_t> offers, accepts, gives;

    explicit Run(File& setup) {
        const auto head = setup.read<uint64_t>(8);
        cycles = head[0], word_count = head[1], reset_cycles = head[2], ready_after = head[3];
        given_count = head[4];
        offers = setup.read<uint8_t>(head[5]), accepts = setup.read<uint8_t>(head[6]);
        gives = setup.read<uint8_t>(head[7]);
    }
};

class Driver {
  public:
    Driver(cxxrtl_handle design, File& setup, const std::string& folder, int streams, char** names)
        : design_(design), violations_(folder + "violations.bin", "wb"),
          counters_(design, folder) {
        const auto head = setup.read<uint64_t>(4);
        words_ = setup.read<uint32_t>(head[0] * in_data.chunks());
        weights_ = setup.read<uint32_t>(head[1]);
        packet_ = setup.read<uint32_t>(head[2]);
        if (!packet_.empty()) port_.emplace_back(design);
        for (int k = 0; k < streams; ++k, names += 3)
            monitors_.push_back({{design, names[0]},
                                 {design, names[1]},
                                 {design, names[2]},
                                 {folder + "stream" + std::to_string(k) + ".bin", "wb"},
                                 {}});
        for (uint64_t k = 0; k < head[3]; ++k) runs_.emplace_back(setup);
    }

    void make_runs() {
        bool loaded = weights_.empty();
        for (const Run& run : runs_) {
            reset(run.reset_cycles);
            if (!loaded) load();
            loaded = true;
            make(run);
        }
        for (Monitor& monitor : monitors_) monitor.log.close();
        violations_.close();
        counters_.close();
    }

  private:
    // At a rising edge registers change; what follows from them only at the next step.
    void step_with_clock(uint32_t level) {
        clk.set(level);
        cxxrtl_step(design_);
    }
    void cycle() {
        step_with_clock(0);
        step_with_clock(1);
    }

    // What is offered and accepted during reset does not count.
    void reset(uint64_t cycles) {
        rst.set(1);
        for (uint64_t k = 0; k < cycles; ++k) {
            noise_.fill(in_data);
            in_valid.set(noise_.next() & 1);
            out_ready.set(noise_.next() & 1);
            cycle();
        }
    }

    // Loads the weights, mostly a word a cycle; then, where no others follow, offers one more, which
    // nothing may take.
    void load() {
        Signal data(design_, "s_weights_tdata"), valid(design_, "s_weights_tvalid");
        Signal loaded(design_, "weights_loaded");
        for (uint32_t word : weights_) {
            while (noise_.next() % 16 == 0) {
                noise_.fill(data);
                valid.set(0);
                cycle();
            }
            valid.set(1);
            data.set(word);
            cycle();
        }
        valid.set(0);
        cycle();
        cycle();
        step_with_clock(0);
        if (!loaded.high())
            fail(std::to_string(weights_.size()) + " words do not fill the weights");
        if (!packet_.empty()) return;
        data.set(weights_.back() ^ 0xffff);
        valid.set(1);
    }

    void make(const Run& run) {
        rst.set(0);
        in_valid.set(0);
        out_ready.set(0);
        for (Monitor& monitor : monitors_) monitor.held = false;
        uint64_t sent = 0, seen = 0;
        uint64_t given = 0;
        bool offering = false, giving = false;
        if (!port_.empty()) port_[0].valid.set(0);
        for (uint64_t k = 0; k < run.cycles; ++k, ++done_) {
            if (!offering && sent < run.word_count && run.offers[k % run.offers.size()]) {
                in_data.set_chunks(&words_[sent++ * in_data.chunks()]);
                offering = true;
            } else if (!offering && counters_.noisy()) {
                noise_.fill(in_data);
            }
            if (!port_.empty()) {
                WeightPort& port = port_[0];
                if (!giving && given < run.given_count && run.gives[k % run.gives.size()]) {
                    const uint64_t at = given++ % packet_.size();
                    port.data.set(packet_[at]);
                    port.last.set(at == packet_.size() - 1);
                    giving = true;
                } else if (!giving) {
                    noise_.fill(port.data);
                    noise_.fill(port.last);
                }
                port.valid.set(giving);
            }
            if (run.ready_after) {
                step_with_clock(0);
                seen += out_valid.high();
            }
            const bool accepting =
                run.ready_after ? seen > run.ready_after : run.accepts[k % run.accepts.size()];
            in_valid.set(offering);
            out_ready.set(accepting);
            step_with_clock(0);
            look();
            if (in_ready.high()) offering = false;
            if (giving && port_[0].ready.high()) giving = false;
            if (accepting && out_valid.high()) seen = 0;
            step_with_clock(1);
            if (done_ % cycles_between_looks_at_the_clock == 0) tell();
        }
    }

    void look() {
        counters_.look(done_);
        for (size_t k = 0; k < monitors_.size(); ++k)
            if (monitors_[k].look(done_)) {
                const uint64_t where[] = {k, done_};
                violations_.write(where, 2);
            }
    }

    void tell() {
        const auto now = std::chrono::steady_clock::now();
        if (now - told_ < progress_period) return;
        std::printf("%llu\n", static_cast<unsigned long long>(done_));
        std::fflush(stdout);
        told_ = now;
    }

    cxxrtl_handle design_;
    Signal clk{design_, "clk"}, rst{design_, "rst"};
    Signal in_data{design_, "s_axis_tdata"}, in_valid{design_, "s_axis_tvalid"};
    Signal in_ready{design_, "s_axis_tready"};
    Signal out_valid{design_, "m_axis_tvalid"}, out_ready{design_, "m_axis_tready"};
    File violations_;
    Counters counters_;
    std::vector<Monitor> monitors_;
    std::vector<uint32_t> words_, weights_, packet_;
    std::vector<WeightPort> port_;  // One, or none.
    std::vector<Run> runs_;
    Noise noise_;
    uint64_t done_ = 0;
    std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace

int main(int argc, char** argv) {
    cxxrtl_handle design = cxxrtl_create(cxxrtl_design_create());
    int names = 3;
    for (; names < argc && std::strchr(argv[names], '='); ++names) {
        const std::string name(argv[names], std::strchr(argv[names], '='));
        Signal(design, name).set(std::strtoul(argv[names] + name.size() + 1, nullptr, 10));
    }
    if (argc < names + 3 || (argc - names) % 3) fail("driver SETUP FOLDER VALID READY PAYLOAD ...");
    File setup(argv[1], "rb");
    {
        const int streams = (argc - names) / 3;
        Driver driver(design, setup, std::string(argv[2]) + "/", streams, argv + names);
        driver.make_runs();
    }
    cxxrtl_destroy(design);
    return 0;
}
