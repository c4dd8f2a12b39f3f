"""Paired differences: intervals that hold, words that follow a rule."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.measures import catalogue
from sim.study.effects import (
    HEADLINE,
    HIGHER_IS_BETTER,
    LOWER_IS_BETTER,
    adjusted_p_values,
    direction,
    effects_table,
    verdict,
)
from sim.study.pairs import Paired, interval, paired, with_skewness, without_skewness

NAN = float("nan")


def effect(difference=1.0, low=0.5, high=1.5, n=10, p_value=0.001):
    return Paired(1.0, 0.0, difference, low, high, n, p_value, 0.5, 20.0, 1.0)


# intervals ------------------------------------------------------------------------------------


LAWS = {
    # differences drawn for many studies at once, their mean, and how often at least the interval must cover it
    "normal": (lambda rng, size: rng.normal(size=size), 0.0, 0.945),
    "skewed": (lambda rng, size: np.exp(0.5 * rng.normal(size=size)), math.exp(0.125), 0.93),
    "very skewed": (lambda rng, size: rng.exponential(size=size), 1.0, 0.92),
    "counts": (lambda rng, size: 1.0 * rng.poisson(3, size) - rng.poisson(2, size), 1.0, 0.945),
    "heavy tails": (lambda rng, size: rng.standard_t(5, size=size), 0.0, 0.945),
}


@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("law", LAWS)
def test_intervals_cover_the_mean_as_often_as_they_say(law, n):
    draw, mean, least = LAWS[law]
    studies = draw(np.random.default_rng(n), (1_500, n))
    bounds = np.array([interval(row)[:2] for row in studies])
    covered = np.mean((bounds[:, 0] <= mean) & (mean <= bounds[:, 1]))
    luck = 3 * (0.05 * 0.95 / 1_500) ** 0.5
    assert least - luck <= covered <= 0.98 + luck


def test_skewed_differences_are_covered_more_often_than_by_student_t():
    studies = np.random.default_rng(3).exponential(size=(1_500, 10))
    ours = np.mean([interval(row)[0] <= 1 <= interval(row)[1] for row in studies])
    t = [stats.ttest_1samp(row, 1).pvalue >= 0.05 for row in studies]
    assert ours > np.mean(t) + 0.02


def test_the_interval_contains_students_and_is_his_without_skewness():
    symmetric = np.array([-3.0, -1.0, 0.0, 1.0, 3.0]) + 0.7
    low, high = stats.ttest_1samp(symmetric, 0).confidence_interval()
    assert interval(symmetric)[:2] == pytest.approx((low, high))
    for row in np.random.default_rng(5).exponential(size=(50, 8)):
        low, high = stats.ttest_1samp(row, 0).confidence_interval()
        ours = interval(row)
        assert ours[0] <= low + 1e-12
        assert ours[1] >= high - 1e-12


def test_the_p_value_says_what_the_interval_says():
    rng = np.random.default_rng(6)
    n_outside = 0
    for row in rng.exponential(size=(400, 7)) - rng.uniform(0, 1, size=(400, 1)):
        low, high, p_value = interval(row)
        assert (p_value < 0.05) == (not low <= 0 <= high)
        n_outside += p_value < 0.05
    assert 50 < n_outside < 350


@pytest.mark.parametrize("skewness", [-2.0, -0.3, 0.0, 0.3, 2.0])
def test_taking_skewness_out_and_putting_it_in_undo_each_other(skewness):
    for statistic in (-4.0, -1.0, 0.0, 1.0, 4.0):
        assert with_skewness(without_skewness(statistic, skewness, 6), skewness, 6) == pytest.approx(
            statistic, abs=1e-9
        )


def test_intervals_do_not_depend_on_the_unit_or_the_sign():
    d = np.random.default_rng(8).exponential(size=9) - 0.3
    low, high, p_value = interval(d)
    assert interval(1e6 * d) == pytest.approx((1e6 * low, 1e6 * high, p_value))
    assert interval(-d) == pytest.approx((-high, -low, p_value))


# what is said of pairs ------------------------------------------------------------------------


def test_identical_worlds_differ_by_exactly_zero():
    values = [0.1, 0.7, 0.3]
    same = paired(values, values)
    assert (same.difference, same.low, same.high, same.n, same.p_value) == (0.0, 0.0, 0.0, 3, 1.0)
    assert verdict("welfare", same, 1.0) == "no difference"
    assert math.isinf(same.runs_needed)
    constant = paired([1.0, 1.0, 1.0], [1.0, 1.0, 1.0])
    assert (constant.low, constant.high, math.isnan(constant.rho)) == (0.0, 0.0, True)


def test_differences_that_are_one_number_have_no_width():
    moved = paired([0.1 + 0.2, 1.1 + 0.2, 7.3 + 0.2], [0.1, 1.1, 7.3])
    assert (moved.low, moved.high, moved.p_value) == (moved.difference, moved.difference, 0.0)
    assert moved.difference == pytest.approx(0.2)


def test_one_pair_has_no_interval_and_none_no_mean():
    one = paired([3.0], [1.0])
    assert (one.difference, one.n) == (2.0, 1)
    assert all(math.isnan(each) for each in (one.low, one.high, one.p_value, one.rho, one.runs_needed))
    assert verdict("welfare", one, NAN) == "cannot tell"
    none = paired([NAN, 1.0], [1.0, NAN])
    assert (none.n, math.isnan(none.difference)) == (0, True)
    assert verdict("welfare", none, NAN) == "no value"


def test_a_value_missing_in_one_world_drops_the_pair():
    whole = paired([3.0, 5.0, 9.0], [1.0, 4.0, 6.0])
    assert paired([3.0, NAN, 5.0, 9.0, 7.0], [1.0, 2.0, 4.0, 6.0, NAN]) == whole


def test_runs_needed_are_those_of_independent_seeds_with_the_same_width():
    rng = np.random.default_rng(1)
    luck, noise = rng.normal(size=(2, 4_000))
    theirs, ours = luck, luck + 0.5 * noise
    found = paired(ours, theirs)
    m = int(found.runs_needed)
    independent = (np.var(ours, ddof=1) / m + np.var(theirs, ddof=1) / m) ** 0.5
    assert independent == pytest.approx((found.high - found.low) / 2 / 1.96, rel=0.01)
    assert m / 4_000 == pytest.approx((1 + 1.25) / 0.25, rel=0.1)
    assert found.rho == pytest.approx(1 / 1.25**0.5, abs=0.02)


def test_the_detectable_effect_is_found_in_eighty_of_hundred_studies():
    d = np.random.default_rng(2).normal(size=(4_000, 12))
    d /= np.std(d[0], ddof=1)
    delta = paired(d[0], np.zeros(12)).detectable
    found = stats.ttest_1samp(np.random.default_rng(4).normal(size=(4_000, 12)) + delta, 0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.02)


# words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "found", "p_adjusted", "word"),
    [
        ("welfare", effect(), 0.01, "clear gain"),
        ("welfare", effect(-1.0, -1.5, -0.5), 0.01, "clear loss"),
        ("welfare", effect(), 0.2, "likely gain"),
        ("welfare", effect(n=5), 0.01, "likely gain"),
        ("price.resale", effect(), 0.2, "likely loss"),
        ("price.resale", effect(-1.0, -1.5, -0.5), 0.01, "clear gain"),
        ("share_shops_lost", effect(), 0.01, "clear loss"),
        ("share.direct", effect(), 0.01, "clearly higher"),
        ("n_shops", effect(-1.0, -1.5, -0.5), 0.2, "likely lower"),
        ("welfare", effect(low=-0.1, p_value=0.06), 0.06, "cannot tell"),
        ("n_shops", effect(0.0, 0.0, 0.0, p_value=1.0), 1.0, "no difference"),
    ],
)
def test_words_follow_the_rule(measure, found, p_adjusted, word):
    assert verdict(measure, found, p_adjusted) == word


def test_every_direction_is_that_of_a_measure_there_is():
    kinds = {measure.name.partition(".")[0] for measure in catalogue()}
    assert kinds >= HIGHER_IS_BETTER | LOWER_IS_BETTER
    assert not HIGHER_IS_BETTER & LOWER_IS_BETTER
    assert {measure.name for measure in catalogue()} >= set(HEADLINE)
    assert [direction(name) for name in ("trust.mall", "price.mall", "share.mall")] == [1, -1, 0]


def test_the_measures_of_a_family_are_taken_together():
    effects = {name: effect(p_value=0.004) for name in (*HEADLINE, *(f"other.{i}" for i in range(100)))}
    adjusted = adjusted_p_values(effects | {"n_shops": effect(p_value=NAN)})
    assert adjusted["welfare"] == pytest.approx(0.04)
    assert adjusted["other.7"] == pytest.approx(0.4)
    assert math.isnan(adjusted["n_shops"])
    assert adjusted_p_values({name: effect(p_value=0.3) for name in HEADLINE})["welfare"] == 1.0


def test_what_is_clear_leaves_zero_out_of_the_wider_interval_too():
    rng = np.random.default_rng(12)
    words = set()
    for _ in range(300):
        ours = rng.normal(size=8) + rng.uniform(0, 3)
        found = paired(ours, np.zeros(8))
        effects = dict.fromkeys(HEADLINE, found)
        word = verdict("welfare", found, adjusted_p_values(effects)["welfare"])
        assert word.startswith("clear") == (interval(ours, 0.995)[0] > 0)
        words.add(word)
    assert words == {"clear gain", "likely gain", "cannot tell"}


def test_pairs_are_made_by_seed():
    runs = pd.DataFrame(
        {
            "scenario": ["a", "a", "a", "b", "b", "b"],
            "seed": [1, 2, 3, 3, 2, 1],
            "welfare": [10.0, 20.0, 30.0, 31.0, 22.0, 13.0],
        }
    )
    (row,) = effects_table(runs, ["a", "b"], ["welfare"]).to_dict("records")
    assert (row["scenario"], row["baseline"], row["difference"], row["n"]) == ("b", "a", 2.0, 3)
    assert (row["mean"], row["mean_baseline"]) == (22.0, 20.0)
