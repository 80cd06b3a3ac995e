// Quantities as people write them: durations, sizes, counts, rates; read and printed.
#pragma once

#include "peregrine/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace peregrine {

// Reading. Errors are whole sentences: what was wrong, what was expected, an example. Nothing here is negative.
result<std::chrono::nanoseconds> parse_duration(std::string_view text);  // 30s 250ms 1m30s 1.5h 0
result<std::uint64_t> parse_size(std::string_view text);                 // bytes: 64KiB 1.5MiB 10MB 65536
result<std::uint64_t> parse_count(std::string_view text);                // 1000000 1_000_000 1M 10k
result<double> parse_rate(std::string_view text);                        // per second: 5000/s 10k/s 90/m 5000

// For a reader: rounded, easy on the eye.
std::string print_duration(std::chrono::nanoseconds duration);  // 250µs 3.2ms 0.15s 17.7s 1m4s 2h5m
std::string print_size(std::uint64_t bytes);                    // 1.5 MiB
std::string print_count(std::uint64_t count);                   // 28,012
std::string print_rate(double per_second);                      // 28,012.4/s below 100,000, then whole

// For a file that is read again: exact, and what parse_… takes back to the same value.
std::string spell_duration(std::chrono::nanoseconds duration);  // 1m30s
std::string spell_size(std::uint64_t bytes);                    // 64KiB

}  // namespace peregrine
