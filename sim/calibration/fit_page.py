"""The page of a fit: how well it fits, what is identified, which targets cannot be met together."""

from typing import TYPE_CHECKING

import numpy as np

from sim.calibration.fit_tables import Outcome, losses
from sim.calibration.identifiability import opposed

if TYPE_CHECKING:
    import pandas as pd

COVERS = (
    "The 95 % intervals cover what the parameter would be found to be if the market were as the model is, over two "
    "kinds of error: that of the targets (each range read as +-2 standard deviations, independent of the others) and "
    "the luck of the seeds. They do not cover that the model itself is wrong, nor parameters that were not set free. "
    "Cut at the range that was searched."
)
RULE = (
    "identified: the interval is narrower than half of the range searched (on the scale it was searched on); weakly: "
    "narrower than the range; not identified: wider."
)
LOSS = (
    "Loss: sum over moments of ((observed - centre of the target range)/half-width)^2, on a log scale where the range "
    "spans more than a factor of 2; 5 half-widths at most, also where a moment is undefined. Within the range it is at "
    "most 1 a moment. quality_order is a check: (1 - share of worlds in which it holds)^2."
)

PROFILES = (
    "Each parameter held at a value, the others at the Gauss-Newton optimum that the slopes at the best point give, "
    "then lived. It bounds the loss from above: where it is far above what the slopes predict, these do not reach so "
    "far, the others could adjust better, and the intervals above are approximate."
)


def page(outcome: Outcome, found: "dict[str, pd.DataFrame]") -> str:
    """Return the page as Markdown."""
    task, said = outcome.task, losses(outcome)
    lines = [
        f"# {task.scenario.name}, fitted", "",
        f"Model results, not a forecast. {len(outcome.trials)} trials under seeds {ends(task.seeds)}; checked under "
        f"seeds {ends(task.check_seeds)}, which the search never saw.", "",
        "| loss | before | after |", "|---|---|---|",
        f"| seeds of the search | {said['before']:.4g} | {said['after']:.4g} |",
        f"| fresh seeds | {said['before_fresh_seeds']:.4g} | {said['after_fresh_seeds']:.4g} |", "", LOSS,
        "", "Use it: `weishang run --config-dir THIS_FOLDER scenario=fitted`.", "", "## Parameters", "",
        "| parameter | scenario | fitted [95 %] | range | |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for row in found["parameters"].to_dict("records"):
        edge = ", at the edge of its range" * bool(row["at_edge"])
        interval = f"{row['fitted']:.4g} [{row['ci_low']:.4g}, {row['ci_high']:.4g}]"
        span = f"{row['low']:.4g} to {row['high']:.4g}{' (log)' * bool(row['is_log'])}"
        lines.append(f"| {row['parameter']} | {row['scenario']:.4g} | {interval} | {span} | {row['told']}{edge} |")
    lines += ["", RULE, "", COVERS, "", "## Moments", "", "| moment | target | before | after [95 %] | |"]
    lines += ["|---|---|---|---|---|"]
    for row in found["moments"].to_dict("records"):
        interval = f"{row['observed']:.4g} [{row['ci_low']:.4g}, {row['ci_high']:.4g}]"
        target = f"{row['low']:.4g} to {row['high']:.4g}"
        lines.append(f"| {row['moment']} | {target} | {row['before']:.4g} | {interval} | {row['verdict']} |")
    lines += ["", "## Worst identified direction", "", weakest(outcome), "", "## Targets that conflict", ""]
    lines += [f"- {each}" for each in conflicts(outcome)] or ["None is missed against the pull of another."]
    return "\n".join([*lines, "", *profiles(found["profile"])]) + "\n"


def ends(seeds: range) -> str:
    """Return the first and the last of some seeds in words."""
    return f"{seeds.start} to {seeds.stop - 1}"


def weakest(outcome: Outcome) -> str:
    """Return in words along which combination of parameters the moments change least."""
    known = outcome.known
    direction = known.directions[-1]
    direction = direction * np.sign(direction[np.argmax(np.abs(direction))])
    order = [k for k in np.argsort(-np.abs(direction)) if abs(direction[k]) >= 0.2]
    words = [
        f"{'raise' if direction[k] > 0 else 'lower'} {outcome.task.free[k].key} by {abs(direction[k]):.0%}"
        for k in order
    ]
    values = ", ".join(f"{each:.3g}" for each in known.singular)
    return (
        f"{' and '.join(words)} of its range: all distances together then change by {known.singular[-1]:.3g} "
        f"half-widths, against {known.singular[0]:.3g} along the best identified direction. Singular values of the "
        f"slopes: {values}."
    )


def conflicts(outcome: Outcome) -> list[str]:
    """Return in words which missed targets pull a parameter against others."""
    known, moments = outcome.known, outcome.task.slopeful
    found = []
    for k, up, down in opposed(known, lambda j: bool(abs(known.distances[j]) > 1)):
        ends = []
        for j, word in ((up, "raise"), (down, "lower")):
            ends.append(
                f"{moments[j].name} (distance {known.distances[j]:+.2f}) would {word} it by "
                f"{abs(known.pulls[k, j]):.0%} of its range"
            )
        found.append(f"{outcome.task.free[k].key}: {'; '.join(ends)}.")
    return found


def profiles(profile: "pd.DataFrame") -> list[str]:
    """Return a table a parameter: loss at each value, the others at their Gauss-Newton optimum."""
    lines = ["## Profiles", "", PROFILES]
    for key, rows in profile.groupby("parameter", sort=False):
        lines += ["", f"| {key} | {' | '.join(f'{value:.4g}' for value in rows['value'])} |"]
        lines += ["|---" * (len(rows) + 1) + "|"]
        lines += [f"| loss | {' | '.join(f'{value:.3g}' for value in rows['loss'])} |"]
        lines += [f"| by slopes | {' | '.join(f'{value:.3g}' for value in rows['loss_by_slopes'])} |"]
    return lines
