#!/bin/sh
# Prepares everything in .venv beside this file: interpreter, dependencies, package. Run it again at any time.
#   sh setup.sh         what is needed to use weishang
#   sh setup.sh --dev   what is needed to test and change it, too
set -eu
cd "$(dirname "$0")"
extra=""
case "${1-}" in
"") ;;
--dev) extra="[dev]" ;;
*)
    echo "setup.sh: unknown option $1; allowed is --dev" >&2
    exit 2
    ;;
esac

fits='import ensurepip, sys, venv; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 15))'
candidates() { # most wanted first; pyenv's own interpreters are tried as its shims may be switched off
    [ -z "${PYTHON-}" ] || echo "$PYTHON"
    printf '%s\n' python3.13 python3.12 python3.14 python3 python
    for root in "${PYENV_ROOT-}" "$HOME/.pyenv"; do
        [ -z "$root" ] || for found in "$root"/versions/3.1[234]*/bin/python; do echo "$found"; done
    done
    if command -v uv >/dev/null 2>&1; then uv python find --no-python-downloads '>=3.12,<3.15' 2>/dev/null || true; fi
}

find_python() {
    candidates | while read -r candidate; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$fits" >/dev/null 2>&1; then
            command -v "$candidate"
            break
        fi
    done
}

works() { [ -x .venv/bin/python ] && .venv/bin/python -c "$fits" >/dev/null 2>&1 && .venv/bin/python -m pip --version >/dev/null 2>&1; }

if ! works; then
    python=$(find_python)
    if [ -z "$python" ]; then
        seen=$(candidates | while read -r each; do "$each" --version 2>/dev/null || true; done | sort -u | paste -s -d ',' -)
        echo "setup.sh: Python 3.12, 3.13 or 3.14 with venv is needed; found ${seen:-none}. Install one, or name it: PYTHON=/path/to/python sh setup.sh" >&2
        exit 2
    fi
    echo "setup: making .venv with $python"
    rm -rf .venv
    "$python" -m venv .venv
fi

state="$(cat pyproject.toml constraints.txt setup.sh | cksum) $(pwd)"
stamp=".venv/.weishang${extra:+-dev}"
for done in "$stamp" .venv/.weishang-dev; do
    if [ -f "$done" ] && [ "$(cat "$done")" = "$state" ] && [ -x .venv/bin/weishang ]; then exit 0; fi
done
echo "setup: installing weishang and what it needs (some minutes the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".$extra"
echo "$state" >"$stamp"
echo "setup: ready"
