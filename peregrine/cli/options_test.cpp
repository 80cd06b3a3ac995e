#include "peregrine/cli/options.hpp"

#include "peregrine/cli/commands.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace peregrine::cli {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

// An environment variable, for as long as this lives.
class environment {
 public:
  environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~environment() { unsetenv(name_); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  const char* name_;
};

struct outcome {
  std::optional<int> end;
  std::string out;
  std::string err;
};

template <class F>
auto captured(F work) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome seen{.end = work(), .out = {}, .err = {}};
  std::fflush(stdout);
  seen.out = testing::internal::GetCapturedStdout();
  seen.err = testing::internal::GetCapturedStderr();
  return seen;
}

std::vector<const char*> pointers(const words& given) {
  std::vector<const char*> all;
  for (const auto& each : given) all.push_back(each.c_str());
  return all;
}

// A command with an option of every kind.
class cli_options : public testing::Test {
 protected:
  enum class kind { json, any };

  ~cli_options() override { std::filesystem::remove(path_); }
  void TearDown() override { log::configure({}); }

  outcome parse(words given) {
    given.insert(given.begin(), "play");
    options command("play", "Play.");
    command.text("--file", file_, "A text");
    command.texts("-b,--bind", bind_, "Texts");
    command.size("--max-message", size_, "A size");
    command.count("-c,--count", count_, "A count");
    command.rate("--rate", rate_, "A rate");
    command.duration("--drain", drain_, "A duration");
    command.toggle("--deflate", deflate_, "A toggle");
    command.choice<kind>("--messages", kind_, {{"json", kind::json}, {"any", kind::any}}, "A choice");
    return captured([&] { return command.parse(static_cast<int>(given.size()), pointers(given).data()); });
  }

  // Parses, expects a mistake, gives its first line without the command's name.
  std::string mistake(const words& given) {
    const auto seen = parse(given);
    EXPECT_EQ(seen.end, misused);
    EXPECT_EQ(seen.out, "");
    constexpr std::string_view start = "peregrine play: ";
    EXPECT_TRUE(seen.err.starts_with(start)) << seen.err;
    return seen.err.substr(start.size(), seen.err.find('\n') - start.size());
  }

  std::string config(std::string_view text) {
    std::ofstream(path_) << text;
    return path_;
  }

  std::string file_;
  words bind_{"http://127.0.0.1:8080"};
  std::uint64_t size_ = 65536;
  std::uint64_t count_ = 1;
  std::optional<double> rate_;
  std::chrono::milliseconds drain_ = 10s;
  bool deflate_ = false;
  kind kind_ = kind::json;
  std::string path_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "options.XXXXXX";
    close(mkstemp(name.data()));
    return name;
  }();
};

TEST_F(cli_options, defaults_hold_without_a_word) {
  const auto seen = parse({});
  EXPECT_EQ(seen.end, std::nullopt) << seen.err;
  EXPECT_EQ(size_, 65536U);
  EXPECT_EQ(bind_, words{"http://127.0.0.1:8080"});
  EXPECT_EQ(rate_, std::nullopt);
}

TEST_F(cli_options, flags_of_every_kind) {
  const auto seen = parse({"--file", "x", "-b", "one", "--bind=two", "--max-message", "1MiB", "-c", "1M", "--rate",
                           "5000/s", "--drain", "1m30s", "--deflate", "--messages", "any"});
  EXPECT_EQ(seen.end, std::nullopt) << seen.err;
  EXPECT_EQ(file_, "x");
  EXPECT_EQ(bind_, (words{"one", "two"}));
  EXPECT_EQ(size_, 1048576U);
  EXPECT_EQ(count_, 1'000'000U);
  EXPECT_EQ(rate_, 5000);
  EXPECT_EQ(drain_, 90s);
  EXPECT_TRUE(deflate_);
  EXPECT_EQ(kind_, kind::any);
}

TEST_F(cli_options, a_flag_counts_before_the_environment_and_that_before_the_file) {
  const environment size("PEREGRINE_PLAY_MAX_MESSAGE", "2KiB");
  const environment drain("PEREGRINE_PLAY_DRAIN", "2s");
  const auto file = config("max-message = 3KiB\ndrain = 3s\ncount = 3\n");
  const auto seen = parse({"--config", file, "--max-message", "1KiB"});
  EXPECT_EQ(seen.end, std::nullopt) << seen.err;
  EXPECT_EQ(size_, 1024U);
  EXPECT_EQ(drain_, 2s);
  EXPECT_EQ(count_, 3U);
}

TEST_F(cli_options, the_environment_names_the_file_and_divides_lists_by_commas) {
  const environment bind("PEREGRINE_PLAY_BIND", "one,two");
  const environment file("PEREGRINE_PLAY_CONFIG", path_.c_str());
  config("count = 7");
  EXPECT_EQ(parse({}).end, std::nullopt);
  EXPECT_EQ(bind_, (words{"one", "two"}));
  EXPECT_EQ(count_, 7U);
}

TEST_F(cli_options, the_file_has_lists_toggles_and_sections) {
  const auto file = config("[play]\nbind = [\"one\", \"two\"]\ndeflate = true\n[serve]\nwhatever = 1\n");
  const auto seen = parse({"--config", file});
  EXPECT_EQ(seen.end, std::nullopt) << seen.err;
  EXPECT_EQ(bind_, (words{"one", "two"}));
  EXPECT_TRUE(deflate_);
}

TEST_F(cli_options, what_is_printed_reads_back_to_the_same) {
  const auto first =
      parse({"--print-config", "--bind", "a b", "--bind", "c#d", "--max-message", "1000", "--rate", "0.1/s", "--drain",
             "1h1ms", "--deflate", "--messages", "any", "-q", "--log-format", "json"});
  EXPECT_EQ(first.end, done) << first.err;
  EXPECT_NE(first.out.find("bind = [\"a b\",\"c#d\"]\n"), std::string::npos) << first.out;
  EXPECT_NE(first.out.find("log-level = \"warning\"\n"), std::string::npos) << first.out;

  bind_ = {};
  size_ = 0;
  rate_ = std::nullopt;
  drain_ = 0s;
  deflate_ = false;
  kind_ = kind::json;
  const auto second = parse({"--print-config", "--config", config(first.out)});
  EXPECT_EQ(second.end, done) << second.err;
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(size_, 1000U);
  EXPECT_EQ(rate_, 0.1);
  EXPECT_EQ(drain_, 1h + 1ms);
  EXPECT_TRUE(deflate_);
}

TEST_F(cli_options, an_unknown_flag_names_the_nearest) {
  EXPECT_EQ(mistake({"--max-mesage", "1KiB"}), "there is no option --max-mesage; did you mean --max-message?");
  EXPECT_EQ(mistake({"--bnid=x"}), "there is no option --bnid; did you mean --bind?");
  EXPECT_EQ(mistake({"--prnt-config"}), "there is no option --prnt-config; did you mean --print-config?");
  EXPECT_EQ(mistake({"--xyzzyplugh"}), "there is no option --xyzzyplugh");
}

TEST_F(cli_options, an_unknown_key_names_the_nearest) {
  EXPECT_EQ(mistake({"--config", config("max_message = 1KiB")}),
            path_ + ": there is no key max_message; did you mean max-message?");
  EXPECT_EQ(mistake({"--config", config("[play]\ndrian = 1s")}),
            path_ + ": there is no key drian; did you mean drain?");
}

TEST_F(cli_options, an_unknown_section_names_the_nearest) {
  EXPECT_EQ(mistake({"--config", config("[sevre]\ndrain = 1s")}),
            path_ + ": there is no section sevre; did you mean serve?");
}

TEST_F(cli_options, one_file_has_a_section_for_each_command) {
  std::string text = "[play]\ncount = 3\n";
  for (const auto& each : command_names()) text += "[" + each + "]\nwhatever = 1\n";
  EXPECT_EQ(parse({"--config", config(text)}).end, std::nullopt);
  EXPECT_EQ(count_, 3U);
}

TEST_F(cli_options, an_unknown_variable_names_the_nearest) {
  const environment others("PEREGRINE_PLAYER_DRIAN", "2s");
  const environment of_the_program("PEREGRINE_PLACE", "worker 1 5");
  EXPECT_EQ(parse({}).end, std::nullopt);
  const environment ours("PEREGRINE_PLAY_DRIAN", "2s");
  EXPECT_EQ(mistake({}), "the environment: there is no PEREGRINE_PLAY_DRIAN; did you mean PEREGRINE_PLAY_DRAIN?");
  EXPECT_EQ(mistake({"--drain", "1s"}), mistake({})) << "whatever else is given";
}

TEST_F(cli_options, a_toggle_can_be_switched_off_again) {
  const auto file = config("deflate = true");
  parse({"--config", file, "--deflate=false"});
  EXPECT_FALSE(deflate_);
  parse({"--config", file});
  EXPECT_TRUE(deflate_);
}

TEST_F(cli_options, arguments_without_a_flag) {
  const auto url_of = [](const words& given) {
    std::string url;
    options command("play", "Play.");
    command.argument("URL", url, "Where to");
    const auto seen = captured([&] { return command.parse(static_cast<int>(given.size()), pointers(given).data()); });
    return std::pair(seen.end, seen.end ? seen.err : url);
  };
  EXPECT_EQ(url_of({"play", "ws://here/room"}), std::pair(std::optional<int>(), std::string("ws://here/room")));
  const auto [end, said] = url_of({"play"});
  EXPECT_EQ(end, misused);
  EXPECT_NE(said.find("URL is required"), std::string::npos) << said;
}

TEST_F(cli_options, a_wrong_value_is_told_with_where_it_stood) {
  EXPECT_TRUE(mistake({"--max-message", "64kb"}).starts_with("--max-message: \"64kb\" is no size; expected bytes or"));
  EXPECT_TRUE(mistake({"--config", config("drain = soon")}).starts_with(path_ + ": drain: \"soon\" is no duration"));
  EXPECT_EQ(mistake({"--messages", "xml"}), "--messages: \"xml\" is none of the choices; expected json or any");
  EXPECT_EQ(mistake({"--config", config("deflate = maybe")}),
            path_ + ": deflate: \"maybe\" is neither true nor false; expected one of these");
  const environment count("PEREGRINE_PLAY_COUNT", "many");
  EXPECT_TRUE(mistake({}).starts_with("PEREGRINE_PLAY_COUNT: \"many\" is no count"));
}

TEST_F(cli_options, what_is_too_much_or_missing_is_told) {
  EXPECT_EQ(mistake({"stray"}), "\"stray\" is one argument too many");
  EXPECT_EQ(mistake({"--config", config("drain = [1s, 2s]")}), path_ + ": drain: expected one value, not 2");
  EXPECT_NE(mistake({"--drain"}).find("--drain"), std::string::npos);
  EXPECT_EQ(mistake({"--config", "/nowhere"}), "/nowhere cannot be read: there is no such file");
}

TEST_F(cli_options, help_tells_options_defaults_and_the_environment) {
  const auto seen = parse({"--help"});
  EXPECT_EQ(seen.end, done);
  for (const auto* part : {"--max-message SIZE=64KiB", "--messages json|any=json", "PEREGRINE_PLAY_LOG_FORMAT"}) {
    EXPECT_NE(seen.out.find(part), std::string::npos) << part << " in\n" << seen.out;
  }
}

TEST_F(cli_options, verbosity_moves_the_level) {
  parse({"-vv"});
  EXPECT_TRUE(log::is_enabled(log::level::debug));
  parse({"-q"});
  EXPECT_FALSE(log::is_enabled(log::level::info));
  EXPECT_TRUE(log::is_enabled(log::level::warning));
  parse({"--log-level", "error", "-v"});
  EXPECT_TRUE(log::is_enabled(log::level::warning));
  EXPECT_FALSE(log::is_enabled(log::level::info));
}

outcome run_words(const words& given) {
  return captured([&] { return run(static_cast<int>(given.size()), pointers(given).data()); });
}

TEST(cli_commands, are_found_by_name) {
  EXPECT_EQ(run_words({"peregrine", "--version"}).out, "peregrine " PEREGRINE_VERSION "\n");
  EXPECT_EQ(run_words({"peregrine", "--help"}).end, done);
  EXPECT_EQ(run_words({"peregrine"}).end, misused);
}

TEST(cli_commands, an_unknown_one_names_the_nearest) {
  const auto seen = run_words({"peregrine", "serv"});
  EXPECT_EQ(seen.end, misused);
  EXPECT_TRUE(seen.err.starts_with("peregrine: there is no command serv; did you mean serve?\n")) << seen.err;
  EXPECT_TRUE(run_words({"peregrine", "--verison"})
                  .err.starts_with("peregrine: there is no option --verison; did you mean --version?"));
}

TEST(cli_serve, prints_its_configuration) {
  const auto seen = run_words({"peregrine", "serve", "--print-config", "--drain", "3s"});
  EXPECT_EQ(seen.end, done);
  EXPECT_TRUE(seen.out.starts_with("[serve]\n")) << seen.out;
  for (const auto* line : {"bind = [\"https://localhost:8080\"]\n", "drain = \"3s\"\n", "max-message = \"64KiB\"\n",
                           "outbox-limit = \"1MiB\"\n", "ping-interval = \"25s\"\n", "idle-timeout = \"1m\"\n",
                           "handshake-timeout = \"10s\"\n", "max-head = \"16KiB\"\n", "close-timeout = \"5s\"\n",
                           "deflate = \"false\"\n", "messages = \"json\"\n"}) {
    EXPECT_NE(seen.out.find(line), std::string::npos) << line << " in\n" << seen.out;
  }
}

}  // namespace
}  // namespace peregrine::cli
