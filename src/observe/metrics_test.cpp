#include "observe/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "observe/server_metrics.hpp"

using namespace gatehouse::observe;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr WorkerIndex kFirst{0};
constexpr WorkerIndex kSecond{1};

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST(Counter, sums_over_workers_and_other_threads) {
  Metrics metrics{2};
  const Counter counter = metrics.counter("login_requests_total", "Attempts.");
  counter.add(kFirst);
  counter.add(kSecond, 2);
  counter.add(metrics.other_threads(), 4);
  EXPECT_THAT(metrics.expose(), HasSubstr("# HELP login_requests_total Attempts.\n"
                                          "# TYPE login_requests_total counter\n"
                                          "login_requests_total 7\n"));
}

TEST(Counter, of_a_worker_that_does_not_exist_counts_with_the_other_threads) {
  Metrics metrics{2};
  const Counter counter = metrics.counter("a_total", "");
  counter.add(WorkerIndex{999}, 5);
  EXPECT_THAT(metrics.expose(), HasSubstr("\na_total 5\n"));
}

TEST(Counter, shows_zero_before_anything_happened) {
  Metrics metrics{1};
  static_cast<void>(metrics.counter("a_total", ""));
  static_cast<void>(metrics.counters("b_total", "", {{"limit", {"login"}}}));
  EXPECT_THAT(metrics.expose(), HasSubstr("\na_total 0\n"));
  EXPECT_THAT(metrics.expose(), HasSubstr("\nb_total{limit=\"login\"} 0\n"));
}

TEST(Counters, unknown_label_values_are_other) {
  Metrics metrics{1};
  const Counters errors = metrics.counters("error_events_total", "", {{"code", {"NOT_FOUND", "RATE_LIMITED"}}});
  errors.at("RATE_LIMITED").add(kFirst);
  errors.at("made up").add(kFirst, 2);
  errors.add(kFirst, 0);
  errors.add(kFirst, 7);
  const auto text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("error_events_total{code=\"NOT_FOUND\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("error_events_total{code=\"RATE_LIMITED\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("error_events_total{code=\"other\"} 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("made up")));
}

TEST(Counters, of_several_labels_count_each_combination_apart_and_show_what_occurred) {
  Metrics metrics{1};
  const Counters counters = metrics.counters("x_total", "", {{"a", {"a0", "a1"}}, {"b", {"b0", "b1", "b2"}}});
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      for (std::size_t n = 0; n < a * 4 + b; ++n) counters.add(kFirst, a, b);
    }
  }
  const auto text = metrics.expose();
  EXPECT_THAT(text, Not(HasSubstr("x_total{a=\"a0\",b=\"b0\"}")));
  EXPECT_THAT(text, HasSubstr("x_total{a=\"a0\",b=\"b2\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("x_total{a=\"a1\",b=\"b0\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("x_total{a=\"other\",b=\"other\"} 11\n"));
  EXPECT_EQ(count_of(text, "\nx_total{"), 11U);
}

TEST(Counters, escape_label_values) {
  Metrics metrics{1};
  static_cast<void>(metrics.counters("x_total", "", {{"route", {"a\"b\\c\nd"}}}));
  EXPECT_THAT(metrics.expose(), HasSubstr(R"(x_total{route="a\"b\\c\nd"} 0)"));
}

TEST(Histogram, puts_a_duration_into_the_first_bucket_that_holds_it) {
  Metrics metrics{2};
  const Histograms durations = metrics.histograms("d_seconds", "Durations.", {{"route", {"/"}}});
  durations.observe(kFirst, 500us, 0);  // bounds belong to their bucket
  durations.observe(kSecond, 500us + 1ns, 0);
  durations.observe(kFirst, 10s, 0);
  durations.observe(metrics.other_threads(), 11s, 0);
  durations.observe(kFirst, -1ns, 0);  // a clock that steps back counts as no time
  const auto text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("# TYPE d_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_count{route=\"/\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_sum{route=\"/\"} 21.001000001\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"/\",le=\"0.0005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"/\",le=\"0.001\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"/\",le=\"5\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"/\",le=\"10\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{route=\"/\",le=\"+Inf\"} 5\n"));
  EXPECT_EQ(count_of(text, "d_seconds_bucket{route=\"/\""), 15U);
}

TEST(Gauge, is_asked_when_somebody_reads) {
  Metrics metrics{1};
  double value = 1;
  metrics.gauge("g", "Now.", [&] { return value; });
  value = 2.5;
  EXPECT_THAT(metrics.expose(), HasSubstr("# TYPE g gauge\ng 2.5\n"));
  metrics.gauge("g", "Now.", [] { return 3.0; });
  EXPECT_THAT(metrics.expose(), HasSubstr("\ng 3\n"));
}

TEST(Metrics, the_same_metric_made_twice_is_one) {
  Metrics metrics{1};
  const std::vector<Label> labels{{"limit", {"login"}}};
  metrics.counters("x_total", "", labels).at("login").add(kFirst);
  metrics.counters("x_total", "", labels).at("login").add(kFirst);
  EXPECT_THAT(metrics.expose(), HasSubstr("x_total{limit=\"login\"} 2\n"));
  EXPECT_THAT(metrics.expose(), HasSubstr("metrics_refused_total 0\n"));
}

TEST(Metrics, a_name_with_other_labels_or_of_another_kind_is_refused_and_counts_nothing) {
  Metrics metrics{1};
  static_cast<void>(metrics.counters("x_total", "", {{"limit", {"login"}}}));
  metrics.counters("x_total", "", {{"limit", {"otp"}}}).at("otp").add(kFirst);
  metrics.counters("x_total", "", {{"limit", {"otp"}}}).add(kFirst, 0);
  metrics.histograms("x_total", "", {{"limit", {"login"}}}).observe(kFirst, 1s, 0);
  metrics.gauge("x_total", "", [] { return 1.0; });
  metrics.counter("not a name", "").add(kFirst);
  EXPECT_THAT(metrics.expose(), HasSubstr("metrics_refused_total 5\n"));
  EXPECT_THAT(metrics.expose(), HasSubstr("x_total{limit=\"login\"} 0\nx_total{limit=\"other\"} 0\n"));
  EXPECT_THAT(metrics.expose(), Not(HasSubstr("otp")));
}

TEST(Metrics, hold_256_families_and_no_more) {
  Metrics metrics{1};
  for (std::size_t i = 1; i < Metrics::kMaxFamilies; ++i) {
    static_cast<void>(metrics.counter("x" + std::to_string(i), ""));
  }
  EXPECT_THAT(metrics.expose(), HasSubstr("metrics_refused_total 0\n"));
  metrics.counter("one_more", "").add(kFirst);
  metrics.gauge("two_more", "", [] { return 1.0; });
  EXPECT_THAT(metrics.expose(), HasSubstr("metrics_refused_total 2\n"));
  EXPECT_THAT(metrics.expose(), Not(HasSubstr("_more")));
}

TEST(Metrics, hold_so_many_series_and_no_more) {
  Metrics metrics{1};
  // 128 · 128 · 128 is all the room there is.
  std::vector<std::string> values;
  for (int i = 0; i < 127; ++i) values.push_back(std::to_string(i));
  static_cast<void>(metrics.counters("all", "", {{"a", values}, {"b", values}, {"c", values}}));
  static_cast<void>(metrics.counter("one_more", ""));
  std::vector<Label> far_too_many;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"})
    far_too_many.push_back({name, values});
  static_cast<void>(metrics.counters("overflowing", "", far_too_many));
  const auto text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("metrics_refused_total 2\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE all counter"));
}

TEST(Metrics, count_exactly_while_threads_count_and_others_read) {
  constexpr std::uint16_t kWorkers = 4;
  constexpr std::uint64_t kTimes = 20'000;
  Metrics metrics{kWorkers};
  const Counter counter = metrics.counter("a_total", "");
  const Histograms durations = metrics.histograms("d_seconds", "", {});
  {
    std::vector<std::jthread> threads;
    for (std::uint16_t w = 0; w < kWorkers + 2; ++w) {  // two of them share the last row
      threads.emplace_back([&, w] {
        for (std::uint64_t i = 0; i < kTimes; ++i) {
          counter.add(WorkerIndex{w});
          durations.observe(WorkerIndex{w}, 1ms);
        }
      });
    }
    for (int i = 0; i < 20; ++i) {
      static_cast<void>(metrics.counter("late_" + std::to_string(i), ""));
      EXPECT_THAT(metrics.expose(), HasSubstr("d_seconds_count"));
    }
  }
  EXPECT_THAT(metrics.expose(), HasSubstr("\na_total 120000\n"));
  EXPECT_THAT(metrics.expose(), HasSubstr("\nd_seconds_bucket{le=\"0.001\"} 120000\n"));
  EXPECT_THAT(metrics.expose(), HasSubstr("\nd_seconds_sum 120\n"));
}

TEST(ServerMetrics, count_a_request_by_route_method_and_status_class) {
  Metrics metrics{1};
  const ServerMetrics server{metrics, {.routes = {"/health", "/users/:id"}, .error_codes = {}, .limits = {}}};
  server.count_request(kFirst, 1, 5, 204, 2ms);
  server.count_request(kFirst, 1, 5, 204, 3ms);
  const auto text = metrics.expose();
  EXPECT_THAT(
      text, HasSubstr("http_requests_total{route=\"/users/:id\",method=\"DELETE\",status_class=\"2xx\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("http_request_duration_seconds_count{route=\"/users/:id\",method=\"DELETE\","
                              "status_class=\"2xx\"} 2\n"));
}

TEST(ServerMetrics, have_a_place_for_every_odd_request) {
  Metrics metrics{1};
  const ServerMetrics server{metrics, {.routes = {"/"}, .error_codes = {}, .limits = {}}};
  for (const unsigned status : {0U, 99U, 600U, 4'000'000'000U})
    server.count_request(kFirst, 1'000'000, 7, status, 0ns);
  EXPECT_THAT(metrics.expose(),
              HasSubstr("http_requests_total{route=\"other\",method=\"other\",status_class=\"other\"} 4\n"));
}

TEST(ServerMetrics, a_million_unknown_routes_make_no_new_series) {
  Metrics metrics{1};
  const ServerMetrics server{metrics, {.routes = {"/"}, .error_codes = {}, .limits = {}}};
  for (std::size_t i = 1; i <= 1'000'000; ++i) server.count_request(kFirst, i, 0, 404, 1ms);
  EXPECT_EQ(count_of(metrics.expose(), "\nhttp_requests_total{"), 1U);
}

TEST(ServerMetrics, register_the_names_that_dashboards_use) {
  Metrics metrics{1};
  const ServerMetrics server{metrics, {.routes = {"/"}, .error_codes = {"NOT_FOUND"}, .limits = {"login"}}};
  register_gauges(metrics, {.active_users = [] { return 3.0; }, .log_lines_dropped = [] { return 4.0; }});
  register_process_metrics(metrics);
  const auto text = metrics.expose();
  for (const char* line :
       {"login_requests_total 0", "auth_success_total 0", "refresh_token_reuse_total 0",
        "error_events_total{code=\"NOT_FOUND\"} 0", "rate_limits_allowed_total{limit=\"login\"} 0",
        "rate_limits_blocked_total{limit=\"login\"} 0", "business_kpi_active_users 3",
        "log_lines_dropped_total 4", "process_resident_memory_bytes ", "process_open_fds ",
        "process_cpu_seconds_total ", "# TYPE http_requests_total counter",
        "# TYPE http_request_duration_seconds histogram"}) {
    EXPECT_THAT(text, HasSubstr(std::string{"\n"} + line));
  }
  EXPECT_THAT(text, Not(HasSubstr("db_queue_length")));
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
}
