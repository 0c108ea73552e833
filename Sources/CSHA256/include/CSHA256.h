// DeployKit
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether the processor has instructions for SHA-256, without which nothing else here may be called.
bool dk_sha256_is_available(void);

/// Takes `count` blocks of 64 bytes into a state of eight words.
void dk_sha256_bytes(uint32_t state[8], const uint8_t *bytes, size_t count);

/// Takes one block, as sixteen words of the machine's own order, into a state of eight words.
void dk_sha256_words(uint32_t state[8], const uint32_t words[16]);
