#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/output.hpp"
#include "cli/workplace.hpp"
#include "features/audit/export.hpp"
#include "features/audit/verification.hpp"
#include "http/json.hpp"

namespace gatehouse::cli {

namespace {

using audit::Verification;

constexpr std::uint64_t kLineEvery = 100'000;

std::string sentence(const Verification& found) {
  const std::string text{audit::finding_text(found.finding)};
  if (!audit::is_intact(found.finding)) {
    return found.seq == 0 ? "The audit trail is not intact: " + text
                          : fmt::format("The audit trail is not intact: entry {}: {}", found.seq, text);
  }
  if (found.entries == 0) return "The audit trail is empty. " + text;
  return fmt::format("{} entries, {} to {}: {}\nNewest: {}:{}", found.entries, found.first, found.last.seq,
                     text, found.last.seq, found.last.hash);
}

std::string json_of(const Verification& found) {
  std::string out;
  http::JsonWriter json{out};
  json.begin_object().key("ok").value(audit::is_intact(found.finding));
  json.key("finding").value(audit::finding_text(found.finding)).key("seq").value(found.seq);
  json.key("entries").value(found.entries).key("first").value(found.first);
  json.key("last").begin_object().key("seq").value(found.last.seq);
  json.key("hash").value(std::string_view{found.last.hash}).end_object().end_object();
  return out;
}

int verify(const Call& call, const std::string& expected) {
  audit::VerifyOptions options;
  if (!expected.empty()) {
    options.expected = audit::parse_mark(expected);
    if (!options.expected) {
      complain("--expect: must be SEQ:HASH, as `auditEntry` in the log and `audit verify` tell it");
      return kWrongUse;
    }
  }
  const auto place = Workplace::open(call);
  if (!place) return kFailed;
  Progress progress{kLineEvery};
  options.on_progress = [&](std::int64_t entries) {
    progress.show(static_cast<std::uint64_t>(entries), fmt::format("Verifying: {} entries", entries));
  };
  const audit::Chain chain{place->master()};
  const auto found =
      place->database().read_now([&](db::Transaction& tx) { return audit::verify_trail(tx, chain, options); });
  progress.clear();
  if (!found) return fail_with(call, found.error());
  print_line(call.as_json ? json_of(*found) : sentence(*found));
  return audit::is_intact(found->finding) ? kFine : kFailed;
}

Result<void> write_out(std::string_view line) {
  if (std::fwrite(line.data(), 1, line.size(), stdout) == line.size()) return {};
  return fail(ErrorCode::internal_error, "standard output cannot be written to");
}

int export_trail(const Call& call, std::int64_t after) {
  const auto place = Workplace::open(call);
  if (!place) return kFailed;
  const auto count = place->database().read_now(
      [&](db::Transaction& tx) { return audit::export_entries(tx, {.after = after}, write_out); });
  if (!count) {
    complain(explain(count.error()));
    return kFailed;
  }
  if (std::fflush(stdout) != 0) {
    complain("standard output cannot be written to");
    return kFailed;
  }
  std::fprintf(stderr, "%lld entries\n", static_cast<long long>(*count));
  return kFine;
}

}  // namespace

void add_audit_commands(CLI::App& program, Call& call) {
  auto* const audit = program.add_subcommand("audit", "Verify and export the audit trail");
  audit->require_subcommand(1);

  auto* const verify_command =
      audit->add_subcommand("verify", "Find any entry that was changed, removed or put in");
  auto expected = std::make_shared<std::string>();
  verify_command
      ->add_option("--expect", *expected, "An entry that must be there, from the log or an earlier run")
      ->type_name("SEQ:HASH");
  verify_command->footer(
      "Only --expect, with an entry told elsewhere, finds an end that was cut off. Exit code 1 when the trail "
      "is\n"
      "not intact.\n"
      "Example:\n  gatehouse audit verify");
  verify_command->callback(
      [&call, expected] { call.action = [&call, expected] { return verify(call, *expected); }; });

  auto* const export_command = audit->add_subcommand("export", "Print the entries as JSON Lines, oldest first");
  auto after = std::make_shared<std::int64_t>(0);
  export_command->add_option("--after", *after, "Only entries with a higher number: to go on where one ended")
      ->type_name("SEQ")
      ->check(CLI::NonNegativeNumber);
  export_command->footer("Example:\n  gatehouse audit export > audit.jsonl");
  export_command->callback(
      [&call, after] { call.action = [&call, after] { return export_trail(call, *after); }; });
}

}  // namespace gatehouse::cli
