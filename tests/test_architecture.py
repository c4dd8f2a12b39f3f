"""The house: who may import whom, how long things are, what every parameter and test must say."""

import ast
import dataclasses
import graphlib
import re
from pathlib import Path

import pytest

from sim import parameters, scenario

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "sim").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

ROOMS = [
    "compiled", "discovery", "fields", "parameters", "rules", "policies", "randomness", "network", "friendships",
    "edge_list", "population", "ledger", "counts", "beliefs", "slots", "chain", "opening", "orders", "week", "pricing",
    "mechanisms", "measures", "model", "scenario", "study", "sweep", "calibration", "analysis", "report",
    "explore", "theory", "bench", "cli",
]  # fmt: skip
"""From the ground up: a file imports only from rooms before its own."""

ALONE = {"mechanisms", "policies", "pricing", "measures"}
"""Rooms whose files do not import each other, but for `base`."""

ONLY = {"policies": {"discovery", "fields", "parameters", "rules"}}
"""Rooms that know nothing but these."""

NEVER = {("report", "model"): "reports are made from stored tables"}
"""What the order of rooms would allow, and why it is forbidden."""

KEPT_TO = {
    "mesa": {"model", "explore"},
    "hydra": {"cli"},
    "omegaconf": {"cli"},
    "numba": {"compiled"},
    "solara": {"explore"},
    "plotly": {"report", "explore"},
    "jinja2": {"report"},
    "SALib": {"sweep", "analysis"},
    "ema_workbench": {"analysis"},
    "distributed": {"sweep"},
}
"""Libraries that only some rooms may know."""

LATER = {("model", "scenario"), ("study", "report")}
"""Rooms asked for inside a function: `Market(scenario="baseline")` reads a scenario, `Results.report()` makes pages."""


def inside(path):
    """Return where in `sim` a file lies, e.g. `mechanisms/trade.py`."""
    return path.relative_to(ROOT / "sim").as_posix()


def room_of(place):
    """Return the room of a place in `sim`; the package itself is the street outside."""
    return place.split("/")[0].removesuffix(".py")


def module_of(place):
    """Return the module at a place in `sim`."""
    return f"sim/{place}".removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(place, text):
    """Yield (line, module) of every import of a file, also inside functions, with every name imported from `sim`."""
    around = f"sim/{place}".split("/")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = around[: len(around) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield node.lineno, module
            if module == "sim" or module.startswith("sim."):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def order_faults(place, text):
    """Return what a file of `sim` imports from rooms that it may not know, and why not."""
    room, faults = room_of(place), {}
    for line, module in imports(place, text):
        top, other, *rest = [*module.split("."), ""]
        if room == "__init__" or top != "sim" or other not in ROOMS or (room, other) in LATER:
            continue
        if ROOMS.index(other) > ROOMS.index(room):
            why = f"{other} comes after {room} in the order of rooms"
        elif other == room and room in ALONE and rest[0] not in ("", "base") and not place.endswith("__init__.py"):
            why = f"files of {room} do not import each other"
        elif other != room and other not in ONLY.get(room, ROOMS):
            why = f"{room} may know only {', '.join(sorted(ONLY[room]))}"
        elif (room, other) in NEVER:
            why = NEVER[room, other]
        else:
            continue
        faults.setdefault((line, why), f"sim/{place}:{line}: imports {module}, but {why}")
    return list(faults.values())


def library_faults(place, text):
    """Return what a file of `sim` imports from libraries that are kept to other rooms."""
    return [
        f"sim/{place}:{line}: imports {module}, but {library} is kept to {', '.join(sorted(rooms))}"
        for line, module in imports(place, text)
        for library, rooms in KEPT_TO.items()
        if module.split(".")[0] == library and room_of(place) not in rooms
    ]


def said(faults):
    """Return faults as a failing test shows them, one a line."""
    return "\n".join(["", *faults])


def functions(path):
    """Yield every function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_file_has_its_room():
    homeless = {room_of(inside(path)) for path in SOURCES} - set(ROOMS) - {"__init__"}
    assert not homeless, f"no place in the order of rooms: {sorted(homeless)}"


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_imports_go_up_only(path):
    faults = order_faults(inside(path), path.read_text(encoding="utf-8"))
    assert not faults, said(faults)


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_libraries_stay_in_their_rooms(path):
    faults = library_faults(inside(path), path.read_text(encoding="utf-8"))
    assert not faults, said(faults)


def test_nobody_imports_in_circles():
    known = {module_of(inside(path)): path for path in SOURCES}
    graph = {
        module: {
            other
            for _, other in imports(inside(path), path.read_text(encoding="utf-8"))
            if other in known and (room_of(inside(path)), room_of(inside(known[other]))) not in LATER
        }
        for module, path in known.items()
        if module != "sim"
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("compiled.py", "from sim import parameters"),
        ("rules.py", "from sim.population import People"),
        ("rules.py", "from .population import People"),
        ("ledger.py", "import sim.mechanisms.trade"),
        ("mechanisms/trade.py", "from sim.mechanisms.demand import consume"),
        ("mechanisms/trade.py", "from sim.mechanisms import demand"),
        ("mechanisms/trade.py", "from . import demand"),
        ("policies/friend_limit.py", "from sim.network import Network"),
        ("policies/friend_limit.py", "from sim.policies.like_ban import LikeBan"),
        ("measures/prices.py", "def late():\n    from sim.model import Market"),
        ("report/figures.py", "if TYPE_CHECKING:\n    from sim.model import Market"),
        ("study/runner.py", "import sim.cli"),
    ],
)
def test_a_wrong_import_is_noticed(place, text):
    assert order_faults(place, text)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("ledger.py", "import numba"),
        ("measures/prices.py", "from mesa import Agent"),
        ("study/runner.py", "import hydra.core"),
        ("scenario/files.py", "from omegaconf import OmegaConf"),
        ("model.py", "def late():\n    import plotly.graph_objects as go"),
    ],
)
def test_a_library_out_of_its_room_is_noticed(place, text):
    assert library_faults(place, text)


def test_what_rooms_need_is_allowed():
    policy = "from sim.parameters import field\nfrom sim.policies.base import Policy\nfrom sim.rules import Rules"
    assert order_faults("policies/friend_limit.py", policy) == []
    assert (
        order_faults("policies/__init__.py", "from sim.policies import base\nfrom sim.discovery import discover") == []
    )
    assert order_faults("cli/run.py", "from sim import __version__, scenario\nfrom sim.cli.layout import heading") == []
    assert library_faults("explore/views.py", "import solara\nfrom mesa.visualization import SolaraViz") == []


def test_files_are_short():
    lengths = {inside(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    faults = [f"sim/{place} has {n} lines; 400 are allowed" for place, n in lengths.items() if n > 400]
    assert not faults, said(faults)


def test_nine_functions_in_ten_are_short():
    lengths = {
        f"sim/{inside(path)}:{node.lineno}: {node.name}": node.end_lineno - node.lineno + 1
        for path in SOURCES
        for node in functions(path)
    }
    long = {where: n for where, n in lengths.items() if n >= 35}
    faults = [f"{where} has {n} lines" for where, n in sorted(long.items(), key=lambda item: -item[1])]
    assert len(long) <= 0.1 * len(lengths), said([f"{len(long)} of {len(lengths)} have 35 lines or more:", *faults])


def test_no_room_for_odds_and_ends():
    vague = {"utils", "util", "helpers", "helper", "core", "manager", "common", "misc"}
    faults = [
        f"sim/{inside(path)}: say what is in it" for path in SOURCES if vague & set(module_of(inside(path)).split("."))
    ]
    assert not faults, said(faults)


def claims(function):
    """Return whether a test claims anything."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            last = name.rsplit(".", 1)[-1]
            if name in ("pytest.raises", "pytest.fail", "compare") or last.startswith("assert_"):
                return True
    return False


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_test_asserts_something(path):
    tests = [node for node in functions(path) if node.name.startswith("test_")]
    faults = [f"{path.name}:{node.lineno}: {node.name} claims nothing" for node in tests if not claims(node)]
    assert not faults, said(faults)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert market.week == 4", True),
        ("with pytest.raises(ValueError):\n    market.run(-1)", True),
        ("np.testing.assert_array_equal(left, right)", True),
        ("market.run(4)\nprint(market.week)", False),
        ("market.week == 4", False),
    ],
)
def test_a_test_without_a_claim_is_noticed(text, expected):
    assert claims(ast.parse(text)) is expected


GROUPS = {"settings": parameters.Settings, "scandals": parameters.Scandal, **parameters.PARAMETER_GROUPS}
TAGS = {"measured", "theory", "design", "assumption"}
FIELDS = [(name, declared) for name, group in GROUPS.items() for declared in dataclasses.fields(group)]


@pytest.mark.parametrize(("group", "declared"), FIELDS, ids=lambda each: getattr(each, "name", each))
def test_every_parameter_says_what_it_is(group, declared):
    facts, name = declared.metadata, f"{group}.{declared.name}"
    silent = [key for key in ("meaning", "unit", "source", "tag") if not facts.get(key)]
    assert not silent, f"{name} does not say its {', '.join(silent)}"
    assert facts["tag"] in TAGS, f"{name}: tag {facts['tag']} is none of {', '.join(sorted(TAGS))}"
    if declared.type in (int, float, int | None, float | None):
        low, high = facts.get("low"), facts.get("high")
        assert low is not None and high is not None and low < high, f"{name}: from {low} to {high} is no range"
        assert declared.default is None or low <= declared.default <= high, f"{name}: the default is out of range"
    elif declared.type in (str, str | None) and facts["unit"] not in ("path", "rule"):  # rules are discovered
        assert facts.get("choices"), f"{name} does not say what is allowed"
        assert declared.default is None or declared.default in facts["choices"], f"{name}: the default is not allowed"


@pytest.mark.parametrize("path", sorted((ROOT / "configs/scenario").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_builds_and_says_what_it_is(path):
    loaded = scenario.load(path.stem)
    assert loaded.description
    assert isinstance(loaded.parameters, parameters.Parameters)


def test_the_page_of_the_house_is_the_house():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == ROOMS
    kept = re.search(r"\*\*Kept to their rooms\*\*: (.*?)\n\n", text, re.DOTALL)[1]
    for part in kept.split(";"):
        libraries, rooms = (set(re.findall(r"`(\w+)`", side)) for side in part.split(" to ", 1))
        assert libraries
        assert all(KEPT_TO[library] == rooms for library in libraries)
    assert set(re.findall(r"`(\w+)`", kept)) >= set(KEPT_TO)
