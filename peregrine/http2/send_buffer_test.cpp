#include "peregrine/http2/send_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace peregrine::http2 {
namespace {

TEST(send_buffer, keeps_the_order_however_it_grows_and_empties) {
  send_buffer buffer;
  std::string expected;
  std::uint32_t seed = 1;
  for (int i = 0; i < 2000; ++i) {
    seed = seed * 1664525 + 1013904223;
    const std::size_t size = (seed >> 8) % (i % 200 == 0 ? 100'000 : 17'000);
    if (seed & 1) {
      const std::string added(size, static_cast<char>('a' + i % 26));
      buffer.append(as_bytes(added));
      expected += added;
    } else {
      const auto dropped = std::min(size, expected.size());
      buffer.drop(dropped);
      expected.erase(0, dropped);
    }
    ASSERT_EQ(buffer.size(), expected.size());
    ASSERT_EQ(as_text(buffer.view()), expected);
  }
}

TEST(send_buffer, fills_a_block_to_its_last_byte) {
  for (const std::size_t held : {32'768U, 49'152U, 65'536U, 65'537U}) {
    send_buffer buffer;
    const std::string first(held, '1');
    buffer.append(as_bytes(first));
    const std::string second(16'393, '2');
    buffer.append(as_bytes(second));
    EXPECT_EQ(as_text(buffer.view()), first + second);
  }
}

}  // namespace
}  // namespace peregrine::http2
