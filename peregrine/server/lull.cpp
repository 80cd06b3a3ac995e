#include "peregrine/server/lull.hpp"

#include <utility>

namespace peregrine::server {

std::uint64_t lull::seconds() noexcept {
  const auto gone = door_.counts.opened - door_.counts.live;
  const auto events = door_.counts.opened + gone + door_.counts.messages_in + rooms_.delivered();
  seconds_ = std::exchange(events_, events) == events ? seconds_ + 1 : 0;
  return seconds_;
}

}  // namespace peregrine::server
