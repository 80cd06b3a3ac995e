#include "peregrine/http2/flood_watch.hpp"

namespace peregrine::http2 {

std::optional<expense> flood_watch::cost_of(const frame_head& head) noexcept {
  switch (head.type) {
    case frame_type::data:
      if (head.length == 0) return expense::empty;
      return std::nullopt;
    case frame_type::headers:
      if (side_ == side::client || head.stream <= newest_) return expense::empty;
      newest_ = head.stream;
      purses_.earn(expense::empty, 1);  // an empty DATA frame may end it
      return std::nullopt;
    case frame_type::priority:
    case frame_type::priority_update:
      return expense::priority;
    case frame_type::rst_stream:
      return expense::reset;
    case frame_type::settings:
      return expense::settings;
    case frame_type::ping:
      return expense::ping;
    case frame_type::window_update:
      return expense::window_update;
    case frame_type::push_promise:  // these two the engine bounds: none at all, and few to a head (CVE-2024-28182)
    case frame_type::continuation:
      return std::nullopt;
    default:
      return expense::useless;
  }
}

void flood_watch::on_asked() noexcept {
  purses_.earn(expense::reset, 1);
  purses_.earn(expense::empty, 2);  // the head of the response, and an empty DATA frame at its end
}

}  // namespace peregrine::http2
