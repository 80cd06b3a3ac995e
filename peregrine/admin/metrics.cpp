#include "peregrine/admin/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace peregrine::admin {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

constexpr double in_seconds(std::uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

class writer {
 public:
  // One sample without labels.
  void count(std::string name, std::string help, double value) {
    begin(MetricType::Counter, std::move(name), std::move(help));
    sample(value);
  }
  void level(std::string name, std::string help, double value) {
    begin(MetricType::Gauge, std::move(name), std::move(help));
    sample(value);
  }

  // Several: begin, then each sample.
  void begin(MetricType type, std::string name, std::string help) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }
  void sample(double value, labels named = {}) {
    auto& made = families_.back().metric.emplace_back();
    made.label = std::move(named);
    if (families_.back().type == MetricType::Counter) {
      made.counter.value = value;
    } else {
      made.gauge.value = value;
    }
  }

  void durations(std::string name, std::string help, const duration_counts& counted) {
    begin(MetricType::Histogram, std::move(name), std::move(help));
    auto& made = families_.back().metric.emplace_back().histogram;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < duration_counts::bounds.size(); ++i) {
      below += counted.counts[i];
      made.bucket.push_back({below, in_seconds(duration_counts::bounds[i])});
    }
    made.sample_count = below + counted.counts.back();
    made.sample_sum = in_seconds(counted.sum);
  }

  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
};

double as_double(std::uint64_t count) {
  return static_cast<double>(count);
}

template <class Value>
void by_transport(writer& out, const Value& counts) {
  for (const bool is_http2 : {false, true}) {
    for (const bool is_secure : {false, true}) {
      out.sample(as_double(counts[transport_of(is_http2, is_secure)]),
                 {{"protocol", is_http2 ? "http2" : "http1"}, {"tls", is_secure ? "true" : "false"}});
    }
  }
}

void tell_server(writer& out, const account& told) {
  out.begin(MetricType::Gauge, "peregrine_build_info", "Always 1; the label has the version.");
  out.sample(1, {{"version", told.version}});
  out.level("peregrine_start_time_seconds", "When the server began, in seconds since 1970.", told.all.started);
  out.level("peregrine_ready", "Whether new connections are taken: 1 or 0.", told.all.is_ready ? 1 : 0);
  out.level("peregrine_draining", "Whether the server is taking its leave: 1 or 0.", told.all.is_draining ? 1 : 0);
  out.level("peregrine_workers", "Processes that serve connections.", as_double(told.all.workers.size()));
}

void tell_connections(writer& out, const summary& all) {
  out.begin(MetricType::Gauge, "peregrine_connections", "WebSockets that are open.");
  by_transport(out, all.live_by);
  out.begin(MetricType::Counter, "peregrine_connections_opened_total", "WebSockets that were opened.");
  by_transport(out, all.opened_by);
  out.begin(MetricType::Counter, "peregrine_connections_closed_total",
            "WebSockets that have ended, by close code; 1006 without one.");
  for (const auto& [code, count] : all.closed) out.sample(as_double(count), {{"code", std::to_string(code)}});
  out.begin(MetricType::Counter, "peregrine_connections_refused_total", "Handshakes that were refused, by reason.");
  for (const auto& [reason, count] : all.refused) out.sample(as_double(count), {{"reason", reason}});
  out.count("peregrine_slow_consumers_total", "Connections that were closed because they did not read in time.",
            as_double(all.slow_consumers));
  out.count("peregrine_silent_connections_total", "Connections that were given up because nothing was heard of them.",
            as_double(all.silent));
  out.count("peregrine_connections_closed_by_order_total", "Connections that the administration has closed.",
            as_double(all.closed_by_order));
  out.level("peregrine_http2_connections", "HTTP/2 connections, which carry WebSockets.", as_double(all.http2_live));
  out.count("peregrine_http2_connections_opened_total", "HTTP/2 connections that were opened.",
            as_double(all.http2_opened));
  out.count("peregrine_http2_stream_resets_total", "Streams of HTTP/2 that a reset has ended, of either side.",
            as_double(all.http2_resets));
  out.durations("peregrine_handshake_duration_seconds",
                "From the socket to the answer to a handshake; of an HTTP/2 connection to its first frame.",
                all.handshakes);
}

void tell_messages(writer& out, const summary& all) {
  out.count("peregrine_messages_received_total", "Messages that came.", as_double(all.messages_in));
  out.count("peregrine_messages_sent_total", "Messages that were queued for a connection, once for each.",
            as_double(all.messages_out));
  out.count("peregrine_messages_published_total", "Messages that rooms took.", as_double(all.published));
  out.count("peregrine_messages_delivered_total", "Messages that rooms queued for a member, once for each.",
            as_double(all.delivered));
  out.count("peregrine_messages_missed_total",
            "Messages that the bus let go because a worker stood still or was too slow.", as_double(all.missed));
  out.count("peregrine_payload_received_bytes_total", "Bytes of the messages that came.", as_double(all.payload_in));
  out.count("peregrine_payload_sent_bytes_total", "Bytes of the messages that were queued, once for each connection.",
            as_double(all.payload_out));
  out.count("peregrine_wire_received_bytes_total", "Bytes read from the sockets of clients.", as_double(all.wire_in));
  out.count("peregrine_wire_sent_bytes_total", "Bytes written to the sockets of clients.", as_double(all.wire_out));
  out.level("peregrine_outbox_bytes", "Bytes that wait to be written, with what holds them.",
            as_double(all.outbox_bytes));
  out.level("peregrine_rooms", "Rooms with members; one with members in several workers counts in each.",
            as_double(all.rooms));
  out.durations("peregrine_broadcast_duration_seconds",
                "From a message that a room takes to its last member served, in each worker.", all.broadcasts);
  out.durations("peregrine_broadcast_lag_seconds",
                "From one worker where a message is said to each that has members in its room; with one worker, none.",
                all.broadcast_lag);
}

void tell_workers(writer& out, const account& told) {
  // While new workers take over, the old ones of the same numbers are there as well.
  struct of_number {
    std::uint64_t live = 0;
    std::uint64_t longest_turn = 0;
  };
  std::map<std::uint64_t, of_number> workers;
  for (const auto& each : told.all.workers) {
    auto& sum = workers[each.number];
    sum.live += each.live;
    sum.longest_turn = std::max(sum.longest_turn, each.longest_turn);
  }
  const auto label = [](std::uint64_t number) { return labels{{"worker", std::to_string(number)}}; };
  out.begin(MetricType::Gauge, "peregrine_worker_connections", "WebSockets that are open, by worker.");
  for (const auto& [number, sum] : workers) out.sample(as_double(sum.live), label(number));
  out.begin(MetricType::Gauge, "peregrine_worker_longest_turn_seconds",
            "The longest time in its last second that a worker's loop kept everybody else waiting.");
  for (const auto& [number, sum] : workers) out.sample(in_seconds(sum.longest_turn), label(number));
  const auto& costs = told.costs.all;
  out.durations("peregrine_loop_lag_seconds", "Turns of the loops, by how long each kept everybody else waiting.",
                costs.lag);
  out.begin(MetricType::Counter, "peregrine_cpu_seconds_total", "CPU time of the workers, by where it was spent.");
  out.sample(in_seconds(costs.cpu - costs.cpu_system), {{"mode", "user"}});
  out.sample(in_seconds(costs.cpu_system), {{"mode", "system"}});
  out.level("peregrine_memory_bytes", "Memory of the workers (PSS).", as_double(costs.memory));
  const auto by_line = [&](const auto& value) {
    for (const auto* lines : {&costs.lines, &told.costs.kernel}) {
      for (const auto& each : *lines) {
        out.sample(value(each), {{"name", each.name}, {"owner", std::string(name_of(each.whose))}});
      }
    }
  };
  out.begin(MetricType::Gauge, "peregrine_ledger_objects", "Objects that are alive, by kind.");
  by_line([](const worker::allocation& each) { return as_double(each.objects); });
  out.begin(MetricType::Gauge, "peregrine_ledger_bytes", "Bytes that these take.");
  by_line([](const worker::allocation& each) { return static_cast<double>(each.bytes); });
  out.begin(MetricType::Gauge, "peregrine_limit_used", "What is taken of a limit; its name has the unit.");
  for (const auto& each : told.limits) out.sample(as_double(each.used), {{"limit", each.name}});
  out.begin(MetricType::Gauge, "peregrine_limit", "How much a limit allows; its name has the unit.");
  for (const auto& each : told.limits) out.sample(as_double(each.limit), {{"limit", each.name}});
}

}  // namespace

std::vector<MetricFamily> families_of(const account& told) {
  writer out;
  tell_server(out, told);
  tell_connections(out, told.all);
  tell_messages(out, told.all);
  tell_workers(out, told);
  return out.take();
}

std::string to_prometheus(const std::vector<MetricFamily>& families) {
  return prometheus::TextSerializer().Serialize(families);
}

bool wants_open_metrics(std::string_view accept) noexcept {
  return accept.find("application/openmetrics-text") != std::string_view::npos;
}

}  // namespace peregrine::admin
