#include "peregrine/server/operator_commands.hpp"

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace peregrine::server {
namespace {

class an_operator : public testing::Test {
 protected:
  std::string ask(std::string_view command) { return nlohmann::json::parse(commands_.run(command))["text"]; }

  // Another worker, which tells of one room.
  void add_worker(std::string_view room) {
    auto& place = all_.at(*all_.take_place(1));
    place.rooms = 1;
    std::ranges::copy(room, place.largest[0].name.begin());
    place.largest[0].size = room.size();
    place.largest[0].members = 12;
  }

  manual_reactor loop_;
  worker::board all_{2};
  hub rooms_;
  acceptor door_{{}, [](connection&) -> task<> { co_return; }};
  worker_figures figures_{all_, all_.at(*all_.take_place(0)), door_, rooms_, nullptr};
  operator_commands commands_{figures_};
};

TEST_F(an_operator, hears_of_rooms_whatever_their_names_are) {
  add_worker("/caf\xe9");
  EXPECT_NE(ask("/rooms").find("/caf\xef\xbf\xbd: 12"), std::string::npos) << ask("/rooms");
  EXPECT_NE(ask("/\xff").find("there is no command"), std::string::npos);
}

TEST_F(an_operator, hears_how_many_rooms_there_are_in_each_worker) {
  EXPECT_EQ(ask("/rooms"), "0 rooms");
  add_worker("/room");
  const auto told = ask("/rooms");
  EXPECT_TRUE(told.starts_with("1 rooms, ")) << told;
  EXPECT_NE(told.find("\nworker 0 (process "), std::string::npos) << told;
  EXPECT_NE(told.find("): 1 rooms\n"), std::string::npos) << told;
  EXPECT_NE(told.find("\n/room: 12"), std::string::npos) << told;
}

}  // namespace
}  // namespace peregrine::server
