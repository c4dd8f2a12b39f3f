"""Links of the students' page: a set-up goes in, the same comes out, and nothing else gets in."""

import base64
import dataclasses
import json
import random
import re
import zlib

import pytest
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from sim.explore import setup as setups
from sim.explore.charts import both, charts
from sim.explore.lesson import catalogue
from sim.explore.session import Session
from sim.explore.setup import (
    CHECKS,
    LONGEST,
    MOST_LETTERS,
    REFUSED,
    SHORTEST,
    Setup,
    decode,
    encode,
    first_setup,
    plain,
    to_yaml,
    typed,
)
from sim.explore.side import side
from sim.explore.views import frame, line, panel
from sim.explore.words import controls
from sim.fields import ParameterError
from sim.parameters import Parameters
from sim.scenario import LANGUAGES, available, build_policies, load, shown

UNREADABLE = "the link cannot be read: it begins anew"
SLOW = settings(max_examples=25, deadline=None, derandomize=True)


def link(**content):
    """Return a link with any content."""
    return packed(json.dumps({"v": 1, **content}))


def packed(text):
    """Return a link with any text."""
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(zlib.compress(raw)).decode().rstrip("=")


# what goes in comes out -----------------------------------------------------------------------

STOPS = {
    policy: {field: each["values"] for field, each in entry["fields"].items()}
    for policy, entry in controls()["policies"].items()
}
TOWN_STOPS = {field: each["values"] for of in controls()["town"].values() for field, each in of["fields"].items()}


def optional(fields):
    """Return a strategy for mappings that have some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def phases(draw):
    """Draw the phases of some policies, as the timeline makes them."""
    found = {}
    for name in draw(st.lists(st.sampled_from(sorted(STOPS)), unique=True, max_size=4)):
        weeks = sorted(draw(st.lists(st.integers(0, 200), unique=True, min_size=1, max_size=5)))
        fields = {field: st.sampled_from(values) for field, values in STOPS[name].items()}
        found[name] = [
            typed(name, {"start_week": start} | ({} if end is None else {"end_week": end}) | draw(optional(fields)))
            for start, end in zip(weeks[::2], [*weeks[1::2], None], strict=False)
        ]
    return found


@st.composite
def valid(draw):
    """Draw a set-up that a page may have."""
    weeks = draw(st.integers(SHORTEST, LONGEST))
    town = draw(st.fixed_dictionaries({}, optional={key: st.sampled_from(each) for key, each in TOWN_STOPS.items()}))
    return Setup(
        scenario=draw(st.sampled_from(sorted(available()))),
        seed=draw(st.integers(0, 2**32 - 1)),
        weeks=weeks,
        week=draw(st.integers(0, weeks)),
        town=town,
        policies=draw(phases()),
        both=draw(phases()),
        lesson=draw(st.sampled_from([None, *catalogue()])),
        screen=draw(st.integers(0, 9)),
        answer=draw(st.sampled_from([None, "falls", "rises", "same"])),
        language=draw(st.sampled_from(LANGUAGES)),
    )


@SLOW
@given(valid())
def test_what_is_encoded_is_decoded(setup):
    text = encode(setup)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert decode(text) == (setup, [])
    assert decode(f" #{text}\n") == (setup, [])
    assert encode(decode(text)[0]) == text


def test_a_link_holds_every_field_of_a_set_up():
    assert set(CHECKS) == {each.name for each in dataclasses.fields(Setup)}
    assert len(encode(Setup())) < 30


def test_a_link_of_the_first_version_is_still_read():
    old = '{"v":1,"seed":7,"policies":{"like_ban":[{"start_week":3,"end_week":9,"detection":0.3}]},"lesson":"way_out"}'
    assert decode(packed(old)) == (
        Setup(seed=7, policies={"like_ban": [{"start_week": 3, "end_week": 9, "detection": 0.3}]}, lesson="way_out"),
        [],
    )


# what is no link ------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.text()
    | st.text(alphabet="ABCDEFabcdef0123-_=#", max_size=60)
    | st.binary().map(lambda raw: raw.decode("latin-1"))
)
@example("\ud800")
@example("e" * 100)
@example("=")
def test_no_text_is_too_odd_for_a_link(text):
    setup, notes = decode(text)
    assert setup == Setup()
    assert notes == [UNREADABLE] or not text.strip().lstrip("#")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_no_bytes_are_too_odd_for_a_link(raw):
    for text in (base64.urlsafe_b64encode(raw).decode(), packed(raw)):
        setup, notes = decode(text)
        assert isinstance(setup, Setup)
        assert len(notes) == 1 or not raw


@pytest.mark.parametrize("at", range(0, 60, 7))
def test_a_link_with_a_wrong_letter_is_wrong_or_the_same(at):
    text = encode(Setup(seed=7, policies={"like_ban": [{"start_week": 3}]}))
    for letter in "A_z":
        setup, notes = decode(text[:at] + letter + text[at + 1 :])
        assert notes or setup == decode(text)[0]


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_half_a_link_is_none(cut):
    text = encode(Setup(seed=7, policies={"like_ban": [{"start_week": 3}]}))
    assert decode(text[:-cut]) == (Setup(), [UNREADABLE])


def test_a_link_is_not_blown_up():
    bomb = packed(b'{"v":1,"seed":' + b" " * 50_000_000 + b"7}")
    assert len(bomb) > MOST_LETTERS
    smaller = packed(b'{"v":1,"seed":' + b" " * 11 * MOST_LETTERS + b"7}")
    assert len(smaller) < MOST_LETTERS
    padded = packed(b'{"v":1,"seed":7}' + b" " * 11 * MOST_LETTERS)
    for text in (bomb, smaller, padded, "A" * 10_000_000):
        assert decode(text) == (Setup(), [UNREADABLE])
    assert decode(packed(b'{"v":1,"seed":' + b" " * MOST_LETTERS + b"7}")) == (Setup(seed=7), [])


@pytest.mark.parametrize(
    "text", ["[]", "7", "null", '"x"', "{", "", '{"v":' + "1" * 5000 + "}", "[" * 100_000, '{"a":' * 30_000]
)
def test_content_that_is_no_mapping_is_no_link(text):
    assert decode(packed(text)) == (Setup(), [UNREADABLE])


@pytest.mark.parametrize("version", [0, 2, "1", None, [], {}])
def test_another_version_is_told(version):
    setup, (note,) = decode(link(v=version, seed=7))
    assert setup == Setup()
    assert "another version" in note


# wrong fields ---------------------------------------------------------------------------------

RIGHT = {"seed": 7, "weeks": 80, "week": 33, "town": {"trust.gain_bad": 0.2},
    "policies": {"like_ban": [{"start_week": 3}]},
         "both": {"stance": [{"start_week": 2}]}, "lesson": "way_out", "screen": 2, "answer": "falls", "language": "zh",
         "scenario": "two_tiers"}  # fmt: skip
HUGE = 10**400
WRONG = {
    "scenario": ["no_such", "", None, 3, ["classroom"], "../classroom", {}],
    "seed": [-1, 2**32, 1.5, "7", True, None, HUGE, [7]],
    "weeks": [25, 313, 0, -1, 80.0, "80", None, HUGE],
    "week": [81, -1, 3.5, "3", None, HUGE, True],
    "town": [
        3, [], "x", {"no.such": 1}, {"policies.like_ban.detection": 1}, {"weeks": 30}, {"seed": 3}, {"trust": 1},
        {"trust.gain_bad": 7}, {"trust.gain_bad": "x"}, {"trust.gain_bad": None}, {"trust.gain_bad": [0.2]},
        {"population.n_people": 10_000_000}, {"population.n_people": 199}, {"population.n_people": 601},
        {"population": {"n_people": 601}}, {"population.n_people": HUGE}, {"network.path": "/etc/passwd"},
        {"network.kind": "file"},
        {"network": {"kind": "file", "path": "/etc/passwd"}}, {"network.seed": 3}, {"scandals": [{"week": 3}]},
        {"shops.pricing": "x"},
        {"network": {"path": None}}, {"": 1}, {".": 1}, {"trust.": 1}, {".gain_bad": 1},
    ],
    "policies": [
        3, [], "like_ban", {"no_such": [{}]}, {"like_ban": [{"detection": 2}]}, {"like_ban": [{"detection": HUGE}]},
        {"like_ban": 3},
        {"like_ban": [{"start_week": 3, "end_week": 3}]}, {"like_ban": [{"start_week": -1}]}, {"like_ban": [{"no": 1}]},
        {"like_ban": [{"start_week": 0}, {"start_week": 9}]}, {"like_ban": [{"start_week": 0, "end_week": 9},
        {"start_week": 8}]},
        {"like_ban": [[]]}, {"like_ban": "perhaps"}, {"like_ban": ["perhaps"]}, {"like_ban.detection": 0.3},
        {"stance": {"kind": "x"}},
    ],
    "both": [3, {"no_such": [{}]}, {"stance": [{}, {}]}],
    "lesson": ["no_such", 3, [], {}, "../way_out"],
    "screen": [-1, 101, 1.5, "1", None, True],
    "answer": [3, "x" * 21, [], {}],
    "language": ["fr", None, 3, ["en"], "EN"],
}  # fmt: skip
CASES = [(name, value) for name, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES, ids=[f"{name} {str(value)[:50]}" for name, value in CASES])
def test_a_wrong_field_is_left_out_with_a_note_and_the_others_hold(name, value):
    setup, notes = decode(link(**{**RIGHT, name: value}))
    rest = {key: each for key, each in RIGHT.items() if key != name}
    expected = dataclasses.replace(Setup(), **rest)
    assert len(notes) == 1
    assert notes[0].startswith(f"{name} left out: ")
    assert "\n" not in notes[0]
    assert setup == expected


def test_all_that_is_right_holds():
    assert decode(link(**RIGHT)) == (Setup(**RIGHT), [])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize(
    "where", ['"town":{"trust.gain_bad":%s}', '"seed":%s', '"policies":{"like_ban":[{"detection":%s}]}', '"week":%s']
)
def test_what_is_no_number_is_left_out(number, where):
    setup, notes = decode(packed('{"v":1,"language":"zh",' + where % number + "}"))
    assert setup == Setup(language="zh")
    assert len(notes) == 1 and notes[0].startswith(where[1:5].split('"')[0])


def test_several_wrong_fields_are_several_notes():
    setup, notes = decode(link(seed=-1, week=-1, lesson="x", nonsense=3, language="zh"))
    assert setup == Setup(language="zh")
    assert [note.partition(" left out")[0] for note in notes] == ["seed", "week", "lesson", "'nonsense'"]


@pytest.mark.parametrize("key", REFUSED)
def test_files_and_graphs_of_this_machine_cannot_be_asked_for(key, tmp_path):
    (tmp_path / "edges.csv").write_text("a,b\n0,1\n")
    for value in (str(tmp_path / "edges.csv"), "file", None, 3):
        setup, notes = decode(link(town={key: value}, seed=7))
        assert setup == Setup(seed=7)
        assert f"{key}={shown(value)}: a page cannot set it" in notes[0]


def test_a_week_after_the_end_of_a_shorter_film_is_left_out():
    assert decode(link(weeks=30, week=31))[0] == Setup(weeks=30)
    assert decode(link(weeks=30, week=30)) == (Setup(weeks=30, week=30), [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 400) | st.floats() | st.text(max_size=6) | st.sampled_from(["like_ban",
    "on", "off", "network.path"]),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(
        st.sampled_from(["like_ban", "stance", "start_week", "end_week", "schedule", "kind", "trust", "network",
        "path", "gain_bad", "a.b", "", "."]) | st.text(max_size=3),
        each, max_size=3,
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from([*CHECKS, "v2"]), JSON, max_size=4))
@example({"town": {"network": {"path": "x"}}})
def test_whatever_a_link_holds_the_set_up_can_be_built(content):
    setup, notes = decode(packed(json.dumps({"v": 1, **content})))
    assert setup.parameters(is_yours=True).population.n_people == setup.parameters(is_yours=False).population.n_people
    assert 200 <= setup.parameters(is_yours=True).population.n_people <= 600
    assert setup.parameters(is_yours=True).network == Setup().parameters(is_yours=True).network
    usual = Setup()
    for name in content:
        assert name in CHECKS or any("left out" in note for note in notes)
        if name in CHECKS and content[name] != getattr(usual, name) and getattr(setup, name) == getattr(usual, name):
            assert notes or not content[name]


def drawn(setup):
    """Open a link and draw what depends on it."""
    session = Session(Setup(weeks=26))
    session.act({"do": "open", "link": encode(setup)})
    series = both(session)
    shown = [
        frame(session),
        line(session),
        charts(session, series),
        side(session, series),
        panel(session),
        session.link,
    ]
    return json.dumps([*shown, session.notes], ensure_ascii=False, allow_nan=False).encode()


@settings(max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate])
@given(valid())
def test_whatever_is_encoded_can_be_drawn(setup):
    weeks = min(setup.weeks, 60)
    assert drawn(dataclasses.replace(setup, weeks=weeks, week=min(setup.week, 2)))


TEXT_FOR_NUMBER = {
    "start": {"policies": {"like_ban": [{"start_week": "3"}]}},
    "end": {"policies": {"like_ban": [{"start_week": 3, "end_week": "9"}]}},
    "field": {"policies": {"like_ban": [{"start_week": 0, "detection": "0.3"}]}},
    "surrogate in the answer": {"answer": "\ud800"},
    "surrogate in a key": {"town": {"\ud800": 1}},
}


@pytest.mark.parametrize("case", TEXT_FOR_NUMBER)
def test_whatever_decode_accepts_can_be_drawn(case):
    setup, notes = decode(link(**TEXT_FOR_NUMBER[case]))
    assert drawn(setup)
    assert json.dumps(notes, ensure_ascii=False).encode()


def test_a_key_of_many_dots_is_left_out():
    setup, notes = decode(link(town={"a." * 3000 + "a": 1}, seed=7))
    assert setup == Setup(seed=7)
    assert notes


@pytest.mark.parametrize("depth", [100, 400])
def test_depth_is_left_out(depth):
    for name, head in (("town", '{"a":'), ("policies", '{"like_ban":'), ("seed", "[")):
        text = head * depth + "1" + ("]" if head == "[" else "}") * depth
        setup, notes = decode(packed(f'{{"v":1,"language":"zh","{name}":{text}}}'))
        assert setup == Setup(language="zh")
        assert notes[0].startswith(f"{name} left out")


# from and for the command line ----------------------------------------------------------------


def from_the_page(n):
    """Return a set-up as a lesson or a sandbox has it, drawn from its number."""
    draw = random.Random(n)
    names = draw.sample(sorted(STOPS), 3)
    policies = {
        name: [
            {"start_week": 3, "end_week": 20, **{field: draw.choice(values) for field, values in STOPS[name].items()}},
            {"start_week": 30},
        ]
        for name in names
    }
    town = {key: draw.choice(values) for key, values in TOWN_STOPS.items()}
    scenario = draw.choice(["classroom", "history", "way_out"])
    return Setup(
        scenario=scenario, seed=n, weeks=60, town=town, policies=policies, both={"sales_fee": [{"start_week": 0}]}
    )


def exported(setup, folder):
    """Write a set-up as a scenario into a folder and return it as the command line reads it."""
    (folder / "scenario").mkdir(exist_ok=True)
    (folder / "scenario" / "my_town.yaml").write_text(to_yaml(setup), encoding="utf-8")
    return load("my_town", config_dirs=[folder])


@pytest.mark.parametrize("n", range(6))
def test_an_exported_scenario_is_your_world(n, tmp_path):
    setup = from_the_page(n)
    scenario = exported(setup, tmp_path)
    assert scenario.parameters == setup.parameters(is_yours=True)
    assert scenario.parameters != setup.parameters(is_yours=False)
    assert set(scenario.wording["label"]) == set(LANGUAGES)
    assert f"seed={n} weeks=60 replications=1" in to_yaml(setup)


@pytest.mark.parametrize("name", sorted(available()))
def test_every_scenario_can_be_exported(name, tmp_path):
    setup = first_setup(name)
    assert exported(setup, tmp_path).parameters == setup.parameters(is_yours=True)
    assert setup.parameters(is_yours=True).policies == load(name).parameters.policies
    assert decode(encode(setup)) == (setup, [])


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_lesson_can_be_exported_and_linked(name, tmp_path):
    setup = catalogue()[name].setup
    assert exported(setup, tmp_path).parameters == setup.parameters(is_yours=True)
    assert decode(encode(setup)) == (setup, [])


def test_a_schedule_is_kept(tmp_path):
    phase = {"start_week": 2, "schedule": [[3, 0.5], [9, 1.0]]}
    setup = Setup(policies={"like_ban": [phase]})
    (policy,) = exported(setup, tmp_path).parameters.policies
    assert policy.schedule == ((3, 0.5), (9, 1.0))
    assert decode(encode(setup)) == (setup, [])


def test_an_exported_scenario_runs_as_it_says(tmp_path, capfd):
    from sim.cli import main

    setup = from_the_page(1)
    exported(setup, tmp_path)
    said = re.search(r"weishang (run .*)", to_yaml(setup)).group(1).replace("FOLDER", str(tmp_path))
    line_of = [*said.replace("weeks=60", "weeks=2").split(), "workers=1", f"output={tmp_path / 'out'}"]
    assert main(line_of) == 0
    assert yaml.safe_load(to_yaml(setup))["population"]["n_people"] == 350


def test_a_server_begins_as_the_command_line_says():
    setup = first_setup(
        "two_tiers", seed=4, weeks=52, town={"trust": {"gain_bad": 0.2}}, policies={"like_ban": {"detection": 0.4}}
    )
    assert (setup.seed, setup.weeks, setup.town) == (4, 52, {"trust.gain_bad": 0.2})
    assert setup.policies["like_ban"] == [{"start_week": 0, "detection": 0.4}]
    assert "tier_limit" in setup.policies
    for wrong in ({"weeks": 3}, {"town": {"network.path": "x"}}, {"policies": {"no": {}}}, {"scenario": "no_such"}):
        with pytest.raises(ParameterError, match=r"^[^\n]*$"):
            first_setup(**wrong)


def test_your_world_has_the_policies_of_both_and_your_own():
    setup = Setup(
        both={"stance": [{"start_week": 1}]}, policies={"like_ban": [{"start_week": 3}]}, scenario="two_tiers"
    )
    yours, twin = setup.parameters(is_yours=True), setup.parameters(is_yours=False)
    assert [each.name() for each in yours.policies] == ["like_ban", "stance"]
    assert [each.name() for each in twin.policies] == ["stance"]
    assert isinstance(yours, Parameters)


def test_plain_phases_are_copies_without_what_is_empty():
    given_phases = {"like_ban": [{"start_week": 3}], "stance": []}
    made = plain(given_phases)
    made["like_ban"][0]["start_week"] = 9
    assert given_phases["like_ban"] == [{"start_week": 3}]
    assert "stance" not in made
    assert build_policies(made)


def test_own_scenarios_can_be_named_in_links(tmp_path, monkeypatch):
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "ours.yaml").write_text("label: ours\ntrust: {gain_bad: 0.31}\n", encoding="utf-8")
    assert decode(link(scenario="ours"))[1]
    monkeypatch.setattr(setups, "config_dirs", [str(tmp_path)])
    setup, notes = decode(link(scenario="ours"))
    assert notes == []
    assert setup.parameters(is_yours=True).trust.gain_bad == 0.31
    assert setup.parameters(is_yours=False).trust.gain_bad == Setup().parameters(is_yours=True).trust.gain_bad


BIG = {
    "people": "population: {n_people: 5000}\n",
    "wrong": "trust: {gain_bad: 7}\n",
}


@pytest.mark.parametrize("case", BIG)
def test_a_scenario_that_no_page_can_draw_is_left_out(case, tmp_path, monkeypatch):
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "ours.yaml").write_text(BIG[case], encoding="utf-8")
    monkeypatch.setattr(setups, "config_dirs", [str(tmp_path)])
    setup, notes = decode(link(scenario="ours", seed=7))
    assert notes
    assert setup == Setup(seed=7)
