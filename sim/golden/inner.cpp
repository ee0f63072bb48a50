// Inner loops of the golden model: what sim/golden does in NumPy where there is no compiler.
//
// Operands of products lie as (words, pixels) and (words, outputs), sums as (outputs, pixels), whose rows are
// `stride` apart. Counting is compiled for several processors; which one runs is found out when it
// is called.

#include <algorithm>
#include <cstdint>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define FOR_X86 1
#endif

namespace {

constexpr int64_t kPixels = 32;  // Looked at together: their words stay in the first cache.
constexpr int64_t kOutputs = 4;  // So many share what is read of them.

// Bits that differ, for kPixels pixels, whose words lie together, and for kOutputs outputs.
using Counts = int64_t[kOutputs][kPixels];
using Counter = void (*)(const uint64_t *block, const uint64_t *weights, int64_t stride,
                         int64_t words, Counts &counts);

template <class Count>
inline __attribute__((always_inline)) void count_each(const uint64_t *block,
                                                      const uint64_t *weights, int64_t stride,
                                                      int64_t words, Counts &counts, Count count) {
  for (int64_t o = 0; o < kOutputs; ++o) {
    for (int64_t p = 0; p < kPixels; ++p) counts[o][p] = 0;
    for (int64_t w = 0; w < words; ++w) {
      const uint64_t weight = weights[w * stride + o];
      for (int64_t p = 0; p < kPixels; ++p) {
        counts[o][p] += count(block[w * kPixels + p] ^ weight);
      }
    }
  }
}

void count_plain(const uint64_t *block, const uint64_t *weights, int64_t stride, int64_t words,
                 Counts &counts) {
  count_each(block, weights, stride, words, counts,
             [](uint64_t x) { return __builtin_popcountll(x); });
}

#ifdef FOR_X86
__attribute__((target("popcnt"))) void count_popcnt(const uint64_t *block, const uint64_t *weights,
                                                    int64_t stride, int64_t words,
                                                    Counts &counts) {
  for (int64_t o = 0; o < kOutputs; ++o) {
    for (int64_t p = 0; p < kPixels; ++p) {
      int64_t sum = 0;
      for (int64_t w = 0; w < words; ++w) {
        sum += __builtin_popcountll(block[w * kPixels + p] ^ weights[w * stride + o]);
      }
      counts[o][p] = sum;
    }
  }
}

// Ones of each half byte are looked up, and added up in bytes as long as these hold them.
__attribute__((target("avx2"))) void count_avx2(const uint64_t *block, const uint64_t *weights,
                                                int64_t stride, int64_t words, Counts &counts) {
  constexpr int kVectors = 2;  // With kOutputs times as many sums they fit the registers.
  constexpr int64_t kWords = 255 / 8;
  const __m256i ones = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
  for (int64_t p = 0; p < kPixels; p += 4 * kVectors) {
    __m256i sums[kOutputs][kVectors];
    for (auto &row : sums) {
      for (auto &sum : row) sum = zero;
    }
    for (int64_t first = 0; first < words; first += kWords) {
      __m256i bytes[kOutputs][kVectors];
      for (auto &row : bytes) {
        for (auto &sum : row) sum = zero;
      }
      for (int64_t w = first; w < std::min(words, first + kWords); ++w) {
        __m256i bits[kVectors];
#pragma GCC unroll 2
        for (int v = 0; v < kVectors; ++v) {
          const uint64_t *const four = block + w * kPixels + p + 4 * v;
          bits[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(four));
        }
#pragma GCC unroll 4
        for (int o = 0; o < kOutputs; ++o) {
          const __m256i weight = _mm256_set1_epi64x(weights[w * stride + o]);
#pragma GCC unroll 2
          for (int v = 0; v < kVectors; ++v) {
            const __m256i differ = _mm256_xor_si256(bits[v], weight);
            const __m256i high = _mm256_and_si256(_mm256_srli_epi16(differ, 4), low);
            const __m256i count =
                _mm256_add_epi8(_mm256_shuffle_epi8(ones, _mm256_and_si256(differ, low)),
                                _mm256_shuffle_epi8(ones, high));
            bytes[o][v] = _mm256_add_epi8(bytes[o][v], count);
          }
        }
      }
      for (int o = 0; o < kOutputs; ++o) {
        for (int v = 0; v < kVectors; ++v) {
          sums[o][v] = _mm256_add_epi64(sums[o][v], _mm256_sad_epu8(bytes[o][v], zero));
        }
      }
    }
    for (int o = 0; o < kOutputs; ++o) {
      for (int v = 0; v < kVectors; ++v) {
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(counts[o] + p + 4 * v), sums[o][v]);
      }
    }
  }
}

__attribute__((target("avx512f,avx512vpopcntdq"))) void count_avx512(
    const uint64_t *block, const uint64_t *weights, int64_t stride, int64_t words,
    Counts &counts) {
  constexpr int kVectors = kPixels / 8;
  __m512i sums[kOutputs][kVectors];
  for (auto &row : sums) {
    for (auto &sum : row) sum = _mm512_setzero_si512();
  }
  for (int64_t w = 0; w < words; ++w) {
    __m512i bits[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) bits[v] = _mm512_loadu_si512(block + w * kPixels + 8 * v);
#pragma GCC unroll 4
    for (int o = 0; o < kOutputs; ++o) {
      const __m512i weight = _mm512_set1_epi64(weights[w * stride + o]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const __m512i ones = _mm512_popcnt_epi64(_mm512_xor_si512(bits[v], weight));
        sums[o][v] = _mm512_add_epi64(sums[o][v], ones);
      }
    }
  }
  for (int o = 0; o < kOutputs; ++o) {
    for (int v = 0; v < kVectors; ++v) _mm512_storeu_si512(counts[o] + 8 * v, sums[o][v]);
  }
}
#endif

Counter fastest_counter() {
#ifdef FOR_X86
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq")) {
    return count_avx512;
  }
  if (__builtin_cpu_supports("avx2")) return count_avx2;
  if (__builtin_cpu_supports("popcnt")) return count_popcnt;
#endif
  return count_plain;
}

template <class Sum>
void xnor_sums(const uint64_t *patches, const uint64_t *weights, int64_t words, int64_t outputs,
               int64_t pixels, int64_t size, Sum *sums, int64_t stride) {
  const Counter count = fastest_counter();
  Counts counts;
  // Copies, whole blocks with zeros behind the last: in place, rows that are apart by powers of two
  // would share the sets of a cache.
  const int64_t columns = (outputs + kOutputs - 1) / kOutputs * kOutputs;
  std::vector<uint64_t> block(words * kPixels), columned(words * columns);
  for (int64_t w = 0; w < words; ++w) {
    std::copy_n(weights + w * outputs, outputs, columned.data() + w * columns);
  }
  for (int64_t p = 0; p < pixels; p += kPixels) {
    const int64_t width = std::min(kPixels, pixels - p);
    for (int64_t w = 0; w < words; ++w) {
      std::copy_n(patches + w * pixels + p, width, block.data() + w * kPixels);
    }
    for (int64_t first = 0; first < outputs; first += kOutputs) {
      count(block.data(), columned.data() + first, columns, words, counts);
      const int64_t many = std::min(kOutputs, outputs - first);
      for (int64_t o = 0; o < many; ++o) {
        Sum *row = sums + (first + o) * stride + p;
        for (int64_t k = 0; k < width; ++k) row[k] = static_cast<Sum>(size - 2 * counts[o][k]);
      }
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
