#!/usr/bin/env python3
"""Every relative link in the project's Markdown leads to a file, and every file that a page names in code exists."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# `src/app/routes.cpp`, `scripts/demo.py`; what is made by a build or a run is not there yet.
NAMED = re.compile(r"`((?:src|scripts|examples|docs|cmake|fuzz|bench|tests|app|base|config|crypto|db|features|http|net|"
                   r"observe|policy|server|cli)/[\w./-]+\.(?:cpp|hpp|py|sh|toml|md|cmake|txt))`")
MADE = re.compile(r"^bench/results/")


def pages():
    yield from ROOT.glob("*.md")
    for folder in ("docs", "examples", "bench", "fuzz", "tests"):
        yield from (page for page in (ROOT / folder).rglob("*.md")
                    if not {"node_modules", "results"} & set(page.parts))


def broken(page):
    text = page.read_text()
    for target in LINK.findall(text):
        path = target.partition("#")[0]
        if "://" not in target and path and not (page.parent / path).exists():
            yield f"{page.relative_to(ROOT)}: the link to {target} leads nowhere"
    for name in NAMED.findall(text):
        if not MADE.match(name) and not (ROOT / name).exists() and not (ROOT / "src" / name).exists():
            yield f"{page.relative_to(ROOT)}: there is no {name}"


def main():
    findings = [finding for page in sorted(pages()) for finding in broken(page)]
    print("\n".join(findings) or "All links lead somewhere.")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
