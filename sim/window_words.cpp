// Words of line buffers, gathered from the bytes of feature maps: see sim/window_words.py.

#include <cstdint>
#include <cstring>

namespace {

// Pixels of one word, each of `bytes` bytes; those at -1 are padding.
template <int64_t kBytes>
inline uint8_t *gather(const uint8_t *map, const int32_t *places, int64_t pixels, int64_t bytes,
                       const uint8_t *fill, uint8_t *out) {
  const int64_t size = kBytes ? kBytes : bytes;
  for (int64_t p = 0; p < pixels; ++p, out += size) {
    std::memcpy(out, places[p] < 0 ? fill : map + places[p] * size, size);
  }
  return out;
}

template <int64_t kBytes>
void gather_all(const uint8_t *maps, int64_t count, int64_t map_bytes, const int32_t *places,
                int64_t blocks, int64_t words, int64_t pixels, int64_t bytes, const uint8_t *fill,
                const uint8_t *tails, int64_t tail_bytes, int64_t repeats, uint8_t *out) {
  for (int64_t m = 0; m < count; ++m, maps += map_bytes) {
    for (int64_t b = 0; b < blocks; ++b) {
      const uint8_t *const start = out;
      for (int64_t w = b * words; w < (b + 1) * words; ++w) {
        out = gather<kBytes>(maps, places + w * pixels, pixels, bytes, fill, out);
        for (int64_t k = 0; k < tail_bytes; ++k) *out++ = tails[w * tail_bytes + k];
      }
      const int64_t size = out - start;
      for (int64_t r = 1; r < repeats; ++r, out += size) std::memcpy(out, start, size);
    }
  }
}

}  // namespace

// Of each block of a map its words, `repeats` times. A word is `pixels` pixels of `bytes` bytes, and
// `tail_bytes` that are the same in all maps.
extern "C" void gather_words(
    const uint8_t *maps, int64_t count, int64_t map_bytes, const int32_t *places, int64_t blocks,
    int64_t words, int64_t pixels, int64_t bytes, const uint8_t *fill, const uint8_t *tails,
    int64_t tail_bytes, int64_t repeats, uint8_t *out) {
  const auto all = bytes == 1   ? gather_all<1>
                   : bytes == 2 ? gather_all<2>
                   : bytes == 3 ? gather_all<3>
                   : bytes == 4 ? gather_all<4>
                   : bytes == 8 ? gather_all<8>
                                : gather_all<0>;
  all(maps, count, map_bytes, places, blocks, words, pixels, bytes, fill, tails, tail_bytes, repeats,
      out);
}
