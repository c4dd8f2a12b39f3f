"""The tables that figures and sections show, computed from what was read; each a plain DataFrame."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.parameters import CHANNELS
from sim.report.material import Option
from sim.scenario import declared_at, flattened
from sim.study.effects import direction
from sim.study.pairs import Paired, paired
from sim.study.statistics import estimate

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.5, 0.8, 0.95)
"""Confidence of the bands of a fan."""

MOST_STEPS = 80
"""Points in time that a fan shows at most; weeks are put together to as many."""

RESAMPLES = 4000
QUARTER = 13
"""Weeks of a quarter of a year."""

WATERFALL = (
    ("consumer_surplus", 1), ("producer_surplus.resale", 1), ("producer_surplus.direct", 1),
    ("producer_surplus.bazaar", 1), ("producer_surplus.mall", 1), ("platform_surplus", 1), ("state_revenue", 1),
    ("loss.spam", -1),
)  # fmt: skip
"""What welfare is the sum of, and with which sign."""

YUAN = ("brands", "counterfeiters", "tier_1", "tier_2", "tier_3", "tier_4", "platform", "state", "outside")
"""Where a yuan of a resale purchase goes; tier_4 stands for it and all deeper ones."""

UNSAID = ("rule", "list", "kind", "mode", "levels", "tiers", "ln 1", "ratio", "share", "yes or no", "")
"""Units that say nothing beside a value."""

BANDS = ("lose_much", "lose_little", "same", "gain_little", "gain_much")


# which option is best ---------------------------------------------------------------------------


def by_seed(runs: "pd.DataFrame", measure: str, names: Sequence[str]) -> "pd.DataFrame":
    """Return a measure with a row a seed and a column an option; seeds without a value somewhere are left out."""
    wide = runs.pivot(index="seed", columns="scenario", values=measure)
    return wide.reindex(columns=list(names)).dropna()


def ranking(runs: "pd.DataFrame", criterion: str, names: Sequence[str]) -> "pd.DataFrame":
    """Return one row an option, best first: option, mean, rank, share_best, p_best, worst, n.

    The criterion counts by its agreed direction, upwards if there is none. share_best: share of seeds in which no
    option is better (ties count for each). p_best: share of bootstrap resamples of the seeds (all options together,
    as they are paired) in which the option has the best mean, ties shared; nan for fewer than three seeds.
    worst: smallest difference from the first option over seeds, in the direction that is better.
    """
    import pandas as pd

    values = by_seed(runs, criterion, names)
    gains = (direction(criterion) or 1) * values.to_numpy(np.float64)
    n = len(gains)
    order = np.argsort(-gains.mean(axis=0), kind="stable") if n else np.arange(len(names))
    best = gains.max(axis=1, keepdims=True) if n else gains
    chances = chance_of_best(gains) if n >= 3 else np.full(len(names), math.nan)
    rows = [
        {
            "option": names[i], "rank": place + 1, "mean": float(values.iloc[:, i].mean()),
            "share_best": float((gains[:, [i]] >= best).mean()) if n else math.nan, "p_best": float(chances[i]),
            "worst": float((gains[:, i] - gains[:, 0]).min()) if n else math.nan, "n": n,
        }
        for place, i in enumerate(order)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def chance_of_best(gains: NDArray[np.float64], resamples: int = RESAMPLES) -> NDArray[np.float64]:
    """Return for each option the share of bootstrap resamples of the rows in which its mean is best.

    gains: more is better, shape (n_seeds, n_options). The same gains give the same shares.
    Source: Efron & Tibshirani 1993, ch. 6 (bootstrap of whole rows).
    """
    luck = np.random.default_rng(1)
    n, n_options = gains.shape
    counts = luck.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
    means = np.empty((resamples, n_options))
    for option in range(n_options):  # the same order of sums for all, so that equal columns tie
        means[:, option] = counts @ np.ascontiguousarray(gains[:, option])
    is_best = means >= means.max(axis=1, keepdims=True)
    shares: NDArray[np.float64] = (is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


# over time --------------------------------------------------------------------------------------


def by_week(weekly: "pd.DataFrame", measure: str, option: str, baseline: str) -> "pd.DataFrame":
    """Return the paired difference in a measure with a row a week and a column a seed."""
    ours, theirs = (
        weekly[weekly["scenario"] == name].pivot(index="week", columns="seed", values=measure)
        for name in (option, baseline)
    )
    return ours - theirs


def fan(weekly: "pd.DataFrame", measure: str, option: str, baseline: str) -> "pd.DataFrame":
    """Return the mean paired difference over time with its intervals: a row a step of one or more weeks.

    Columns: week (the first of the step), date, difference, low_50, high_50, low_80, high_80, low_95, high_95, n.
    Intervals: Student t of the mean over seeds; nan with one pair.
    """
    import pandas as pd

    differences = by_week(weekly, measure, option, baseline)
    step = max(1, math.ceil(len(differences) / MOST_STEPS))
    dates = weekly.drop_duplicates("week").set_index("week")["date"]
    rows = []
    for first in range(0, len(differences), step):
        d = differences.iloc[first : first + step].mean(axis=0).to_numpy(np.float64)
        row: dict[str, Any] = {"week": first, "date": dates.loc[first]}
        for level in LEVELS:
            found = estimate(d, level)
            row |= {"difference": found.mean, f"low_{level:.0%}"[:-1]: found.low, f"high_{level:.0%}"[:-1]: found.high}
        rows.append(row | {"n": found.n})
    return pd.DataFrame(rows)


def drift(weekly: "pd.DataFrame", measure: str, option: str, baseline: str) -> Paired | None:
    """Return how far the paired difference moved lately: mean of the last 13 weeks less that of the 13 before.

    None for runs of fewer than 26 weeks, and with fewer than two seeds.
    """
    differences = by_week(weekly, measure, option, baseline)
    if len(differences) < 2 * QUARTER or differences.shape[1] < 2:
        return None
    last, before = differences[-QUARTER:].mean(), differences[-2 * QUARTER : -QUARTER].mean()
    found = paired(last, before)
    return found if found.n > 1 else None


# money ------------------------------------------------------------------------------------------


def waterfall(effects: Mapping[tuple[str, str], Mapping[str, Any]], option: str) -> "pd.DataFrame":
    """Return what the difference in welfare is made of, yuan per person and year: measure, difference, low, high, n.

    The last row is welfare; `rest` of it is welfare less the sum of the rows above: zero but for rounding.
    """
    import pandas as pd

    rows = []
    for measure, sign in (*WATERFALL, ("welfare", 1)):
        found = effects[option, measure]
        bounds = sorted((sign * found["ci_low"], sign * found["ci_high"]))
        rows.append(
            {"measure": measure, "difference": sign * found["difference"], "low": bounds[0], "high": bounds[1],
             "n": found["n"]}
        )  # fmt: skip
    table = pd.DataFrame(rows)
    return table.assign(rest=[0.0] * (len(table) - 1) + [rows[-1]["difference"] - table["difference"][:-1].sum()])


def yuan_split(runs: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    """Return where each yuan of a resale purchase goes: a row an option and receiver, share as mean over seeds."""
    import pandas as pd

    rows = []
    for name in names:
        own = runs[runs["scenario"] == name]
        for receiver in YUAN:
            columns = [f"resale_yuan.{receiver}"]
            if receiver == "tier_4":
                columns = [f"resale_yuan.tier_{tier}" for tier in range(4, 9)]
            values = own[columns].sum(axis=1, min_count=1)
            rows.append({"option": name, "receiver": receiver, "share": values.mean(), "n": int(values.notna().sum())})
    return pd.DataFrame(rows)


# people -----------------------------------------------------------------------------------------


def bands(people: "pd.DataFrame", option: str, groupings: Sequence[str]) -> "pd.DataFrame":
    """Return who gains and who loses: a row a group, shares of its people in five bands as means over seeds.

    Columns: by, group, n_people (mean), one a band of BANDS, change (yuan per person and year) with low and high over
    seeds, change_consumer, change_shop, n. A seed without anybody in a group does not count for it.
    """
    import pandas as pd

    own = people[(people["scenario"] == option) & people["by"].isin(groupings)]
    rows = []
    for (by, group), part in own.groupby(["by", "group"], sort=False):
        present = part[part["n_people"] > 0]
        shares = present[list(BANDS)].div(present["n_people"], axis=0)
        found = paired(part["change"], np.where(part["change"].isna(), np.nan, 0.0))
        rows.append(
            {
                "by": by, "group": group, "n_people": part["n_people"].mean(), **shares.mean().to_dict(),
                "change": found.difference, "low": found.low, "high": found.high,
                "change_consumer": present["change_consumer"].mean(), "change_shop": present["change_shop"].mean(),
                "n": found.n,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


# what an option is ------------------------------------------------------------------------------


def timeline(options: Sequence[Option], weeks: int) -> "pd.DataFrame":
    """Return every policy of every option with when it acts: option, policy, start_week, end_week, fields."""
    import pandas as pd

    rows = []
    for option in options:
        for name, given in option.parameters.get("policies", {}).items():
            for fields in given if isinstance(given, list) else [given]:
                fields = dict(fields)
                start, end = fields.pop("start_week", 0), fields.pop("end_week", None)
                schedule = fields.pop("schedule", None)
                shown = {key: value for key, value in fields.items() if value is not None}
                shown |= {"schedule": schedule} if schedule else {}
                rows.append(
                    {"option": option.name, "policy": name, "start_week": start, "end_week": min(end or weeks, weeks),
                     "is_open": end is None or end >= weeks,
                     "fields": "; ".join(with_its_unit(name, key, value) for key, value in shown.items())}
                )  # fmt: skip
    return pd.DataFrame(rows, columns=["option", "policy", "start_week", "end_week", "is_open", "fields"])


def with_its_unit(policy: str, field: str, value: Any) -> str:
    """Return a field of a policy with its value and unit, in words as far as there are any.

    >>> with_its_unit("inspection", "fine", 2000.0), with_its_unit("like_ban", "remove_followers", True)
    ('fine 2000 yuan', 'remove_followers yes')
    """
    declared = declared_at(f"policies.{policy}.{field}")
    unit = "" if declared is None or declared.metadata["unit"] in UNSAID else f" {declared.metadata['unit']}"
    if isinstance(value, bool):
        value, unit = ("yes" if value else "no"), ""
    return f"{field} {f'{value:g}' if isinstance(value, float) else value}{unit}"


def departures(options: Sequence[Option]) -> "pd.DataFrame":
    """Return every parameter, but those of policies, in which an option departs from the first: option, key, values."""
    import pandas as pd

    baseline = flattened(dict(options[0].parameters))
    rows = []
    for option in options[1:]:
        own = flattened(dict(option.parameters))
        for key in dict.fromkeys([*baseline, *own]):
            if not key.startswith("policies") and own.get(key) != baseline.get(key):
                rows.append({"option": option.name, "key": key, "baseline": baseline.get(key), "value": own.get(key)})
    return pd.DataFrame(rows, columns=["option", "key", "baseline", "value"])


def displacement(effects: Mapping[tuple[str, str], Mapping[str, Any]], names: Sequence[str]) -> "pd.DataFrame":
    """Return how shares of units move between channels: option, channel, difference, low, high, n."""
    import pandas as pd

    rows = []
    for name in names:
        for channel in CHANNELS:
            found = effects[name, f"share.{channel}"]
            rows.append(
                {"option": name, "channel": channel, "difference": found["difference"], "low": found["ci_low"],
                 "high": found["ci_high"], "n": found["n"]}
            )  # fmt: skip
    return pd.DataFrame(rows)


def spread_over_seeds(runs: "pd.DataFrame", criterion: str, names: Sequence[str]) -> "pd.DataFrame":
    """Return how the paired difference varies from town to town: option, difference, low, high, sd, least, most, n."""
    import pandas as pd

    values = by_seed(runs, criterion, names)
    rows = []
    for name in names[1:]:
        d = (values[name] - values[names[0]]).to_numpy(np.float64)
        found = paired(d, np.zeros(d.size))
        rows.append(
            {"option": name, "difference": found.difference, "low": found.low, "high": found.high,
             "sd": float(d.std(ddof=1)) if d.size > 1 else math.nan, "least": float(d.min()) if d.size else math.nan,
             "most": float(d.max()) if d.size else math.nan, "detectable": found.detectable,
             "share_positive": float((d > 0).mean()) if d.size else math.nan, "n": found.n}
        )  # fmt: skip
    return pd.DataFrame(rows)


def over_worlds(worlds: "pd.DataFrame", criterion: str, names: Sequence[str]) -> "pd.DataFrame":
    """Return how the paired difference varies over plausible worlds: option, median, low_10, high_90, share_positive.

    worlds: runs whose scenarios are named NUMBER.SCENARIO, one world a number; a world's difference is its mean over
    seeds of the option less the first option.
    """
    import pandas as pd

    parts = worlds["scenario"].str.partition(".")
    table = worlds.assign(world=parts[0], option=parts[2])
    means = table.groupby(["world", "option"])[criterion].mean().unstack()
    known = [name for name in names if name in means.columns]
    rows = []
    for name in known[1:]:
        d = (means[name] - means[known[0]]).dropna().to_numpy(np.float64)
        rows.append(
            {"option": name, "median": float(np.median(d)), "low_10": float(np.quantile(d, 0.1)),
             "high_90": float(np.quantile(d, 0.9)), "share_positive": float((d > 0).mean()), "n_worlds": int(d.size)}
        )  # fmt: skip
    return pd.DataFrame(rows)
