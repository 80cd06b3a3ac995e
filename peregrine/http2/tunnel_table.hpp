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
  std::size_t look_for(stream_id id) const noexcept;
  void rebuild();

  std::vector<tunnel*> places_;  // null: free, and no look goes on behind it; `vacated`: free
  std::size_t size_ = 0;
  std::size_t used_ = 0;  // places that are not null
};

}  // namespace peregrine::http2
