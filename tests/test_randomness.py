"""Draws: the published vectors of Philox4x32-10, the documented layout, and statistics."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.randomness import Purpose, gumbel, keyed_uniforms, log_positive_stable, philox4x32, uniform, uniform_pair

# Random123 1.x, kat_vectors: counter, key -> output (Salmon et al. 2011)
PUBLISHED = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def words(counter, key):
    return tuple(int(word) for word in philox4x32(*map(np.uint64, counter), *map(np.uint64, key)))


@pytest.mark.parametrize(("counter", "key", "output"), PUBLISHED)
def test_philox_reproduces_the_published_vectors(counter, key, output):
    assert words(counter, key) == output


@pytest.mark.parametrize("item", [0, 1, 7, 2**33 + 5, (3 * 8192 + 7 << 32) + 12_345])
def test_layout_of_a_draw_is_the_documented_one(item):
    seed, purpose, week, person = 9, Purpose.TASTE, 155, 123_456
    block = item // 2
    x = words((block & 0xFFFFFFFF, block >> 32, person, week), (seed, purpose))
    high, low = x[:2] if item % 2 == 0 else x[2:]
    expected = ((((high << 32) | low) >> 12) + 0.5) * 2.0**-52
    assert uniform(seed, purpose, week, person, item) == expected
    assert uniform_pair(seed, purpose, week, person, block)[item % 2] == expected


def test_uniforms_stay_inside_the_open_interval():
    largest = (((2**64 - 1) >> 12) + 0.5) * 2.0**-52
    assert largest < 1.0
    assert 0.5 * 2.0**-52 > 0.0


@pytest.mark.parametrize("varied", ["seed", "purpose", "week", "person", "item"])
def test_draws_are_uniform_and_uncorrelated_along_every_key(varied):
    n = 100_000
    fixed = {"seed": 1, "purpose": 30, "week": 3, "person": 77, "item": 5}
    u = np.array([uniform(*(fixed | {varied: k}).values()) for k in range(n)])
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    for lag in (1, 2, 8):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 5 / math.sqrt(n)


def test_two_purposes_are_independent():
    people = np.arange(100_000)
    first, second = (keyed_uniforms(1, purpose, people) for purpose in (Purpose.NEED, Purpose.SATISFACTION))
    counts, *_ = np.histogram2d(first, second, bins=20)
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4


def test_gumbel_has_its_mean_and_variance():
    g = np.array([gumbel(u) for u in keyed_uniforms(2, Purpose.TASTE, np.arange(200_000))])
    assert g.mean() == pytest.approx(np.euler_gamma, abs=4 * g.std() / math.sqrt(g.size))
    assert g.var() == pytest.approx(math.pi**2 / 6, rel=0.02)


@pytest.mark.parametrize("dissimilarity", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("t", [0.2, 1.0, 5.0])
def test_positive_stable_has_its_laplace_transform(dissimilarity, t):
    people = np.arange(100_000)
    u, v = keyed_uniforms(3, Purpose.NEST, people), keyed_uniforms(3, Purpose.NEST, people, item=1)
    log_s = np.array([log_positive_stable(dissimilarity, *pair) for pair in zip(u, v, strict=True)])
    transform = np.exp(-t * np.exp(log_s))
    error = 4 * transform.std() / math.sqrt(transform.size)
    assert transform.mean() == pytest.approx(math.exp(-(t**dissimilarity)), abs=error)


def test_positive_stable_is_one_for_the_plain_logit():
    assert log_positive_stable(1.0, 0.3, 0.7) == 0.0
