// A head as it comes in, field after field. There is one for each connection on which a head is under way, and one
// spare for the thread.
#pragma once

#include "peregrine/http2/request_head.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::http2 {

class building_head {
 public:
  static std::unique_ptr<building_head> take();
  static void give_back(std::unique_ptr<building_head> done) noexcept;

  // Keeps a field, unless the list is longer with it than `most` bytes, counted as RFC 9113 §6.5.2 does.
  void add(std::string_view name, std::string_view value, std::size_t most);
  std::size_t size() const noexcept { return size_; }

  // Views into this.
  request_head as_request();
  struct response {
    int status = 0;  // 0: there was none
    fields head;
  };
  response as_response();

  stream_id stream = 0;

 private:
  struct part {
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  template <class TakePseudo>
  void materialize(TakePseudo take_pseudo);

  std::size_t size_ = 0;
  bool is_too_large_ = false;
  std::string text_;
  std::vector<part> parts_;
  std::vector<field> list_;
};

}  // namespace peregrine::http2
