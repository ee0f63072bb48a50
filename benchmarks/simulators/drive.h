// Feeds frames to a design and takes its scores: only this is timed.
//
//   driver PIXELS BYTES_PER_PIXEL WORDS_OUT VALID READY [PACKET]
//
// PIXELS is a file of the input words of all frames, BYTES_PER_PIXEL bytes each, the first in the
// least significant byte. VALID and READY have a byte for each cycle, repeated for ever: whether a word
// may begin to be offered, and whether one is taken. PACKET, for a design that gets weights with each frame, is a file of these
// words, 16 bits each. Runs until WORDS_OUT words have left; prints JSON.
//
// A Dut has rst(bool), offer(bool, uint32_t), accept(bool), taken(), leaving(), score(), and low() and
// high(), which evaluate it with the clock at that level. With
// WEIGHTS_COME_IN it has weight(uint16_t, bool last) too, and weight_taken().

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

inline std::vector<char> read_bytes(const char* path) {
    std::vector<char> bytes;
    FILE* file = std::fopen(path, "rb");
    if (!file) return bytes;
    for (int byte; (byte = std::fgetc(file)) != EOF;) bytes.push_back(char(byte));
    std::fclose(file);
    return bytes;
}

template <class Dut> int drive(int argc, char** argv, Dut& dut) {
    if (argc != 6 && argc != 7) return 2;
    const size_t width = std::strtoul(argv[2], nullptr, 10);
    const size_t words_out = std::strtoul(argv[3], nullptr, 10);
    std::vector<uint32_t> pixels;
    FILE* file = std::fopen(argv[1], "rb");
    if (!file || width < 1 || width > 4) return 2;
    for (unsigned char bytes[4] = {}; std::fread(bytes, 1, width, file) == width;)
        pixels.push_back(bytes[0] | bytes[1] << 8 | bytes[2] << 16 | uint32_t(bytes[3]) << 24);
    std::fclose(file);
    std::vector<uint16_t> packet;
    const std::vector<char> valid = read_bytes(argv[4]), ready = read_bytes(argv[5]);
    if (valid.empty() || ready.empty()) return 2;
    if (argc == 7) {
        FILE* words = std::fopen(argv[6], "rb");
        if (!words) return 2;
        for (unsigned char bytes[2]; std::fread(bytes, 1, 2, words) == 2;)
            packet.push_back(bytes[0] | bytes[1] << 8);
        std::fclose(words);
    }
    size_t weight = 0;

    dut.rst(true);
    dut.offer(false, 0);
    dut.accept(false);
    for (int cycle = 0; cycle < 4; ++cycle) {
        dut.low();
        dut.high();
    }
    dut.rst(false);

    // More than any design takes that moves at all.
    const size_t limit = 1000 * (pixels.size() + words_out);
    std::vector<uint64_t> scores;
    scores.reserve(words_out);
    size_t next = 0, cycle = 0, at_valid = 0, at_ready = 0;
    bool waits = false;  // A word that was offered and not taken stays.
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    for (; scores.size() < words_out && cycle < limit; ++cycle) {
        const bool offered = next < pixels.size() && (waits || valid[at_valid]);
        const bool accepts = ready[at_ready];
        if (++at_valid == valid.size()) at_valid = 0;
        if (++at_ready == ready.size()) at_ready = 0;
        dut.accept(accepts);
        dut.offer(offered, offered ? pixels[next] : 0);
#ifdef WEIGHTS_COME_IN
        dut.weight(packet[weight], weight + 1 == packet.size());
#endif
        dut.low();
#ifdef WEIGHTS_COME_IN
        if (dut.weight_taken() && ++weight == packet.size()) weight = 0;
#endif
        waits = offered && !dut.taken();
        next += offered && !waits;
        if (accepts && dut.leaving()) scores.push_back(dut.score());
        dut.high();
    }
    const double cpu_seconds = double(std::clock() - cpu_start) / CLOCKS_PER_SEC;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    std::printf("{\"cycles\": %zu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"scores\": [", cycle,
                seconds.count(), cpu_seconds);
    for (size_t k = 0; k < scores.size(); ++k)
        std::printf("%s%llu", k ? ", " : "", static_cast<unsigned long long>(scores[k]));
    std::printf("]}\n");
    return scores.size() == words_out ? 0 : 1;
}
