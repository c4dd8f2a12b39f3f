"""What was typed: a verb, options with dashes, and words such as `key=value`."""

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from sim.fields import ParameterError
from sim.scenario import nearest

SHELLS = ("bash", "zsh", "fish")
FORMS = ("table", "csv", "json")


@dataclass(frozen=True)
class Verb:
    """One verb: its summary, the module whose `run(arguments)` does it, and its own options."""

    name: str
    summary: str
    module: str
    usage: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """One option with dashes; `choices` are the values it takes (none: any)."""

    name: str
    meaning: str
    value: str = ""
    choices: tuple[str, ...] = ()


VERBS = {
    verb.name: verb
    for verb in (
        Verb(
            "run",
            "one scenario, some seeds: prints a short table and writes results",
            "sim.cli.run",
            "[scenario=NAME] [network=KIND] [key=value] ...",
            ("--cfg", "--config-dir", "--quiet"),
        ),
        Verb(
            "compare",
            "several scenarios in twin worlds: what each changes against the first, with intervals; a decision report",
            "sim.cli.compare",
            "scenarios=[BASELINE,NAME,...] [replications=N|auto] [report.KEY=TEXT] [key=value] ...",
            ("--cfg", "--config-dir", "--quiet"),
        ),
        Verb(
            "sweep",
            "a design over parameters and policies: resumable, on all cores or a cluster; prints what was run",
            "sim.cli.sweep",
            "[scenario=NAME] [design=KIND] KEY=interval(LOW,HIGH) KEY=choice(A,B) ... | "
            "status DIR | retry-failed DIR | point DIR N",
            ("--cfg", "--dry-run", "--config-dir", "--quiet"),
        ),
        Verb(
            "analyse",
            "a finished sweep: what drives the results, where they turn bad, which option to regret",
            "sim.cli.analyse",
            "DIR [measures=[NAME,...]] [case=MEASURE<NUMBER] [criterion=MEASURE]",
            ("--quiet",),
        ),
        Verb(
            "report",
            "the decision report of a finished comparison, sweep or study, from stored data alone",
            "sim.cli.report",
            "DIR [report.KEY=TEXT] ... [output=PAGE.html]",
            ("--quiet",),
        ),
        Verb(
            "calibrate",
            "patterns of the real market: target, observed in baseline and history, verdict, source",
            "sim.cli.calibrate",
            "[fit] [scenario=NAME] [network=KIND] [key=value] ...",
            ("--cfg", "--config-dir", "--quiet"),
        ),
        Verb(
            "attribute",
            "how much each policy of a package does: Shapley shares over all its subsets",
            "sim.cli.attribute",
            "scenario=PACKAGE [players=[NAME,NAME+NAME,...]] [key=value] ...",
            ("--config-dir", "--quiet"),
        ),
        Verb(
            "study",
            "the claims of a study from experiments/: effects on the baseline, and in how many plausible worlds",
            "sim.cli.study",
            "NAME [replications=N] [worlds=N] [key=value] ...",
            ("--config-dir", "--quiet"),
        ),
        Verb(
            "verify",
            "theory against the market: predicted, observed, tolerance, verdict; exit code 1 if one is missed",
            "sim.cli.verify",
            "[BENCHMARK ...] [--quick] [--plot] [seed=N] [workers=N] [output=DIR]",
            ("--quick", "--plot", "--quiet"),
        ),
        Verb(
            "explore",
            "the students' page in a browser: a town, its twin, lessons; on this machine alone unless told otherwise",
            "sim.cli.explore",
            "[scenario=NAME] [seed=N] [weeks=N] [key=value] ...",
            ("--host", "--port", "--tabs", "--lessons", "--config-dir", "--quiet"),
        ),
        Verb(
            "bench",
            "how fast this machine is: towns of every size, small worlds in bulk, threads, start, page and report",
            "sim.cli.bench",
            "[PART ...] [--large]",
            ("--large", "--format", "--quiet"),
        ),
        Verb(
            "list",
            "what there is: scenarios, measures, parameters, policies, studies",
            "sim.cli.listing",
            "scenarios|measures|parameters|policies|studies|designs [--diff A B]",
            ("--format", "--diff", "--config-dir"),
        ),
    )
}
"""Every verb there is; to add one, add its entry and its module."""

FIT = Verb(
    "calibrate fit",
    "searches parameters until the market shows the patterns, and says how well these tell the parameters",
    "sim.cli.fit",
    "[scenario=NAME] [trials=N] [KEY=interval(LOW,HIGH)] ... [key=value] ...",
    ("--cfg", "--config-dir", "--quiet"),
)
"""What `calibrate` does if its first word is `fit`."""

OPTIONS = {
    option.name: option
    for option in (
        Option("--help", "say what can be set"),
        Option("--version", "say which version this is"),
        Option("--completion", "print a completion script", "SHELL", SHELLS),
        Option("--cfg", "print the full configuration as YAML and run nothing", "job", ("job",)),
        Option("--dry-run", "say how many runs, how long and how much disk it takes, and run nothing but a trial"),
        Option("--config-dir", "look for scenarios and networks in DIR first; may be given several times", "DIR"),
        Option("--diff", "with `list scenarios`: every key in which two scenarios differ", "A B"),
        Option("--quick", "smaller towns and fewer points: within a minute"),
        Option("--large", "with `bench`: up to ten million people; takes 14 GiB and a quarter of an hour"),
        Option("--plot", "draw theory lines with the market's points into gallery.html"),
        Option("--host", "with `explore`: the address to serve on (default: 127.0.0.1, this machine alone)", "ADDRESS"),
        Option("--port", "with `explore`: the port to serve on (default: 8765)", "N"),
        Option("--tabs", "with `explore`: how many tabs may be open at once (default: 40)", "N"),
        Option("--lessons", "with `explore`: a folder of your own lessons; may be given several times", "DIR"),
        Option("--quiet", "print nothing but errors"),
        Option("--format", "how to print: table, csv or json", "FORM", FORMS),
    )
}
GENERAL = ("--help", "--version", "--completion")
"""Options without a verb; `--help` also goes with each verb."""


@dataclass(frozen=True)
class Arguments:
    """What was typed, taken apart."""

    verb: str | None
    words: tuple[str, ...]
    typed: tuple[str, ...]
    help: bool = False
    version: bool = False
    completion: str | None = None
    cfg: str | None = None
    config_dirs: tuple[str, ...] = ()
    quiet: bool = False
    form: str = "table"
    quick: bool = False
    plot: bool = False
    large: bool = False
    dry_run: bool = False
    diff: tuple[str, ...] = ()
    host: str | None = None
    port: str | None = None
    tabs: str | None = None
    lessons: tuple[str, ...] = ()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ParameterError(message.removeprefix("argument "))


def parse(typed: Sequence[str]) -> Arguments:
    """Take apart what was typed after `weishang`; raises ParameterError."""
    for word in typed:
        if not word.isascii() and re.search("[\ud800-\udfff]", word):
            raise ParameterError(f"{word!a}: not in UTF-8; allowed is text in UTF-8")
    given, words = _parser().parse_known_intermixed_args(list(typed))
    words = [*given.words, *words]
    for word in words:
        if word.startswith("-"):
            raise ParameterError(_no_such("option", word, OPTIONS))
    verb = words[0] if words else None
    if verb is not None and verb not in VERBS:
        raise ParameterError(_no_such("verb", verb, VERBS))
    if given.multirun:
        raise ParameterError("--multirun: several runs; allowed is one value a key, several for `weishang sweep`")
    _require_options_of(verb, given)
    return Arguments(
        verb, tuple(words[1:]), tuple(typed), given.help, given.version, given.completion, given.cfg,
        tuple(given.config_dir), given.quiet, given.format or FORMS[0],
        given.quick, given.plot, given.large, given.dry_run, tuple(given.diff or ()),
        given.host, given.port, given.tabs, tuple(given.lessons),
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="weishang", add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    for name, short in (("--help", "-h"), ("--version", "-V"), ("--quiet", "-q"), ("--multirun", "-m")):
        parser.add_argument(name, short, action="store_true")
    for name in ("--quick", "--plot", "--large", "--dry-run"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--cfg", "-c", choices=OPTIONS["--cfg"].choices)
    parser.add_argument("--config-dir", "-cd", action="append", default=[])
    parser.add_argument("--completion", choices=SHELLS)
    parser.add_argument("--format", choices=FORMS)
    parser.add_argument("--diff", nargs=2)
    for name in ("--host", "--port", "--tabs"):
        parser.add_argument(name)
    parser.add_argument("--lessons", action="append", default=[])
    return parser


def _require_options_of(verb: str | None, given: argparse.Namespace) -> None:
    """Raise ParameterError for an option that has nothing to say to the verb."""
    allowed = (*GENERAL, *(VERBS[verb].options if verb else ()))
    for name in OPTIONS:
        value = getattr(given, name.removeprefix("--").replace("-", "_"))
        if value and name not in allowed:
            raise ParameterError(f"{name}: not an option of {verb or 'weishang'}; allowed are {', '.join(allowed)}")


def _no_such(what: str, name: str, known: Iterable[str]) -> str:
    return f"{name}: no such {what}{nearest(name, known)}; allowed are {', '.join(known)}"
