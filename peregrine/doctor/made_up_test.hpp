// A machine made up for a test, like the one that the project is measured on until the test changes it.
#pragma once

#include "peregrine/doctor/limits.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace peregrine::doctor {

class made_up : public testing::Test {
 protected:
  made_up() {
    here_.root = root_;
    here_.proc = root_ + "/proc";
    here_.open_files = [this] { return files_; };
    here_.set_open_files = [this](open_file_limit wanted) {
      if (refusal_ == 0) files_ = wanted;
      return refusal_;
    };
    here_.processors = [] { return 2; };
    write("/proc/sys/fs/nr_open", "1048576");
    write("/proc/sys/fs/file-max", "9223372036854775807");
    write("/proc/sys/fs/file-nr", "488\t0\t9223372036854775807");
    write("/proc/sys/fs/epoll/max_user_watches", "5491511");
    write("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999");
    write("/proc/sys/net/core/somaxconn", "4096");
    write("/proc/sys/net/ipv4/tcp_mem", "287901\t383868\t575802");
    write("/proc/sys/vm/max_map_count", "65530");
    write("/proc/meminfo", "MemAvailable:   24000000 kB");
  }
  ~made_up() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, std::string_view text) {
    const std::filesystem::path whole = root_ + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }

  static bool has(const plan& found, std::string_view name) {
    return std::ranges::any_of(found.limits, [&](const limit& each) { return each.name.starts_with(name); });
  }
  static const limit& named(const plan& found, std::string_view name) {
    const auto place =
        std::ranges::find_if(found.limits, [&](const limit& each) { return each.name.starts_with(name); });
    if (place == found.limits.end()) throw std::out_of_range(std::string(name));
    return *place;
  }

  std::string root_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "doctor.XXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  open_file_limit files_{20'000, 20'000};
  int refusal_ = 0;
  surroundings here_;
};

}  // namespace peregrine::doctor
