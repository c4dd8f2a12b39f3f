"""Plain mappings: nested, laid on each other, flattened."""

import json
from collections.abc import Mapping
from typing import Any

from sim.fields import ParameterError

MOST_LEVELS = 60
"""Of keys within keys; the deepest that there is has five."""


def nested(mapping: Mapping[Any, Any], level: int = 0) -> dict[str, Any]:
    """Return a copy with dotted keys split and mappings as plain dictionaries; raises ParameterError."""
    result: dict[str, Any] = {}
    for key, value in mapping.items():
        head, dot, rest = str(key).partition(".")
        if level > MOST_LEVELS:
            raise ParameterError(f"{str(key)[:MOST_LEVELS]}...: keys within keys to more than {MOST_LEVELS} levels")
        if dot:
            value = nested({rest: value}, level + 1)
        elif isinstance(value, Mapping):
            value = nested(value, level + 1)
        result = merge(result, {head: value})
    return result


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` laid on it, key by key; lists are replaced, null leaves a group as it is."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merge(below, value)
        elif not (isinstance(below, Mapping) and value is None):
            result[key] = value
    return result


def flattened(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return dotted keys to values.

    Mappings in lists are numbered, e.g. `scandals[0].week`; a list of anything else is one value, as JSON.

    >>> flattened({"scandals": [{"week": 65}], "policies": {"like_ban": {"schedule": [[22, 0.5]]}}})
    {'scandals[0].week': 65, 'policies.like_ban.schedule': '[[22, 0.5]]'}
    """
    flat: dict[str, Any] = {}
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}.{name}": each for name, each in flattened(value).items()}
        elif isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value):
            flat |= flattened({f"{key}[{number}]": each for number, each in enumerate(value)})
        else:
            flat[key] = json.dumps(value) if isinstance(value, list | tuple) else value
    return flat
