#!/usr/bin/env python3
"""Gives every ```toml block of the README and the guide to `gatehouse config check`, and looks up each setting that the
text names (`server.tls`, `GATEHOUSE_STORE_URL`) in `gatehouse config reference`.

    scripts/check-documented-settings.py build/release/gatehouse

A block that is a piece of a file is completed with an upstream or a limit that its routes name.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
SECTIONS = ("server", "store", "shared", "tokens", "sessions", "passwords", "registration", "roles", "plans", "admin",
            "cookies", "csrf", "cors", "log")
KEY = re.compile(r"`((?:" + "|".join(SECTIONS) + r")(?:\.\w+)+)(?: *=[^`]*)?`")
VARIABLE = re.compile(r"\b(GATEHOUSE_[A-Z0-9_]+)\b")
NOT_SETTINGS = {"GATEHOUSE_BINARY", "GATEHOUSE_KILLS", "GATEHOUSE_FUZZ", "GATEHOUSE_SANITIZE", "GATEHOUSE_TESTS"}
BARE = {k: v for k, v in os.environ.items() if not k.startswith("GATEHOUSE_")}


def run(program, *words):
    return subprocess.run([program, *words], env=BARE, capture_output=True, text=True)


def completed(block):
    """With the upstreams that its routes name, where the block leaves them out."""
    named = set(re.findall(r'^to\s*=\s*"([^"]+)"', block, re.M))
    made = set(re.findall(r'\[\[upstream\]\]\s*\nname\s*=\s*"([^"]+)"', block))
    for name in sorted(named - made):
        block += f'\n[[upstream]]\nname = "{name}"\ntargets = ["http://127.0.0.1:3000"]\n'
    return block


def check_blocks(program, page):
    for match in re.finditer(r"^```toml\n(.*?)^```", page.read_text(), re.M | re.S):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(completed(match[1]))
            file.flush()
            result = run(program, "config", "check", "--config", file.name)
        if result.returncode != 0:
            line = page.read_text()[:match.start()].count("\n") + 1
            yield f"{page.relative_to(ROOT)}:{line}: this block is refused:\n{result.stderr}"


def check_names(reference, page):
    for number, line in enumerate(page.read_text().splitlines(), 1):
        for key in KEY.findall(line):
            if f"`{key}`" not in reference and f"`{key}." not in reference:
                yield f"{page.relative_to(ROOT)}:{number}: there is no setting `{key}`"
        for variable in VARIABLE.findall(line):
            known = f"`{variable}`" in reference or variable.endswith("_FILE") and f"`{variable[:-5]}`" in reference
            if not known and variable not in NOT_SETTINGS:
                yield f"{page.relative_to(ROOT)}:{number}: there is no variable {variable}"


def main():
    program = sys.argv[1]
    reference = run(program, "config", "reference").stdout
    if "server.listen" not in reference:
        sys.exit(f"{program} config reference printed nothing of use")
    findings = [f for page in PAGES for f in (*check_blocks(program, page), *check_names(reference, page))]
    print("\n".join(findings) or f"What {len(PAGES)} pages say of settings holds.")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
