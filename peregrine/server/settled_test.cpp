#include "peregrine/server/settled.hpp"

#include <gtest/gtest.h>

namespace peregrine::server {
namespace {

options two_doors() {
  options chosen;
  chosen.bind = {"http://127.0.0.1:8080", "https://localhost:8443"};
  chosen.workers = "4";
  return chosen;
}

TEST(what_is_settled, is_the_same_where_it_was_handed_to) {
  const auto read = settled::parse(settled(two_doors(), 4).spell());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->check(two_doors()));
  EXPECT_EQ(read->spell(), settled(two_doors(), 4).spell());
  for (const auto* other : {"", "{}", "[]", R"({"bind": 3})"}) EXPECT_FALSE(settled::parse(other)) << other;
}

TEST(what_is_settled, takes_a_restart_to_change) {
  const settled kept(two_doors(), 4);
  const auto fault = [&kept](auto change) {
    auto now = two_doors();
    change(now);
    const auto checked = kept.check(now);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_EQ(fault([](options& now) { now.bind.pop_back(); }),
            "--bind http://127.0.0.1:8080 takes a restart of the whole server, which was started with --bind "
            "http://127.0.0.1:8080 --bind https://localhost:8443");
  EXPECT_EQ(fault([](options& now) { now.admin = "off"; }),
            "--admin off takes a restart of the whole server, which was started with --admin auto");
  EXPECT_EQ(fault([](options& now) { now.workers = "3"; }),
            "--workers 3 (workers: 3) takes a restart of the whole server, which was started with 4 workers");
  EXPECT_EQ(fault([](options& now) { now.capacity = 1'000'000; }), "") << "a number of workers is taken as it is";
  EXPECT_EQ(fault([](options& now) { now.drain *= 2; }), "");
}

TEST(what_is_settled, can_be_imposed) {
  const settled kept(two_doors(), 4);
  options now;
  kept.impose_on(now);
  EXPECT_TRUE(kept.check(now));
  EXPECT_EQ(now.bind, two_doors().bind);
  EXPECT_EQ(now.workers, "4");
}

}  // namespace
}  // namespace peregrine::server
