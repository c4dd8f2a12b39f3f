"""Scenarios: from a name or plain mappings to checked parameters and policies, and back.

A scenario file (`configs/scenario/NAME.yaml`) holds a label, a description and departures from the
defaults. What is wrong with it, or with a mapping from Python or the command line, is said in
one line that names the key, the value, what is allowed and the nearest name there is.
"""

from sim.scenario.building import Scenario, assembled, build, build_settings, compose, departures, load, to_mapping
from sim.scenario.files import (
    at_home,
    available,
    config_folder,
    folders,
    is_folder,
    option_file,
    options,
    read,
    read_yaml,
)
from sim.scenario.mappings import flattened, merge, nested
from sim.scenario.names import PARTS, SETTINGS, all_keys, declared_at, nearest, policy_groups, shown, unknown
from sim.scenario.phases import build_policies, changed_fields, idle_notes, merge_fork, refuse_late
from sim.scenario.texts import LANGUAGES, TEXTS, Texts
from sim.scenario.values import checked

__all__ = [
    "LANGUAGES",
    "PARTS",
    "SETTINGS",
    "TEXTS",
    "Scenario",
    "Texts",
    "all_keys",
    "assembled",
    "at_home",
    "available",
    "build",
    "build_policies",
    "build_settings",
    "changed_fields",
    "checked",
    "compose",
    "config_folder",
    "declared_at",
    "departures",
    "flattened",
    "folders",
    "idle_notes",
    "is_folder",
    "load",
    "merge",
    "merge_fork",
    "nearest",
    "nested",
    "option_file",
    "options",
    "policy_groups",
    "read",
    "read_yaml",
    "refuse_late",
    "shown",
    "to_mapping",
    "unknown",
]
