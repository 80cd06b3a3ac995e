#include "peregrine/worker/board.hpp"

#include "peregrine/base/explain.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace peregrine::worker {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// Of all that follows and of what ledgers write: another version of this program may have another.
constexpr std::uint64_t form = 1;

// While new workers take over, the old ones keep their places.
constexpr std::size_t generations = 3;

int make_file(std::size_t places) {
  const int file = memfd_create("peregrine-board", MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  if (ftruncate(file, static_cast<off_t>((places + 1) * sizeof(figures))) != 0) {
    throw std::system_error(errno, std::generic_category(), "ftruncate");
  }
  return file;
}

void add(figure& to, const figure& from) noexcept {
  to.store(to.load(relaxed) + from.load(relaxed), relaxed);
}

void add(tally& to, const tally& from) {
  auto sum = to.read();
  for (const auto& [key, count] : from.read()) sum[key] += count;
  to.assign(sum);
}

void add(duration_figures& to, const duration_figures& from) {
  duration_counts sum;
  to.add_to(sum);
  from.add_to(sum);
  to.assign(sum);
}

// What goes on counting when a process is gone; the rest is what it has.
constexpr figure figures::*lasting[] = {&figures::opened,       &figures::messages_in,  &figures::published,
                                        &figures::delivered,    &figures::missed,       &figures::slow_consumers,
                                        &figures::silent,       &figures::sent,         &figures::payload_in,
                                        &figures::payload_out,  &figures::wire_in,      &figures::wire_out,
                                        &figures::http2_opened, &figures::http2_resets, &figures::closed_by_order};

}  // namespace

void duration_figures::assign(const duration_counts& counted) noexcept {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i].store(counted.counts[i], relaxed);
  sum.store(counted.sum, relaxed);
}

void duration_figures::add_to(duration_counts& sum_of_all) const noexcept {
  for (std::size_t i = 0; i < counts.size(); ++i) sum_of_all.counts[i] += counts[i].load(relaxed);
  sum_of_all.sum += sum.load(relaxed);
}

void tally::assign(const std::map<std::uint16_t, std::uint64_t>& counts) noexcept {
  std::uint64_t others = 0;
  for (const auto& [key, count] : counts) {
    std::size_t place = key == 0 ? entries_.size() : 1;
    while (place < entries_.size() && entries_[place].key.load(relaxed) != key) {
      if (entries_[place].key.load(relaxed) == 0)
        entries_[place].key.store(key, relaxed);
      else
        ++place;
    }
    if (place == entries_.size()) {
      others += count;
    } else {
      entries_[place].count.store(count, relaxed);
    }
  }
  for (std::size_t place = 1; place < entries_.size(); ++place) {
    const auto key = static_cast<std::uint16_t>(entries_[place].key.load(relaxed));
    if (key != 0 && !counts.contains(key)) entries_[place].count.store(0, relaxed);
  }
  entries_[0].count.store(others, relaxed);
}

std::map<std::uint16_t, std::uint64_t> tally::read() const {
  std::map<std::uint16_t, std::uint64_t> counts;
  for (const auto& each : entries_) {
    if (const auto count = each.count.load(relaxed); count > 0) {
      counts[static_cast<std::uint16_t>(each.key.load(relaxed))] = count;
    }
  }
  return counts;
}

board::board(std::uint64_t workers)
    : board(make_file(generations * static_cast<std::size_t>(workers)),
            generations * static_cast<std::size_t>(workers)) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  past().started = static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
  past().process = form;
}

board::board(int file, std::size_t size) : file_(file), size_(size), places_(nullptr) {
  void* const shared = mmap(nullptr, (size + 1) * sizeof(figures), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  places_ = static_cast<figures*>(shared);  // zero from the start, which is a figure's beginning
}

result<board> board::adopt(int file) {
  struct stat about {};
  const bool is_one =
      fstat(file, &about) == 0 && about.st_size > 0 && static_cast<std::size_t>(about.st_size) % sizeof(figures) == 0;
  const failure other_form{"the supervisor shares figures of another form; restart the server as a whole"};
  if (!is_one) {
    ::close(file);
    return other_form;
  }
  board made(file, static_cast<std::size_t>(about.st_size) / sizeof(figures) - 1);
  if (made.past().process.load(relaxed) != form) return other_form;
  return made;
}

board::board(board&& other) noexcept
    : file_(std::exchange(other.file_, -1)), size_(other.size_), places_(std::exchange(other.places_, nullptr)) {}

board::~board() {
  if (places_) munmap(places_, (size_ + 1) * sizeof(figures));
  if (file_ >= 0) ::close(file_);
}

std::optional<std::size_t> board::take_place(std::uint64_t worker) noexcept {
  std::size_t place = 0;
  while (place < size_ && places_[place].process.load(relaxed) != 0) ++place;
  if (place == size_) return std::nullopt;
  places_[place].worker.store(worker, relaxed);
  places_[place].process.store(static_cast<std::uint64_t>(getpid()), relaxed);  // until it writes its own
  return place;
}

std::size_t board::free_places() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(places_, places_ + size_, [](const figures& each) { return each.process.load(relaxed) == 0; }));
}

void board::clear_place(std::size_t place) noexcept {
  auto& gone = places_[place];
  auto& past_ = past();
  for (auto each : lasting) add(past_.*each, gone.*each);
  for (std::size_t i = 0; i < transports; ++i) add(past_.opened_by[i], gone.opened_by[i]);
  add(past_.handshakes, gone.handshakes);
  add(past_.broadcasts, gone.broadcasts);
  add(past_.broadcast_lag, gone.broadcast_lag);
  add(past_.closed, gone.closed);
  add(past_.refused, gone.refused);
  for (std::size_t i = 0; i < obstacles; ++i) add(past_.turned_away[i], gone.turned_away[i]);
  add(past_.ledger.cpu, gone.ledger.cpu);
  add(past_.ledger.cpu_system, gone.ledger.cpu_system);
  for (std::size_t i = 0; i < gone.ledger.lag.size(); ++i) add(past_.ledger.lag[i], gone.ledger.lag[i]);
  add(past_.ledger.lag_sum, gone.ledger.lag_sum);
  past_.ledger.longest_turn.store(
      std::max(past_.ledger.longest_turn.load(relaxed), gone.ledger.longest_turn.load(relaxed)), relaxed);
  // All of it is words, each of its own. The process's id is the first, and the last to matter.
  static_assert(sizeof(figures) % sizeof(figure) == 0);
  auto* const words = reinterpret_cast<figure*>(&gone);
  for (std::size_t i = sizeof(figures) / sizeof(figure); i-- > 0;) words[i].store(0, relaxed);
}

std::vector<const figures*> board::living() const {
  std::vector<const figures*> all;
  for (std::size_t i = 0; i < size_; ++i) {
    if (places_[i].process.load(relaxed) != 0) all.push_back(&places_[i]);
  }
  std::ranges::stable_sort(all, {}, [](const figures* each) { return each->worker.load(relaxed); });
  return all;
}

}  // namespace peregrine::worker
