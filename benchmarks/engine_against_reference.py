"""Time a week of the market against the plain reference model, in one run.

    .venv/bin/python benchmarks/engine_against_reference.py [people] [weeks]

Both simulate the same town (same friends, same luck, same purchases). Printed are the median
seconds a week of each and their ratio, and how the engine's week grows with the town.
"""

import sys
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from sim.model import Market
from sim.parameters import Parameters, Population
from tests.reference import ReferenceMarket


def seconds_a_week(market, weeks):
    """Return the median over `weeks` steps."""
    times = []
    for _ in range(weeks):
        start = perf_counter()
        market.step()
        times.append(perf_counter() - start)
    return median(times)


def main(n_people=10_000, weeks=5):
    """Print the comparison and the engine's cost a person-week by size of the town."""
    Market(parameters=Parameters(population=Population(n_people=200))).run(2)  # compile
    parameters = Parameters(population=Population(n_people=n_people))
    market = Market(parameters=parameters, seed=1)
    friends = [market.network.friends(person).tolist() for person in range(n_people)]
    engine = seconds_a_week(market, 20 * weeks)
    plain = seconds_a_week(ReferenceMarket(parameters, seed=1, friends=friends), weeks)
    print(f"{n_people} people: a week takes {engine * 1e3:.2f} ms, the reference {plain * 1e3:.0f} ms")
    print(f"ratio {plain / engine:.0f}")
    for size in (2_000, 20_000, 200_000):
        start = perf_counter()
        market = Market(parameters=Parameters(population=Population(n_people=size)), seed=1)
        set_up = perf_counter() - start
        week = seconds_a_week(market, 30)
        print(f"{size:>8} people: set-up {set_up:.2f} s, {week / size * 1e9:.0f} ns a person-week")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
