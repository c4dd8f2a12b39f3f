"""Findings: what a table says, in one sentence. Every number in a sentence is in the table."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sim.analysis.cases import Case
from sim.analysis.prim import limits_in_words
from sim.analysis.switching import NONE
from sim.sweep.factors import DUMMY

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 3
"""Factors that a sentence names."""

TURNS = {"up": "from below zero to above", "down": "from above zero to below"}


def number(value: float) -> str:
    """Return a number to three significant digits, whole from 1000 on.

    >>> number(0.12345), number(-12345.6), number(math.nan)
    ('0.123', '-12346', '-')
    """
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def interval(row: Mapping[Any, Any], centre: str, low: str, high: str) -> str:
    """Return a number with its interval, without one where there is none."""
    if math.isnan(row[low]):
        return number(row[centre])
    return f"{number(row[centre])} [{number(row[low])}, {number(row[high])}]"


def percent(share: float) -> str:
    """Return a share in per cent.

    >>> percent(0.234), percent(0.004)
    ('23 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if round(abs(share), 12) >= 0.01 or share == 0 else f"{100 * share:.1g} %"


def listed(names: list[str]) -> str:
    """Return names as a list in words.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def counted(n: int, noun: str) -> str:
    """Return a number of things.

    >>> counted(1, "block"), counted(2, "block")
    ('1 block', '2 blocks')
    """
    return f"{n} {noun}{'s' * (n != 1)}"


def sobol_finding(rows: "pd.DataFrame") -> str:
    """Return which factors explain the variance of the response, from the Sobol indices of one measure."""
    response, real = rows["response"].iloc[0], rows[rows["factor"] != DUMMY]
    above = real[real["above_noise"]]
    if above.empty:
        return f"Nothing is told from noise in {response}: no factor moves it, or more points or seeds are needed."
    first, *others = above.head(MOST_NAMED).to_dict("records")
    interval = f"[{percent(first['st_low'])}, {percent(first['st_high'])}]"
    told = (
        f"{first['factor']} has a hand in {percent(first['st'])} {interval} of the variance of {response} "
        f"({percent(first['s1'])} alone)"
    )
    if others:
        told += "; " + listed([f"{each['factor']} in {percent(each['st'])}" for each in others])
    n_more, n_below = len(above) - 1 - len(others), len(real) - len(above)
    told += f"; {n_more} more above the noise" if n_more else ""
    return f"{told}; {n_below} of {len(real)} are not told from noise." if n_below else f"{told}."


def morris_finding(rows: "pd.DataFrame") -> str:
    """Return which factors move the response most, from the Morris measures of one measure."""
    response, real = rows["response"].iloc[0], rows[rows["factor"] != DUMMY]
    first, *others = real.head(MOST_NAMED).to_dict("records")
    if first["mu_star"] == 0:
        return f"No factor moves {response}."
    told = (
        f"{first['factor']} moves {response} most: by {number(first['mu_star'])} "
        f"[{number(first['mu_star_low'])}, {number(first['mu_star_high'])}] over its range"
    )
    if others:
        told += ", then " + listed([f"{each['factor']} by {number(each['mu_star'])}" for each in others])
    bent = [str(each) for each in real["factor"][real["sigma"] > real["mu_star"]]][:MOST_NAMED]
    return f"{told}; bent, or depending on others: {listed(bent)}." if bent else f"{told}."


def dependence_finding(rows: "pd.DataFrame") -> str:
    """Return along which factor the mean response moves most, from the dependence of one measure."""
    response = rows["response"].iloc[0]
    means = rows.dropna(subset=["y"]).groupby("factor", sort=False)["y"]
    factor = str((means.max() - means.min()).idxmax())
    curve = rows[rows["factor"] == factor].dropna(subset=["y"])
    low, high = (curve.iloc[place] for place in (curve["y"].argmin(), curve["y"].argmax()))
    told = (
        f"Mean {response} goes furthest along {factor}: from {number(low['y'])} ({low['value']}) "
        f"to {number(high['y'])} ({high['value']})"
    )
    return f"{told}." if low["ci_high"] < high["ci_low"] else f"{told}, which could be luck."


def tornado_finding(rows: "pd.DataFrame") -> str:
    """Return which factors swing the response most, from the tornado of one measure."""
    response = rows["response"].iloc[0]
    ends = rows[rows["factor"] == rows["factor"].iloc[0]]
    if ends["end"].iloc[0] == "choice":
        ends = ends.sort_values("y", kind="stable")
    low, high = ends.iloc[0], ends.iloc[-1]
    told = (
        f"{low['factor']} swings {response} by {number(low['swing'])} "
        f"[{number(low['swing_low'])}, {number(low['swing_high'])}], from {number(low['y'])} ({low['value']}) "
        f"to {number(high['y'])} ({high['value']})"
    )
    others = rows.drop_duplicates("factor").iloc[1:MOST_NAMED].to_dict("records")
    then = listed([f"{each['factor']} by {number(each['swing'])}" for each in others])
    return f"{told}; then {then}." if then else f"{told}."


def switching_finding(rows: "pd.DataFrame") -> str:
    """Return where the difference changes its sign for certain, and how many changes could be luck."""
    response, found = rows["response"].iloc[0], rows[rows["said"] != NONE]
    certain = found[found["is_certain"]].to_dict("records")
    n_unsure = len(found) - len(certain)
    n_factors = found.loc[~found["is_certain"], "factor"].nunique()
    unsure = f"{counted(n_unsure, 'change')} of sign along {counted(n_factors, 'factor')} could be luck"
    if not certain:
        told = f"No factor alone is seen to change the sign of mean {response} within its range"
        return f"{told}; {unsure}." if n_unsure else f"{told}."
    places = [
        f"at {each['factor']} = {number(each['switches_at'])} ({TURNS[each['turn']]})"
        if each["turn"]
        else f"with {each['factor']} ({each['said']})"
        for each in certain[:MOST_NAMED]
    ]
    places += [f"at {counted(len(certain) - MOST_NAMED, 'further place')}"] if len(certain) > MOST_NAMED else []
    told = f"Mean {response} changes its sign {listed(places)}"
    return f"{told}; {unsure}." if n_unsure else f"{told}."


def prim_finding(box: "pd.DataFrame", case: Case, label: str, against: str | None, share: float, n_points: int) -> str:
    """Return where the cases lie; box: as from `prim_box`, one with no row says that none was found."""
    told = f"In {percent(share)} of {n_points} points {case.words(label, against)}"
    if box.empty:
        return f"{told}; no box in the factors holds more of them than could be luck."
    facts = box.iloc[0]
    told += (
        f"; of those with {limits_in_words(box)} it is {percent(facts['density'])} "
        f"(which covers {percent(facts['coverage'])} of all such points)"
    )
    if math.isnan(facts["held_out_density"]):
        return f"{told}; on half of the points no box is found, so take it with care."
    return f"{told}; boxes found on half of the points hold {percent(facts['held_out_density'])} in the other half."


def regret_finding(table: "pd.DataFrame", criterion: str) -> str:
    """Return which option has the smallest largest regret, and which is best most often."""
    first, n = table.iloc[0], int(table["n_worlds"].iloc[0])
    best = table.iloc[table["share_best"].argmax()]
    told = f"By {criterion}, {first['option']} has the smallest maximum regret, {number(first['max_regret'])}"
    same = "it" if best["option"] == first["option"] else str(best["option"])
    return f"{told}, of {len(table)} options in {n} worlds; {same} is best in {percent(best['share_best'])} of them."


OF_ROWS: dict[str, Callable[["pd.DataFrame"], str]] = {
    "sobol": sobol_finding,
    "morris": morris_finding,
    "tornado": tornado_finding,
    "dependence": dependence_finding,
    "switching": switching_finding,
}
"""Findings that need nothing but the rows of one measure."""


def finding(method: str, rows: "pd.DataFrame") -> Any:
    """Return the sentence of a method's rows of one measure."""
    return OF_ROWS[method](rows)
