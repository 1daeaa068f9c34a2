"""Rows of the table: to the terminal as they come, and to bench/results/ at the end."""

import json
from dataclasses import asdict, dataclass, field

from .load import as_dicts, median


@dataclass
class Row:
    scenario: str
    what: str  # "fully checked request / nginx return 200"
    unit: str  # of ours and theirs
    ours: float
    theirs: float | None  # None: the target is a number of our own
    ratio: float
    target: str  # ">= 1.0", "<= 30", or "" for what is only worth knowing
    note: str  # what differs between the two
    detail: dict = field(default_factory=dict)

    def verdict(self):
        if not self.target:
            return "–"
        sign, bound = self.target.split()
        met = self.ratio >= float(bound) if sign == ">=" else self.ratio <= float(bound)
        return "yes" if met else "NO"


def http_row(scenario, what, target, note, ours, theirs):
    """Two servers' turns with the same load: how many times less CPU a request costs here."""
    our_cpu, their_cpu = median(ours, "cpu_us"), median(theirs, "cpu_us")
    detail = {"rate": median(ours, "rate"), "peer_rate": median(theirs, "rate"),
              "rate_ratio": median(ours, "rate") / median(theirs, "rate"), "p99_us": median(ours, "p99_us"),
              "peer_p99_us": median(theirs, "p99_us"), "turns": as_dicts(ours), "peer_turns": as_dicts(theirs)}
    return Row(scenario, what, "CPU µs/request", our_cpu, their_cpu, their_cpu / max(our_cpu, 1e-9), target, note,
               detail)


def figure_row(scenario, what, unit, value, target, note, **detail):
    """One figure of ours against a bound."""
    return Row(scenario, what, unit, value, None, value, target, note, detail)


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def rates(row):
    if "peer_rate" not in row.detail:
        return ""
    return f"{number(row.detail['rate'])} / {number(row.detail['peer_rate'])}"


def print_row(row):
    theirs = f" against {number(row.theirs)}" if row.theirs is not None else ""
    per_second = f", {rates(row)} requests/s" if rates(row) else ""
    wanted = f" (wanted {row.target}: {row.verdict()})" if row.target else ""
    ratio = f" = {row.ratio:.2f}x" if row.theirs is not None else ""
    print(f"  {row.what}: {number(row.ours)}{theirs} {row.unit}{ratio}{wanted}{per_second}", flush=True)


def markdown(rows, about, failures):
    lines = ["# Measured", "",
             f"{about['machine']}; {about['date']}; {about['version']}; load average before: "
             f"{about['load_average']:.2f}", "",
             f"`{about['command']}`: {about['turns']} turns of {about['seconds']:g} s each, alternating; medians.", "",
             "For requests the ratio is the peer's CPU time per request over Gatehouse's (user and system time of all "
             "its threads and processes); requests/s depend on the load generator as well. Unless said otherwise each "
             "server has one core and one event loop.", "",
             "| scenario | what | ratio | target | met | Gatehouse | peer | unit | requests/s, both | what differs |",
             "|---|---|--:|--:|---|--:|--:|---|--:|---|"]
    for row in rows:
        ratio = f"{row.ratio:.2f}×" if row.theirs is not None else ""
        target = row.target.replace(">=", "≥").replace("<=", "≤")
        cells = [row.scenario, row.what, ratio, target, row.verdict(), number(row.ours), number(row.theirs), row.unit,
                 rates(row), row.note]
        lines.append("| " + " | ".join(cells) + " |")
    if failures:
        lines += ["", "Not measured:", ""] + [f"- {name}: {why}" for name, why in failures.items()]
    return "\n".join(lines) + "\n"


def write(folder, rows, about, failures):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.md").write_text(markdown(rows, about, failures))
    rows = [asdict(row) | {"met": row.verdict()} for row in rows]
    everything = {"about": about, "rows": rows, "failures": failures}
    (folder / "latest.json").write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n")
