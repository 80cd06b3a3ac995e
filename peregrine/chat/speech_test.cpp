#include "peregrine/chat/speech.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace peregrine::chat {
namespace {

std::string line(std::string_view said) {
  return to_line(message::text(said));
}
std::string json_line(std::string_view said) {
  return to_json_line(message::text(said));
}

TEST(speech, a_line_is_sent_with_the_name_of_who_typed_it) {
  const auto sent = nlohmann::json::parse(to_message("ada", R"(quote " and \ backslash, 世界)"));
  EXPECT_EQ(sent, (nlohmann::json{{"user", "ada"}, {"text", R"(quote " and \ backslash, 世界)"}}));
}

TEST(speech, bytes_that_are_no_utf8_are_replaced_before_they_are_sent) {
  EXPECT_EQ(nlohmann::json::parse(to_message("ada", "gr\xFC\xDF"))["text"], "gr\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(speech, what_a_member_says_is_shown_behind_the_name) {
  EXPECT_EQ(line(R"({"user": "bob", "text": "Grüße 🦅"})"), "bob: Grüße 🦅");
}

TEST(speech, an_error_is_shown_as_one) {
  EXPECT_EQ(line(R"({"error": "the message is not JSON"})"), "error: the message is not JSON");
}

TEST(speech, what_is_not_as_expected_is_shown_as_it_came) {
  for (const auto* said :
       {"plain words", "[1, 2]", R"({"user": 1, "text": "x"})", R"({"user": "x"})", "{\"user\":", "7"}) {
    EXPECT_EQ(line(said), said);
  }
}

TEST(speech, a_binary_message_is_told_by_its_size) {
  EXPECT_EQ(to_line(message::binary(as_bytes("\x1b[2J"))), "(a binary message of 4 bytes)");
  EXPECT_EQ(to_json_line(message::binary(as_bytes("abc"))), "");
}

TEST(speech, nothing_from_the_network_steers_a_terminal) {
  EXPECT_EQ(line(R"({"user": "\u001b[2Jbob", "text": "a\nadmin: b\r\t\u0007"})"), R"(\x1b[2Jbob: a\nadmin: b\r\t\x07)");
  EXPECT_EQ(line("\x1b]0;title\x07"), R"(\x1b]0;title\x07)");
  EXPECT_EQ(line("\x7f\xC2\x9b"), R"(\x7f\u{009b})");                  // DEL, and CSI as one C1 character
  EXPECT_EQ(line("\xE2\x80\xAE\xE2\x80\xA8"), R"(\u{202e}\u{2028})");  // right to left from here; a line's end
  EXPECT_EQ(line(R"({"error": "\u001bc"})"), R"(error: \x1bc)");
}

TEST(speech, letters_of_any_length_pass) {
  EXPECT_EQ(escaped("a é ࠀ \xC2\xA0 世 🦅"), "a é ࠀ \xC2\xA0 世 🦅");
}

TEST(speech, json_stays_as_it_came) {
  constexpr auto said = R"({"b": 1.50, "a": "\u00e9 é", "a": []})";
  EXPECT_EQ(json_line(said), said);
}

TEST(speech, json_is_one_line_and_means_the_same) {
  constexpr std::string_view said = "{\n\t\"text\":\r\n \"\x7f\xC2\x9b\"}";
  const auto shown = json_line(said);
  EXPECT_EQ(shown, "{  \"text\":   \"\\u007f\\u009b\"}");
  EXPECT_EQ(nlohmann::json::parse(shown), nlohmann::json::parse(said));
}

TEST(speech, what_is_no_json_becomes_a_json_string) {
  EXPECT_EQ(json_line("say \"hi\"\x1b\n"), R"("say \"hi\"\u001b\n")");
  EXPECT_EQ(json_line(""), R"("")");
}

}  // namespace
}  // namespace peregrine::chat
