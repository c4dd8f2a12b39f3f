"""Shell completion: the shells ask `weishang --complete WORDS`, the last word being the one begun."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from sim.cli.arguments import GENERAL, OPTIONS, VERBS
from sim.cli.listing import LISTS, SWITCH, plain
from sim.fields import ParameterError
from sim.measures import catalogue
from sim.report.options import KEYS
from sim.scenario import all_keys, declared_at, options, policy_groups
from sim.scenario.texts import LANGUAGES
from sim.study.pairing import AUTO, PAIRING, Pairing

GROUPS = ("scenario", "network")
SWEEP_SUBJECTS = ("status", "retry-failed", "point")
SWEEP_KEYS = (
    "design", "design.n", "design.seed", "design.levels", "design.second_order", "design.path", "against", "vary",
    "executor", "executor.address", "series", "target", "max", "run_limit", "memory_limit",
)  # fmt: skip

BASH = r"""# put into ~/.bashrc:  eval "$(weishang --completion bash)"
_weishang() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$' \t\n' words current candidate
    read -r -a words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    current="${words[${#words[@]}-1]}"
    COMPREPLY=()
    while IFS= read -r candidate; do
        [[ -z "$candidate" ]] && continue
        [[ "$current" == *=* ]] && candidate="${candidate#*=}"
        COMPREPLY+=("$candidate")
    done < <(weishang --complete "${words[@]:1}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _weishang weishang"""

ZSH = r"""# put into ~/.zshrc after compinit:  eval "$(weishang --completion zsh)"
_weishang() {
    local -a found whole begun
    found=("${(@f)$(weishang --complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    whole=(${found:#*=})
    begun=(${(M)found:#*=})
    (( ${#whole} )) && compadd -Q -- $whole
    (( ${#begun} )) && compadd -Q -S '' -- $begun
    (( ${#whole} + ${#begun} )) || _files
}
compdef _weishang weishang"""

FISH = r"""# put into ~/.config/fish/config.fish:  weishang --completion fish | source
function __weishang_candidates
    set -l words (commandline -opc) (commandline -ct)
    weishang --complete $words[2..-1] 2>/dev/null
end
complete -c weishang -f -a '(__weishang_candidates)'
complete -c weishang -l config-dir -r -a '(__fish_complete_directories)'"""


def script(shell: str) -> str:
    """Return the script that makes a shell complete the command."""
    return {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell]


def candidates(words: Sequence[str]) -> list[str]:
    """Return what the last word may become, given the words before it."""
    *before, current = words or [""]
    verb = next((word for word in before if word in VERBS), None)
    previous = before[-1] if before else ""
    if previous in OPTIONS and OPTIONS[previous].value:
        found: Iterable[str] = OPTIONS[previous].choices
    elif current.startswith("-"):
        found = (*(VERBS[verb].options if verb else ()), *GENERAL)
    elif verb is None:
        found = VERBS
    elif verb == "list":
        found = LISTS
    elif verb == "calibrate" and before[-1] == "calibrate" and current and "fit".startswith(current):
        found = ["fit"]
    elif "=" in current:
        key = current.partition("=")[0]
        found = [f"{key}={value}" for value in values(key, before, current.partition("=")[2], str(verb))]
    elif verb == "analyse":
        found = ["measures=", "case=", "criterion="]
    elif verb == "report":
        found = [f"{key}=" for key in (*KEYS, "output")]
    elif verb == "sweep":
        found = [f"{key}=" for key in (*GROUPS, *SWEEP_KEYS, *all_keys())]
        found += SWEEP_SUBJECTS if before[-1] == "sweep" else ()
    elif verb == "compare":
        found = [f"{key}=" for key in ("scenarios", "network", *PAIRING, *KEYS, *all_keys())]
    elif verb == "calibrate" and "fit" in before:
        found = [f"{key}=" for key in (*GROUPS, "trials", *all_keys())]
    else:
        found = [f"{key}=" for key in (*GROUPS, *all_keys())]
    return [each for each in found if each.startswith(current)]


def values(key: str, before: Sequence[str], begun: str, verb: str) -> list[str]:
    """Return the values of a key that can be told: names of a group, choices, the default."""
    if (verb, key) in (("compare", "scenarios"), ("sweep", "against")):
        return listed_scenarios(begun, before)
    if verb == "sweep" and key in ("design", "executor"):
        return names(key, before)
    if key == "report.language":
        return list(LANGUAGES)
    if key == "report.criterion":
        return [each.name for each in catalogue()]
    if verb == "compare" and key in PAIRING:
        return [plain(default) for default in [getattr(Pairing(), key)] if default is not None]
    if key in GROUPS:
        return names(key, before)
    if verb == "calibrate" and "fit" in before and key == "trials":
        return ["100"]
    if key in policy_groups():
        return list(SWITCH)
    declared = declared_at(key)
    if declared is None or declared.default is None:
        return list(declared.metadata["choices"]) if declared else []
    if isinstance(declared.default, bool):
        return ["true", "false"]
    if verb == "compare" and key == "replications":
        return [plain(declared.default), AUTO]
    return list(declared.metadata["choices"]) or [plain(declared.default)]


def names(group: str, before: Sequence[str]) -> list[str]:
    """Return the names in a group of configurations, those of the user too."""
    extra = [after for word, after in pairwise(before) if word == "--config-dir"]
    try:
        return list(options(group, extra))
    except ParameterError:
        return []


def listed_scenarios(begun: str, before: Sequence[str]) -> list[str]:
    """Return the list of scenarios begun, with each scenario that is not yet in it as its last."""
    bracket = "[" if begun.startswith("[") or not begun else ""
    *done, _ = begun.removeprefix("[").split(",")
    return [f"{bracket}{','.join([*done, name])}" for name in names("scenario", before) if name not in done]
