#include "peregrine/websocket/mask.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace peregrine::websocket {
namespace {

constexpr std::array<unsigned char, 4> key_bytes{0x37, 0xfa, 0x21, 0x3d};

mask_key key() {
  mask_key result;
  std::memcpy(&result, key_bytes.data(), sizeof result);
  return result;
}

// RFC 6455 §5.3, as it stands there.
std::vector<std::byte> masked_one_by_one(std::vector<std::byte> data, std::size_t phase) {
  for (std::size_t i = 0; i < data.size(); ++i) data[i] ^= std::byte{key_bytes[(i + phase) % 4]};
  return data;
}

TEST(mask, every_size_phase_and_alignment_is_as_the_rfc_says) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<std::byte> plain(size);
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<std::byte>(i * 7);
    for (std::size_t phase = 0; phase < 6; ++phase) {
      const auto expected = masked_one_by_one(plain, phase);
      for (std::size_t offset = 0; offset < 9; ++offset) {
        std::vector<std::byte> room(offset + size + 1, std::byte{0xee});
        std::copy(plain.begin(), plain.end(), room.begin() + static_cast<std::ptrdiff_t>(offset));
        const auto data = mutable_bytes(room).subspan(offset, size);
        apply_mask(data, key(), phase);
        ASSERT_TRUE(std::equal(data.begin(), data.end(), expected.begin()));
        ASSERT_EQ(room.back(), std::byte{0xee});
      }
    }
  }
}

TEST(mask, a_turned_key_goes_on_where_the_last_piece_ended) {
  std::vector<std::byte> whole(50, std::byte{0x55});
  auto pieces = whole;
  apply_mask(whole, key());
  apply_mask(mutable_bytes(pieces).first(13), key());
  apply_mask(mutable_bytes(pieces).subspan(13), turn(key(), 13));
  EXPECT_EQ(whole, pieces);
}

TEST(mask, twice_is_nothing) {
  std::vector<std::byte> data(1000, std::byte{0x20});
  const auto before = data;
  apply_mask(data, key());
  EXPECT_NE(data, before);
  apply_mask(data, key());
  EXPECT_EQ(data, before);
}

}  // namespace
}  // namespace peregrine::websocket
