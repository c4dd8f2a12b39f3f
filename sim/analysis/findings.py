"""Findings: what a table says, in one sentence. Every number in a sentence is in the table."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sim.analysis.prim import limits_in_words
from sim.analysis.sobol import NO, TOO_FEW, YES, told
from sim.analysis.switching import NONE
from sim.analysis.tornado import HIGH_LESS_LOW, SPREAD
from sim.sweep.factors import DUMMY

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 3
"""Factors that a sentence names."""

MOST_DECIMALS = 12

TURNS = {"up": "from below zero to above", "down": "from above zero to below"}


def number(value: float) -> str:
    """Return a number to three significant digits, whole from 1000 on.

    >>> number(0.12345), number(-12345.6), number(math.nan)
    ('0.123', '-12346', '-')
    """
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def beside(value: float, change: float) -> str:
    """Return a number with the digits of a change of it, if it has not more.

    >>> beside(120.6402, -0.047), beside(0.4999, 3.0), beside(1234.5, 20.0)
    ('120.640', '0.5', '1234')
    """
    if math.isnan(value):
        return "-"
    return f"{value:.{max(decimals(value), decimals(change))}f}"


def decimals(value: float) -> int:
    """Return how many decimals `number` shows.

    >>> decimals(-0.047), decimals(120.6), decimals(1.5e-7), decimals(0.0)
    (3, 0, 8, 0)
    """
    if value == 0 or not math.isfinite(value):
        return 0
    digits, _, exponent = number(value).partition("e")
    return min(MOST_DECIMALS, max(0, len(digits.partition(".")[2]) - int(exponent or 0)))


def interval(row: Mapping[Any, Any], centre: str, low: str, high: str) -> str:
    """Return a number with its interval, a dash for one that there is not."""
    if math.isnan(row[centre]) or math.isnan(row[low]):
        return f"{number(row[centre])} [-]"
    return f"{number(row[centre])} [{number(row[low])}, {number(row[high])}]"


def percent(share: float) -> str:
    """Return a share in per cent.

    >>> percent(0.234), percent(0.004)
    ('23 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if round(abs(share), 12) >= 0.01 or share == 0 else f"{100 * share:.1g} %"


def share(value: float) -> str:
    """Return an estimated share of the whole in per cent, which none to all of it can be.

    >>> share(1.03), share(-0.01), share(0.5)
    ('100 %', '0 %', '50 %')
    """
    return percent(min(1.0, max(0.0, value)))


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
    response, real = rows["response"].iloc[0], rows[rows["factor"] != DUMMY].to_dict("records")
    by_word = {word: [row for row in real if told(row) == word] for word in (YES, NO, TOO_FEW)}
    unsure = by_word[TOO_FEW][:MOST_NAMED]
    if not by_word[YES]:
        if not unsure:
            return f"Nothing is told from noise in {response}: no factor moves it, or more points or seeds are needed."
        first = unsure[0]
        return (
            f"Too few points to tell which share of the variance of {response} is whose: that of {first['factor']} "
            f"comes out as {interval(first, 'st', 'st_low', 'st_high')}, alone {number(first['s1'])}."
        )
    first, *others = by_word[YES][:MOST_NAMED]
    said = (
        f"{first['factor']} has a hand in {share(first['st'])} [{share(first['st_low'])}, {share(first['st_high'])}] "
        f"of the variance of {response} ({share(first['s1'])} alone)"
    )
    if others:
        said += "; " + listed([f"{each['factor']} in {share(each['st'])}" for each in others])
    n_more = len(by_word[YES]) - 1 - len(others)
    said += f"; {n_more} more above the noise" if n_more else ""
    if unsure:
        more = len(by_word[TOO_FEW]) - len(unsure)
        names = [*(str(each["factor"]) for each in unsure), *([f"{more} more"] if more else [])]
        said += f"; too few points to tell the share of {listed(names)}"
    n_below, luck = len(by_word[NO]), first["luck"]
    said += f"; {n_below} of {len(real)} are not told from noise" if n_below else ""
    if math.isnan(luck):
        return f"{said}."
    return f"{said}; luck that differs from point to point could pass for {share(luck)}."


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
    span = high["y"] - low["y"]
    told = (
        f"Mean {response} goes furthest along {factor}: from {beside(low['y'], span)} ({low['value']}) "
        f"to {beside(high['y'], span)} ({high['value']})"
    )
    if curve[["ci_low", "ci_high"]].isna().all(axis=None):
        return f"{told}; no interval, so this could be luck."
    return f"{told}." if low["ci_high"] < high["ci_low"] else f"{told}, which could be luck."


def swing_in_words(row: Mapping[Any, Any]) -> str:
    """Return how far a factor swings the response, and what that is of where it is not of a number's high end."""
    of = row["swing_of"]
    return f"{number(row['swing'])}{'' if of == HIGH_LESS_LOW else f' ({of})'}"


def tornado_finding(rows: "pd.DataFrame") -> str:
    """Return which factors swing the response most, from the tornado of one measure."""
    response = rows["response"].iloc[0]
    ends = rows[rows["factor"] == rows["factor"].iloc[0]].dropna(subset=["y"])
    if ends["swing_of"].iloc[0] == SPREAD:  # in the order of the values
        ends = ends.loc[sorted([ends["y"].idxmin(), ends["y"].idxmax()])]
    low, high = ends.iloc[0], ends.iloc[-1]
    told = f"{low['factor']} swings {response} by {number(low['swing'])}"
    if not math.isnan(low["swing_low"]):
        told += f" [{number(low['swing_low'])}, {number(low['swing_high'])}]"
    if low["swing_of"] != HIGH_LESS_LOW:
        told += f" ({low['swing_of']})"
    first, last = (f"{beside(end['y'], low['swing'])} ({end['value']})" for end in (low, high))
    told += f", from {first} to {last}"
    others = rows.drop_duplicates("factor").iloc[1:MOST_NAMED].to_dict("records")
    then = listed([f"{each['factor']} by {swing_in_words(each)}" for each in others])
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


def prim_finding(box: "pd.DataFrame", case: str, share: float, n_points: int, n_seeds: int) -> str:
    """Return where the cases lie; box: as from `prim_box`, one with no row says that none was found; case: in words."""
    seeds = "this one seed" if n_seeds == 1 else f"these {n_seeds} seeds"
    told = f"For {seeds}, in {percent(share)} of {counted(n_points, 'point')} {case}"
    if box.empty:
        return f"{told}; no box in the factors holds more of them than could be luck."
    facts = box.iloc[0]
    told += (
        f"; of those with {limits_in_words(box)} it is {percent(facts['density'])} "
        f"(which covers {percent(facts['coverage'])} of all such points)"
    )
    if math.isnan(facts["held_out_density"]):
        return f"{told}; on half of the points no box is found, so take it with care."
    held_out = percent(facts["held_out_density"])
    return f"{told}; boxes found on half of the points hold {held_out} in the other half of the points (same seeds)."


FEW_SEEDS = 10
"""Fewer seeds than these say little of luck: which option is best is then said of these towns."""


def on_seeds(n_seeds: int) -> str:
    """Return on how many seeds a table of regret rests.

    >>> on_seeds(2), on_seeds(10)
    ('the same 2 seeds in each, so this knows of parameters, not of luck', 'mean of 10 seeds')
    """
    if n_seeds >= FEW_SEEDS:
        return f"mean of {n_seeds} seeds"
    return f"the same {counted(n_seeds, 'seed')} in each, so this knows of parameters, not of luck".replace(" 1 ", " ")


def regret_finding(table: "pd.DataFrame", criterion: str) -> str:
    """Return which option has the smallest largest regret, and which is best most often."""
    first = table.iloc[0]
    where = f"in {counted(int(first['n_worlds']), 'world')} ({on_seeds(int(first['n_seeds']))})"
    if table["max_regret"].max() == 0:
        return f"By {criterion}, no difference between {listed([str(each) for each in table['option']])} {where}."
    told = (
        f"By {criterion}, {first['option']} has the smallest maximum regret, {number(first['max_regret'])}, "
        f"of {len(table)} options {where}"
    )
    best = table.iloc[table["share_best"].argmax()]
    if best["share_best"] > 0:
        same = "it" if best["option"] == first["option"] else str(best["option"])
        told += f"; {same} is best in {percent(best['share_best'])} of them"
        told += f" and ties for it in {percent(best['share_tied'])}" if best["share_tied"] > 0 else ""
    else:
        told += "; none is best alone in any of them"
    equal = [f"; no difference between {listed(group)}" for group in equal_options(table)]
    return f"{told}{''.join(equal)}."


def equal_options(table: "pd.DataFrame") -> list[list[str]]:
    """Return groups of options that are equal in every world, from the table of regrets."""
    groups: list[list[str]] = []
    for row in table[table["same_as"] != ""].to_dict("records"):
        pair = [str(row["option"]), str(row["same_as"])]
        group = next((each for each in groups if set(pair) & set(each)), None)
        if group is None:
            groups.append(pair)
        else:
            group += [name for name in pair if name not in group]
    return groups


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
