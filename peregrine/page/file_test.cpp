#include "peregrine/page/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace peregrine::page {
namespace {

namespace fs = std::filesystem;

class written : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string text_of(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / ("page_file_test_" + std::to_string(getpid()));
};

TEST_F(written, is_there_when_it_is_whole) {
  const auto path = folder_ / "report.html";
  std::ofstream(path) << "the old one";
  auto opened = file::open(path.string());
  ASSERT_TRUE(opened);
  EXPECT_EQ(text_of(path), "the old one");
  ASSERT_TRUE(opened->keep("the new one"));
  EXPECT_EQ(text_of(path), "the new one");
  EXPECT_EQ(files(), 1U);
}

TEST_F(written, leaves_nothing_behind_when_it_is_not_kept) {
  { ASSERT_TRUE(file::open((folder_ / "report.html").string())); }
  EXPECT_EQ(files(), 0U);
}

TEST_F(written, may_be_read_as_any_other_file) {
  const auto before = umask(027);
  auto opened = file::open((folder_ / "report.html").string());
  ASSERT_TRUE(opened);
  ASSERT_TRUE(opened->keep(""));
  umask(before);
  struct stat found {};
  ASSERT_EQ(stat((folder_ / "report.html").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0640U);
}

TEST_F(written, goes_where_a_link_leads) {
  std::ofstream(folder_ / "first.html") << "old";
  fs::create_symlink("first.html", folder_ / "latest.html");
  auto opened = file::open((folder_ / "latest.html").string());
  ASSERT_TRUE(opened);
  ASSERT_TRUE(opened->keep("new"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "latest.html"));
  EXPECT_EQ(text_of(folder_ / "first.html"), "new");
}

TEST_F(written, what_can_not_be_kept_is_refused_at_once) {
  for (const auto& path : {folder_.string(), (folder_ / "no such folder" / "report.html").string(), std::string(),
                           folder_.string() + "/", std::string("/dev/null"), std::string("/proc/report.html")}) {
    const auto opened = file::open(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_NE(opened.error().message.find(path + " can't be written: "), std::string::npos) << opened.error().message;
  }
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace peregrine::page
