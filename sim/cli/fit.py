"""`weishang calibrate fit`: parameters searched until the market shows the patterns of the real one."""

import dataclasses
import math
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim import scenario as scenarios
from sim.cli.arguments import Arguments
from sim.cli.compare import value_of
from sim.cli.configuration import policies_named, scenario_of, sort_words
from sim.cli.layout import heading
from sim.fields import Group, ParameterError, field
from sim.scenario import SETTINGS, checked

if TYPE_CHECKING:
    from sim.calibration.fitting import Fit
    from sim.calibration.task import Task

REPLICATIONS = 3
"""Seeds of every trial unless replications= says otherwise."""

WEEKS_NEEDED = 156
"""The patterns of the real market need the years 2014 to 2016."""


# fmt: off
@dataclass(frozen=True)
class Search(Group):
    """How long a fit searches."""

    trials: int = field(100, "points tried", "trials", 1, 100_000, source="ten a parameter", tag="design")
# fmt: on

    @classmethod
    def key_prefix(cls) -> str:
        """Return what stands before a field's name in a key: nothing."""
        return ""


OWN = tuple(declared.name for declared in dataclasses.fields(Search))


def run(arguments: Arguments) -> int:
    """Run the fit and print its tables; with `--cfg job` print what would be fitted."""
    task = configure(arguments)
    if arguments.cfg:
        import yaml

        from sim.cli.run import configuration_text

        free = {each.key: [each.low, each.high] for each in task.free}
        print(configuration_text(task.scenario, task.settings), end="")
        print(yaml.safe_dump({"trials": task.n_trials, "free": free}, sort_keys=False), end="")
        return 0
    from sim.calibration.fitting import fit
    from sim.cli.progress import ProgressLine

    command = shlex.join(["weishang", *arguments.typed])
    with ProgressLine("fit", is_quiet=arguments.quiet) as progress:
        found = fit(task, command=command, progress=progress)
    if not arguments.quiet:
        print("\n".join(report(task, found)))
    return 0


def configure(arguments: Arguments) -> "Task":
    """Return what is to be fitted; raises ParameterError."""
    ranges, own, rest = taken_apart(arguments)
    chosen, values = sort_words(rest, OWN)
    for key in ranges:
        if key in values:
            raise ParameterError(f"{key}={values[key]!r}: given as interval(...) too; allowed is one of them")
    scenario = scenario_of({"scenario": "history"} | chosen, values, rest)
    settings = scenarios.build_settings(
        {"replications": REPLICATIONS} | {key: value for key, value in values.items() if key in SETTINGS}
    )
    if settings.weeks < WEEKS_NEEDED:
        raise ParameterError(f"weeks={settings.weeks}: the patterns need 2014 to 2016; allowed is from {WEEKS_NEEDED}")
    scenarios.refuse_late(scenario.parameters.policies, policies_named(values), settings.weeks)
    search = Search(**checked("", {key: value_of(text) for key, text in own.items()}, Search))
    from sim.calibration.free import checked_free, shipped_ranges
    from sim.calibration.moments import market_moments
    from sim.calibration.task import Task

    if not ranges:
        ranges = {
            key: pair for key, pair in shipped_ranges(scenario, arguments.config_dirs).items() if key not in values
        }
    return Task(scenario, settings, checked_free(ranges, scenario), market_moments(), search.trials)


def taken_apart(arguments: Arguments) -> tuple[dict[str, list[Any]], dict[str, str], Arguments]:
    """Return ranges by key, the text of the verb's own keys, and the arguments without either."""
    ranges: dict[str, list[Any]] = {}
    own: dict[str, str] = {}
    rest = []
    for word in arguments.words[1:]:
        key, equals, text = word.partition("=")
        key = key.lstrip("+")
        if equals and text.startswith("interval"):
            if key in ranges:
                raise ParameterError(f"{key}={text}: {key} is given twice; allowed is once")
            ranges[key] = ends(key, text)
        elif equals and key in OWN:
            own[key] = text
        else:
            rest.append(word)
    return ranges, own, dataclasses.replace(arguments, words=tuple(rest))


def ends(key: str, text: str) -> list[Any]:
    """Return the two ends in `interval(LOW,HIGH)`."""
    inside = re.fullmatch(r"interval\(([^,()]+),([^,()]+)\)", text.replace(" ", ""))
    try:
        return [float(inside[1]), float(inside[2])] if inside else [float("")]
    except ValueError:
        raise ParameterError(f"{key}={text}: cannot be read; allowed is interval(LOW,HIGH)") from None


def report(task: "Task", found: "Fit") -> list[str]:
    """Return what is printed: parameters, moments, losses."""
    from sim.calibration.fit_page import COVERS, RULE
    from sim.cli.calibrate import observed, shown
    from sim.cli.summary import aligned

    said = found.manifest["losses"]
    columns: list[list[str]] = [["parameter"], [task.scenario.name], ["fitted [95 %]"], ["range"], [""]]
    for row in found.tables["parameters"].to_dict("records"):
        span = f"{shown(row['low'])} to {shown(row['high'])}"
        told = row["told"] + ", at the edge" * bool(row["at_edge"])
        fitted = observed(row["fitted"], row["ci_low"], row["ci_high"])
        for column, cell in zip(columns, (row["parameter"], shown(row["scenario"]), fitted, span, told), strict=True):
            column.append(cell)
    lines = [*aligned(columns), ""]
    columns = [["moment"], ["target"], ["before"], ["after [95 %]"], ["verdict"]]
    for row in found.tables["moments"].to_dict("records"):
        after = observed(row["observed"], row["ci_low"], row["ci_high"])
        before = observed(row["before"], math.nan, math.nan)
        cells = (row["moment"], f"{shown(row['low'])} to {shown(row['high'])}", before)
        for column, cell in zip(columns, (*cells, after, row["verdict"]), strict=True):
            column.append(cell)
    lines += [*aligned(columns), "", *heading(RULE), *heading(COVERS), ""]
    lines.append(
        f"loss {said['before']:.3g} before, {said['after']:.3g} after {found.manifest['trials']} trials "
        f"(under seeds that the search never saw: {said['before_fresh_seeds']:.3g}, {said['after_fresh_seeds']:.3g})"
    )
    lines.append(f"weishang run --config-dir {shlex.quote(str(found.folder))} scenario=fitted")
    return [*lines, f"{'results in' if found.is_new else 'found finished in'} {found.folder}"]
