#include "peregrine/base/log.hpp"

#include <gtest/gtest.h>

namespace peregrine {
namespace {

using namespace std::chrono_literals;

log::entry entry_of(std::string_view message, log::with fields = {}) {
  // 2026-02-04 10:11:47.089 UTC
  return {log::level::info,
          "swarm",
          message,
          fields,
          8820ms,
          std::chrono::system_clock::time_point(1770199907089ms),
          820099};
}

// What `speak` writes to standard error.
template <class F>
std::string heard(F speak) {
  testing::internal::CaptureStderr();
  speak();
  return testing::internal::GetCapturedStderr();
}

class log_switched : public testing::Test {
 protected:
  void TearDown() override { log::configure({}); }
};

TEST(log_console, first_line_beside_the_subject_others_below) {
  EXPECT_EQ(log::to_console(entry_of("Made 10001 connections\nand one line more"), false),
            " 8.82s     info: swarm: Made 10001 connections\n"
            "               | and one line more\n");
}

TEST(log_console, a_final_line_end_adds_no_empty_line) {
  EXPECT_EQ(log::to_console(entry_of("done\n"), false), " 8.82s     info: swarm: done\n");
}

TEST(log_console, fields_stand_below) {
  EXPECT_EQ(log::to_console(entry_of("Broadcast", {{"members", 3}, {"room", "/a b"}, {"cut", true}}), false),
            " 8.82s     info: swarm: Broadcast\n"
            "               | members=3 room=\"/a b\" cut=true\n");
}

TEST(log_console, colour_only_when_asked) {
  EXPECT_EQ(log::to_console(entry_of("x"), false).find('\x1b'), std::string::npos);
  EXPECT_NE(log::to_console(entry_of("x"), true).find('\x1b'), std::string::npos);
}

TEST(log_console, a_peer_cannot_steer_the_terminal) {
  EXPECT_EQ(log::to_console(entry_of("said \x1b[2J\r"), false), " 8.82s     info: swarm: said \\x1b[2J\\x0d\n");
  // The controls of one byte in Latin-1, and of two in UTF-8.
  EXPECT_EQ(log::to_console(entry_of("\x9b"
                                     "2J \xC2\x9b \xE2\x9b \x7f"),
                            false),
            " 8.82s     info: swarm: \\x9b2J \\xc2\\x9b \\xe2\\x9b \\x7f\n");
  EXPECT_EQ(log::to_console(entry_of("\t\xC2\xA0\xC3\xA9 \xE9\x9B\x9B"), false),
            " 8.82s     info: swarm: \t\xC2\xA0\xC3\xA9 \xE9\x9B\x9B\n");
  EXPECT_EQ(log::to_console(entry_of("x", {{"said", "\xC2\x9b"}}), false),
            " 8.82s     info: swarm: x\n               | said=\"\\u009b\"\n");
}

TEST(log_json, one_object_a_line) {
  EXPECT_EQ(log::to_json(entry_of("a \"quoted\"\nline")),
            R"({"time":"2026-02-04T10:11:47.089Z","level":"info","subject":"swarm",)"
            R"("message":"a \"quoted\"\nline","pid":820099})"
            "\n");
}

TEST(log_json, fields_keep_their_types) {
  const auto line = log::to_json(entry_of("", {{"a", 1U}, {"b", -2}, {"c", 0.5}, {"d", false}, {"e", "x"}}));
  EXPECT_NE(line.find(R"("fields":{"a":1,"b":-2,"c":0.5,"d":false,"e":"x"}})"), std::string::npos) << line;
}

TEST(log_json, infinity_is_null) {
  const auto line = log::to_json(entry_of("", {{"rate", 1.0 / 0.0}}));
  EXPECT_NE(line.find(R"("rate":null)"), std::string::npos) << line;
}

TEST(log_json, bytes_that_are_no_utf8_are_replaced) {
  const auto message = [](std::string_view said) {
    const auto line = log::to_json(entry_of(said));
    const auto start = line.find(R"("message":")") + 11;
    return line.substr(start, line.find(R"(","pid")") - start);
  };
  EXPECT_EQ(message("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\xA6\x85"), "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\xA6\x85");
  EXPECT_EQ(message("\xFF"), "\xEF\xBF\xBD");
  EXPECT_EQ(message("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
  EXPECT_EQ(message("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // cut short
  EXPECT_EQ(message("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(message("\x01"), "\\u0001");
}

TEST(log_level, follows_verbosity) {
  EXPECT_EQ(log::from_verbosity(0), log::level::info);
  EXPECT_EQ(log::from_verbosity(1), log::level::debug);
  EXPECT_EQ(log::from_verbosity(9), log::level::debug);
  EXPECT_EQ(log::from_verbosity(-1), log::level::warning);
  EXPECT_EQ(log::from_verbosity(-2), log::level::error);
  EXPECT_EQ(log::from_verbosity(-9), log::level::off);
  EXPECT_EQ(log::from_verbosity(-1, log::level::error), log::level::off);
}

TEST_F(log_switched, a_level_that_is_off_says_and_formats_nothing) {
  log::configure({log::level::warning, log::format::console});
  EXPECT_EQ(heard([] { log::info("a", "{}", 1); }), "");
  EXPECT_NE(heard([] { log::warning("a", "{} of {}", 1, 2); }).find("warning: a: 1 of 2\n"), std::string::npos);
}

TEST_F(log_switched, json_where_there_is_no_terminal) {
  const auto line = heard([] {
    log::configure({});
    log::error("hub", log::with{{"count", 7}}, "Lost {}", 7);
  });
  EXPECT_EQ(line.front(), '{');
  EXPECT_NE(line.find(R"("level":"error","subject":"hub","message":"Lost 7")"), std::string::npos) << line;
}

TEST_F(log_switched, an_overlay_is_hidden_around_each_line) {
  struct : log::overlay {
    void hide() override { std::fputs("<hidden>", stderr); }
    void show() override { std::fputs("<shown>", stderr); }
  } bar;
  log::configure({log::level::info, log::format::console});
  const auto line = heard([&] {
    log::set_overlay(&bar);
    log::info("a", "said");
    log::set_overlay(nullptr);
    log::info("a", "alone");
  });
  EXPECT_TRUE(line.starts_with("<hidden>")) << line;
  EXPECT_NE(line.find("said\n<shown>"), std::string::npos) << line;
  EXPECT_TRUE(line.ends_with("a: alone\n")) << line;
}

}  // namespace
}  // namespace peregrine
