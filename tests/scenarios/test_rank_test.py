"""The instrument that timing tests rely on must itself tell equal from shifted."""

import random

import pytest

from support import ranks


def test_the_numbers_of_a_small_case_worked_out_by_hand():
    # U = 0; mean 4.5, variance 3*3*7/12 = 5.25; z = (4.5 - 0.5) / sqrt(5.25) = 1.7457
    result = ranks.compare([1, 2, 3], [4, 5, 6])
    assert result.u == 0
    assert result.p == pytest.approx(0.0809, abs=0.0001)


def test_ties_share_their_rank_and_narrow_the_variance():
    # Ranks 1.5 1.5 4 | 4 4 6: U = 7 - 6 = 1; variance 9/12 * (7 - (6 + 24) / 30) = 4.5; z = 3 / sqrt(4.5)
    result = ranks.compare([1, 1, 2], [2, 2, 3])
    assert result.u == 1
    assert result.p == pytest.approx(0.1573, abs=0.0001)


def test_all_values_alike_are_no_difference():
    assert ranks.compare([5] * 30, [5] * 30).p == 1.0


def test_a_shift_of_a_third_of_the_spread_is_seen_and_none_is_not():
    source = random.Random(7)
    one = [source.gauss(20, 3) for _ in range(1000)]
    same = [source.gauss(20, 3) for _ in range(1000)]
    shifted = [source.gauss(21, 3) for _ in range(1000)]
    assert ranks.compare(one, same).p > 0.01
    assert ranks.compare(one, shifted).p < 1e-6


def test_one_outlier_neither_makes_nor_hides_a_difference():
    source = random.Random(8)
    one = [source.gauss(20, 1) for _ in range(500)]
    same = [source.gauss(20, 1) for _ in range(499)] + [1e9]
    assert ranks.compare(one, same).p > 0.01


def test_the_samples_are_taken_in_turns():
    calls = []
    ranks.alternating(3, lambda i: calls.append(("a", i)), lambda i: calls.append(("b", i)))
    assert calls == [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
