"""Files of configurations: where they lie, which there are, what they hold."""

from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from sim.fields import ParameterError
from sim.scenario.names import nearest, shown
from sim.scenario.texts import plain, texts_in

MOST_BYTES = 10_000_000
MOST_VALUES, MOST_LEVELS = 100_000, 50
"""That a file of a configuration may hold, anchors put in; no real one comes near."""


def config_folder() -> Path:
    """Return the folder of the built-in configurations: in the wheel, or at the top of the checkout."""
    here = Path(__file__).resolve().parents[1]
    for folder in (here / "configs", here.parent / "configs"):
        if (folder / "config.yaml").is_file():
            return folder
    raise ParameterError(f"{here / 'configs'}: the configurations are missing; install weishang again")


def folders(config_dirs: Iterable[Path | str] = ()) -> list[Path]:
    """Return the folders of configurations, the first to hold a name wins."""
    extra = [at_home(each) for each in config_dirs]
    for folder in extra:
        if not is_folder(folder):
            raise ParameterError(
                f"--config-dir={shown(str(folder))}: no such folder; allowed is a folder of configurations"
            )
    return [*extra, config_folder()]


def at_home(path: Path | str) -> Path:
    """Return a path with `~` put in, or as it is where nobody is known by that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def is_folder(path: Path | str) -> bool:
    """Tell whether a folder is there; what cannot be the name of one is none."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def options(group: str, config_dirs: Iterable[Path | str] = ()) -> dict[str, Path]:
    """Return the names in a group of configurations (`scenario`, `network`) with their files."""
    found: dict[str, Path] = {}
    for folder in folders(config_dirs):
        for path in sorted((folder / group).glob("*.yaml")):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def option_file(group: str, name: str, config_dirs: Iterable[Path | str] = ()) -> Path:
    """Return the file of one name in a group; raises ParameterError that tells the names there are."""
    found = options(group, config_dirs)
    if name not in found:
        raise ParameterError(
            f"{group}={shown(name)}: no such {group}{nearest(str(name), found)}; allowed are {', '.join(found)}"
        )
    return found[name]


def available(config_dirs: Iterable[Path | str] = ()) -> dict[str, str]:
    """Return the names of all scenarios with their descriptions."""
    return {name: _description(path) for name, path in options("scenario", config_dirs).items()}


def _description(path: Path) -> str:
    try:
        return plain(texts_in(read_yaml(path)).get("description", {}))
    except ParameterError:
        return "(cannot be read)"


def read(name: str, config_dirs: Iterable[Path | str] = ()) -> dict[str, Any]:
    """Return the content of a scenario file."""
    return read_yaml(option_file("scenario", name, config_dirs))


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file (empty for an empty file); raises ParameterError with one line."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ParameterError(f"{path}: not a file; allowed is YAML")
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise ParameterError(f"{path}: more than {MOST_BYTES // 10**6} MB; allowed is YAML of up to that")
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}:" if error.problem_mark else ""
        raise ParameterError(f"{path}:{line} {error.problem}; allowed is YAML") from None
    except ParameterError:
        raise
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: no UTF-8, or a number of too many digits
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ParameterError(f"{path}: {reason}; allowed is YAML") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ParameterError(f"{path}: holds {shown(content)}; allowed is a mapping of keys")
    try:
        texts_in(content)
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from None
    return content


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key given twice is an error, as it is for Hydra, and which does not grow without end."""

    level = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.level += 1
        if self.level > MOST_LEVELS:
            raise yaml.composer.ComposerError(
                None, None, f"values within values to more than {MOST_LEVELS} levels", self.peek_event().start_mark
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        self.level -= 1
        return node

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _n_values(node, {}) > MOST_VALUES:
            raise yaml.composer.ComposerError(
                None, None, f"more than {MOST_VALUES} values, anchors put in", node.start_mark
            )
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
            seen.add(key)
        return dict(super().construct_mapping(node, deep))


def _n_values(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many values a node holds, an anchored one as often as it is named."""
    if id(node) not in known:
        known[id(node)] = 0  # under way
        below = [] if isinstance(node, yaml.ScalarNode) else node.value
        parts = [each for part in below for each in (part if isinstance(part, tuple) else (part,))]
        known[id(node)] = 1 + sum(_n_values(each, known) for each in parts)
    elif known[id(node)] == 0:
        raise yaml.composer.ComposerError(None, None, "a value that holds itself", node.start_mark)
    return known[id(node)]
