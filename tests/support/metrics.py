"""What the admin listener publishes, in Prometheus's text format."""

import re

from support.client import Client

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Samples:
    def __init__(self, text):
        self.text = text
        self._samples = []
        for line in text.splitlines():
            match = _SAMPLE.match(line)
            if match:
                name, labels, value = match.groups()
                self._samples.append((name, dict(_LABEL.findall(labels or "")), float(value)))

    def value(self, name, **labels):
        """The sum over all samples of this name that carry these labels; 0 when there is none."""
        return sum(value for key, have, value in self._samples
                   if key == name and labels.items() <= have.items())

    def names(self):
        return {name for name, _, _ in self._samples}


def fetch(address):
    answer = Client(address).get("//metrics")
    assert answer.status == 200, answer
    return Samples(answer.body.decode())
