"""Section 1: what is asked, what the answer is, how sure, who is hurt, and what would change it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.report.blocks import Block, Bullets, Card, Cards, Figure, Heading, Text
from sim.report.figures import forest
from sim.report.material import SHOWN, Material, Option, records
from sim.report.sections.base import (
    Chapter,
    chance,
    declared,
    interval_texts,
    labels_of,
    part_in_words,
    ranked,
    rest_note,
    shown_in_full,
)  # fmt: skip
from sim.report.sentences import Shown, effect
from sim.report.tables import WATERFALL, bands, by_seed, departures, waterfall
from sim.report.words import Words, capital, heads
from sim.study.effects import direction
from sim.study.pairs import paired

CARDS = ("consumer_surplus", "producer_surplus", "producer_surplus.shopkeepers", "share_shops_lost", "trust.resale")
"""Measures of the cards beside the criterion, fixed before any result is seen."""

MOST_SWITCHES = 3


class Summary(Chapter):
    """Two pages for those who have four minutes."""

    number, name = 1, "summary"

    def why_not(self, material: Material, words: Words) -> str:
        """Never."""
        return ""

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield question, answer, options, cards, and what would change the verdict."""
        yield Text(question(material, words), "lead")
        if material.effects is None:
            yield Text(words("sweep_summary"))
        else:
            yield from answer(material, words)
        yield from changes(material, words)
        yield Heading(words("recommendation"))
        yield Text(words("recommendation_open"), "editable")
        if material.effects is not None:
            yield from cards(material, words)


def question(material: Material, words: Words) -> str:
    """Return the question in the team's words, or in ours."""
    if material.given.question:
        return material.given.question
    if material.studies and material.verb == "study":
        return material.studies[0].question
    if material.effects is None:
        return words("question_sweep", scenario=material.sweeps[0].settings["scenario"])
    labels = labels_of(material, words)
    return words(
        "question", options=words.listed([labels[each.name] for each in material.others][:SHOWN]),
        baseline=labels[material.baseline.name], measure=words.measure(material.given.criterion),
    ) if len(material.others) <= SHOWN else words(
        "question_many", n=len(material.others), baseline=labels[material.baseline.name],
        measure=words.measure(material.given.criterion),
    )  # fmt: skip


# the answer -------------------------------------------------------------------------------------


def answer(material: Material, words: Words) -> Iterator[Block]:
    """Yield which option does best, how sure that is, who is hurt, and the options in a line each."""
    yield Heading(words("answer"))
    yield Bullets(list(answer_lines(material, words)), tone="lead")
    criterion = material.given.criterion
    figure = criterion_forest(material, words)
    if figure:
        yield figure
    yield Heading(words("options"))
    options = [material.baseline, *shown_in_full(material)]
    yield Bullets(
        [each.description(words) or words("no_description") for each in options],
        [called(each, material, words) for each in options],
    )
    if rest := rest_note(material, words):
        yield Text(rest, "note")
    for line in beside_policies(material, words):
        yield Text(line, "note")
    yield Text(words("criterion_note", measure=words.measure(criterion), better=better(words, criterion)), "note")


def called(option: Option, material: Material, words: Words) -> str:
    """Return the label of an option, marked if it is the baseline and is not called so."""
    label = option.label(words)
    is_marked = option == material.baseline and label.casefold() != words("baseline_cell").casefold()
    return label + words("is_baseline") if is_marked else label


def better(words: Words, criterion: str) -> str:
    """Return which way of the criterion counts as better."""
    return words({1: "more_is_better", -1: "less_is_better", 0: "more_taken_better"}[direction(criterion)])


def answer_lines(material: Material, words: Words) -> Iterator[str]:
    """Yield the answer in sentences."""
    table, labels, criterion = ranked(material), labels_of(material, words), material.given.criterion
    base, measure = material.baseline.name, words.measure(criterion)
    best = str(table["option"].iloc[0])
    leader = next(name for name in table["option"] if name != base)
    row = material.effect(leader, criterion)
    if row is None or table["n"].iloc[0] < 2:
        yield words("answer_one_pair", measure=measure, n=int(table["n"].iloc[0]))
        return
    if all(str(found["verdict"]) == "no difference" for found in effects_on(material, criterion)):
        yield words("answer_same", measure=measure, baseline=labels[base], n=Shown(words, row).n)
        return
    key = verdict_key(str(row["verdict"]), is_base_best=best == base)
    first = words(key, option=labels[leader], baseline=labels[base], measure=measure)
    yield words("joined", first=first, second=effect(words, row, labels[leader], labels[base]))
    yield from chance_lines(material, words, table)
    yield from hurt_lines(material, words, leader)
    yield caveat(material, words)


def caveat(material: Material, words: Words) -> str:
    """Return what none of these numbers covers: assumptions, and what of them was looked at here."""
    rows = list(declared(material))
    n_assumed = sum(row["tag"] == "assumption" for row in rows)
    looked = [
        words(key)
        for key, found in (
            ("looked_sweep", material.sweeps), ("looked_study", material.studies),
            ("looked_patterns", material.patterns), ("looked_theory", material.benchmarks),
        )
        if found
    ]  # fmt: skip
    told = words("looked_at", what=words.listed(looked)) if looked else words("looked_at_nothing")
    return words("caveat", n=len(rows), assumed=n_assumed, told=told)


def beside_policies(material: Material, words: Words) -> Iterator[str]:
    """Yield what of an option is no policy: events that nobody decides, and parameters that it takes for granted."""
    table, labels = departures(material.options), labels_of(material, words)
    meanings = {row["key"]: row["meaning"] for row in declared(material)}
    for option in shown_in_full(material):
        own = table[table["option"] == option.name]
        events = own["key"].str.startswith("scandals")
        told = {"option": labels[option.name], "baseline": labels[material.baseline.name]}
        if events.any():
            weeks = [str(each["week"]) for each in option.parameters.get("scandals", [])]
            yield words("has_events", **told, weeks=words.listed(weeks))
        if not events.all():
            changed = [in_words(row, meanings, words) for row in records(own[~events])]
            yield words("has_parameters", **told, changed=words.listed(changed))


def in_words(row: Mapping[str, Any], meanings: Mapping[str, str], words: Words) -> str:
    """Return a parameter in which an option departs, with both values; its meaning, which is English, in English."""
    meaning = f" ({meanings[row['key']]})" if words.language == "en" and row["key"] in meanings else ""
    return f"{row['key']} {row['baseline']} → {row['value']}{meaning}"


def effects_on(material: Material, measure: str) -> list[Any]:
    """Return the effects of all options on a measure."""
    return [found for each in material.others if (found := material.effect(each.name, measure))]


def verdict_key(verdict: str, *, is_base_best: bool) -> str:
    """Return which sentence answers, by the word for the leading option and whether the baseline is best on average."""
    if is_base_best:
        return "answer_baseline" if verdict.endswith(("loss", "lower", "higher")) else "answer_baseline_unsure"
    if verdict in ("cannot tell", "no difference", "no value"):
        return "answer_unsure"
    return "answer_clear" if verdict.startswith("clear") else "answer_likely"


def chance_lines(material: Material, words: Words, table: Any) -> Iterator[str]:
    """Yield the probability of being best, and whether the first can be told from the second."""
    labels, criterion = labels_of(material, words), material.given.criterion
    first, second = table["option"].iloc[0], table["option"].iloc[1]
    if table["p_best"].notna().all():
        yield words(
            "answer_chance", option=labels[first], baseline=labels[material.baseline.name], k=len(table),
            p=chance(words, table["p_best"].iloc[0]), n=int(table["n"].iloc[0]),
            share=words.percent(table["share_best"].iloc[0]),
        )  # fmt: skip
    assert material.runs is not None
    values = by_seed(material.runs, criterion, [each.name for each in material.options])
    found = paired(values[first], values[second])
    if found.n > 1 and material.baseline.name not in (first, second):
        row = {
            "measure": criterion, "ci_low": found.low, "ci_high": found.high, "difference": found.difference,
            "mean_baseline": found.mean_baseline, "n": found.n, "verdict": "",
        }  # fmt: skip
        shown = Shown(words, row)
        key = "answer_second" if found.low > 0 or found.high < 0 else "answer_tie"
        yield words(
            key, first=labels[first], second=labels[second], measure=words.measure(criterion), n=shown.n,
            difference=shown.difference(), interval=shown.interval(),
        )  # fmt: skip


def hurt_lines(material: Material, words: Words, option: str) -> Iterator[str]:
    """Yield who is hurt by the leading option: people, the group that loses most, the sides of the market that do."""
    labels = labels_of(material, words)
    told = {"option": labels[option], "baseline": labels[material.baseline.name]}
    if material.people is not None:
        table = bands(material.people, option, ("tier", "wealth", "all"))
        whole = records(table[table["by"] == "all"])
        if whole and not math.isnan(whole[0]["low"]):
            yield words(
                "hurt_all", **told, n=int(whole[0]["n"]), lose=words.percent(whole[0]["lose_much"]),
                gain=words.percent(whole[0]["gain_much"]),
            )  # fmt: skip
        groups = table[(table["by"] != "all") & (table["high"] < 0) & (table["n_people"] >= 1)]
        yield hurt_group(records(groups.sort_values("change")), words, told)
    if sides := losing_sides(material, words, option):
        yield words("hurt_sides", **told, sides=words.listed(sides))


def hurt_group(groups: list[dict[str, Any]], words: Words, told: dict[str, str]) -> str:
    """Return which group by tier or wealth loses most on average, with how many of it gain and lose."""
    if not groups:
        return words("hurt_none", **told)
    worst = groups[0]
    change, bounds = interval_texts(words, worst["change"], worst["low"], worst["high"])
    return words(
        "hurt_most", **told, group=words.of("groups", worst["group"]), difference=change, interval=bounds,
        people=heads(worst["n_people"]), n=words("n_pairs", n=int(worst["n"])),
        lose=words.percent(worst["lose_much"]), gain=words.percent(worst["gain_much"]),
    )  # fmt: skip


def losing_sides(material: Material, words: Words, option: str) -> list[str]:
    """Return the parts of welfare that are told to fall, the largest loss first, each with its interval."""
    if any((option, part) not in material.effect_rows for part, _ in WATERFALL):
        return []
    table = waterfall(material.effect_rows, option)[:-1]
    lost = table[table["high"] < 0].sort_values("difference", kind="stable")
    return [part_in_words(words, row) for row in records(lost)]


def criterion_forest(material: Material, words: Words) -> Figure | None:
    """Return every option's difference in the criterion, best first."""
    import pandas as pd

    labels, criterion = labels_of(material, words), material.given.criterion
    order = [name for name in ranked(material)["option"] if name != material.baseline.name]
    rows = [material.effect(name, criterion) for name in order]
    known = [row for row in rows if row is not None and Shown(words, row).has_interval]
    if not known:
        return None
    scale = words.unit(criterion).scale
    table = pd.DataFrame(
        {
            "label": [labels[row["scenario"]] for row in known], "value": [row["difference"] for row in known],
            "low": [row["ci_low"] for row in known], "high": [row["ci_high"] for row in known],
            "n": [row["n"] for row in known], "verdict": [row["verdict"] for row in known],
        }
    )  # fmt: skip
    title = forest_title(known, material, words)
    axis = words("difference_axis", measure=words.measure(criterion), unit=words.unit(criterion).name,
                 baseline=labels[material.baseline.name])  # fmt: skip
    drawn = forest(table, axis, scale=scale, letters=22)
    return Figure("criterion", title, drawn, table, words("reading_forest"), (criterion,), least_width=340)


def forest_title(rows: Sequence[Mapping[str, Any]], material: Material, words: Words) -> str:
    """Return how many options lie above and below the baseline, and how far the best is from it."""
    labels, first = labels_of(material, words), Shown(words, rows[0])
    return words(
        "forest_title", measure=words.measure(first.measure), best=labels[rows[0]["scenario"]],
        where=words(where_key(rows[0]["difference"], direction(first.measure) or 1)), difference=first.difference(),
        interval=first.interval(), above=sum(row["ci_low"] > 0 for row in rows), n=first.n, k=len(rows),
        below=sum(row["ci_high"] < 0 for row in rows), baseline=labels[material.baseline.name],
    )  # fmt: skip


def where_key(difference: float, better: int) -> str:
    """Return how the best option lies to the baseline.

    >>> where_key(2.0, 1), where_key(-2.0, 1), where_key(-2.0, -1), where_key(2.0, -1)
    ('lies_best_above', 'lies_least_below', 'lies_best_below', 'lies_least_above')
    """
    return f"lies_{'best' if difference * better >= 0 else 'least'}_{'above' if difference >= 0 else 'below'}"


# what would change it ---------------------------------------------------------------------------


def changes(material: Material, words: Words) -> Iterator[Block]:
    """Yield what would change the verdict: the first switching values of the sweeps, or that none was included."""
    from sim.report.sections.sensitivity import no_switching, spread_of_sweep, switching_lines

    yield Heading(words("would_change"))
    if not material.sweeps:
        yield Text(words("sentence", text=capital(words("no_sweep"))))
        return
    lines = [line for sweep in material.sweeps for line in switching_lines(sweep, material, words)][:MOST_SWITCHES]
    spreads = [spread_of_sweep(sweep, material, words) for sweep in material.sweeps]
    yield Bullets(
        [*filter(None, spreads), *(lines or [no_switching(each, material, words) for each in material.sweeps])]
    )


# cards ------------------------------------------------------------------------------------------


def cards(material: Material, words: Words) -> Iterator[Block]:
    """Yield the cards of every option, the best first."""
    n_pairs = len(material.manifest["seeds"])
    yield Heading(words("cards"))
    yield Text(words("cards_n", n=words("n_pairs" if n_pairs != 1 else "n_pair", n=n_pairs)), "note")
    order = list(ranked(material)["option"])
    for option in sorted(shown_in_full(material), key=lambda each: order.index(each.name)):
        yield cards_of(option, material, words)


def cards_of(option: Option, material: Material, words: Words) -> Cards:
    """Return the cards of one option: the criterion and five more; n is told on a card where pairs are missing."""
    made, n_pairs = [], len(material.manifest["seeds"])
    for measure in dict.fromkeys((material.given.criterion, *CARDS)):
        row = material.effect(option.name, measure)
        if row is not None:
            shown = Shown(words, row)
            told = shown.interval() if row["n"] == n_pairs else f"{shown.interval()}, {shown.n}"
            unit, name = words.unit(measure).short, words.heading(measure)
            made.append(Card(name, unit, shown.plain_difference(), told, shown.verdict, shown.tone))
    return Cards(words("against", option=option.label(words), baseline=material.baseline.label(words)), made)
