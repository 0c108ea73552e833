// DeployKit
// SPDX-License-Identifier: Apache-2.0

#include "CSHA256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

// FIPS 180-4, 4.2.2.
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

bool dk_sha256_is_available(void) {
    unsigned int a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return false;
    const bool shuffles = (c & bit_SSSE3) && (c & bit_SSE4_1);
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    return shuffles && (b & bit_SHA);
}

/// The state as the instructions want it: the words a, b, e, f beside c, d, g, h.
struct halves {
    __m128i abef;
    __m128i cdgh;
};

WITH_SHA static inline struct halves take_apart(const uint32_t state[8]) {
    const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    return (struct halves){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
}

WITH_SHA static inline void put_together(struct halves halves, uint32_t state[8]) {
    const __m128i feba = _mm_shuffle_epi32(halves.abef, 0x1B);
    const __m128i dchg = _mm_shuffle_epi32(halves.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// The 64 rounds of one block, four at a time; the schedule is made as it is needed.
WITH_SHA static inline struct halves compress(struct halves before, __m128i words[4]) {
    struct halves now = before;
#pragma clang loop unroll(full)
    for (int group = 0; group < 16; group++) {
        __m128i word = words[group & 3];
        if (group >= 4) {
            const __m128i last = words[(group + 3) & 3];
            word = _mm_sha256msg1_epu32(word, words[(group + 1) & 3]);
            word = _mm_add_epi32(word, _mm_alignr_epi8(last, words[(group + 2) & 3], 4));
            word = _mm_sha256msg2_epu32(word, last);
            words[group & 3] = word;
        }
        word = _mm_add_epi32(word, _mm_load_si128((const __m128i *)constants + group));
        now.cdgh = _mm_sha256rnds2_epu32(now.cdgh, now.abef, word);
        now.abef = _mm_sha256rnds2_epu32(now.abef, now.cdgh, _mm_shuffle_epi32(word, 0x0E));
    }
    now.abef = _mm_add_epi32(now.abef, before.abef);
    now.cdgh = _mm_add_epi32(now.cdgh, before.cdgh);
    return now;
}

WITH_SHA void dk_sha256_bytes(uint32_t state[8], const uint8_t *bytes, size_t count) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    struct halves halves = take_apart(state);
    for (; count > 0; count--, bytes += 64) {
        __m128i words[4];
        for (int group = 0; group < 4; group++) {
            const __m128i held = _mm_loadu_si128((const __m128i *)bytes + group);
            words[group] = _mm_shuffle_epi8(held, swap);
        }
        halves = compress(halves, words);
    }
    put_together(halves, state);
}

WITH_SHA void dk_sha256_words(uint32_t state[8], const uint32_t block[16]) {
    __m128i words[4];
    for (int group = 0; group < 4; group++) {
        words[group] = _mm_loadu_si128((const __m128i *)block + group);
    }
    put_together(compress(take_apart(state), words), state);
}

#else

// Other processors hash with the portable code.
bool dk_sha256_is_available(void) { return false; }

void dk_sha256_bytes(uint32_t state[8], const uint8_t *bytes, size_t count) {
    (void)state, (void)bytes, (void)count;
    __builtin_trap();
}

void dk_sha256_words(uint32_t state[8], const uint32_t words[16]) {
    (void)state, (void)words;
    __builtin_trap();
}

#endif
