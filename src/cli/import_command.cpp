#include "cli/import_command.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/output.hpp"
#include "cli/workplace.hpp"
#include "features/user_import/user_import.hpp"
#include "http/json.hpp"

namespace gatehouse::cli {

namespace {

using user_import::Report;
using user_import::Source;

// The store takes one writer at a time. A server beside the import asks again every few milliseconds, and gives
// up after half a second: it must find the store free in between.
constexpr int kPauseMs = 15;
constexpr std::uint64_t kLineEvery = 10'000;

struct Wanted {
  std::string file;
  std::string format;
  bool strict = false;
};

std::string counts(const Report& report) {
  return fmt::format("{} imported, {} skipped, {} with mistakes", report.imported, report.skipped,
                     report.mistakes);
}

// Mistakes as they come: in JSON into an array, in text to standard error.
class Told final : public user_import::Listener {
 public:
  Told(bool as_json, std::string_view verb) : as_json_(as_json), verb_(verb) {
    if (as_json_) std::fputs(R"({"problems":[)", stdout);
  }

  void on_mistake(std::uint64_t line, std::string_view what) override { tell("mistake", line, what); }
  void on_skipped(std::uint64_t line, std::string_view why) override { tell("skipped", line, why); }
  void on_progress(const Report& so_far) override {
    progress_.show(so_far.records, fmt::format("{}: {}", verb_, counts(so_far)));
    ::poll(nullptr, 0, kPauseMs);
  }

  // The end of the JSON document, or the last line.
  void finish(const Report& report, bool is_fine, std::string_view summary) {
    progress_.clear();
    if (!as_json_) return print_line(summary);
    print_line(fmt::format(R"(],"ok":{},"records":{},"imported":{},"skipped":{},"mistakes":{}}})", is_fine,
                           report.records, report.imported, report.skipped, report.mistakes));
  }
  void finish(const Error& error) {
    progress_.clear();
    if (!as_json_) return complain(explain(error));
    std::string out = R"(],"ok":false,"error":)";
    http::JsonWriter{out}.value(std::string_view{explain(error)});
    print_line(out + '}');
  }

 private:
  void tell(std::string_view kind, std::uint64_t line, std::string_view what) {
    progress_.clear();
    if (!as_json_) {
      std::fprintf(stderr, "line %llu: %s%.*s\n", static_cast<unsigned long long>(line),
                   kind == "skipped" ? "skipped: " : "", static_cast<int>(what.size()), what.data());
      return;
    }
    std::string out = any_ ? "," : "";
    any_ = true;
    http::JsonWriter{out}.begin_object().key("line").value(line).key("kind").value(kind).key("message").value(
        what);
    out += '}';
    std::fwrite(out.data(), 1, out.size(), stdout);
  }

  bool as_json_;
  std::string verb_;
  bool any_ = false;
  Progress progress_{kLineEvery};
};

std::string format_of(const Wanted& wanted) {
  if (!wanted.format.empty()) return wanted.format;
  if (wanted.file.ends_with(".csv")) return "csv";
  for (const std::string_view end : {".jsonl", ".ndjson", ".json"}) {
    if (wanted.file.ends_with(end)) return "jsonl";
  }
  return {};
}

Result<std::unique_ptr<Source>> source_from(std::istream& file, const std::string& format) {
  if (format == "csv") return user_import::read_csv(file);
  return user_import::read_json_lines(file);
}

int run(Workplace& place, const Call& call, const std::string& format, std::istream& file) {
  user_import::UserImport import{place.database(), place.events(), call.environment.random,
                                 call.environment.clock, place.settings()};
  auto source = source_from(file, format);
  if (!source) return fail_with(call, source.error());
  Told told{call.as_json, "Importing"};
  const auto report = import.run(**source, told);
  if (!report) {
    told.finish(report.error());
    return kFailed;
  }
  told.finish(*report, report->mistakes == 0, "Users: " + counts(*report) + ".");
  return report->mistakes == 0 ? kFine : kFailed;
}

// Whether there is nothing to complain of; has complained otherwise.
bool is_flawless(Workplace& place, const Call& call, const std::string& format, std::istream& file) {
  user_import::UserImport import{place.database(), place.events(), call.environment.random,
                                 call.environment.clock, place.settings()};
  auto source = source_from(file, format);
  if (!source) {
    (void)fail_with(call, source.error());
    return false;
  }
  Told told{false, "Checking"};
  auto report = import.examine(**source, told);
  if (!report) {
    (void)fail_with(call, report.error());
    return false;
  }
  if (report->mistakes == 0) return true;
  (void)fail_with(call, fmt::format("{} records have mistakes, so nothing was imported", report->mistakes));
  return false;
}

int import_users(const Call& call, const Wanted& wanted) {
  const std::string format = format_of(wanted);
  const bool is_stream = wanted.file == "-";
  if (format.empty()) {
    complain("which format is it? Give --format jsonl or --format csv.");
    return kWrongUse;
  }
  if (is_stream && wanted.strict) {
    complain("--strict reads the file twice, which standard input does not allow");
    return kWrongUse;
  }
  std::ifstream opened;
  if (!is_stream) opened.open(wanted.file, std::ios::binary);
  if (!is_stream && !opened) return fail_with(call, wanted.file + ": cannot be read");
  const auto place = Workplace::open(call, Workplace::Missing::make);
  if (!place) return kFailed;
  std::istream& file = is_stream ? std::cin : opened;
  if (wanted.strict) {
    if (!is_flawless(*place, call, format, file)) return kFailed;
    file.clear();
    file.seekg(0);
  }
  return run(*place, call, format, file);
}

}  // namespace

void add_import_command(CLI::App& users, Call& call) {
  auto* const command =
      users.add_subcommand("import", "Take over users of another system, with their old passwords");
  auto wanted = std::make_shared<Wanted>();
  command->add_option("FILE", wanted->file, "JSON Lines or CSV; - for standard input")->required();
  command->add_option("--format", wanted->format, "What it is, where the file's name does not say")
      ->check(CLI::IsMember({"jsonl", "csv"}));
  command->add_flag("--strict", wanted->strict, "Check everything first; import nothing if there is a mistake");
  command->footer(
      "Fields: email, passwordHash, emailVerified, username, name, role, plan; the first two are needed.\n"
      "Users who are there already are passed over. Exit code 1 when a record has a mistake.\n"
      "Example:\n  gatehouse user import users.jsonl");
  command->callback([&call, wanted] { call.action = [&call, wanted] { return import_users(call, *wanted); }; });
}

}  // namespace gatehouse::cli
