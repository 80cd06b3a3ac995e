// UTF-8 validation (RFC 3629) of text that arrives in pieces.
#pragma once

#include "peregrine/base/bytes.hpp"

#include <cstdint>

namespace peregrine::websocket {

// One byte of state. A piece is refused as soon as it holds a byte that no continuation could make valid, wherever the
// pieces are cut.
class utf8_validator {
 public:
  // False: the text is not UTF-8. The validator must be reset() before it is used again.
  bool feed(bytes piece) noexcept;

  // Does the text end here on the end of a character?
  bool is_complete() const noexcept { return state_ == state::complete; }

  void reset() noexcept { state_ = state::complete; }

 private:
  // What the next byte must be. The four special rows exclude overlong forms, surrogates and what lies beyond U+10FFFF.
  enum class state : std::uint8_t {
    complete,    // a first byte
    one_more,    // 80…BF, then complete
    two_more,    // 80…BF, then one_more
    three_more,  // 80…BF, then two_more
    after_e0,    // A0…BF, then one_more
    after_ed,    // 80…9F, then one_more
    after_f0,    // 90…BF, then two_more
    after_f4,    // 80…8F, then two_more
    invalid,
  };
  static state next(state now, std::uint8_t byte) noexcept;
  bool step(bytes piece) noexcept;

  state state_ = state::complete;
};

bool is_utf8(bytes text) noexcept;

}  // namespace peregrine::websocket
