#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/tls/ticket_renewal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace peregrine::tls {
namespace {

TEST(ticket_keys, open_what_the_last_two_of_them_sealed) {
  ticket_keys keys;
  const auto first = *keys.current();
  EXPECT_EQ(keys.find(first.name)->cipher, first.cipher);
  EXPECT_TRUE(keys.find(first.name)->is_current);
  keys.renew();
  const auto second = *keys.current();
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_NE(second.mac, first.mac);
  EXPECT_EQ(keys.find(first.name)->mac, first.mac);
  EXPECT_FALSE(keys.find(first.name)->is_current);
  for (int i = 0; i < 10; ++i) {
    const auto before = *keys.current();
    keys.renew();
    EXPECT_TRUE(keys.find(before.name));
  }
  EXPECT_FALSE(keys.find(first.name));
  EXPECT_FALSE(keys.find(std::array<unsigned char, ticket_keys::name_size>{}));
}

TEST(ticket_keys, are_the_same_for_who_adopts_them) {
  ticket_keys ours;
  const auto theirs = ticket_keys::adopt(fcntl(ours.file(), F_DUPFD_CLOEXEC, 0));
  ASSERT_TRUE(theirs);
  EXPECT_EQ(theirs->current()->cipher, ours.current()->cipher);
  ours.renew();
  EXPECT_EQ(theirs->current()->cipher, ours.current()->cipher);
  EXPECT_FALSE(ticket_keys::adopt(open("/dev/null", O_RDWR | O_CLOEXEC)));
}

TEST(ticket_keys, are_renewed_when_they_are_old) {
  manual_reactor loop;
  ticket_keys keys;
  const ticket_renewal renewing(keys);
  const auto first = *keys.current();
  loop.advance(ticket_keys::lifetime / 2);
  EXPECT_TRUE(keys.find(first.name)->is_current);
  loop.advance(ticket_keys::lifetime);
  EXPECT_FALSE(keys.find(first.name)->is_current);
  loop.advance(ticket_keys::lifetime);
  EXPECT_FALSE(keys.find(first.name));
}

}  // namespace
}  // namespace peregrine::tls
