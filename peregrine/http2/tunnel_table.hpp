// The tunnels of a session, by the number of their streams. Numbers that follow each other stand beside each other, so
// that a table of little more than as many places as there are streams finds most at the first look.
#pragma once

#include "peregrine/http2/tunnel.hpp"

#include <cstddef>
#include <vector>

namespace peregrine::http2 {

class tunnel_table {
 public:
  std::size_t size() const noexcept { return size_; }

  // Its id is set, and not in the table.
  void insert(tunnel& added);
  tunnel* find(stream_id id) const noexcept;
  void erase(stream_id id) noexcept;

  // As they are now.
  std::vector<tunnel*> all() const;

 private:
  std::size_t place_of(stream_id id) const noexcept { return static_cast<std::size_t>(id) / 2 % places_.size(); }
  std::size_t next(std::size_t place) const noexcept { return place + 1 == places_.size() ? 0 : place + 1; }
  void grow();

  std::vector<tunnel*> places_;  // each at its own place or behind it, without a gap between
  std::size_t size_ = 0;
};

}  // namespace peregrine::http2
