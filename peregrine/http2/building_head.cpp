#include "peregrine/http2/building_head.hpp"

#include <charconv>
#include <utility>

namespace peregrine::http2 {

namespace {

thread_local std::unique_ptr<building_head> spare;

}  // namespace

std::unique_ptr<building_head> building_head::take() {
  auto taken = std::move(spare);
  if (!taken) taken = std::make_unique<building_head>();
  taken->size_ = 0;
  taken->is_too_large_ = false;
  taken->text_.clear();
  taken->parts_.clear();
  return taken;
}

void building_head::give_back(std::unique_ptr<building_head> done) noexcept {
  spare = std::move(done);
}

void building_head::add(std::string_view name, std::string_view value, std::size_t most) {
  constexpr std::size_t overhead = 32;  // RFC 9113 §6.5.2
  size_ += name.size() + value.size() + overhead;
  if (size_ > most) {
    is_too_large_ = true;
    return;
  }
  text_.append(name).append(value);
  parts_.push_back({static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
}

template <class TakePseudo>
void building_head::materialize(TakePseudo take_pseudo) {
  list_.clear();
  std::string_view rest = text_;
  for (const auto& each : parts_) {
    const field found{rest.substr(0, each.name_size), rest.substr(each.name_size, each.value_size)};
    rest.remove_prefix(std::size_t{each.name_size} + each.value_size);
    if (found.name.starts_with(':')) {
      take_pseudo(found);
    } else {
      list_.push_back(found);
    }
  }
}

request_head building_head::as_request() {
  request_head made;
  materialize([&made](const field& pseudo) {
    if (pseudo.name == ":method") {
      made.method = pseudo.value;
    } else if (pseudo.name == ":scheme") {
      made.scheme = pseudo.value;
    } else if (pseudo.name == ":authority") {
      made.authority = pseudo.value;
    } else if (pseudo.name == ":path") {
      made.path = pseudo.value;
    } else if (pseudo.name == ":protocol") {
      made.protocol = pseudo.value;
    }
  });
  made.head = list_;
  made.is_too_large = is_too_large_;
  return made;
}

building_head::response building_head::as_response() {
  response made;
  materialize([&made](const field& pseudo) {
    if (pseudo.name == ":status") {
      std::from_chars(pseudo.value.data(), pseudo.value.data() + pseudo.value.size(), made.status);
    }
  });
  made.head = list_;
  return made;
}

}  // namespace peregrine::http2
