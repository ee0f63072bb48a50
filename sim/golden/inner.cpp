// Inner loops of the golden model: what sim/golden does in NumPy where there is no compiler.
//
// Operands of products lie as (words, pixels) and (words, outputs), sums as (outputs, pixels), whose rows are
// `stride` apart. Counting is compiled for several processors; which one runs is found out when it
// is called.

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define FOR_X86 1
#endif

namespace {

constexpr int64_t kPixels = 64;  // Looked at together: their words stay in the first cache.

// Bits that differ from the weights of one output, for up to kPixels pixels.
template <class Count>
inline __attribute__((always_inline)) void count_each(
    const uint64_t *patches, int64_t pixels, const uint64_t *weights, int64_t outputs,
    int64_t words, int64_t width, int64_t *counts, Count count) {
  for (int64_t p = 0; p < width; ++p) counts[p] = 0;
  for (int64_t w = 0; w < words; ++w) {
    const uint64_t weight = weights[w * outputs];
    for (int64_t p = 0; p < width; ++p) counts[p] += count(patches[w * pixels + p] ^ weight);
  }
}

void count_plain(const uint64_t *patches, int64_t pixels, const uint64_t *weights, int64_t outputs,
                 int64_t words, int64_t width, int64_t *counts) {
  count_each(patches, pixels, weights, outputs, words, width, counts,
             [](uint64_t x) { return __builtin_popcountll(x); });
}

#ifdef FOR_X86
__attribute__((target("popcnt"))) void count_popcnt(
    const uint64_t *patches, int64_t pixels, const uint64_t *weights, int64_t outputs,
    int64_t words, int64_t width, int64_t *counts) {
  for (int64_t p = 0; p < width; ++p) {
    int64_t sum = 0;
    for (int64_t w = 0; w < words; ++w) {
      sum += __builtin_popcountll(patches[w * pixels + p] ^ weights[w * outputs]);
    }
    counts[p] = sum;
  }
}

__attribute__((target("avx512f,avx512vpopcntdq"))) void count_avx512(
    const uint64_t *patches, int64_t pixels, const uint64_t *weights, int64_t outputs,
    int64_t words, int64_t width, int64_t *counts) {
  constexpr int kVectors = kPixels / 8;
  if (width == kPixels) {
    __m512i sums[kVectors];
    for (auto &sum : sums) sum = _mm512_setzero_si512();
    for (int64_t w = 0; w < words; ++w) {
      const __m512i weight = _mm512_set1_epi64(weights[w * outputs]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        const __m512i bits = _mm512_loadu_si512(patches + w * pixels + 8 * v);
        sums[v] = _mm512_add_epi64(sums[v], _mm512_popcnt_epi64(_mm512_xor_si512(bits, weight)));
      }
    }
    for (int v = 0; v < kVectors; ++v) _mm512_storeu_si512(counts + 8 * v, sums[v]);
    return;
  }
  for (int64_t p = 0; p < width; p += 8) {
    const __mmask8 mask = width - p >= 8 ? 0xff : (1u << (width - p)) - 1;
    __m512i sum = _mm512_setzero_si512();
    for (int64_t w = 0; w < words; ++w) {
      const __m512i bits = _mm512_maskz_loadu_epi64(mask, patches + w * pixels + p);
      const __m512i weight = _mm512_set1_epi64(weights[w * outputs]);
      sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(bits, weight)));
    }
    _mm512_mask_storeu_epi64(counts + p, mask, sum);
  }
}
#endif

using Counter = void (*)(const uint64_t *, int64_t, const uint64_t *, int64_t, int64_t, int64_t,
                         int64_t *);

Counter fastest_counter() {
#ifdef FOR_X86
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq")) {
    return count_avx512;
  }
  if (__builtin_cpu_supports("popcnt")) return count_popcnt;
#endif
  return count_plain;
}

template <class Sum>
void xnor_sums(const uint64_t *patches, const uint64_t *weights, int64_t words, int64_t outputs,
               int64_t pixels, int64_t size, Sum *sums, int64_t stride) {
  const Counter count = fastest_counter();
  int64_t counts[kPixels];
  for (int64_t p = 0; p < pixels; p += kPixels) {
    const int64_t width = std::min(kPixels, pixels - p);
    for (int64_t o = 0; o < outputs; ++o) {
      count(patches + p, pixels, weights + o, outputs, words, width, counts);
      Sum *row = sums + o * stride + p;
      for (int64_t k = 0; k < width; ++k) row[k] = static_cast<Sum>(size - 2 * counts[k]);
    }
  }
}

}  // namespace

extern "C" {

// size - 2 * (bits that differ), of sums of 2, 4 or 8 bytes.
void xnor_products(const uint64_t *patches, const uint64_t *weights, int64_t words, int64_t outputs,
                   int64_t pixels, int64_t size, void *sums, int64_t stride, int64_t bytes) {
  if (bytes == 2) {
    xnor_sums(patches, weights, words, outputs, pixels, size, static_cast<int16_t *>(sums), stride);
  } else if (bytes == 4) {
    xnor_sums(patches, weights, words, outputs, pixels, size, static_cast<int32_t *>(sums), stride);
  } else {
    xnor_sums(patches, weights, words, outputs, pixels, size, static_cast<int64_t *>(sums), stride);
  }
}
}
