#include "peregrine/http2/tunnel_table.hpp"

#include <utility>

namespace peregrine::http2 {

namespace {

// A fifth of the places is free: the default of 128 streams takes 160.
constexpr std::size_t full(std::size_t places) noexcept {
  return places - places / 5;
}

}  // namespace

void tunnel_table::insert(tunnel& added) {
  if (size_ >= full(places_.size())) grow();
  auto place = place_of(added.id);
  while (places_[place]) place = next(place);
  places_[place] = &added;
  ++size_;
}

tunnel* tunnel_table::find(stream_id id) const noexcept {
  if (size_ == 0) return nullptr;
  for (auto place = place_of(id); places_[place]; place = next(place)) {
    if (places_[place]->id == id) return places_[place];
  }
  return nullptr;
}

void tunnel_table::erase(stream_id id) noexcept {
  if (size_ == 0) return;
  auto gap = place_of(id);
  while (places_[gap] && places_[gap]->id != id) gap = next(gap);
  if (!places_[gap]) return;
  --size_;
  // Those behind it move up, unless that would take them before their own place.
  const auto distance = [this](std::size_t from, std::size_t to) {
    return (to + places_.size() - from) % places_.size();
  };
  for (auto place = next(gap); places_[place]; place = next(place)) {
    if (distance(place_of(places_[place]->id), place) < distance(gap, place)) continue;
    places_[gap] = places_[place];
    gap = place;
  }
  places_[gap] = nullptr;
}

std::vector<tunnel*> tunnel_table::all() const {
  std::vector<tunnel*> found;
  found.reserve(size_);
  for (auto* each : places_) {
    if (each) found.push_back(each);
  }
  return found;
}

void tunnel_table::grow() {
  const auto before = std::exchange(places_, std::vector<tunnel*>(places_.empty() ? 10 : places_.size() * 2));
  size_ = 0;
  for (auto* each : before) {
    if (each) insert(*each);
  }
}

}  // namespace peregrine::http2
