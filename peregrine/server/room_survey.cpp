#include "peregrine/server/room_survey.hpp"

#include <algorithm>
#include <utility>

namespace peregrine::server {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t slice = 2'000;  // some 0.2 ms
constexpr auto pause = 50ms;

constexpr auto is_larger = [](const auto& a, const auto& b) { return a.second > b.second; };

}  // namespace

void room_survey::begin() {
  if (!std::exchange(is_under_way_, true)) go_on();
}

void room_survey::go_on() {
  next_ = rooms_.visit_rooms(next_, slice, [this](const room& each) { consider(each); });
  if (next_ != 0) {
    reactor::current().set_timeout(*this, pause);
    return;
  }
  largest_ = std::exchange(found_, {});
  std::ranges::sort(largest_, is_larger);
  is_under_way_ = false;
}

void room_survey::consider(const room& each) {
  if (found_.size() == most_) {
    if (each.members() <= found_.front().second) return;
    std::ranges::pop_heap(found_, is_larger);
    found_.pop_back();
  }
  found_.emplace_back(each.name(), each.members());
  std::ranges::push_heap(found_, is_larger);
}

}  // namespace peregrine::server
