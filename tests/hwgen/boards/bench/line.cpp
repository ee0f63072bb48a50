// A board's design with its serial line on standard input and output, one of them a terminal's far
// side.
//
//   line DIVISOR SECONDS
//
// Bytes that come in are put on the pin uart_0__rx__io bit by bit, DIVISOR cycles each; bytes seen
// on uart_0__tx__io go out. Ends after SECONDS, or with the process that started it.

#include <cxxrtl/capi/cxxrtl_capi.h>

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

// By then reset is over, and the terminal is not read before.
constexpr uint64_t warm_up_cycles = 2000;

extern "C" cxxrtl_toplevel cxxrtl_design_create();

static cxxrtl_object* find(cxxrtl_handle design, const char* name) {
    cxxrtl_object* object = cxxrtl_get(design, name);
    if (!object) {
        std::fprintf(stderr, "the design has no signal '%s'\n", name);
        std::exit(1);
    }
    return object;
}

int main(int argc, char** argv) {
    if (argc != 3) return 1;
    const int divisor = std::atoi(argv[1]);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[2]));
    const pid_t parent = getppid();
    cxxrtl_handle design = cxxrtl_create(cxxrtl_design_create());
    cxxrtl_object* clk = find(design, "clk12_0__io");
    cxxrtl_object* rx = find(design, "uart_0__rx__io");
    cxxrtl_object* tx = find(design, "uart_0__tx__io");

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
        } else if (cycle > warm_up_cycles && cycle % (4 * divisor) == 0) {
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
        cxxrtl_step(design);

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
        } else if (cycle > warm_up_cycles && !level) {
            receive_left = 9;
            receive_timer = divisor + divisor / 2 - 1;
        }
        clk->next[0] = 1;
        cxxrtl_step(design);
    }
}
