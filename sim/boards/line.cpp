// A board's design with its serial line on standard input and output, one of them a terminal's far
// side.
//
//   line CLOCK DIVISOR SECONDS WARM_UP EVALUATIONS [IMAGE OFFSET]
//
// Bytes that come in are put on the pin uart_0__rx__io bit by bit, DIVISOR cycles of the pin CLOCK
// each; bytes seen on uart_0__tx__io go out. The line is quiet for WARM_UP cycles: by then reset is
// over and the flash read, and the terminal is not read before. EVALUATIONS of the design are made
// for each level of the clock: 2 where logic makes clocks of it, whose edges are seen by the second
// one alone. Ends after SECONDS, or with the process that started it. With IMAGE the board has an
// SPI flash with the bytes of that file from OFFSET on, and ones everywhere else.

#include <cxxrtl/capi/cxxrtl_capi.h>

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" cxxrtl_toplevel cxxrtl_design_create();

static cxxrtl_object* find(cxxrtl_handle design, const char* name) {
    cxxrtl_object* object = cxxrtl_get(design, name);
    if (!object) {
        std::fprintf(stderr, "the design has no signal '%s'\n", name);
        std::exit(1);
    }
    return object;
}

static void step(cxxrtl_handle design, int evaluations) {
    for (int k = 1; k < evaluations; ++k) cxxrtl_eval(design);
    cxxrtl_step(design);
}

// An SPI flash in mode 0 that knows plain reads only; asleep until it is told to wake up.
class Flash {
  public:
    Flash(std::vector<uint8_t> data, uint32_t offset) : data(data), offset(offset) {}

    // Its output for the levels of its inputs; to be called whenever one may have changed.
    bool step(bool selected, bool clk, bool in) {
        if (!selected) {
            if (bits == 8 && command == 0xAB) awake = true;
            bits = 0;
            command = 0;
        } else if (clk && !last_clk) {
            if (bits < 32) command = command << 1 | in;
            ++bits;
        } else if (!clk && last_clk && bits >= 32 && awake && command >> 24 == 0x03) {
            const uint32_t bit = bits - 32;
            const uint32_t at = (command & 0xFFFFFF) + bit / 8;
            const bool known = at >= offset && at - offset < data.size();
            out = (known ? data[at - offset] : 0xFF) >> (7 - bit % 8) & 1;
        }
        last_clk = clk;
        return out;
    }

  private:
    std::vector<uint8_t> data;
    uint32_t offset, command = 0, bits = 0;
    bool awake = false, last_clk = false, out = true;
};

int main(int argc, char** argv) {
    if (argc != 6 && argc != 8) return 1;
    const int divisor = std::atoi(argv[2]);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[3]));
    const uint64_t start_cycles = std::atoll(argv[4]);
    const int evaluations = std::atoi(argv[5]);
    const pid_t parent = getppid();
    cxxrtl_handle design = cxxrtl_create(cxxrtl_design_create());
    cxxrtl_object* clk = find(design, argv[1]);
    cxxrtl_object* rx = find(design, "uart_0__rx__io");
    cxxrtl_object* tx = find(design, "uart_0__tx__io");
    std::vector<uint8_t> image;
    cxxrtl_object *cs = nullptr, *spi_clk = nullptr, *copi = nullptr, *cipo = nullptr;
    if (argc == 8) {
        std::ifstream file(argv[6], std::ios::binary);
        image.assign(std::istreambuf_iterator<char>(file), {});
        cs = find(design, "spi_flash_1x_0__cs__io");
        spi_clk = find(design, "spi_flash_1x_0__clk__io");
        copi = find(design, "spi_flash_1x_0__copi__io");
        cipo = find(design, "spi_flash_1x_0__cipo__io");
    }
    Flash flash(image, argc == 8 ? std::atoi(argv[7]) : 0);

    uint32_t sending = 1;      // bits to put on the line, the lowest first
    int send_left = 0, send_timer = 0;
    uint32_t receiving = 0;
    int receive_left = 0, receive_timer = 0;
    for (uint64_t cycle = 0;; ++cycle) {
        if (cycle % 65536 == 0 && (getppid() != parent || std::chrono::steady_clock::now() > end))
            return 0;
        if (send_timer) {
            --send_timer;
        } else if (send_left) {
            sending = sending >> 1 | 1 << 31;
            --send_left;
            send_timer = divisor - 1;
        } else if (cycle > start_cycles && cycle % (4 * divisor) == 0) {
            pollfd wait{0, POLLIN, 0};
            uint8_t octet;
            if (poll(&wait, 1, 0) > 0 && (wait.revents & POLLIN) && read(0, &octet, 1) == 1) {
                sending = (octet << 1 | 1 << 9) | ~0u << 10;
                send_left = 9;
                send_timer = divisor - 1;
            }
        }
        rx->next[0] = sending & 1;
        clk->next[0] = 0;
        if (cipo)
            cipo->next[0] = flash.step(!(cs->curr[0] & 1), spi_clk->curr[0] & 1, copi->curr[0] & 1);
        step(design, evaluations);

        const uint32_t level = tx->curr[0] & 1;
        if (receive_left) {
            if (receive_timer) {
                --receive_timer;
            } else {
                receiving = receiving >> 1 | level << 8;
                receive_timer = divisor - 1;
                if (--receive_left == 0) {
                    const uint8_t octet = receiving & 0xFF;
                    if (!level || write(1, &octet, 1) != 1) return 1;
                }
            }
        } else if (cycle > start_cycles && !level) {
            receive_left = 9;
            receive_timer = divisor + divisor / 2 - 1;
        }
        clk->next[0] = 1;
        step(design, evaluations);
    }
}
