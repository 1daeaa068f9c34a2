#!/usr/bin/env python3
"""docs/reference/commands.md holds what `--help` prints: of every command, and nothing else.

check-commands-reference.py PROGRAM          fails when the page says something else
check-commands-reference.py PROGRAM --write  renews the page
"""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/commands.md"

INTRODUCTION = """# Commands

What each `--help` prints, renewed by `scripts/check-commands-reference.py PROGRAM --write` and checked by the tests.

- **The same settings as the server's**: run a command in the server's folder, or with `--config FILE`, and with the same environment
  (`GATEHOUSE_MASTER_KEY_FILE` above all).
- **Beside a running server**: yes. It notices within a second what a command changed: a disabled user's sessions end, a role holds, a
  revoked key verifies nothing.
- **As the user who owns the data folder**; another one, root too, is refused, since the server could not open the files that
  it would leave behind.
- **Audited**: what changes something is in the audit trail, with no actor, and `"detail":"command line"` where it concerns one user.
- **Exit codes**: 0 fine, 1 failed, 2 wrong use.
- **`--json`**: one JSON document on standard output, `{"ok":false,"error":"…"}` for a failure; messages and progress go to standard error.
"""


def help_of(program, command):
    done = subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def subcommands(text):
    _, found, rest = text.partition("Subcommands:\n")
    return re.findall(r"^  (\w+)", rest.partition("\n\n")[0], re.M) if found else []


def sections(program, command=()):
    text = help_of(program, command)
    yield f"## gatehouse {' '.join(command)}".rstrip() + f"\n\n```text\n{text}\n```\n"
    for name in subcommands(text):
        yield from sections(program, (*command, name))


def main():
    program = Path(sys.argv[1]).resolve()
    page = INTRODUCTION + "\n" + "\n".join(sections(program))
    if "--write" in sys.argv[2:]:
        PAGE.write_text(page)
        return 0
    if PAGE.read_text() == page:
        return 0
    print("docs/reference/commands.md is not what --help prints any more. Renew it with:\n"
          f"  scripts/check-commands-reference.py {program} --write")
    return 1


sys.exit(main())
