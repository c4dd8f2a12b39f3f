"""weishang: an agent-based simulator of micro-business on WeChat and its alternatives.

`market = sim.market(scenario="baseline", seed=1, n_people=5_000)`, `market.run(52)`, `market.weekly`;
`sim.compare(["baseline", "like_ban"], replications=20).effects`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.model import Market
    from sim.scenario import Scenario
    from sim.study.runner import Results

__all__ = ["Market", "__version__", "compare", "market"]


def market(scenario: str = "baseline", *, seed: int = 1, n_people: int | None = None, **given: Any) -> "Market":
    """Return the market of a scenario, in week 0.

    n_people: people in the town (default: the scenario's)
    given: `threads`, and groups of parameters as mappings, e.g. `shops={"initial_share": .1}` or
    `network={"kind": "file", "path": "friends.csv"}`; `network` may be a `Network` too
    Raises ParameterError and NetworkError with one line.
    """
    from sim.model import Market

    return Market(scenario=scenario, seed=seed, n_people=n_people, **given)


def compare(scenarios: "Iterable[str | Scenario]", *, n_people: int | None = None, **given: Any) -> "Results":
    """Return what scenarios change against the first of them, in twin worlds: `.effects`, `.weekly`, `.runs`.

    given: `replications` (an int, or "auto" with `target="measure:halfwidth"`), `seed`, `weeks`, `fork_week` ...
    and groups of parameters as mappings, as for `market`; see `sim.study.compare.compare`.
    """
    from sim.study import compare

    return compare.compare(scenarios, n_people=n_people, **given)


def __getattr__(name: str) -> Any:
    """Return `Market` and `__version__`; what takes time to import is imported when asked for."""
    if name == "Market":
        from sim.model import Market

        return Market
    if name == "__version__":
        from importlib import metadata

        try:
            return metadata.version("weishang")
        except metadata.PackageNotFoundError:  # run from the sources
            return "0+sources"
    raise AttributeError(f"module 'sim' has no attribute {name!r}")
