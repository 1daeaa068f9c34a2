// The templates of all mails: built in, each replaced by a file of the same name in the operator's folder.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "features/mail/outbox.hpp"
#include "features/mail/template.hpp"

namespace gatehouse::mail {

// What a mail says, in UTF-8 with LF line ends.
struct Rendered {
  std::string subject;  // one line without control characters
  std::string text;
  std::string html;
};

// Immutable.
class Templates {
 public:
  // `folder` may be empty: none. It may hold "KIND.txt" (first line: the subject), "KIND.html" and
  // "layout.html", which is put around each {{content}}; another .txt or .html is refused, since it is a name
  // misspelt. The error's detail names file and line.
  [[nodiscard]] static Result<Templates> load(const std::string& folder);

  // `common` are the variables that every mail has: site, sender.
  struct Common {
    std::string site;
    std::string sender;
  };
  [[nodiscard]] Rendered render(const Letter& letter, const Common& common) const;

 private:
  struct Mail {
    Template subject;
    Template text;
    Template html;
  };
  std::map<Kind, Mail> mails_;
  Template layout_ = {};
};

// "verify-email.txt", …, "layout.html"; "" when there is none of that name.
[[nodiscard]] std::string_view builtin_template(std::string_view file) noexcept;

}  // namespace gatehouse::mail
