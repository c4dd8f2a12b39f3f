"""Shell completion."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import main
from sim.cli.arguments import VERBS
from sim.cli.completion import candidates, script
from sim.scenario import all_keys

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ru"], ["run"]),
        (["r"], ["run", "report"]),
        (["report", "report.l"], ["report.language="]),
        (["report", "report.language="], ["report.language=en", "report.language=zh"]),
        ([""], list(VERBS)),
        (["run", "scenario=cla"], ["scenario=classroom"]),
        (["run", "population.n_p"], ["population.n_people="]),
        (["run", "network="], ["network=file", "network=generated"]),
        (["run", "export="], ["export=csv", "export=xlsx"]),
        (["run", "population.n_people="], ["population.n_people=20000"]),
        (["run", "--cf"], ["--cfg"]),
        (["run", "--cfg", ""], ["job"]),
        (["--completion", "z"], ["zsh"]),
        (["list", "m"], ["measures"]),
        (["run", "policies.like_ban.d"], ["policies.like_ban.detection="]),
        (["run", "policies.f"], [f"{key}=" for key in all_keys() if key.startswith("policies.friend_limit")]),
        (["run", "policies.like_ban="], ["policies.like_ban=on", "policies.like_ban=off"]),
        (["run", "policies.friend_limit.mode=p"], ["policies.friend_limit.mode=purge"]),
        (["run", "policies.like_ban.schedule="], ["policies.like_ban.schedule=[]"]),
        (["run", "policies.like_ban.remove_followers=t"], ["policies.like_ban.remove_followers=true"]),
        (["list", "p"], ["parameters", "policies"]),
        (["run", "nothing.of="], []),
        (["run", "--config-dir", ""], []),
    ],
)
def test_completion_knows_verbs_groups_keys_and_options(words, expected):
    assert candidates(words) == expected


def test_completion_finds_the_users_scenarios(tmp_path):
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "town.yaml").touch()
    assert candidates(["run", "--config-dir", str(tmp_path), "scenario=to"]) == ["scenario=town"]
    assert candidates(["run", "--config-dir", str(tmp_path / "nowhere"), "scenario=b"]) == []


BASH_COMPLETIONS = [
    ("weishang ru", ["run"]),
    ("weishang run scenario=cla", ["classroom"]),
    ("weishang run seed=3 shops.retail", ["shops.retail_markup="]),
    ("weishang run network.kind=", ["generated", "file"]),
    ("weishang ", list(VERBS)),
]


@pytest.mark.parametrize(("line", "expected"), BASH_COMPLETIONS)
def test_bash_completes(line, expected, tmp_path):
    (tmp_path / "weishang").write_text(f'#!/bin/sh\nexec {sys.executable} -m sim.cli "$@"\n')
    (tmp_path / "weishang").chmod(0o755)
    ask = f'{script("bash")}\nCOMP_LINE="{line}" COMP_POINT={len(line)}\n_weishang\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", ask], capture_output=True, text=True, env=environment | {"PATH": path}, check=True
    )
    assert done.stdout.split() == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_sound(shell, capsys):
    assert main(["--completion", shell]) == 0
    text = capsys.readouterr().out
    assert "weishang --complete" in text
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=text, text=True, check=True)
