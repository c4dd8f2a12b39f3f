"""The command `weishang`: verbs, their options, and errors of one line.

`weishang VERB [group=option] [key=value] ...`. A verb is an entry of `VERBS`; its module is
imported when it is called, so that `--help` needs nothing heavy. Only this package imports Hydra,
and in it only `configuration`. This file imports nothing of ours until `main` can say what goes wrong.
"""

import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.cli.arguments import Arguments

EXIT_FINE, EXIT_UNFINISHED, EXIT_USER_ERROR, EXIT_INTERRUPTED, EXIT_TERMINATED = 0, 1, 2, 130, 143

EXPECTED_ERRORS = (
    ("sim.fields", "ParameterError", EXIT_USER_ERROR),
    ("sim.study.store", "StoreError", EXIT_USER_ERROR),
    ("sim.network", "NetworkError", EXIT_USER_ERROR),
    ("sim.study.runner", "UnfinishedError", EXIT_UNFINISHED),
)
"""Errors that are said in one line; any other is a fault of ours and shows where it happened.

They are named, not imported: a module that was not loaded raised nothing.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command with the given words (default: those of the command line); return the exit code."""
    with ended_as_interrupted() as ended:
        try:
            if isinstance(sys.stdout, io.TextIOWrapper):  # whatever letters the terminal knows
                sys.stdout.reconfigure(errors="backslashreplace")
            code = dispatch(sys.argv[1:] if words is None else list(words))
            sys.stdout.flush()
            return code
        except BrokenPipeError:  # the reader, e.g. `head`, has gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return EXIT_FINE
        except KeyboardInterrupt as error:
            return interrupted(str(error), ended, words is None)
        except Exception as error:
            if is_interruption(error):
                return interrupted("", ended, words is None)
            for module, name, exit_code in EXPECTED_ERRORS:
                if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
                    return complain(str(error), exit_code)
            raise


@contextmanager
def ended_as_interrupted() -> Iterator[list[int]]:
    """Let SIGTERM be what Ctrl-C is: what is under way is tidied up; the list tells whether it came."""
    ended: list[int] = []

    def end(number: int, _: object) -> None:
        ended.append(number)
        raise KeyboardInterrupt

    if current_thread() is not main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield ended
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield ended
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def is_interruption(error: BaseException | None) -> bool:
    """Tell whether an error came of Ctrl-C: libraries that are stopped midway may raise another in its place."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def interrupted(message: str, ended: Sequence[int], is_process: bool) -> int:
    """Say that work was stopped; return the exit code. A second Ctrl-C while the process ends says nothing more."""
    if is_process:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        exec("")  # takes back Python's note of a Ctrl-C within an import, with which it would end by the signal
    return complain(message or "interrupted; run the same line again", EXIT_TERMINATED if ended else EXIT_INTERRUPTED)


def dispatch(words: Sequence[str]) -> int:
    """Do what the words say."""
    if words[:1] == ["--complete"]:  # asked by the shells, see completion.py
        from sim.cli.completion import candidates

        print("\n".join(candidates(words[1:])))
        return EXIT_FINE
    from sim.cli.arguments import parse

    arguments = parse(words)
    if arguments.version:
        from sim import __version__

        print(f"weishang {__version__}")
    elif arguments.completion:
        from sim.cli.completion import script

        print(script(arguments.completion))
    elif arguments.help or arguments.verb is None:
        from sim.cli.help import help_text

        print(help_text(arguments))
    else:
        return run_verb(arguments)
    return EXIT_FINE


def run_verb(arguments: "Arguments") -> int:
    """Call the module of the verb."""
    from sim.cli.arguments import VERBS

    module = import_module(VERBS[str(arguments.verb)].module)
    return int(module.run(arguments))


def complain(message: str, code: int) -> int:
    """Say what is wrong in one line; return the exit code."""
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(message.split()))
    print(f"weishang: {line}", file=sys.stderr)
    return code
