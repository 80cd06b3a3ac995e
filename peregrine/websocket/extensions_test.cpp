#include "peregrine/websocket/extensions.hpp"

#include <gtest/gtest.h>

namespace peregrine::websocket {
namespace {

// The server's answer in words.
std::string answered(std::string_view offers, const deflate_parameters& wish = stateless_deflate) {
  const auto outcome = accept_offer(offers, &wish);
  if (outcome.outcome == negotiation::malformed) return "malformed";
  if (outcome.outcome == negotiation::declined) return "declined";
  std::string out;
  append_accepted(out, outcome.agreed);
  return out;
}

const std::string usual = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(extensions, the_server_answers) {
  const struct {
    std::string_view offers;
    std::string answer;
  } rows[] = {
      {"permessage-deflate", usual},
      {"permessage-deflate; client_max_window_bits", usual},
      {" permessage-deflate\t;\tclient_no_context_takeover ", usual},
      {"permessage-deflate; server_max_window_bits=10", usual + "; server_max_window_bits=10"},
      {"permessage-deflate; server_max_window_bits=15", usual + "; server_max_window_bits=15"},
      {"permessage-deflate; server_max_window_bits=8", usual + "; server_max_window_bits=8"},
      {"permessage-deflate; server_max_window_bits=\"10\"", usual + "; server_max_window_bits=10"},
      {"permessage-deflate; server_max_window_bits=\"1\\0\"", usual + "; server_max_window_bits=10"},
      {"permessage-deflate; client_max_window_bits=9", usual + "; client_max_window_bits=9"},
      // RFC 7692 §7.1.3's example: the first that can be taken
      {"permessage-deflate; server_max_window_bits=10, permessage-deflate", usual + "; server_max_window_bits=10"},
      {"permessage-deflate; future=1, permessage-deflate; server_max_window_bits=12",
       usual + "; server_max_window_bits=12"},
      {"x-webkit-deflate-frame, permessage-deflate", usual},
      {"x-future; a; b=c; d=\"e\", permessage-deflate", usual},
      {",, permessage-deflate,", usual},
      // not ours, or not as RFC 7692 §7.1 has it
      {"permessage-bzip2", "declined"},
      {"Permessage-Deflate", "declined"},
      {"permessage-deflate; unknown", "declined"},
      {"permessage-deflate; server_no_context_takeover=1", "declined"},
      {"permessage-deflate; client_no_context_takeover; client_no_context_takeover", "declined"},
      {"permessage-deflate; server_max_window_bits", "declined"},
      {"permessage-deflate; server_max_window_bits=7", "declined"},
      {"permessage-deflate; server_max_window_bits=16", "declined"},
      {"permessage-deflate; server_max_window_bits=010", "declined"},
      {"permessage-deflate; server_max_window_bits=1000000000010", "declined"},
      {"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", "declined"},
      {"permessage-deflate; client_max_window_bits; client_max_window_bits", "declined"},
      {"permessage-deflate; client_max_window_bits=x", "declined"},
      // not RFC 6455 §9.1
      {"", "malformed"},
      {";", "malformed"},
      {"permessage-deflate;", "malformed"},
      {"permessage-deflate; ;", "malformed"},
      {"permessage-deflate; a=", "malformed"},
      {"permessage-deflate; a=\"", "malformed"},
      {"permessage-deflate; a=\"\"", "malformed"},
      {"permessage-deflate; a=\"b c\"", "malformed"},
      {"permessage-deflate; a=\"b\\", "malformed"},
      {"permessage-deflate x", "malformed"},
      {"permessage-deflate, x y", "malformed"},
      {"perméssage", "malformed"},
  };
  for (const auto& each : rows) EXPECT_EQ(answered(each.offers), each.answer) << each.offers;
}

TEST(extensions, the_servers_wishes) {
  const deflate_parameters generous;
  EXPECT_EQ(answered("permessage-deflate", generous), "permessage-deflate");
  EXPECT_EQ(answered("permessage-deflate; server_no_context_takeover; client_no_context_takeover", generous), usual);
  const deflate_parameters thrifty{.server_max_window_bits = 11, .client_max_window_bits = 10};
  EXPECT_EQ(answered("permessage-deflate", thrifty), "permessage-deflate; server_max_window_bits=11");
  EXPECT_EQ(answered("permessage-deflate; client_max_window_bits", thrifty),
            "permessage-deflate; server_max_window_bits=11; client_max_window_bits=10");
  EXPECT_EQ(answered("permessage-deflate; client_max_window_bits=9; server_max_window_bits=12", thrifty),
            "permessage-deflate; server_max_window_bits=11; client_max_window_bits=9");
  EXPECT_EQ(accept_offer("permessage-deflate", nullptr).outcome, negotiation::declined);
  EXPECT_EQ(accept_offer("permessage-deflate;", nullptr).outcome, negotiation::malformed);
}

TEST(extensions, the_client_offers) {
  const auto offered = [](const deflate_parameters& offer) {
    std::string out;
    append_offer(out, offer);
    return out;
  };
  EXPECT_EQ(offered({}), "permessage-deflate; client_max_window_bits");
  EXPECT_EQ(offered(stateless_deflate),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits");
  EXPECT_EQ(offered({.server_max_window_bits = 10, .client_max_window_bits = 12}),
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12");
}

TEST(extensions, the_client_checks_the_answer) {
  const auto check = [](std::string_view answer, const deflate_parameters& offer) {
    const auto outcome = check_accepted(answer, &offer);
    return outcome.outcome == negotiation::agreed ? std::optional(outcome.agreed) : std::nullopt;
  };
  EXPECT_EQ(check("permessage-deflate", {}), deflate_parameters{});
  EXPECT_EQ(check(usual, {}), stateless_deflate);
  EXPECT_EQ(check("permessage-deflate; client_max_window_bits=10", {}),
            (deflate_parameters{.client_max_window_bits = 10}));
  EXPECT_EQ(check("permessage-deflate; server_max_window_bits=\"9\"", {}),
            (deflate_parameters{.server_max_window_bits = 9}));
  // What we said of our own side holds even if the server is silent about it.
  EXPECT_EQ(check("permessage-deflate", {.client_no_context_takeover = true, .client_max_window_bits = 10}),
            (deflate_parameters{.client_no_context_takeover = true, .client_max_window_bits = 10}));

  EXPECT_FALSE(check("permessage-deflate", {.server_no_context_takeover = true}));
  EXPECT_FALSE(check("permessage-deflate", {.server_max_window_bits = 10}));
  EXPECT_FALSE(check("permessage-deflate; server_max_window_bits=11", {.server_max_window_bits = 10}));
  EXPECT_FALSE(check("permessage-deflate; client_max_window_bits=11", {.client_max_window_bits = 10}));
  EXPECT_FALSE(check("permessage-deflate; client_max_window_bits", {}));
  EXPECT_FALSE(check("permessage-deflate; unknown", {}));
  EXPECT_FALSE(check("permessage-deflate, permessage-deflate", {}));
  EXPECT_FALSE(check("permessage-deflate, other", {}));
  EXPECT_FALSE(check("other", {}));
  EXPECT_FALSE(check("", {}));
  EXPECT_EQ(check_accepted("permessage-deflate", nullptr).outcome, negotiation::malformed);
}

TEST(extensions, a_client_and_a_server_of_ours_agree) {
  const deflate_parameters kinds[] = {{},
                                      stateless_deflate,
                                      {.server_max_window_bits = 9, .client_max_window_bits = 10},
                                      {.client_no_context_takeover = true, .server_max_window_bits = 15}};
  for (const auto& offer : kinds) {
    for (const auto& wish : kinds) {
      std::string sent, back;
      append_offer(sent, offer);
      const auto agreed = accept_offer(sent, &wish);
      ASSERT_EQ(agreed.outcome, negotiation::agreed);
      append_accepted(back, agreed.agreed);
      const auto seen = check_accepted(back, &offer);
      ASSERT_EQ(seen.outcome, negotiation::agreed) << sent << " / " << back;
      EXPECT_EQ(seen.agreed, agreed.agreed);
    }
  }
}

}  // namespace
}  // namespace peregrine::websocket
