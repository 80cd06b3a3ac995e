#include "peregrine/swarm/utterance.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace peregrine::swarm {
namespace {

const voice ours(0x1F3A9C02);
const utterance meant{utterance::kind::broadcast, 3, 0x123456789AB};

TEST(voice, says_a_json_object_of_exactly_the_size_asked_for) {
  for (const std::size_t size : {voice::smallest, voice::smallest + 1, std::size_t{64}, std::size_t{65'536}}) {
    const auto said = ours.say(meant, size);
    EXPECT_EQ(said.size(), size);
    EXPECT_TRUE(nlohmann::json::parse(said).is_object());
  }
  EXPECT_EQ(ours.say(meant, 50), R"({"swarm":"1f3a9c02.b.00000003.00000123456789ab.."})");
}

TEST(voice, knows_its_own_words) {
  const utterance extreme{utterance::kind::echo, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF};
  for (const auto& each : {meant, extreme}) {
    const auto found = ours.recognise(ours.say(each, 100));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->what, each.what);
    EXPECT_EQ(found->number, each.number);
    EXPECT_EQ(found->time, each.time);
  }
}

TEST(voice, does_not_take_what_others_say_for_its_own) {
  EXPECT_FALSE(ours.recognise(""));
  EXPECT_FALSE(ours.recognise(R"({"text":"hello, everybody; what a fine day this is, is it not?"})"));
  EXPECT_FALSE(ours.recognise(voice(0x1F3A9C03).say(meant, 64)));
  auto said = ours.say(meant, 64);
  EXPECT_FALSE(ours.recognise(said.substr(0, voice::smallest - 1)));
  said[19] = 'x';
  EXPECT_FALSE(ours.recognise(said));
  said[19] = 'b';
  said[31] = 'g';
  EXPECT_FALSE(ours.recognise(said));
}

}  // namespace
}  // namespace peregrine::swarm
