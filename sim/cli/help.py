"""What `--help` says: of the command, its verbs; of a verb, everything that can be set."""

from sim.cli.arguments import FIT, GENERAL, OPTIONS, VERBS, Arguments, Verb
from sim.cli.layout import heading, paragraph
from sim.cli.listing import LISTS, group_heading, group_rows, label, meaning, policy_rows, unit_and_range
from sim.cli.report import KEY_HELP
from sim.fields import Group
from sim.parameters import PARAMETER_GROUPS, Scandal, Settings
from sim.policies import catalogue as policy_catalogue
from sim.scenario import available, option_file, options, read_yaml
from sim.study.pairing import Pairing

INTRODUCTION = (
    "weishang simulates micro-business on WeChat (resale in tiers through friends) beside brands' own stores, "
    "an open bazaar and a guaranteed mall."
)

NOTES = (
    "Naming a field of a policy switches the policy on; where the scenario has it, the field is changed in each of its "
    "phases. policies.NAME=on is the scenario's policy, or one with the defaults; policies.NAME=off switches it off.",
    "Several phases of a policy are a list, e.g. 'policies.like_ban=[{end_week: 51}, {start_week: 51, "
    "remove_followers: true}]'; so is a schedule of intensities, e.g. 'policies.like_ban.schedule=[[22,0.5],[51,1]]'.",
    "Scandals are a list, e.g. 'scandals=[{week: 65, venue: resale_wechat, cut: 0.2}]'.",
)


def help_text(arguments: Arguments) -> str:
    """Return the help of the verb, or of the command if there is none."""
    if arguments.verb is None:
        return "\n".join(command_help())
    is_fit = arguments.verb == "calibrate" and arguments.words[:1] == ("fit",)
    verb = FIT if is_fit else VERBS[arguments.verb]
    keys = {"list": list_help, "analyse": analyse_help, "report": report_help}.get(
        verb.name, lambda: key_help(arguments)
    )
    return "\n".join([*verb_head(verb), *keys()])


def command_help() -> list[str]:
    """Return the help of the command."""
    lines = ["weishang VERB [group=option] [key=value] ... [options]", "", *heading(INTRODUCTION), "", "Verbs"]
    width = max(len(name) for name in VERBS)
    for verb in VERBS.values():
        lines += paragraph(verb.name, [verb.summary], width)
    lines += ["", "Options", *option_lines(GENERAL), "", "For example"]
    lines += ["  weishang run", "  weishang run scenario=classroom replications=20 shops.initial_share=0.2"]
    lines += [
        "  weishang sweep design=lhs trust.gain_bad=interval(.05,.3) policies.like_ban=choice(off,on) against=baseline"
    ]
    lines += ["  weishang compare scenarios=[baseline,history,like_ban] replications=20 population.n_people=5000"]
    return [*lines, "  weishang list parameters", "", "What can be set: weishang VERB --help"]


def verb_head(verb: Verb) -> list[str]:
    """Return the usage, the summary and the options of a verb."""
    usage = f"weishang {verb.name} {verb.usage} [options]"
    return [usage, "", f"{verb.summary[0].upper()}{verb.summary[1:]}.", "", "Options", *option_lines(verb.options), ""]


def option_lines(names: tuple[str, ...]) -> list[str]:
    """Return a line an option."""
    usages = {name: f"{name} {OPTIONS[name].value}".rstrip() for name in OPTIONS}
    width = max(map(len, usages.values()))
    return [line for name in names for line in paragraph(usages[name], [OPTIONS[name].meaning], width)]


def list_help() -> list[str]:
    """Return the lists there are."""
    return ["Lists", *(f"  {name}" for name in LISTS)]


ANALYSE_KEYS = {
    "measures=[NAME,...]": "measures to explain (default: those of the table of `compare`)",
    "case=MEASURE<NUMBER": "what is looked for in the space of the factors (default: where the criterion is worse)",
    "criterion=MEASURE": "what `best` and `regret` mean (default: welfare)",
}


def report_help() -> list[str]:
    """Return what can be set of a report."""
    width = max(map(len, KEY_HELP))
    return [line for key, text in KEY_HELP.items() for line in paragraph(key, [text], width)]


def analyse_help() -> list[str]:
    """Return what can be set of an analysis."""
    width = max(map(len, ANALYSE_KEYS))
    return [line for key, text in ANALYSE_KEYS.items() for line in paragraph(key, [text], width)]


def key_help(arguments: Arguments) -> list[str]:
    """Return groups, settings and parameters with range, unit and default."""
    is_comparison, is_fit = arguments.verb == "compare", arguments.words[:1] == ("fit",)
    is_sweep = arguments.verb == "sweep"
    how = "scenarios=[NAME,NAME,...], the first is the baseline" if is_comparison else "scenario=NAME, default baseline"
    how = "scenario=NAME, default history" if is_fit else how
    how = "scenario=NAME, default classroom" if arguments.verb == "explore" else how
    lines = [f"Scenarios ({how})"]
    scenarios = available(arguments.config_dirs)
    width = max(map(len, scenarios))
    for name, description in scenarios.items():
        lines += paragraph(name, [description], width)
    kinds = ", ".join(options("network", arguments.config_dirs))
    lines += ["", f"Networks (network=KIND, default that of the scenario): {kinds}"]
    if is_comparison:
        lines += [*pairing_help(), "", "The report at the end", *report_help()]
    if is_fit:
        lines += fit_help(arguments)
    if is_sweep:
        lines += sweep_help(arguments)
    groups: dict[str, type[Group]] = {"": Settings, **PARAMETER_GROUPS, "scandals[]": Scandal}
    rows = {prefix: group_rows(prefix, cls) for prefix, cls in groups.items()}
    rows |= {f"policies.{name}": policy_rows(name) for name in policy_catalogue()}
    width = max(len(label(row)) for group in rows.values() for row in group)
    for prefix, group in rows.items():
        lines += ["", *heading(group_heading(prefix))]
        for row in group:
            lines += paragraph(label(row), [f"{meaning(row)}; {unit_and_range(row)}"], width)
    for note in NOTES:
        lines += ["", *heading(note)]
    return [*lines, "", "Source and evidence tag of each: weishang list parameters, weishang list policies"]


def fit_help(arguments: Arguments) -> list[str]:
    """Return what can be set of a fit alone, and what is free unless ranges are given."""
    from sim.cli.fit import Search

    lines = ["", *heading(str(Search.__doc__).partition("\n")[0].rstrip("."))]
    for row in group_rows("", Search):
        lines += paragraph(label(row), [f"{meaning(row)}; {unit_and_range(row)}"], len(label(row)))
    ranges = read_yaml(option_file("fit", "default", arguments.config_dirs))
    lines += ["", "Free unless any KEY=interval(LOW,HIGH) is given"]
    return [*lines, *(f"  {key}=interval({pair[0]},{pair[1]})" for key, pair in ranges.items())]


def pairing_help() -> list[str]:
    """Return what can be set of a comparison alone."""
    return own_help("", Pairing)


def own_help(prefix: str, cls: type[Group]) -> list[str]:
    """Return what can be set of a group that only one verb has."""
    rows = group_rows(prefix, cls)
    lines = ["", *heading(str(cls.__doc__).partition("\n")[0].rstrip("."))]
    width = max(len(label(row)) for row in rows)
    for row in rows:
        lines += paragraph(label(row), [f"{meaning(row)}; {unit_and_range(row)}"], width)
    return lines


VARYING = (
    "Any field of a parameter or policy varies: KEY=interval(LOW,HIGH), KEY=tag(log,interval(LOW,HIGH)), "
    "KEY=choice(A,B), KEY=A,B, KEY=range(START,STOP,STEP); a policy as a whole by policies.NAME=choice(off,on), the "
    "scenario by scenario=choice(A,B). vary=[KEY,...] varies keys over all that their fields allow.",
    "against=[NAME,...]: scenarios that are run beside, at every point and seed, with the point's values of all but "
    "policies; the analysis then is of the paired difference from the first.",
)


def sweep_help(arguments: Arguments) -> list[str]:
    """Return what can be set of a sweep alone."""
    from sim.sweep.designs import Design
    from sim.sweep.plan import Sweeping
    from sim.sweep.teams import Executor

    lines = []
    for text in VARYING:
        lines += ["", *heading(text)]
    kinds = ", ".join(options("design", arguments.config_dirs))
    lines += ["", f"Designs (design=NAME, default grid): {kinds}", *own_help("design", Design)]
    kinds = ", ".join(options("executor", arguments.config_dirs))
    lines += ["", f"Executors (executor=NAME, default local): {kinds}", *own_help("executor", Executor)]
    return [*lines, *own_help("", Sweeping)]
