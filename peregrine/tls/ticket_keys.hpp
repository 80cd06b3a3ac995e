// The keys that a server seals its session tickets with (RFC 5077 §4), in memory that all of its processes share: so a
// client goes on from its last session whichever of them it meets. One process makes new keys from time to time.
#pragma once

#include "peregrine/base/result.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace peregrine::tls {

class ticket_keys {
 public:
  // A ticket is good for two hours, and a key for two of these: the first to seal with, both to open.
  static constexpr std::chrono::hours lifetime{12};
  static constexpr std::size_t name_size = 16;

  // Throws std::system_error where the system gives no memory.
  ticket_keys();
  // What another process has made; takes the file.
  static result<ticket_keys> adopt(int file);

  ticket_keys(ticket_keys&& other) noexcept;
  ticket_keys& operator=(ticket_keys&&) = delete;
  ~ticket_keys();

  int file() const noexcept { return file_; }

  struct key {
    std::array<unsigned char, name_size> name;  // stands in the ticket
    std::array<unsigned char, 32> cipher;       // AES-256-CBC
    std::array<unsigned char, 32> mac;          // HMAC with SHA-256
    bool is_current;
  };
  std::optional<key> current() const noexcept;
  // Nothing if it was let go, or never was ours.
  std::optional<key> find(std::span<const unsigned char> name) const noexcept;

  // For one process alone. What was sealed with the key before last is worth nothing from here on.
  void renew() noexcept;

 private:
  struct shared;

  explicit ticket_keys(int file);

  int file_;
  shared* memory_;
};

}  // namespace peregrine::tls
