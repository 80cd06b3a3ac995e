#include "peregrine/cli/manual.hpp"

#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/completion.hpp"
#include "peregrine/cli/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace peregrine::cli {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

command_facts made_up() {
  return {"serve",
          "serve it",
          "Serves it.\n.that's a line",
          "PEREGRINE_SERVE_LOG_FORMAT",
          {{"", "URL", "", true, "Where to", "", ""},
           {"-c", "--count", "COUNT", false, "How many [of] them: it's 'all'", "10", "Options"},
           {"", "--form", "json|any", false, "What it looks like", "json", "Options"},
           {"", "--file", "TEXT", false, "A file", "", "Options"},
           {"", "--plain", "", false, "Without", "", "Options"}}};
}

TEST(facts, are_read_off_the_command_without_running_it) {
  const auto told = options::facts_of("swarm", swarm);
  EXPECT_EQ(told.name, "swarm");
  EXPECT_EQ(told.environment, "PEREGRINE_SWARM_LOG_FORMAT");
  const auto find = [&](std::string_view name) { return *std::ranges::find(told.options, name, &option_facts::full); };
  EXPECT_EQ(find("--count").brief, "-c");
  EXPECT_EQ(find("--count").value, "COUNT");
  EXPECT_EQ(find("--count").usual, "1000");
  EXPECT_EQ(find("--protocol").choices(), (std::vector<std::string>{"auto", "http1", "http2"}));
  EXPECT_EQ(find("--insecure").value, "");
  EXPECT_TRUE(find("URL").is_argument);
  EXPECT_TRUE(find("--count").choices().empty());
}

TEST(manual, nothing_in_a_text_is_a_request) {
  const auto page = manual(made_up(), {made_up()}, "1.2");
  EXPECT_TRUE(has(page, ".TH PEREGRINE\\-SERVE 1 \"\" \"peregrine 1.2\""));
  EXPECT_TRUE(has(page, "\n\\&.that\\(aqs a line"));
  EXPECT_TRUE(has(page, "\\fB\\-c\\fR, \\fB\\-\\-count\\fR \\fICOUNT\\fR\n"));
  EXPECT_TRUE(has(page, "Default: \\fB10\\fR."));
  EXPECT_TRUE(has(page, "\\fBperegrine serve\\fR \\fIURL\\fR [\\fIOPTIONS\\fR]"));
}

TEST(manual, the_first_page_has_every_command) {
  EXPECT_TRUE(has(manual(std::vector{made_up()}, "1.2"), "serve it; see \\fBperegrine\\-serve\\fR(1)."));
}

TEST(completion, offers_flags_and_choices) {
  const auto bash = completion_for_bash({made_up()});
  EXPECT_TRUE(has(bash, "serve) offered='-c --count --form --file --plain'"));
  EXPECT_TRUE(has(bash, "'serve --form') offered='json any'"));
  EXPECT_TRUE(has(bash, "'serve -c'|'serve --count') compopt +o default"));
  const auto zsh = completion_for_zsh({made_up()});
  EXPECT_TRUE(has(zsh, "--count[How many \\[of\\] them\\: it'\\''s '\\''all'\\'']:COUNT:'"));
  EXPECT_TRUE(has(zsh, ":value:(json any)'"));
  EXPECT_TRUE(has(zsh, ":TEXT:_files'"));
  const auto fish = completion_for_fish({made_up()});
  EXPECT_TRUE(has(fish, "-s c -l count -x -d 'How many [of] them: it\\'s \\'all\\''"));
  EXPECT_TRUE(has(fish, "-l plain -d 'Without'"));
  EXPECT_TRUE(has(fish, "-l file -r -F"));
}

}  // namespace
}  // namespace peregrine::cli
