// A doubly linked list whose links live in its elements: nothing is allocated, and an element leaves in constant time
// knowing only itself.
#pragma once

#include <cassert>

namespace peregrine {

// Base of an element. An element is in one list at most, and takes itself out of it when it is destroyed.
class list_link {
 public:
  list_link() = default;
  list_link(const list_link&) = delete;
  list_link& operator=(const list_link&) = delete;
  ~list_link() { unlink(); }

  bool is_linked() const noexcept { return next_ != nullptr; }

  void unlink() noexcept {
    if (!next_) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class>
  friend class list;
  list_link* next_ = nullptr;
  list_link* previous_ = nullptr;
};

template <class T>
class list {
 public:
  list() { head_.next_ = head_.previous_ = &head_; }
  list(const list&) = delete;
  list& operator=(const list&) = delete;
  ~list() {
    while (pop_front()) {
    }
    head_.next_ = head_.previous_ = nullptr;
  }

  bool empty() const noexcept { return head_.next_ == &head_; }

  void push_back(T& element) noexcept {
    list_link& link = element;
    assert(!link.is_linked());
    link.previous_ = head_.previous_;
    link.next_ = &head_;
    head_.previous_->next_ = &link;
    head_.previous_ = &link;
  }

  // The first element, or nullptr; it stays.
  T* front() const noexcept { return empty() ? nullptr : static_cast<T*>(head_.next_); }

  // The first element, taken out, or nullptr.
  T* pop_front() noexcept {
    T* first = front();
    if (first) static_cast<list_link*>(first)->unlink();
    return first;
  }

  // All elements of `other` go to this list's end.
  void splice_back(list& other) noexcept {
    if (other.empty()) return;
    other.head_.next_->previous_ = head_.previous_;
    other.head_.previous_->next_ = &head_;
    head_.previous_->next_ = other.head_.next_;
    head_.previous_ = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
  }

 private:
  list_link head_;
};

}  // namespace peregrine
