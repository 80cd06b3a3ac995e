#include "peregrine/connection/admission_counts.hpp"

#include "peregrine/websocket/entropy.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

namespace peregrine {

namespace {

constexpr std::uint64_t form = 1;  // of what follows: another version of this program may have another
constexpr std::size_t most_files = std::size_t{1} << 20U;

std::size_t files_of_a_process() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return most_files;
  return std::min<std::size_t>(limit.rlim_max, most_files);
}

}  // namespace

struct admission_counts::header {
  std::uint64_t version;
  std::uint64_t processes;
  std::uint64_t files;
  std::uint64_t seed;
  std::atomic<std::uint64_t> next_due;
};

struct admission_counts::shared {
  header about;
  address_table addresses;
  holding* held() noexcept { return reinterpret_cast<holding*>(this + 1); }
};

admission_counts::admission_counts(std::size_t processes)
    : file_(memfd_create("peregrine-admission", MFD_CLOEXEC)),
      size_(sizeof(shared) + processes * files_of_a_process() * sizeof(holding)),
      memory_(nullptr) {
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  if (ftruncate(file_, static_cast<off_t>(size_)) != 0) {
    throw std::system_error(errno, std::generic_category(), "ftruncate");
  }
  admission_counts mapped(file_, size_);
  memory_ = std::exchange(mapped.memory_, nullptr);
  mapped.file_ = -1;
  auto& about = memory_->about;
  about.version = form;
  about.processes = processes;
  about.files = files_of_a_process();
  websocket::draw_entropy(std::as_writable_bytes(std::span(&about.seed, 1)));
}

admission_counts::admission_counts(int file, std::size_t size) : file_(file), size_(size), memory_(nullptr) {
  void* const mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  memory_ = static_cast<shared*>(mapped);
}

result<admission_counts> admission_counts::adopt(int file) {
  struct stat about {};
  if (fstat(file, &about) == 0 && static_cast<std::size_t>(about.st_size) > sizeof(shared)) {
    admission_counts made(file, static_cast<std::size_t>(about.st_size));
    const auto& told = made.memory_->about;
    if (told.version == form && made.size_ == sizeof(shared) + told.processes * told.files * sizeof(holding)) {
      return made;
    }
    return failure{"the supervisor counts connections in another form; restart the server as a whole"};
  }
  ::close(file);
  return failure{"the supervisor counts connections in another form; restart the server as a whole"};
}

admission_counts::admission_counts(admission_counts&& other) noexcept
    : file_(std::exchange(other.file_, -1)), size_(other.size_), memory_(std::exchange(other.memory_, nullptr)) {}

admission_counts::~admission_counts() {
  if (memory_) munmap(memory_, size_);
  if (file_ >= 0) ::close(file_);
}

std::size_t admission_counts::processes() const noexcept {
  return memory_->about.processes;
}

std::size_t admission_counts::files() const noexcept {
  return memory_->about.files;
}

admission_counts::holding& admission_counts::held(std::size_t place, std::size_t socket) const noexcept {
  return memory_->held()[place * memory_->about.files + socket];
}

address_table& admission_counts::addresses() const noexcept {
  return memory_->addresses;
}

std::uint64_t admission_counts::seed() const noexcept {
  return memory_->about.seed;
}

std::atomic<std::uint64_t>& admission_counts::next_due() const noexcept {
  return memory_->about.next_due;
}

void admission_counts::clear(std::size_t place) noexcept {
  const auto begin = static_cast<off_t>(sizeof(shared) + place * files() * sizeof(holding));
  const auto end = begin + static_cast<off_t>(files() * sizeof(holding));
  // Only where something was ever written: to look at the rest would make memory of it.
  off_t hole = begin;
  while (true) {
    const auto data = lseek(file_, hole, SEEK_DATA);
    if (data < 0 || data >= end) return;
    hole = lseek(file_, data, SEEK_HOLE);
    const auto to_socket = [begin](off_t at) { return static_cast<std::size_t>(at - begin) / sizeof(holding); };
    for (auto socket = to_socket(data); socket < to_socket(std::min(hole, end)); ++socket) {
      const auto had = held(place, socket).exchange(0);
      if (had != 0) addresses().give_back(static_cast<std::uint32_t>(had >> 32U), static_cast<std::uint32_t>(had));
    }
  }
}

}  // namespace peregrine
