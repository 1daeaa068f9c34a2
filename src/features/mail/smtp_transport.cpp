// SMTP through libcurl, which does the dialogue, TLS, authentication and dot-stuffing.
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "config/origin.hpp"
#include "features/mail/transport.hpp"

namespace gatehouse::mail {

namespace {

using namespace std::chrono_literals;

constexpr auto kConnectTimeout = 10s;
// RFC 5321 §4.5.3.2.6 lets a server take ten minutes over the end of DATA. One that does holds up all mails; at
// two minutes it counts as away, and may get that mail twice.
constexpr auto kTransferTimeout = 120s;

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};

long milliseconds_of(std::chrono::milliseconds time) noexcept {
  return static_cast<long>(time.count());
}

// What is under way: where curl reads from, and how far the dialogue has come.
struct Dialogue {
  std::string_view rest;
  const std::atomic<bool>* stopping = nullptr;
  CURL* easy = nullptr;
  curl_off_t stopped_at = -1;  // when `stopping` was seen, in microseconds of this transfer
  std::string verb;            // of the last command: "RCPT", "DATA"; "" before the first
  int reply = 0;               // the code of the last answer
  bool is_over = false;        // we have said goodbye
  std::string enhanced;        // "5.1.1" of RFC 3463, when the answer began so
};

std::size_t read_message(char* to, std::size_t size, std::size_t count, void* at) {
  auto& dialogue = *static_cast<Dialogue*>(at);
  const std::size_t taken = std::min(size * count, dialogue.rest.size());
  dialogue.rest.copy(to, taken);
  dialogue.rest.remove_prefix(taken);
  return taken;
}

// When the server stops. Until its last byte is out nothing of a mail is delivered: it can be given up, and is
// sent after the restart. Then the answer is waited for, or the mail would be sent twice; but not for ever.
int may_go_on(void* at, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  constexpr curl_off_t kPatience = 10'000'000;  // microseconds
  auto& dialogue = *static_cast<Dialogue*>(at);
  if (!dialogue.stopping->load(std::memory_order_relaxed)) return 0;
  if (!dialogue.rest.empty()) return 1;
  curl_off_t elapsed = 0;
  curl_easy_getinfo(dialogue.easy, CURLINFO_TOTAL_TIME_T, &elapsed);
  if (dialogue.stopped_at < 0) dialogue.stopped_at = elapsed;
  return elapsed - dialogue.stopped_at > kPatience ? 1 : 0;
}

bool is_enhanced_code(std::string_view word) noexcept {
  return word.size() >= 5 && word.size() <= 9 && (word[0] == '4' || word[0] == '5') && word[1] == '.' &&
         std::ranges::all_of(word, [](char c) { return is_ascii_digit(c) || c == '.'; });
}

void note_reply(Dialogue& dialogue, std::string_view line) {
  if (line.size() < 3) return;
  const auto code = parse_unsigned(line.substr(0, 3));
  if (!code) return;
  dialogue.reply = static_cast<int>(*code);
  const std::string_view rest = line.substr(std::min<std::size_t>(4, line.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \r\n"));
  dialogue.enhanced = is_enhanced_code(word) ? std::string{word} : std::string{};
}

// curl tells that a command was refused, not which. Of what goes by only verbs and codes are kept: the rest
// holds passwords and the mail itself.
int note_line(CURL*, curl_infotype type, char* data, std::size_t size, void* at) {
  auto& dialogue = *static_cast<Dialogue*>(at);
  if (dialogue.is_over) return 0;
  const std::string_view text{data, size};
  if (type == CURLINFO_HEADER_IN) note_reply(dialogue, text);
  if (type != CURLINFO_HEADER_OUT) return 0;
  const std::string_view verb = text.substr(0, text.find_first_of(" \r\n"));
  constexpr std::string_view kVerbs[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"};
  dialogue.is_over = verb == "QUIT";  // what was refused comes before it
  if (std::ranges::find(kVerbs, verb) == std::end(kVerbs)) return 0;
  dialogue.verb = verb;
  dialogue.reply = 0;
  return 0;
}

// A recipient or a text that is refused will be refused again; a server that refuses us as a whole (its
// greeting, our password, our sender) may be repaired.
Outcome outcome_of(CURLcode result, const Dialogue& dialogue) {
  if (result == CURLE_OK) return {};
  const bool is_about_this_mail = dialogue.verb == "RCPT" || dialogue.verb == "DATA";
  if (dialogue.reply >= 400 && result != CURLE_OPERATION_TIMEDOUT) {
    const std::string why =
        fmt::format("{} was answered with {}{}{}", dialogue.verb.empty() ? "the connection" : dialogue.verb,
                    dialogue.reply, dialogue.enhanced.empty() ? "" : " ", dialogue.enhanced);
    // 421: the server is about to close, whatever was asked (RFC 5321 §3.8).
    if (!is_about_this_mail || dialogue.reply == 421) return {.kind = Outcome::Kind::unreachable, .why = why};
    return {.kind = dialogue.reply >= 500 ? Outcome::Kind::refused : Outcome::Kind::deferred, .why = why};
  }
  const std::string why = curl_easy_strerror(result);
  // Dropped or too slow with this very mail: the next one may fare better.
  return {.kind = is_about_this_mail ? Outcome::Kind::deferred : Outcome::Kind::unreachable, .why = why};
}

class SmtpTransport final : public Transport {
 public:
  SmtpTransport(const config::MailTransport& where, const config::Mail& mail, TransportParts parts)
      : where_(where), password_(mail.password), tls_ca_(mail.tls_ca), stopping_(parts.stopping) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    url_ = fmt::format("{}://{}:{}/{}", is_implicit() ? "smtps" : "smtp", where.host, where.port, parts.helo);
  }
  ~SmtpTransport() override {
    rest();
    curl_global_cleanup();
  }
  SmtpTransport(const SmtpTransport&) = delete;
  SmtpTransport& operator=(const SmtpTransport&) = delete;

  Outcome send(const Message& message) override {
    if (!easy_) easy_.reset(curl_easy_init());
    if (!easy_) return {.kind = Outcome::Kind::unreachable, .why = "no memory"};
    Dialogue dialogue{.rest = message.bytes, .stopping = &stopping_, .easy = easy_.get()};
    const std::unique_ptr<curl_slist, FreeList> to{
        curl_slist_append(nullptr, fmt::format("<{}>", message.to).c_str())};
    const std::string from = fmt::format("<{}>", message.from);
    curl_easy_reset(easy_.get());  // options alone: the connection stays for the next mail
    prepare(dialogue);
    curl_easy_setopt(easy_.get(), CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(easy_.get(), CURLOPT_MAIL_RCPT, to.get());
    const CURLcode result = curl_easy_perform(easy_.get());
    auto outcome = outcome_of(result, dialogue);
    if (outcome.kind != Outcome::Kind::delivered) rest();
    return outcome;
  }

  void rest() override { easy_.reset(); }

 private:
  [[nodiscard]] bool is_implicit() const noexcept { return where_.kind == config::MailTransport::Kind::smtps; }

  void prepare(Dialogue& dialogue) {
    CURL* const easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // a variable of the environment must not redirect mails
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(kConnectTimeout));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds_of(kTransferTimeout));
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_message);
    curl_easy_setopt(easy, CURLOPT_READDATA, &dialogue);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, may_go_on);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &dialogue);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);  // for the debug function; nothing is printed
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, note_line);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &dialogue);
    prepare_tls(easy);
    if (where_.user.empty()) return;
    curl_easy_setopt(easy, CURLOPT_USERNAME, where_.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, password_.reveal().data());
  }

  // STARTTLS or nothing: whoever sits in between could strip the offer and read links and codes. Loopback has
  // nobody in between, and its relays seldom have a certificate that can be checked: there TLS is used when
  // mail.tls_ca says whom to trust.
  void prepare_tls(CURL* easy) const {
    const bool is_plain = !is_implicit() && config::is_loopback(where_.host) && tls_ca_.empty();
    curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!tls_ca_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, tls_ca_.c_str());
  }

  config::MailTransport where_;
  Secret password_;
  std::string tls_ca_;
  const std::atomic<bool>& stopping_;
  std::string url_;
  std::unique_ptr<CURL, FreeEasy> easy_;  // with the open connection, between the mails of one pass
};

}  // namespace

std::unique_ptr<Transport> make_smtp_transport(const config::MailTransport& where, const config::Mail& mail,
                                               TransportParts parts) {
  return std::make_unique<SmtpTransport>(where, mail, std::move(parts));
}

}  // namespace gatehouse::mail
