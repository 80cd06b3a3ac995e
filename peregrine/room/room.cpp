#include "peregrine/room/room.hpp"

#include "peregrine/websocket/writer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace peregrine {

std::uint32_t room::join(connection& member) {
  if (!batches_.empty()) batches_.back().is_sealed = true;  // what was said before they came is not for them
  ++members_;
  const auto address = reinterpret_cast<std::uintptr_t>(&member);
  if (first_free_ == no_slot) {
    slots_.push_back(address);  // behind the last slot that messages on their way go to
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const auto slot = first_free_;
  first_free_ = static_cast<std::uint32_t>(slots_[slot] >> 1);
  slots_[slot] = address;
  if (!batches_.empty()) newcomers_[slot] = batches_.back().number;
  return slot;
}

void room::leave(std::uint32_t slot) noexcept {
  assert(!is_free(slots_[slot]));
  slots_[slot] = free_mark(first_free_);
  first_free_ = slot;
  --members_;
  newcomers_.erase(slot);
}

std::uint32_t room::visit_members(std::uint32_t from, std::uint32_t most,
                                  const std::function<void(connection&)>& visit) const {
  const auto until = static_cast<std::uint32_t>(std::min<std::size_t>(slots_.size(), std::size_t{from} + most));
  for (; from < until; ++from) {
    if (!is_free(slots_[from])) visit(*reinterpret_cast<connection*>(slots_[from]));
  }
  return from < slots_.size() ? from : 0;
}

bool room::is_for(std::uint32_t slot, const batch& now) {
  const auto found = newcomers_.find(slot);
  if (found == newcomers_.end()) return true;
  if (now.number <= found->second) return false;
  newcomers_.erase(found);
  return true;
}

room::batch& room::gathering(std::size_t size) {
  if (batches_.empty() || batches_.back().is_sealed || batches_.back().gathering.size() > max_batch) {
    auto& opened = batches_.emplace_back();
    opened.gathering = shared_buffer::with_room_for(std::max(size, last_size_));
    opened.number = ++last_batch_;
    opened.began = reactor::current().precise_now();
    opened.end = static_cast<std::uint32_t>(slots_.size());
  }
  return batches_.back();
}

void room::take(const message& said) {
  const auto size = websocket::frame_size(websocket::role::server, said.size());
  auto& last = gathering(size);
  websocket::encode_frame(last.gathering.extend(size), websocket::role::server, {said.type(), said.payload()});
  backlog_ += size;
  ++last.messages;
  last.payload += said.size();
}

void room::take(bytes frame) {
  auto& last = gathering(frame.size());
  std::ranges::copy(frame, last.gathering.extend(frame.size()).begin());
  backlog_ += frame.size();
  ++last.messages;
  last.payload += websocket::payload_size_of_server_frame(frame);
}

std::size_t room::serve(std::size_t budget) {
  if (batches_.empty()) return 0;
  auto& current = batches_.front();
  if (!current.frames.plain()) {
    last_size_ = std::min(current.gathering.size(), max_batch);
    current.gathering.fit();
    current.frames = shared_frame(std::move(current.gathering));
    current.is_sealed = true;
  }
  constexpr std::uint32_t ahead = 8;  // a member is fetched from memory while those before it are served
  const auto until = static_cast<std::uint32_t>(std::min<std::size_t>(current.end, current.next + budget));
  const auto begin = current.next;
  for (; current.next < until; ++current.next) {
    if (current.next + ahead < until) {
      __builtin_prefetch(reinterpret_cast<void*>(slots_[current.next + ahead] & ~std::uintptr_t{1}));
    }
    const auto slot = slots_[current.next];
    if (is_free(slot)) continue;
    if (!newcomers_.empty() && !is_for(current.next, current)) continue;
    auto& member = *reinterpret_cast<connection*>(slot);
    if (!member.post(current.frames)) member.close_as_slow_consumer();
    ++current.served;
  }
  return until - begin;
}

void room::retire() noexcept {
  backlog_ -= batches_.front().frames.plain().size();
  batches_.pop_front();
}

std::vector<room::publisher> room::take_waiting() {
  if (waiting_.empty() || is_congested()) return {};
  return std::exchange(waiting_, {});
}

void room::withdraw(const void* awaiter) noexcept {
  std::erase_if(waiting_, [awaiter](const publisher& each) { return each.awaiter == awaiter; });
}

}  // namespace peregrine
