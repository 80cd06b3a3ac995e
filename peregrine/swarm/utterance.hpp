// What the members of a swarm say, and how they know their own words again.
//
// A JSON object, since rooms may take nothing else, of fixed places, since a million deliveries are not to be parsed:
//
//   {"swarm":"1f3a9c02.b.00000003.00000123456789ab.........."}
//             swarm    │ number   time             padding up to the size asked for
//                      kind: broadcast or echo
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace peregrine::swarm {

struct utterance {
  enum class kind : char { broadcast = 'b', echo = 'e' };
  kind what;
  std::uint32_t number;  // of the broadcast, or of the member that echoes
  std::uint64_t time;    // ns of CLOCK_MONOTONIC, which is one for all processes of a machine
};

class voice {
 public:
  static constexpr std::size_t smallest = 48;  // bytes

  // `swarm` tells this swarm's words from those of another in the same room.
  explicit voice(std::uint32_t swarm);

  // Exactly `size` bytes, at least `smallest`.
  std::string say(const utterance& meant, std::size_t size) const;

  // Nothing if these are not our words.
  std::optional<utterance> recognise(std::string_view said) const noexcept;

 private:
  std::string prefix_;
};

}  // namespace peregrine::swarm
