"""The house: who may import whom, how long things are, what every parameter and test must say."""

import ast
import dataclasses
from pathlib import Path

import pytest

from sim import parameters, scenario

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "sim").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

ROOMS = [
    "compiled", "discovery", "parameters", "rules", "randomness", "network", "friendships", "edge_list",
    "population", "ledger", "beliefs", "orders", "mechanisms", "policies", "measures", "model", "scenario",
    "study", "report", "explore", "theory", "cli",
]  # fmt: skip
"""From the ground up: a file imports only from rooms before its own."""

ALONE = {"mechanisms"}
"""Rooms whose files do not import each other."""

KEPT_TO = {
    "mesa": {"model", "explore"},
    "hydra": {"cli"},
    "omegaconf": {"cli"},
    "numba": {"compiled"},
    "solara": {"explore"},
    "plotly": {"report", "explore"},
}
"""Libraries that only some rooms may know."""

LATER = {("model", "scenario")}
"""Rooms asked for inside a function: `Market(scenario="baseline")` reads a scenario when it is called."""


def room_of(path):
    """Return the room of a source file of `sim`; the package itself is the street outside."""
    inside = path.relative_to(ROOT / "sim").parts
    return inside[0].removesuffix(".py")


def imports(path):
    """Yield (line, module) of every import of a file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            if node.module == "sim" or node.module.startswith("sim."):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def functions(path):
    """Yield every function of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_file_has_its_room():
    homeless = {room_of(path) for path in SOURCES} - set(ROOMS) - {"__init__"}
    assert not homeless, f"no place in the order of rooms: {sorted(homeless)}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_up_only(path):
    room = room_of(path)
    if room == "__init__":
        return
    wrong = []
    for line, module in imports(path):
        top, _, rest = module.partition(".")
        if top != "sim" or not rest:
            continue
        other = rest.split(".")[0]
        if other not in ROOMS or (room, other) in LATER:
            continue
        is_below = ROOMS.index(other) > ROOMS.index(room)
        is_beside = other == room in ALONE and path.name != "__init__.py"
        if is_below or is_beside:
            wrong.append(f"line {line}: {module}")
    assert not wrong, f"{path.name} ({room}) may not import {wrong}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_libraries_stay_in_their_rooms(path):
    wrong = [
        f"line {line}: {module}"
        for line, module in imports(path)
        for library, rooms in KEPT_TO.items()
        if module.split(".")[0] == library and room_of(path) not in rooms
    ]
    assert not wrong, f"{path.name} may not import {wrong}"


def test_files_are_short():
    long = {path.name: n for path in SOURCES if (n := len(path.read_text().splitlines())) > 400}
    assert not long, f"more than 400 lines: {long}"


def test_nine_functions_in_ten_are_short():
    lengths = [node.end_lineno - node.lineno + 1 for path in SOURCES for node in functions(path)]
    share = sum(length < 35 for length in lengths) / len(lengths)
    assert share >= 0.9, f"only {share:.0%} of {len(lengths)} functions are under 35 lines"


def test_no_room_for_odds_and_ends():
    vague = {"utils", "util", "helpers", "helper", "core", "manager", "common", "misc"}
    found = [
        str(path.relative_to(ROOT)) for path in SOURCES if vague & set(path.relative_to(ROOT).with_suffix("").parts)
    ]
    assert not found


def asserts(function):
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


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_asserts_something(path):
    empty = [node.name for node in functions(path) if node.name.startswith("test_") and not asserts(node)]
    assert not empty, f"{path.name}: nothing is asserted in {empty}"


GROUPS = {"settings": parameters.Settings, "scandals": parameters.Scandal, **parameters.PARAMETER_GROUPS}
FIELDS = [(name, declared) for name, group in GROUPS.items() for declared in dataclasses.fields(group)]


@pytest.mark.parametrize(("group", "declared"), FIELDS, ids=lambda each: getattr(each, "name", each))
def test_every_parameter_says_what_it_is(group, declared):
    facts = declared.metadata
    assert facts["tag"] in {"measured", "theory", "design", "assumption"}
    assert all(facts[key] for key in ("meaning", "unit", "source"))
    kind = str(declared.type)
    if "int" in kind or "float" in kind:
        assert facts["low"] < facts["high"]
        assert declared.default is None or facts["low"] <= declared.default <= facts["high"]


@pytest.mark.parametrize("path", sorted((ROOT / "configs/scenario").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_builds_and_says_what_it_is(path):
    loaded = scenario.load(path.stem)
    assert loaded.description
    assert isinstance(loaded.parameters, parameters.Parameters)
