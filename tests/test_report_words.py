"""The words of the decision report: both languages whole, sentences that say what the tables say, and no more."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from sim.fields import ParameterError
from sim.measures import catalogue
from sim.parameters import CHANNELS
from sim.policies import catalogue as policies
from sim.report.sections.appraisal import PARTS
from sim.report.sections.displacement import ENTRY, EVASION
from sim.report.sections.over_time import BESIDE
from sim.report.sections.people import INEQUALITY
from sim.report.sections.summary import CARDS, verdict_key
from sim.report.sentences import Shown, effect, short_effect
from sim.report.tables import BANDS, WATERFALL, YUAN
from sim.report.words import OTHER, Words, strings
from sim.scenario.texts import LANGUAGES
from sim.study import gains
from sim.study.effects import HEADLINE, RULE, effects_table, verdict
from sim.study.pairs import paired

SOURCES = Path(__file__).parents[1] / "sim" / "report"
SENTENCES = strings()["texts"]
USED = {*HEADLINE, *CARDS, *PARTS, *BESIDE, *ENTRY, *EVASION, *INEQUALITY, *(name for name, _ in WATERFALL),
        *(f"share.{channel}" for channel in CHANNELS)}  # fmt: skip
OPTION, BASELINE = "Option A", "Baseline B"
PLAIN_GROUPS = [name for name in strings() if name not in ("texts", "units", "measures")]


def placeholders(text):
    return {name.lower() for name in re.findall(r"{(\w+)}", text)}


# the file of strings --------------------------------------------------------------------------


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_is_there_in_every_language_with_the_same_values(key):
    texts = SENTENCES[key]
    assert set(texts) == set(LANGUAGES)
    assert all(text.strip() for text in texts.values())
    assert len({frozenset(placeholders(text)) for text in texts.values()}) == 1


@pytest.mark.parametrize("group", PLAIN_GROUPS)
def test_a_word_is_there_in_every_language(group):
    assert strings()[group]
    for name, texts in strings()[group].items():
        assert isinstance(name, str)
        assert set(texts) == set(LANGUAGES), name
        assert all(text.strip() for text in texts.values()), name


def test_units_and_measures_are_there_in_every_language():
    for name, unit in strings()["units"].items():
        assert all(set(unit[language]) == {"name", "level", "difference"} for language in LANGUAGES), name
        assert set(unit["short"]) == set(LANGUAGES), name
        assert all(unit[each][form].count("{}") == 1 for each in LANGUAGES for form in ("level", "difference")), name
    for name, entry in strings()["measures"].items():
        assert set(entry) == {"unit", *LANGUAGES}, name
        assert entry["unit"] in strings()["units"], name


def test_every_sentence_that_the_code_asks_for_is_there_and_no_other():
    asked = set()
    for path in SOURCES.rglob("*"):
        if path.suffix in (".py", ".j2"):
            asked |= set(re.findall(r"(?:words|self|w)\(\s*f?\"([a-z_0-9]+)\"", path.read_text(encoding="utf-8")))
            asked |= set(re.findall(r"(?:words|self|w)\('([a-z_0-9]+)'", path.read_text(encoding="utf-8")))
    texts = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    unknown = asked - set(SENTENCES)
    unused = {key for key in SENTENCES if key not in asked and f'"{key}"' not in texts}
    made = {"title_", "lies_", "sobol_", "morris_", "switching_", "too_few_"}  # keys that are put together
    assert not unknown
    assert not {key for key in unused if not any(key.startswith(each) for each in made)}


def test_every_name_that_results_use_has_its_word():
    english = Words("en")
    groups = [group for of_way in gains.GROUPS.values() for group in of_way]
    for group, names in {
        "policies": policies(), "groups": groups, "bands": BANDS, "receivers": YUAN, "channels": CHANNELS,
        "tags": ("measured", "theory", "assumption", "design"),
    }.items():  # fmt: skip
        assert set(names) <= set(strings()[group]), group
    for name in USED:
        assert Words("zh").measure(name) != name
        assert english.unit(name).name != strings()["units"][OTHER]["en"]["name"], name
    assert set(BANDS) == set(gains.BANDS)


def test_every_measure_of_the_report_is_one_of_the_market():
    assert set(catalogue()) and {each.name for each in catalogue()} >= USED


def test_units_of_the_report_are_those_of_the_catalogue():
    scales = {"share": 100, "probability": 100, "share/week": 100}
    for measure in catalogue():
        if measure.name in USED:
            assert Words("en").unit(measure.name).scale == scales.get(measure.unit, 1), measure.name


def test_every_verdict_has_its_word():
    found = {
        verdict(measure, paired(values, base), p_adjusted=adjusted)
        for measure in ("welfare", "price.resale", "share.resale")
        for values, base in (
            (np.arange(8.0) + 9, np.arange(8.0)), (np.arange(8.0) - 9, np.arange(8.0)),
            (np.arange(8.0) % 3, np.arange(8.0)[::-1] % 3), (np.arange(8.0), np.arange(8.0)), ([np.nan], [1.0]),
        )
        for adjusted in (0.001, 0.5)
    }  # fmt: skip
    assert len(found) == 11
    assert found == set(strings()["verdicts"])


def test_the_rule_of_the_words_is_that_of_the_study():
    said = SENTENCES["verdict_rule"]["en"]
    for number in re.findall(r"[\d.]+ %|\b\d+ pairs", RULE):
        assert number in said


def test_an_unknown_language_is_refused_in_one_line():
    with pytest.raises(ParameterError, match=r"report\.language='fr': allowed are en, zh"):
        Words("fr")


# sentences on effects -------------------------------------------------------------------------


def row_of(ours, theirs, measure="welfare"):
    """Return the row of effects of a measure with such values by seed."""
    import pandas as pd

    runs = pd.DataFrame(
        {"scenario": ["b"] * len(theirs) + ["a"] * len(ours), "seed": [*range(len(theirs)), *range(len(ours))],
         measure: [*theirs, *ours]}
    )  # fmt: skip
    return effects_table(runs, ["b", "a"], [measure]).to_dict("records")[0]


BASE = [100.0, 101.5, 99.0, 100.2, 98.7, 100.9, 101.1, 99.6]
CASES = {
    "gain": [each + 5 + 0.1 * n for n, each in enumerate(BASE)],
    "loss": [each - 5 - 0.1 * n for n, each in enumerate(BASE)],
    "unknown": BASE[::-1],
    "same": BASE,
    "missing": [math.nan] * 8,
    "partly": [each + 5 if n else math.nan for n, each in enumerate(BASE)],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("measure", ["welfare", "price.resale", "share.resale", "trust.resale", "n_shops"])
def test_a_sentence_names_both_scenarios_and_tells_no_difference_without_n_and_interval(language, case, measure):
    words, row = Words(language), row_of(CASES[case], BASE, measure)
    for say in (effect, short_effect):
        said = say(words, row, OPTION, BASELINE)
        assert OPTION in said
        assert BASELINE in said
        assert words.measure(measure).casefold() in said.casefold()
        if case == "missing":
            assert not re.search(r"[-+]\d", said)
        else:
            assert f"n = {int(row['n'])}" in said
        if case in ("gain", "loss", "unknown", "partly"):
            assert Shown(words, row).interval() in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", ["gain", "loss", "unknown", "partly"])
@pytest.mark.parametrize("measure", ["welfare", "trust.resale", "n_shops"])
def test_numbers_in_words_are_the_texts_of_the_tables(language, case, measure):
    words, row = Words(language), row_of(CASES[case], BASE, measure)
    shown, said = Shown(words, row), effect(words, row, OPTION, BASELINE)
    size = shown.plain_difference().lstrip("+-")
    for text in (size, shown.interval(), shown.plain_level(), shown.plain_level("mean_baseline")):
        assert text in said
    scale = words.unit(measure).scale
    told = {float(each) for each in re.findall(r"(?<![\w.])[-+]?\d+(?:\.\d+)?", said.replace("95", ""))}
    known = [
        row["mean"],
        row["mean_baseline"],
        row["difference"],
        abs(row["difference"]),
        row["ci_low"],
        row["ci_high"],
    ]
    tolerance = 0.5000001 * 10.0**-shown.decimals
    for each in told - {float(row["n"])}:
        assert any(abs(each - scale * number) <= tolerance for number in known), (each, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_turning_the_sign_turns_the_words(language):
    words = Words(language)
    up, down = row_of(CASES["gain"], BASE), row_of(BASE, CASES["gain"])
    higher, lower = effect(words, up, OPTION, BASELINE), effect(words, down, OPTION, BASELINE)
    more, less = {"en": ("higher", "lower"), "zh": ("高", "低")}[language]
    assert more in higher and less not in higher
    assert less in lower and more not in lower
    assert words.of("verdicts", "clear gain") in higher
    assert words.of("verdicts", "clear loss") in lower
    assert Shown(words, up).size() == Shown(words, down).size()


def test_rounding_follows_the_interval():
    words = Words("en")
    wide = row_of([each + 40 * (-1) ** n + 30 for n, each in enumerate(BASE)], BASE)
    narrow = row_of([each + 30 + 0.001 * n for n, each in enumerate(BASE)], BASE)
    assert "." not in Shown(words, wide).plain_difference()
    assert len(Shown(words, narrow).plain_difference().partition(".")[2]) >= 4
    for row in (wide, narrow):
        digits = {len(each.partition(".")[2]) for each in re.findall(r"[-+][\d.]+", Shown(words, row).interval())}
        assert digits == {len(Shown(words, row).plain_difference().partition(".")[2])}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_difference_of_nothing_is_called_so(language):
    words, row = Words(language), row_of(BASE, BASE)
    said = effect(words, row, OPTION, BASELINE)
    assert "0" in said and "n = 8" in said
    assert words.of("verdicts", "no difference") in short_effect(words, row, OPTION, BASELINE)
    assert Shown(words, row).tone == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_pair_has_no_interval_and_states_no_difference(language):
    words, row = Words(language), row_of([105.0], [100.0])
    for said in (effect(words, row, OPTION, BASELINE), short_effect(words, row, OPTION, BASELINE)):
        assert "n = 1" in said
        assert not re.search(r"5\.|105|100", said)
    assert Shown(words, row).difference() == "-"
    assert Shown(words, row).interval() == "-"


@pytest.mark.parametrize(
    ("verdict", "is_base_best", "key"),
    [
        ("clear gain", False, "answer_clear"), ("likely gain", False, "answer_likely"),
        ("cannot tell", False, "answer_unsure"), ("cannot tell", True, "answer_baseline_unsure"),
        ("clear loss", True, "answer_baseline"), ("likely loss", True, "answer_baseline"),
        ("clearly higher", False, "answer_clear"), ("clearly lower", True, "answer_baseline"),
        ("no difference", True, "answer_baseline_unsure"),
    ],
)  # fmt: skip
def test_the_answer_follows_the_word(verdict, is_base_best, key):
    assert verdict_key(verdict, is_base_best=is_base_best) == key


def test_shares_in_words_are_neither_nothing_nor_all_unless_they_are():
    words = Words("en")
    told = [words.percent(each) for each in (0.0, 0.001, 0.5, 0.999, 1.0, math.nan)]
    assert told == ["0 %", "under 1 %", "50 %", "over 99 %", "100 %", "-"]


def test_names_are_used_as_they_are_in_every_sentence():
    names = ["<script>alert(1)</script>", "{measure}", "=1+1", "很长的名字", "a & b"]
    for name, other in itertools.permutations(names, 2):
        said = effect(Words("en"), row_of(CASES["gain"], BASE), name, other)
        assert name in said and other in said
