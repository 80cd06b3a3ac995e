#include "peregrine/base/frame_memory.hpp"

#include <gtest/gtest.h>

namespace peregrine {
namespace {

TEST(a_coroutine, goes_by_its_class_and_its_name) {
  EXPECT_EQ(short_name("peregrine::task<void> peregrine::server::chat::serve(peregrine::connection&, bool)"),
            "chat::serve");
  EXPECT_EQ(short_name("task<void> peregrine::chat::serve(connection &, bool)"), "chat::serve");
  EXPECT_EQ(short_name("peregrine::task<> peregrine::{anonymous}::nap(int)"), "nap");
  EXPECT_EQ(short_name("task<void> peregrine::(anonymous namespace)::nap(int)"), "nap");
  EXPECT_EQ(short_name("main()::<lambda(int)>"), "main");
  EXPECT_EQ(short_name("task<> nap(int)"), "nap");
  EXPECT_EQ(short_name(""), "");
}

TEST(frames_of_one_size, bear_the_names_of_their_coroutines) {
  frame_home home(104);
  EXPECT_EQ(home.frames.name(), "coroutine frame of 104 bytes");
  const char* const serve = "task<void> server::chat::serve(connection&)";
  const char* const talk = "task<void> session::talk()";
  home.note(serve);
  EXPECT_EQ(home.frames.name(), "frame of chat::serve");
  home.note(talk);
  home.note(serve);
  home.note(talk);
  EXPECT_EQ(home.frames.name(), "frame of chat::serve, session::talk");
  for (const char* each : {"task<> a::b()", "task<> c::d()", "task<> e::f()"}) home.note(each);
  EXPECT_EQ(home.frames.name(), "frame of chat::serve, session::talk, a::b, …");
}

TEST(a_frame, is_named_once_it_was_allocated_and_not_where_it_was_not) {
  void* const frame = allocate_frame(1736);  // no other test's size
  frame_maker("task<> one::first()");
  frame_maker("task<> whose::frame_is_elsewhere()");
  const auto named = [](std::string_view name) {
    for (const auto* each : slab::all()) {
      if (each->name() == name) return each->live();
    }
    return std::size_t{0};
  };
  EXPECT_EQ(named("frame of one::first"), 1U);
  deallocate_frame(frame, 1736);
  EXPECT_EQ(named("frame of one::first"), 0U);
}

TEST(a_large_frame, is_in_no_slab_and_has_no_name) {
  void* const frame = allocate_frame(100'000);
  frame_maker("task<> too::large()");
  for (const auto* each : slab::all()) EXPECT_EQ(each->name().find("too::large"), std::string::npos);
  deallocate_frame(frame, 100'000);
}

}  // namespace
}  // namespace peregrine
