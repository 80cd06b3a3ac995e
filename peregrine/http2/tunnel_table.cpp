#include "peregrine/http2/tunnel_table.hpp"

namespace peregrine::http2 {

namespace {

constexpr std::size_t fewest = 10;

// A fifth of the places is free: the default of 128 streams takes 160.
constexpr std::size_t full(std::size_t places) noexcept {
  return places - places / 5;
}

// Stands where one was that has gone: those behind it are found past it. Its id is that of no stream.
tunnel vacated;

}  // namespace

void tunnel_table::insert(tunnel& added) {
  if (used_ >= full(places_.size())) rebuild();
  auto place = place_of(added.id);
  while (places_[place] && places_[place] != &vacated) place = next(place);
  if (!places_[place]) ++used_;
  places_[place] = &added;
  ++size_;
}

// Where it is, or a place that is null.
std::size_t tunnel_table::look_for(stream_id id) const noexcept {
  auto place = place_of(id);
  while (places_[place] && places_[place]->id != id) place = next(place);
  return place;
}

tunnel* tunnel_table::find(stream_id id) const noexcept {
  return size_ == 0 ? nullptr : places_[look_for(id)];
}

void tunnel_table::erase(stream_id id) noexcept {
  if (size_ == 0) return;
  auto& place = places_[look_for(id)];
  if (!place) return;
  place = &vacated;
  --size_;
}

std::vector<tunnel*> tunnel_table::all() const {
  std::vector<tunnel*> found;
  found.reserve(size_);
  for (auto* each : places_) {
    if (each && each != &vacated) found.push_back(each);
  }
  return found;
}

// Without the vacated, and with more places where more than half are taken.
void tunnel_table::rebuild() {
  const auto living = all();
  const auto places = places_.empty() ? fewest : places_.size() * (size_ > places_.size() / 2 ? 2 : 1);
  places_.assign(places, nullptr);
  size_ = used_ = 0;
  for (auto* each : living) insert(*each);
}

}  // namespace peregrine::http2
