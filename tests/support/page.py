"""Runs the script of one of the server's own pages in node."""

import json
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".mjs")


class PageRun:
    def __init__(self, url, *steps):
        done = subprocess.run(["node", str(SCRIPT), url, *steps], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        self.says = [entry["says"] for entry in entries if "says" in entry]
        self.asks = [(entry["asks"], entry["status"]) for entry in entries if "asks" in entry]
        self.address = next((entry["address"] for entry in entries if "address" in entry), url)
        self.disabled = entries[-1]["disabled"]


def run_page(server, path, *steps):
    """What the page at `path` does when somebody does `steps`: "click:go", "fill:password=…"."""
    return PageRun("http://%s:%d%s%s" % (*server.address, server.prefix, path), *steps)
