"""Labels and descriptions of scenarios in two languages, and where they are kept."""

import json

import pytest

import sim
from sim.cli import main
from sim.fields import ParameterError
from sim.scenario import LANGUAGES, Scenario, available, compose, load
from sim.study import store
from sim.sweep.opening import opened

TWO = "label: {en: Odd, zh: 怪}\ndescription: {en: 'it is: odd', zh: 怪市场}\ntrust: {gain_bad: 0.3}\n"
ODD = {"label": {"en": "Odd", "zh": "怪"}, "description": {"en": "it is: odd", "zh": "怪市场"}}
SMALL = ("population.n_people=200", "weeks=3", "replications=1", "workers=1", "output=out")
WRONG = {
    "number": ("label: 500\n", "label=500: allowed is text"),
    "listed": ("description: [1]\n", "description=[1]: allowed is text"),
    "nothing": ("label:\n", "label=None: allowed is text"),
    "french": ("label: {fr: Limite}\n", "label.fr='Limite': no such language"),
    "switch": ("label: {en: on}\n", "label.en=True: allowed is text"),
    "tongue": ("description: {1: one}\n", "description.1='one': no such language"),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a folder with scenarios of one's own."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "odd one, 怪", TWO)
    return tmp_path


def write(folder, name, text):
    """Write a scenario file."""
    path = folder / "mine" / "scenario" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(available()))
def test_every_built_in_scenario_has_its_words_in_both_languages(name):
    wording = load(name).wording
    for key in ("label", "description"):
        assert tuple(wording[key]) == LANGUAGES
        assert all(wording[key].values())
        assert wording[key]["en"].isascii()
        assert any("\u4e00" <= each <= "\u9fff" for each in wording[key]["zh"])
    assert max(map(len, wording["label"].values())) <= 30


def test_labels_are_unlike_each_other():
    for language in LANGUAGES:
        labels = [load(name).wording["label"][language] for name in available()]
        assert len(set(labels)) == len(labels) == 18


@pytest.mark.parametrize(
    ("text", "label", "description", "wording"),
    [
        ("", "mine", "", {"label": {"en": "mine"}, "description": {}}),
        ("label: L\ndescription: D\n", "L", "D", {"label": {"en": "L"}, "description": {"en": "D"}}),
        ("label: {zh: 标}\ndescription: {zh: 述}\n", "标", "述", {"label": {"zh": "标"}, "description": {"zh": "述"}}),
        (TWO, "Odd", "it is: odd", ODD),
        ("label: {}\ndescription: ''\n", "mine", "", {"label": {"en": "mine"}, "description": {}}),
    ],
)  # fmt: skip
def test_a_text_is_one_or_one_a_language(here, text, label, description, wording):
    write(here, "mine", text)
    loaded = load("mine", config_dirs=["mine"])
    assert (loaded.label, loaded.description, loaded.wording) == (label, description, wording)
    assert available(["mine"])["mine"] == description


@pytest.mark.parametrize("name", WRONG)
def test_wrong_texts_are_one_line_that_names_the_file(here, name, capfd):
    text, says = WRONG[name]
    write(here, name, text)
    with pytest.raises(ParameterError, match=r"^[^\n]*$") as refusal:
        load(name, config_dirs=["mine"])
    assert f"{name}.yaml: {says}" in str(refusal.value)
    assert main(["run", "--config-dir", "mine", f"scenario={name}", *SMALL]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_scenarios_are_listed_by_name_and_english_description(capfd):
    assert main(["list", "scenarios"]) == 0
    out = capfd.readouterr().out
    assert "no shop gains contacts beyond 500" in out
    assert "Friend limit of 500" not in out
    assert out.isascii()


def test_a_comparison_keeps_the_words_outside_of_its_configuration(here, capfd):
    write(here, "odd-怪", TWO)
    line = ["compare", "--config-dir", "mine", "scenarios=[baseline,odd-怪]"]
    assert main([*line, *SMALL]) == 0
    first = manifest_of(here / "out")
    odd = load("odd-怪", config_dirs=["mine"]).wording
    assert first["options"] == {"baseline": load("baseline").wording, "odd-怪": odd}
    assert first["options"]["odd-怪"]["label"] == {"en": "Odd", "zh": "怪"}
    assert "怪市场" not in json.dumps(first["configuration"], ensure_ascii=False)
    write(here, "odd-怪", TWO.replace("Odd", "Strange"))
    assert main([*line, *SMALL]) == 0
    assert "found finished in out" in capfd.readouterr().out
    assert manifest_of(here / "out") == first


def test_scenarios_made_in_python_keep_their_words(here):
    given = {"n_people": 200, "weeks": 3, "replications": 1, "workers": 1, "output": "out"}
    made = compose("a, b", "of my own", {}, {}, {"label": {"zh": "自制"}})
    plain = Scenario("no/words", "", made.parameters, {})
    results = sim.compare(["like_ban", made, plain, load("odd one, 怪", config_dirs=["mine"])], **given)
    assert results.manifest["options"] == {
        "like_ban": load("like_ban").wording,
        "a, b": {"label": {"zh": "自制"}, "description": {"en": "of my own"}},
        "no/words": {"label": {"en": "no/words"}, "description": {}},
        "odd one, 怪": ODD,
    }


def test_a_sweep_keeps_the_words_outside_of_its_configuration(here, capfd):
    write(here, "odd", TWO)
    line = ["sweep", "--config-dir", "mine", "scenario=odd", "policies.like_ban=off,on", "against=baseline", *SMALL]
    assert main(line) == 0
    first = manifest_of(here / "out")
    assert first["options"]["odd"]["label"] == {"en": "Odd", "zh": "怪"}
    assert first["options"]["baseline"] == load("baseline").wording
    assert "description" not in first["configuration"]["options"]["odd"]
    assert opened("out").sweep.name == "odd"
    write(here, "odd", TWO.replace("怪市场", "新"))
    assert main(line) == 0
    assert manifest_of(here / "out") == first


def test_sweeps_of_old_with_a_description_in_their_configuration_can_be_opened(here):
    assert main(["sweep", "policies.like_ban=off,on", *SMALL]) == 0
    manifest = manifest_of(here / "out")
    manifest["configuration"]["options"]["baseline"]["description"] = "the market with no intervention"
    manifest["configuration_hash"] = store.configuration_hash(manifest["configuration"])
    store.write_json(here / "out" / "manifest.json", manifest)
    assert opened("out").is_finished
    manifest["configuration"]["seed"] = 2
    store.write_json(here / "out" / "manifest.json", manifest)
    with pytest.raises(store.StoreError, match="not the points of this sweep"):
        opened("out")
