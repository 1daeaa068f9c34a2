"""Whether two samples of times could come from one distribution: the Mann-Whitney U test.

It compares ranks, not means: one slow outlier cannot hide a shift, nor make one. Normal approximation with the
correction for ties (times of a coarse clock tie often) and for continuity; good from some 20 samples each.
Mann & Whitney, "On a test of whether one of two random variables is stochastically larger than the other",
Annals of Mathematical Statistics 18 (1947); the ties as in Lehmann, "Nonparametrics" (1975), section 1.4.
"""

import math
import statistics
import time
from typing import NamedTuple


class Comparison(NamedTuple):
    u: float         # of the first sample: how many pairs it wins, a tie counting half
    p: float         # two-sided
    medians: tuple   # of the first and the second

    @property
    def relative_difference(self):
        """Of the medians, over the smaller one."""
        a, b = self.medians
        return abs(a - b) / min(a, b)


def _ranks(values):
    """Ranks from 1, tied values sharing their mean; and the sizes of the ties."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    ties = []
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for position in range(start, end):
            ranks[order[position]] = (start + 1 + end) / 2
        ties.append(end - start)
        start = end
    return ranks, ties


def compare(first, second):
    n, m = len(first), len(second)
    ranks, ties = _ranks(list(first) + list(second))
    u = sum(ranks[:n]) - n * (n + 1) / 2
    total = n + m
    tied = sum(size ** 3 - size for size in ties)
    variance = n * m / 12 * ((total + 1) - tied / (total * (total - 1)))
    distance = max(0.0, abs(u - n * m / 2) - 0.5)
    p = math.erfc(distance / math.sqrt(2 * variance)) if variance > 0 else 1.0
    return Comparison(u=u, p=p, medians=(statistics.median(first), statistics.median(second)))


def alternating(count, first, second):
    """Times of first(i) and second(i), in turns and swapping who begins, so that drift of the machine hits both."""
    times = [], []
    for i in range(count):
        turns = ((0, first), (1, second)) if i % 2 == 0 else ((1, second), (0, first))
        for which, action in turns:
            begin = time.perf_counter()
            action(i)
            times[which].append(time.perf_counter() - begin)
    return times
