// What a server of several workers keeps for as long as it lives, whatever its configuration says by now: its
// supervisor holds the sockets, and has places for so many workers. It hands this to each process that it starts.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/server/options.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::server {

class settled {
 public:
  // What is chosen at the start, and how many workers that makes.
  settled(const options& chosen, std::uint64_t count);

  // As words for a process that may be of another version. The error is that they are none.
  std::string spell() const;
  static result<settled> parse(std::string_view spelled);

  // Whether a process that is called with these options would do as settled. The error names the first option that asks
  // for something else, and says that it takes a restart.
  result<> check(const options& now) const;

  // Has these options ask for what is settled.
  void impose_on(options& now) const;

 private:
  settled() = default;

  std::vector<std::string> bind_;
  std::string admin_;
  std::string workers_;
  std::uint64_t capacity_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace peregrine::server
