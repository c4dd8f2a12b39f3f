#!/bin/sh
# Prepares .venv beside this file: a Python that fits, the pinned dependencies, weishang itself.
#
#   sh setup.sh         what is needed to run
#   sh setup.sh --dev   and what is needed to test and change it
#
# It may be run again at any time and from any folder: what is in order is left as it is.
# PYTHON=/path/to/python names the interpreter to use.
set -eu

mode=run
for word in "$@"; do
    case $word in
    --dev) mode=test ;;
    -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) echo "setup: $word: no such option; allowed is --dev" >&2 && exit 2 ;;
    esac
done
case $(uname -s) in
MINGW* | MSYS* | CYGWIN*) echo "setup: on Windows, run this inside WSL" >&2 && exit 2 ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
cd "$here"
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX # of other projects; they would lead pip astray
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Which Python ---------------------------------------------------------------------------------

# Prints "fits VERSION FOLDER", or what is wrong; any Python since 2.6 can read it.
probe='
import os, platform, sys
version = "%d.%d.%d" % sys.version_info[:3]
fault = ""
if not (3, 12) <= sys.version_info[:2] < (3, 15):
    fault = " "
elif platform.python_implementation() != "CPython":
    fault = " of %s " % platform.python_implementation()
elif sys.platform == "darwin" and platform.machine() != "arm64":
    fault = " for Intel (numba needs one for Apple silicon) "
elif "free-threading" in sys.version:
    fault = " without a global lock "
else:
    try:
        import ensurepip, venv
    except ImportError:
        fault = " without venv (on Debian: apt install python%d.%d-venv) " % sys.version_info[:2]
if fault:
    print("%s%s(%s)" % (version, fault, os.path.realpath(sys.executable)))
else:
    print("fits %s %s" % (version, os.path.realpath(sys.base_prefix)))
'

ask() { # ask PYTHON: what the probe says of it
    "$1" -c "$probe" 2>/dev/null </dev/null
}

on_path() { # on_path NAME: every such file, as the first may be a version manager's that is switched off
    printf '%s\n' "$PATH:/usr/local/bin:/opt/homebrew/bin" | tr ':' '\n' | while IFS= read -r folder; do
        if [ "$folder" != "$here/.venv/bin" ] && [ -x "$folder/$1" ]; then printf '%s\n' "$folder/$1"; fi
    done
}

candidates() { # the best tested first
    for name in python3.13 python3.12 python3.14 python3 python; do on_path "$name"; done
    for each in "${PYENV_ROOT:-${HOME-}/.pyenv}"/versions/3.1[234]*/bin/python; do
        if [ -x "$each" ]; then printf '%s\n' "$each"; fi
    done
    if command -v uv >/dev/null; then
        UV_PYTHON_DOWNLOADS=never uv python find --system '>=3.12,<3.15' 2>/dev/null || true
    fi
}

search() { # what the probe says of the candidates, and under "by" the first that fits
    candidates | {
        found=""
        while IFS= read -r each; do
            if [ -n "$found" ] || ! said=$(ask "$each"); then continue; fi
            printf '%s\n' "$said"
            case $said in fits*) found=$each && printf 'by %s\n' "$each" ;; esac
        done
    }
}

named() { # sets `said` to what the probe says of $PYTHON, if that is given and fits
    if [ -z "${PYTHON-}" ]; then return 1; fi
    answer=$(ask "$PYTHON") || answer="no Python"
    case $answer in
    fits*) said=$answer ;;
    *) echo "setup: PYTHON=$PYTHON does not fit, it is $answer; left out of account" >&2 && return 1 ;;
    esac
}

choose() { # sets `python` to one that fits and `said` to what the probe says of it, or ends
    all=$(search)
    said=$(printf '%s\n' "$all" | sed -n '/^fits /p')
    python=$(printf '%s\n' "$all" | sed -n 's/^by //p')
    if [ -z "$python" ]; then
        seen=$(printf '%s\n' "$all" | sort -u | tr '\n' ',' | sed 's/,$//; s/,/, /g')
        echo "setup: weishang needs Python 3.12, 3.13 or 3.14 with venv; found ${seen:-none};" \
            "install one, or name it: PYTHON=/path/to/python sh setup.sh" >&2
        exit 2
    fi
}

# What is there --------------------------------------------------------------------------------

# The stamp is written when all is done; an empty one marks a .venv that was left half made.
stamp=.venv/.setup
sources=$(cat pyproject.toml constraints.txt setup.sh | cksum)
done_sources="" done_mode="" done_said="" done_here=""
if [ -f $stamp ]; then
    { IFS= read -r done_sources && IFS= read -r done_mode && IFS= read -r done_said && IFS= read -r done_here; } \
        <$stamp || true
fi
if [ "$done_mode" = test ]; then mode=test; fi # what can test can run

python="" why=""
said=$(ask .venv/bin/python) || said=""
case $said in
fits*) ;;
"") why="has no Python that starts" ;;
*) why="has Python $said" ;;
esac
there=$said
if named; then
    python=$PYTHON
    if [ -z "$why" ] && [ "$said" != "$there" ]; then why="is of another Python"; fi
fi
if [ -z "$why" ] && [ -f $stamp ]; then
    if [ -z "$done_here" ]; then
        why="was left half made"
    elif [ "$done_here" != "$here" ]; then
        why="was made in another place"
    fi
fi

ready() { # everything can be found; nothing of it is started, which would take seconds
    .venv/bin/python - $mode <<'END'
import sys
from importlib import metadata, util

wanted = ["sim", "hydra", "mesa", "networkx", "numba", "numpy", "optuna", "pandas", "platformdirs", "plotly", "pyarrow", "scipy"]
wanted += ["SALib", "ema_workbench", "segno", "solara", "solara_assets", "yaml"]
wanted += ["distributed", "furo", "hypothesis", "mypy", "myst_parser", "pytest", "ruff", "sphinx", "sphinx_design", "xdist"] if sys.argv[1] == "test" else []
if missing := [name for name in wanted if util.find_spec(name) is None]:
    sys.exit(f"setup: missing: {', '.join(missing)}")
python = sys.version.split()[0]
print(f"setup: ready to {sys.argv[1]}: weishang {metadata.version('weishang')} with Python {python} in .venv")
END
}

if [ -z "$why" ] && [ -x .venv/bin/weishang ] &&
    [ "$done_sources $done_mode $done_said" = "$sources $mode $said" ]; then
    if ready; then exit 0; fi
    why="is damaged"
fi

# What is missing ------------------------------------------------------------------------------

if [ -n "$why" ]; then
    if [ -z "$python" ]; then choose; fi
    if [ -e .venv ] || [ -h .venv ]; then echo "setup: .venv $why"; fi
    echo "setup: making .venv with $python"
    rm -rf .venv
    mkdir .venv
    : >$stamp
    "$python" -m venv .venv
fi
: >$stamp
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
if [ $mode = test ]; then what=".[dev]"; else what=".[export,fit,page,sensitivity]"; fi
echo "setup: installing weishang and what it needs to $mode (a few minutes the first time)"
if ! .venv/bin/python -m pip install --quiet --constraint constraints.txt --editable "$what"; then
    echo "setup: pip could not install everything, for the reasons above; put them right and run this again" >&2
    exit 1
fi
ready
printf '%s\n' "$sources" "$mode" "$said" "$here" >$stamp
