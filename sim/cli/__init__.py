"""The command `weishang`: verbs, their options, and errors of one line.

`weishang VERB [group=option] [key=value] ...`. A verb is an entry of `VERBS`; its module is
imported when it is called, so that `--help` needs nothing heavy. Only this package imports Hydra,
and in it only `configuration`.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from sim.cli.arguments import VERBS, Arguments, parse

EXIT_FINE, EXIT_UNFINISHED, EXIT_USER_ERROR, EXIT_INTERRUPTED = 0, 1, 2, 130

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
    try:
        code = dispatch(sys.argv[1:] if words is None else list(words))
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader, e.g. `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FINE
    except KeyboardInterrupt as error:
        return complain(str(error) or "interrupted; run the same line again", EXIT_INTERRUPTED)
    except Exception as error:
        for module, name, exit_code in EXPECTED_ERRORS:
            if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
                return complain(str(error), exit_code)
        raise


def dispatch(words: Sequence[str]) -> int:
    """Do what the words say."""
    if words[:1] == ["--complete"]:  # asked by the shells, see completion.py
        from sim.cli.completion import candidates

        print("\n".join(candidates(words[1:])))
        return EXIT_FINE
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


def run_verb(arguments: Arguments) -> int:
    """Call the module of the verb."""
    module = import_module(VERBS[str(arguments.verb)].module)
    return int(module.run(arguments))


def complain(message: str, code: int) -> int:
    """Say what is wrong in one line; return the exit code."""
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(message.split()))
    print(f"weishang: {line}", file=sys.stderr)
    return code
