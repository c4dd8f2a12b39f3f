"""How often the intervals of `sim.study.pairs` cover the mean: the figures of docs/statistics.md (about two minutes).

python benchmarks/interval_coverage.py [runs.parquet of a comparison with many pairs]
"""

import sys

import numpy as np
from scipy import stats

from sim.study.compare import BATCH
from sim.study.effects import HEADLINE
from sim.study.pairs import interval

STUDIES = 5_000
SEQUENTIAL = 1_500


def two_lognormals(rng, size):
    """Return differences of skewed measures, correlated in a pair."""
    luck, noise = rng.normal(size=(2, *size))
    return np.exp(0.2 + 0.8 * luck + 0.6 * noise) - np.exp(luck)


LAWS = {
    "normal": (lambda rng, size: rng.normal(size=size), 0.0),
    "Student, 5 degrees": (lambda rng, size: rng.standard_t(5, size=size), 0.0),
    "lognormal, sigma .5": (lambda rng, size: np.exp(0.5 * rng.normal(size=size)), np.exp(0.125)),
    "exponential": (lambda rng, size: rng.exponential(size=size), 1.0),
    "lognormal, sigma 1": (lambda rng, size: np.exp(rng.normal(size=size)), np.exp(0.5)),
    "two lognormals, rho .8": (two_lognormals, np.exp(0.7) - np.exp(0.5)),
    "counts 3 less counts 2": (lambda rng, size: 1.0 * rng.poisson(3, size) - rng.poisson(2, size), 1.0),
    "counts of .5": (lambda rng, size: 1.0 * rng.poisson(0.5, size), 0.5),
    "one pair in ten moves": (lambda rng, size: 1.0 * (rng.random(size) < 0.1), 0.1),
}


def students(row):
    """Return the Student t interval."""
    half_width = stats.t.ppf(0.975, row.size - 1) * row.std(ddof=1) / row.size**0.5
    return row.mean() - half_width, row.mean() + half_width


def bootstrap(row):
    """Return the BCa interval."""
    return stats.bootstrap((row,), np.mean, n_resamples=999, method="BCa", rng=1).confidence_interval


def coverage(method, studies, mean):
    """Return the share of studies whose interval covers the mean, in per cent."""
    bounds = np.array([method(row)[:2] for row in studies])
    return 100 * np.mean((bounds[:, 0] <= mean) & (mean <= bounds[:, 1]))


def sequential(draw, mean, half_width, rng, checks):
    """Return coverage and mean number of pairs if pairs are added until narrow at so many checks running."""
    covered, pairs = [], []
    for row in draw(rng, (SEQUENTIAL, 200)):
        in_a_row = 0
        for n in range(BATCH, 201, BATCH):
            low, high, _ = interval(row[:n])
            in_a_row = in_a_row + 1 if (high - low) / 2 <= half_width else 0
            if in_a_row == checks:
                break
        covered.append(low <= mean <= high)
        pairs.append(n)
    return 100 * np.mean(covered), np.mean(pairs)


def main():
    """Print the tables."""
    rng = np.random.default_rng(2014)
    print("fixed number of pairs: ours / Student t / BCa bootstrap, %")
    for name, (draw, mean) in LAWS.items():
        for n in (5, 10, 20):
            studies = draw(rng, (STUDIES, n))
            varying = studies[:300][studies[:300].std(axis=1) > 0]
            found = (
                coverage(interval, studies, mean),
                coverage(students, studies, mean),
                coverage(bootstrap, varying, mean),
            )
            print(f"{name:24} n {n:3}  " + " / ".join(f"{each:5.1f}" for each in found), flush=True)
    print("pairs added until narrow: two checks running / the first check, % (mean pairs)")
    for name in ("normal", "lognormal, sigma .5", "exponential"):
        draw, mean = LAWS[name]
        spread = draw(np.random.default_rng(1), (100_000,)).std()
        for needed in (14, 35, 60):
            found = [sequential(draw, mean, 1.96 * spread / needed**0.5, rng, checks) for checks in (2, 1)]
            print(f"{name:24} needs {needed:3}  " + " / ".join(f"{c:.1f} ({n:.0f})" for c, n in found), flush=True)
    if len(sys.argv) > 1:
        from_worlds(sys.argv[1], rng)


def from_worlds(path, rng):
    """Print the coverage where differences are drawn from those of real comparisons."""
    import pandas as pd

    runs = pd.read_parquet(path)
    baseline, *others = runs["scenario"].unique()
    by_scenario = {name: runs[runs["scenario"] == name].set_index("seed") for name in (baseline, *others)}
    print("differences of simulated worlds: ours / Student t, % (mean and least over scenarios and measures)")
    for n in (5, 10, 20):
        found = []
        for name in others:
            for measure in HEADLINE:
                d = (by_scenario[name][measure] - by_scenario[baseline][measure]).dropna().to_numpy()
                studies = rng.choice(d, (1_500, n))
                found.append([coverage(method, studies, d.mean()) for method in (interval, students)])
        means, least = np.mean(found, axis=0), np.min(found, axis=0)
        print(f"n {n:3}  {means[0]:.1f} ({least[0]:.1f}) / {means[1]:.1f} ({least[1]:.1f})", flush=True)


if __name__ == "__main__":
    main()
