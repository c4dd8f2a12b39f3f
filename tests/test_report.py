"""The decision report: made from stored files alone, whole, safe, the same again."""

import base64
import dataclasses
import io
import itertools
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli import main
from sim.fields import ParameterError
from sim.report import figures, make_report, tables
from sim.report.blocks import Figure, Table
from sim.report.document import document
from sim.report.material import Material, Option, read_material
from sim.report.options import ReportOptions
from sim.report.sections import chapters, sections
from sim.report.sections.summary import answer_lines, beside_policies, losing_sides
from sim.report.words import Words
from sim.report.workbook import sheet_name, workbook
from sim.scenario.texts import LANGUAGES
from sim.study.effects import effects_table
from sim.study.store import StoreError
from tests.test_report_words import USED

SCENARIOS = ["baseline", "like_ban", "way_out"]
SMALL = {"n_people": 300, "weeks": 20, "replications": 4, "workers": 1}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    return sim.compare(SCENARIOS, **SMALL, output=str(tmp_path_factory.mktemp("report") / "out"))


@pytest.fixture(scope="module")
def material(compared):
    return read_material(compared.folder)


@pytest.fixture(scope="module")
def page(material):
    return document(material)[0]


class Reader(HTMLParser):
    """Collects tags with attributes, and the text outside scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.inside = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br", "input"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def all_blocks(material, kind, language="en"):
    made, _ = sections(material, Words(language))
    return [block for section in made for block in section.blocks if isinstance(block, kind)]


def renamed(material, texts):
    """Return the material with other words for its options."""
    options = tuple(
        dataclasses.replace(each, texts={"label": {"en": text}, "description": {"en": text}})
        for each, text in zip(material.options, texts, strict=True)
    )
    return dataclasses.replace(material, options=options)


# the file -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_comparison_makes_a_whole_page(material, language):
    page, _ = document(dataclasses.replace(material, given=ReportOptions(language=language)))
    reader = Reader(page)
    assert 1_000_000 < len(page.encode()) < 6_000_000
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    _, left_out = sections(material, Words(language))
    assert len(left_out) == 2  # sensitivity and robustness: no sweep was included
    assert sum(each.startswith("section-") for each in ids) == len(chapters()) - len(left_out)
    assert all(line in reader.text for line in left_out)


def test_nothing_of_the_page_lies_elsewhere(page):
    for tag, attributes in Reader(page).tags:
        for name in ("src", "href", "data", "srcset", "action"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)
    assert "url(" not in page[: page.index("</style>")]
    assert "@import" not in page[: page.index("</style>")]


def test_the_same_files_make_the_same_bytes(compared, tmp_path):
    first, second = (make_report(compared.folder, tmp_path / name) for name in ("a.html", "b.html"))
    assert first.read_bytes() == second.read_bytes()
    assert first.with_suffix(".xlsx").read_bytes() == second.with_suffix(".xlsx").read_bytes()


def test_headings_go_down_step_by_step_and_tables_have_scopes(page):
    reader = Reader(page)
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    heads = [attributes for tag, attributes in reader.tags if tag == "th"]
    assert heads
    assert all(each.get("scope") in ("row", "col") for each in heads)
    plots = [attributes for _, attributes in reader.tags if "plot" in attributes.get("class", "").split()]
    assert all(each["role"] == "img" and len(each["aria-label"]) > 30 for each in plots)


def test_what_a_screen_reader_says_of_a_figure_is_its_finding(material, page):
    labels = [attributes.get("aria-label") for _, attributes in Reader(page).tags]
    for figure in all_blocks(material, Figure):
        assert figure.title in labels


def test_every_figure_has_its_csv_with_metadata(material, page):
    links = {
        attributes["download"]: attributes["href"] for tag, attributes in Reader(page).tags if "download" in attributes
    }
    made = all_blocks(material, Figure)
    assert len(made) > 8
    for figure in made:
        content = base64.b64decode(links[f"{figure.name}.csv"].partition("base64,")[2])
        table = pd.read_csv(io.BytesIO(content))
        assert list(table.columns) == list(figure.data.columns)
        assert len(table) == len(figure.data)
        facts = json.loads(base64.b64decode(links[f"{figure.name}.metadata.json"].partition("base64,")[2]))
        assert facts["title"] == figure.title
        assert list(facts["columns"]) == list(figure.data.columns)
        assert all(facts["columns"].values()), figure.name
        assert facts["units"] or figure.name.startswith(("people", "schedule")), figure.name
        assert facts["result_hash"] == material.manifest["result_hash"]


def test_the_workbook_has_every_table_with_numbers_as_numbers(material, page, compared, tmp_path):
    import openpyxl

    links = {
        attributes["download"]: attributes["href"] for tag, attributes in Reader(page).tags if "download" in attributes
    }
    inside = openpyxl.load_workbook(io.BytesIO(base64.b64decode(links["report.xlsx"].partition("base64,")[2])))
    beside = openpyxl.load_workbook(make_report(compared.folder, tmp_path / "r.html").with_suffix(".xlsx"))
    n_tables = len(all_blocks(material, Table))
    assert len(inside.sheetnames) == 1 + n_tables + len(all_blocks(material, Figure))
    assert len(beside.sheetnames) == 1 + n_tables + len(all_blocks(material, Figure))
    rows = list(inside["appraisal"].iter_rows(values_only=True))
    assert rows[0][:3] == ("option", "rank", "mean")
    assert all(isinstance(row[2], float) for row in rows[1:])


# what it says ---------------------------------------------------------------------------------


def test_every_number_of_the_answer_is_in_the_tables(material):
    texts = " ".join(cell for table in all_blocks(material, Table) for row in table.rows for cell in row)
    lines = [line for line in answer_lines(material, Words("en")) if "95 %" in line]
    assert lines
    for line in lines:
        for number in re.findall(r"\[[^]]*\]", line):
            assert number in texts


def test_the_best_option_of_the_answer_is_the_first_of_the_table(material):
    first = next(table for table in all_blocks(material, Table) if table.name == "appraisal").rows[0][0]
    assert first in next(iter(answer_lines(material, Words("en"))))


def test_a_criterion_of_ones_own_decides(material):
    given = dataclasses.replace(material, given=ReportOptions(criterion="share_fakes.resale"))
    table = next(table for table in all_blocks(given, Table) if table.name == "appraisal")
    means = table.data["mean"].to_list()
    assert means == sorted(means)  # fewer is better
    assert "share of fakes" in Reader(document(given)[0]).text


@pytest.mark.parametrize("option", SCENARIOS[1:])
def test_the_waterfall_adds_up(material, option):
    table = tables.waterfall(material.effect_rows, option)
    assert table["difference"][:-1].sum() == pytest.approx(table["difference"].iloc[-1], abs=1e-9)
    assert table["rest"].iloc[-1] == pytest.approx(0, abs=1e-9)


def test_a_yuan_is_split_whole(material):
    whole = tables.yuan_split(material.runs, SCENARIOS).groupby("option")["share"].sum()
    assert whole.to_numpy() == pytest.approx(np.ones(3), abs=1e-9)


def test_movements_between_channels_sum_to_zero(material):
    moved = tables.displacement(material.effect_rows, SCENARIOS[1:])
    assert moved.groupby("option")["difference"].sum().to_numpy() == pytest.approx(np.zeros(2), abs=1e-12)


def test_bands_of_people_are_shares(material):
    table = tables.bands(material.people, "way_out", ("all", "tier", "wealth"))
    known = table[table["n_people"] > 0]
    assert known[list(tables.BANDS)].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(known)))
    for _, rows in known.groupby("by"):
        assert rows["n_people"].sum() == pytest.approx(SMALL["n_people"])


def test_a_fan_is_the_mean_of_paired_differences_and_wider_the_surer(material):
    table = tables.fan(material.weekly, "welfare", "like_ban", "baseline")
    assert len(table) == SMALL["weeks"]
    wide = material.weekly.pivot(index=["scenario", "week"], columns="seed", values="welfare")
    expected = (wide.loc["like_ban"] - wide.loc["baseline"]).mean(axis=1)
    assert table["difference"].to_numpy() == pytest.approx(expected.to_numpy())
    ordered = table[["low_95", "low_80", "low_50", "difference", "high_50", "high_80", "high_95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= -1e-12).all()


def test_chances_of_being_best_are_shared_by_equals():
    luck = np.random.default_rng(0)
    gains = luck.normal(size=(12, 1)) + np.array([0.0, 0.0, -50.0])
    assert tables.chance_of_best(gains) == pytest.approx([0.5, 0.5, 0.0])
    n, resamples = 12, tables.RESAMPLES
    noisy = luck.normal(size=(n, 2))
    first = tables.chance_of_best(noisy)[0]
    draws = np.random.default_rng(5).integers(n, size=(resamples, n))
    means = noisy[draws].mean(axis=1)
    assert first == pytest.approx((means[:, 0] > means[:, 1]).mean(), abs=0.04)


def test_months_of_a_long_run_are_put_together():
    weeks = 200
    rows = [(name, seed, week) for name in "ab" for seed in (1, 2) for week in range(weeks)]
    weekly = pd.DataFrame(rows, columns=["scenario", "seed", "week"])
    weekly["date"] = np.datetime64("2014-01-06") + 7 * weekly["week"].to_numpy().astype("timedelta64[D]")
    weekly["x"] = weekly["week"] * (weekly["scenario"] == "a")
    table = tables.fan(weekly, "x", "a", "b")
    assert len(table) <= tables.MOST_STEPS
    assert table["week"].to_list() == list(range(0, weeks, 3))
    assert table["difference"].iloc[1] == pytest.approx(4.0)  # weeks 3, 4, 5


def weekly_of(values):
    """Return weekly series of two scenarios and four seeds, whose difference is `values` and a little luck."""
    rows = [
        ("ab"[is_option], seed, week, seed + is_option * (value + 0.01 * (seed - 1.5)))
        for is_option in (0, 1) for seed in range(4) for week, value in enumerate(values)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["scenario", "seed", "week", "x"])


def test_a_difference_that_still_moves_at_the_end_is_told():
    still, moving = weekly_of([5.0] * 40), weekly_of(range(40))
    assert tables.drift(still, "x", "b", "a").difference == pytest.approx(0.0, abs=1e-12)
    assert tables.drift(moving, "x", "b", "a").difference == pytest.approx(13.0)
    assert tables.drift(weekly_of([1.0] * 25), "x", "b", "a") is None


def test_the_summary_says_what_it_does_not_cover(material):
    caveat = [line for line in answer_lines(material, Words("en")) if "assumptions" in line]
    assert len(caveat) == 1
    assert "hypothesis" in caveat[0]
    looked = dataclasses.replace(material, patterns=(pd.DataFrame(),))
    told = next(line for line in answer_lines(looked, Words("en")) if "assumptions" in line)
    assert "hypothesis" not in told
    assert "patterns of the real market" in told


def test_what_of_an_option_is_no_policy_is_told(material):
    told = list(beside_policies(material, Words("en")))
    assert len(told) == 1  # the like ban is a policy and nothing else
    assert "brands.n_media 1.0 → 4.0" in told[0] or "brands.n_media 1 → 4" in told[0]
    first, second, third = material.options
    scandal = dict(second.parameters) | {"scandals": [{"week": 7, "venue": "resale_wechat", "cut": 0.2}]}
    eventful = (first, dataclasses.replace(second, parameters=scandal), third)
    told = list(beside_policies(dataclasses.replace(material, options=eventful), Words("en")))
    assert "scandal in week 7" in told[0]


def test_sides_of_the_market_that_lose_are_named_with_their_intervals(material):
    table = tables.waterfall(material.effect_rows, "way_out")[:-1]
    lost = table["measure"][table["high"] < 0]
    words = Words("en")
    told = losing_sides(material, words, "way_out")
    assert len(told) == len(lost)
    assert all(any(words.measure(name) in line for line in told) for name in lost)
    assert all("[" in line for line in told)


# unusual comparisons --------------------------------------------------------------------------


def synthetic(names, n_seeds=6, shift=10.0):
    """Return material of so many options, made of one town's runs with welfare shifted from option to option."""
    from sim.measures import catalogue

    luck = np.random.default_rng(3)
    measures = sorted(USED)
    base = pd.DataFrame(luck.normal(100, 5, (n_seeds, len(measures))), columns=measures)
    runs, weekly = [], []
    for number, name in enumerate(names):
        own = base + number * shift * luck.normal(1, 0.01, (n_seeds, 1))
        identity = pd.DataFrame({"scenario": name, "point": 0, "replication": range(n_seeds), "seed": range(n_seeds)})
        runs.append(pd.concat([identity, own], axis=1))
        for week in range(4):
            date = np.datetime64("2014-01-06") + np.timedelta64(7 * week, "D")
            weekly.append(pd.concat([identity.assign(week=week, date=date), own + week], axis=1))
    whole = pd.concat(runs, ignore_index=True)
    configuration = {"weeks": 4, "verb": "compare", "scenarios": list(names)}
    manifest = {"configuration": configuration, "seeds": list(range(n_seeds)), "n_people": 300}
    dictionary = pd.DataFrame([dataclasses.asdict(each) for each in catalogue()])
    return Material(
        folder=None, verb="compare", manifest=manifest, options=tuple(Option(name, {}, {}) for name in names),
        weekly=pd.concat(weekly, ignore_index=True), runs=whole, effects=effects_table(whole, list(names), measures),
        dictionary=dictionary[["name", "unit", "formula", "source"]],
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_forty_scenarios(language):
    names = [f"scenario_{number}" for number in range(40)]
    given = dataclasses.replace(synthetic(names), given=ReportOptions(language=language))
    assert len(document(given)[0].encode()) < 6_000_000
    appraisal = next(table for table in all_blocks(given, Table, language) if table.name == "appraisal")
    assert len(appraisal.rows) == 40
    assert appraisal.rows[0][0] == "scenario_39"
    drawn = [figure for figure in all_blocks(given, Figure, language) if figure.name.startswith("over-time")]
    assert len(drawn) == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_identical_scenarios(language):
    given = dataclasses.replace(synthetic(["a", "b"], shift=0.0), given=ReportOptions(language=language))
    words = Words(language)
    lines = list(answer_lines(given, words))
    assert lines == [words("answer_same", measure=words.measure("welfare"), baseline="a", n=words("n_pairs", n=6))]
    assert words.of("verdicts", "no difference") in Reader(document(given)[0]).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_replication_states_no_difference(language):
    given = dataclasses.replace(synthetic(["a", "b"], n_seeds=1), given=ReportOptions(language=language))
    words = Words(language)
    reader = Reader(document(given)[0])
    assert words("answer_one_pair", measure=words.measure("welfare"), n=1) in reader.text
    for figure in all_blocks(given, Figure, language):
        assert not re.search(r"[-+]\d", figure.title), figure.title
    for table in all_blocks(given, Table, language):
        if table.name in ("appraisal", "parts", "entry", "evasion", "inequality", "uncertainty-seeds"):
            cells = [cell for row in table.rows[table.name in ("entry", "evasion", "inequality") :] for cell in row[1:]]
            assert not [cell for cell in cells if re.match(r"[-+]\d", cell)], table.name


def test_a_measure_without_a_value_leaves_the_page_whole():
    given = synthetic(["a", "b"])
    runs = given.runs.copy()
    runs.loc[runs["scenario"] == "b", ["trust.resale", "share_fakes.resale", "price.resale"]] = np.nan
    names = [name for name in runs.columns if name not in ("scenario", "point", "replication", "seed")]
    given = dataclasses.replace(given, runs=runs, effects=effects_table(runs, ["a", "b"], names))
    text = Reader(document(given)[0]).text
    assert "no value" in text
    assert "nan" not in text.lower().split()


def test_a_criterion_without_any_value_leaves_the_page_whole():
    given = synthetic(["a", "b"])
    runs = given.runs.assign(welfare=np.nan)
    names = [name for name in runs.columns if name not in ("scenario", "point", "replication", "seed")]
    given = dataclasses.replace(given, runs=runs, effects=effects_table(runs, ["a", "b"], names))
    assert "n = 0 town" in Reader(document(given)[0]).text


@pytest.mark.parametrize("values", [1e300, -1e300, 1e-300])
def test_huge_and_tiny_numbers_leave_the_page_whole(values):
    given = synthetic(["a", "b"])
    runs = given.runs.assign(welfare=given.runs["welfare"] * values)
    names = [name for name in runs.columns if name not in ("scenario", "point", "replication", "seed")]
    with np.errstate(all="ignore"):
        effects = effects_table(runs, ["a", "b"], names)
        page, _ = document(dataclasses.replace(given, runs=runs, effects=effects))
    drawn = [json.loads(each) for each in re.findall(r'class="plot-data">(.*?)</script>', page, re.DOTALL)]
    assert drawn
    assert "Infinity" not in json.dumps(drawn)


# safety ---------------------------------------------------------------------------------------

EVIL = ["<script>alert(1)</script>", '=HYPERLINK("http://x")', '"><img src=x onerror=alert(2)>']


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_shown_and_not_run(material, language):
    given = ReportOptions(title=EVIL[0], question=EVIL[2], language=language)
    evil = dataclasses.replace(renamed(material, EVIL), given=given)
    page, _ = document(evil)
    reader = Reader(page)
    scripts = [attributes for tag, attributes in reader.tags if tag == "script"]
    plain = Reader(document(dataclasses.replace(material, given=ReportOptions(language=language)))[0])
    assert len(scripts) == sum(tag == "script" for tag, _ in plain.tags)
    assert not [
        1 for tag, attributes in reader.tags if tag == "img" or any(name.startswith("on") for name in attributes)
    ]
    assert EVIL[0] in reader.text
    assert "<script>alert" not in page
    assert "onerror=alert(2)>" not in page


def test_cells_that_spreadsheets_would_run_are_defused(material):
    import openpyxl

    names = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)"]
    runs = material.runs.assign(scenario=material.runs["scenario"].map(dict(zip(SCENARIOS, names, strict=True))))
    table = Table("t", "=2+2", ["a"], [], tables.ranking(runs, "welfare", names))
    book = openpyxl.load_workbook(io.BytesIO(workbook([table])))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@"))]
    assert "'=1+1" in cells


def test_names_of_sheets_are_those_that_excel_takes():
    taken = set()
    for name in ["a/b:c*?[d]", "a" * 50, "a" * 50, "A" * 50, "微商"]:
        chosen = sheet_name(name, taken)
        assert 0 < len(chosen) <= 31
        assert not set(chosen) & set("[]:*?/\\")
        assert chosen.lower() not in taken
        taken.add(chosen.lower())


def test_figures_need_no_model():
    code = "import sys, sim.report.figures, sim.report.tables; print({'sim.model', 'numba', 'mesa'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_figures_show_labels_as_they_are(material):
    table = tables.yuan_split(material.runs, SCENARIOS[:1])
    drawn = figures.yuan_split(table, {"baseline": "<b>bold</b> & more"})
    assert "&lt;b&gt;" in json.dumps(drawn.to_plotly_json()["data"], default=str)


# the command and Python -----------------------------------------------------------------------


def test_the_command_rebuilds_the_same_page(compared, tmp_path, capsys):
    copy = shutil.copytree(compared.folder, tmp_path / "copy")
    assert main(["report", str(copy)]) == 0
    assert "report.html" in capsys.readouterr().out
    assert (copy / "report.html").read_bytes() == make_report(compared.folder, tmp_path / "x.html").read_bytes()


def test_the_teams_own_words_are_on_the_page(compared, tmp_path):
    place = tmp_path / "deep" / "page.html"
    line = ["report", str(compared.folder), "report.title='Our title: a=b'", "report.question=Why, and for whom?",
            "report.criterion=trust.resale", "report.language=zh", f"output={place}", "--quiet"]  # fmt: skip
    assert main(line) == 0
    text = Reader(place.read_text(encoding="utf-8")).text
    for words in ("Our title: a=b", "Why, and for whom?", "转售信任"):
        assert words in text
    assert 'lang="zh-Hans"' in place.read_text(encoding="utf-8")


def test_a_result_makes_its_report(compared, tmp_path):
    path = compared.report(tmp_path / "mine.html", language="zh", title="题目")
    assert path == tmp_path / "mine.html"
    assert "题目" in path.read_text(encoding="utf-8")


def test_compare_ends_with_the_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    line = ["compare", "scenarios=[baseline,like_ban]", "population.n_people=200", "weeks=6", "replications=2",
            "workers=1", "output=out"]  # fmt: skip
    assert main([*line, "report.title=First", "report.criterion=price.resale"]) == 0
    assert "report: out/report.html" in capsys.readouterr().out
    first = (tmp_path / "out" / "report.html").read_bytes()
    assert b"First" in first
    assert main(line) == 0  # nothing new: the page stays as it is
    assert (tmp_path / "out" / "report.html").read_bytes() == first
    assert main([*line, "report.title=Second"]) == 0
    assert b"Second" in (tmp_path / "out" / "report.html").read_bytes()
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["configuration"].get("report") is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["report.titel=x"], "nearest|did you mean|allowed are"),
        (["report.language=fr"], "allowed are en, zh"),
        (["report.criterion=welfar"], "no such measure"),
        (["report.include=[nowhere]"], "no such folder"),
        (["report.title=a", "report.title=b"], "given twice"),
        (["output=page.txt"], "name of a page"),
        (["n_people=3"], "no such key"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(compared, words, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(compared.folder), *words]) == 2
    error = capsys.readouterr().err
    assert re.search(told, error)
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_wrong_criterion_is_told_before_anything_is_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "scenarios=[baseline,like_ban]", "report.criterion=nothing"]) == 2
    assert "report.criterion=nothing" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"configuration": {"verb": "run"}}'])
def test_a_folder_of_anything_else_is_told_in_one_line(tmp_path, content, capsys):
    folder = tmp_path / "other"
    folder.mkdir()
    if content is not None:
        (folder / "manifest.json").write_bytes(content)
    assert main(["report", str(folder)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_table_is_told_in_one_line(compared, tmp_path, capsys):
    copy = shutil.copytree(compared.folder, tmp_path / "copy")
    (copy / "runs.parquet").write_bytes(b"PAR1")
    assert main(["report", str(copy)]) == 2
    error = capsys.readouterr().err
    assert "runs.parquet" in error
    assert error.count("\n") == 1


def test_results_without_people_leave_out_the_section(compared):
    given = dataclasses.replace(read_material(compared.folder), people=None)
    _, left_out = sections(given, Words("en"))
    assert any(line.startswith("5 ") for line in left_out)


def test_only_finished_results_make_a_report(tmp_path):
    with pytest.raises(StoreError, match="no such folder"):
        make_report(tmp_path / "none")
    with pytest.raises(ParameterError, match="no such key"):
        make_report(tmp_path, given={"colour": "red"})


# what else may be taken in --------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    pytest.importorskip("SALib")
    folder = tmp_path_factory.mktemp("sweep") / "out"
    line = ["sweep", "design=lhs", "design.n=30", "trust.gain_bad=interval(.05,.3)",
            "policies.friend_limit.limit=interval(20,400)", "against=baseline", "population.n_people=200", "weeks=6",
            "replications=2", "executor=here", f"output={folder}"]  # fmt: skip
    assert main([*line, "--quiet"]) == 0
    assert main(["analyse", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def attributed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attribute") / "out"
    line = ["attribute", "scenario=way_out", "players=[inspection,tier_limit]", "population.n_people=200", "weeks=6",
            "replications=3", f"output={folder}", "--quiet"]  # fmt: skip
    assert main(line) == 0
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sweep_has_its_own_report(swept, language):
    given = read_material(swept, ReportOptions(language=language))
    page, _ = document(given)
    made, left_out = sections(given, Words(language))
    assert [each.name for each in made] == [
        "summary",
        "uncertainty",
        "sensitivity",
        "robustness",
        "evidence",
        "dictionary",
        "reproduce",
    ]
    assert len(left_out) == len(chapters()) - len(made)
    assert "trust.gain_bad" in Reader(page).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_sweeps_and_attributions_are_taken_in(compared, swept, attributed, language):
    given = read_material(compared.folder, ReportOptions(language=language, include=(swept, attributed)))
    made, left_out = sections(given, Words(language))
    assert not left_out
    names = [figure.name for figure in all_blocks(given, Figure, language)]
    assert any(name.startswith("tornado") for name in names)
    assert "shapley-way_out" in names
    assert document(given)[0]
    assert any(str(swept) in str(section.blocks) or swept.name in str(section.blocks) for section in made)


def test_what_adds_nothing_is_refused(compared):
    with pytest.raises(StoreError, match="report.include"):
        read_material(compared.folder, ReportOptions(include=(compared.folder,)))


def test_a_sweep_that_was_not_analysed_says_so(swept, compared, tmp_path):
    copy = shutil.copytree(swept, tmp_path / "copy")
    shutil.rmtree(copy / "analysis")
    with pytest.raises(StoreError, match="weishang analyse"):
        read_material(compared.folder, ReportOptions(include=(copy,)))


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "out"
    line = ["study", "way_out", "replications=2", "worlds=3", "world_people=200", "world_replications=1",
            "population.n_people=200", "weeks=5", f"output={folder}", "--quiet"]  # fmt: skip
    assert main(line) == 0
    return read_material(folder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_has_its_report_with_its_claims(studied, language):
    given = dataclasses.replace(studied, given=ReportOptions(language=language))
    made, _ = sections(given, Words(language))
    assert {"summary", "appraisal", "people", "uncertainty", "robustness"} <= {each.name for each in made}
    claims = next(table for table in all_blocks(given, Table, language) if table.name == "claims-0")
    assert len(claims.rows) == 10
    assert any(table.name.startswith("regret-worlds") for table in all_blocks(given, Table, language))
    assert any(figure.name == "uncertainty-worlds" for figure in all_blocks(given, Figure, language))
    assert "Where is the way out" in Reader(document(given)[0]).text
