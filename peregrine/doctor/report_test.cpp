#include "peregrine/doctor/report.hpp"

#include "peregrine/doctor/made_up_test.hpp"

#include <sstream>

namespace peregrine::doctor {
namespace {

class doctor_report : public made_up {
 protected:
  static std::string line_of(const std::string& text, std::string_view name) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name)) return line;
    }
    return {};
  }
};

TEST_F(doctor_report, the_table_has_what_is_there_what_is_needed_and_the_command) {
  const demand wanted{.connections = 100'000, .client = false};
  const auto text = describe(wanted, make_plan(wanted, here_));
  EXPECT_TRUE(text.starts_with("100,000 connections, over HTTP/1.1, the server on this machine\n")) << text;
  const auto files = line_of(text, "open files ");
  for (const auto* part : {" 20,000 ", " 100,032 ", " 19,968 ", " ulimit -n 100032"}) {
    EXPECT_NE(files.find(part), std::string::npos) << part << " in " << files;
  }
  EXPECT_NE(text.find("\nAs it stands this machine holds 19,968 connections; open files are what stops the next."),
            std::string::npos);
  EXPECT_NE(text.find("\nOr over HTTP/2"), std::string::npos);
}

TEST_F(doctor_report, columns_stand_below_each_other) {
  write("/proc/sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304");
  const demand wanted{.connections = 10'000};  // its row of ports has signs of two bytes
  const auto text = describe(wanted, make_plan(wanted, here_));
  const auto column = line_of(text, "limit ").find("what lifts it");
  EXPECT_EQ(line_of(text, "vm.max_map_count").find("nothing to do"), column);
  EXPECT_EQ(line_of(text, "net.ipv4.tcp_wmem").find("nothing to do"), column);
}

TEST_F(doctor_report, what_is_enough_needs_no_command) {
  const demand wanted{.connections = 10'000, .tls = true};
  const auto text = describe(wanted, make_plan(wanted, here_));
  EXPECT_TRUE(text.starts_with("10,000 connections, over HTTP/1.1 with TLS, server and swarm on this machine\n"));
  EXPECT_EQ(text.find("ulimit"), std::string::npos);
}

TEST_F(doctor_report, without_a_number_it_says_how_to_ask) {
  const demand wanted{.client = false, .carried = protocol::http2};
  const auto text = describe(wanted, make_plan(wanted, here_));
  EXPECT_TRUE(text.starts_with("All that it holds, over HTTP/2, the server on this machine\n")) << text;
  EXPECT_NE(text.find("this machine holds 2,555,904 connections"), std::string::npos) << text;
  EXPECT_NE(text.find("peregrine doctor --connections N"), std::string::npos);
}

TEST_F(doctor_report, json_has_the_ceiling_and_every_row) {
  const demand wanted{.connections = 100'000, .client = false};
  const auto found = make_plan(wanted, here_);
  const auto out = to_json(wanted, found);
  EXPECT_EQ(out["ceiling"]["connections"], 19'968);
  EXPECT_EQ(out["ceiling"]["limit"], "open files");
  EXPECT_EQ(out["fits"], false);
  ASSERT_EQ(out["limits"].size(), found.limits.size());
  EXPECT_EQ(out["limits"][0]["name"], "open files");
  EXPECT_EQ(out["limits"][0]["holds"], 19'968);
  EXPECT_EQ(out["limits"][0]["enough"], false);
}

TEST_F(doctor_report, json_says_null_where_nothing_is_known) {
  std::filesystem::remove_all(root_ + "/proc");
  files_ = {~std::uint64_t{0}, ~std::uint64_t{0}};
  const demand wanted{.client = false};
  const auto out = to_json(wanted, make_plan(wanted, here_));
  EXPECT_TRUE(out["ceiling"]["connections"].is_null());
  EXPECT_TRUE(out["asked"].is_null());
}

}  // namespace
}  // namespace peregrine::doctor
