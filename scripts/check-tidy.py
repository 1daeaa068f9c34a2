#!/usr/bin/env python3
"""Rules of the house that a compiler does not know. Each finding names the file and line, and the rule.

Lengths are a ratchet: files and functions that are too long today are listed below with what they may have. A new one
fails, and so does a listed one that grows; take it off the list when it has shrunk.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES_OF_FILE = 400
MOST_LINES_OF_TEST = 500
MOST_LINES_OF_FUNCTION = 70

# Time, waiting and chance come from outside (Clock, Random), so that tests can set them.
CLOCKS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)::now\s*\(|\bsleep_(for|until)\b|\bu?sleep\s*\(|"
                    r"\bs?rand\s*\(|\brandom_device\b|\bclock_gettime\s*\(|\bgettimeofday\s*\(|\bstd::time\s*\(")
CLOCKS_ALLOWED = {
    "src/base/clock.cpp": "the one place where the system is asked",
    "src/app/application.cpp": "drain(): how long the process waits before it ends",
    "src/crypto/hash_pool_test.cpp": "gives up on a pool that hangs",
    "src/crypto/access_token_attack_test.cpp": "measures how long a hostile token takes",
}

EVERYWHERE = {
    "unfinished": re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"),
    "a path of one machine": re.compile(r"(?<![\w.{}])/(work|home|root|Users)/[a-z]|/tmp/build"),
    "a registry other than the public one": re.compile(r'"resolved": *"(?!https://registry\.npmjs\.org/)'),
    "an issue's number; say what was the matter": re.compile(r"\bissues? #?\d+\b", re.I),
    "white space at the end": re.compile(r"[ \t]+$"),
}
# These files define the words that they look for.
EXEMPT = {"scripts/check-tidy.py"}

LONG_FILES = {
    "src/app/application.cpp": 550,
    "src/app/dispatcher.cpp": 550,
    "src/server/connection.cpp": 580,
}
LONG_FUNCTIONS = {
    "src/base/error.cpp: describe": 140,  # a table in the form of a switch
}

TEXT = {".cpp", ".hpp", ".py", ".sh", ".md", ".toml", ".cmake", ".txt", ".json", ".js", ".yml", ".conf", ".cfg", ""}
SKIPPED = re.compile(r"^(fuzz/corpus/|bench/results/|LICENSE$)|common_passwords")
# The first line of a definition in the house's format: at the margin, not a type, a namespace or a macro.
STARTS = re.compile(r"^(?=\S)(?!(namespace|struct|class|enum|union|extern|using|typedef|#|//|}|static_assert|constexpr \w+ k))[\w:<>,&*~\[\] ]*?"
                    r"([\w:~]+|operator[^\s(]+)\(")


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True, capture_output=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # an archive without its history
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and "build" not in p.parts]
    for name in sorted(set(names)):
        path = ROOT / name
        if path.suffix in TEXT and path.is_file() and not SKIPPED.search(name):
            yield name, path.read_text(errors="replace").splitlines()


def find_words(name, lines):
    for number, line in enumerate(lines, 1):
        for what, pattern in EVERYWHERE.items():
            if name not in EXEMPT and pattern.search(line):
                yield f"{name}:{number}: {what}: {line.strip()[:100]}"
        code = line.partition("//")[0]  # comments may speak of them
        if name.startswith("src/") and name not in CLOCKS_ALLOWED and CLOCKS.search(code):
            yield f"{name}:{number}: asks the system for time, rest or chance; take a Clock or a Random instead"


def functions(lines):
    """(line, name, length) of each function that is defined at the margin of a file."""
    for start, line in enumerate(lines):
        match = STARTS.match(line)
        if not match:
            continue
        opened = next((i for i in range(start, min(start + 12, len(lines))) if re.search(r"[{;]\s*$", lines[i])), None)
        if opened is None or lines[opened].rstrip().endswith(";"):
            continue
        end = next((i for i in range(opened, len(lines)) if lines[i].startswith("}")), opened)
        yield start + 1, match[2], end - start + 1


def find_lengths(name, lines):
    if not name.startswith("src/") or not name.endswith(("pp",)):
        return
    most = LONG_FILES.get(name, MOST_LINES_OF_TEST if name.endswith("_test.cpp") else MOST_LINES_OF_FILE)
    if len(lines) > most:
        yield f"{name}: {len(lines)} lines, at most {most}; split it by topic"
    if name.endswith("_test.cpp"):  # tables of cases, which are long and simple
        return
    for number, function, length in functions(lines):
        most = LONG_FUNCTIONS.get(f"{name}: {function}", MOST_LINES_OF_FUNCTION)
        if length > most:
            yield f"{name}:{number}: {function} has {length} lines, at most {most}"


def main():
    count, findings = 0, []
    for name, lines in files():
        count += 1
        findings += [*find_words(name, lines), *find_lengths(name, lines)]
    print("\n".join(findings) or f"{count} files are tidy.")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
