"""Plug-ins by discovery: one new thing is one new file in its folder."""

import importlib
import inspect
import pkgutil
from types import ModuleType


def discover[Base](package: ModuleType, base: type[Base]) -> dict[str, type[Base]]:
    """Return file name -> the one concrete subclass of `base` that the file defines, by name.

    Raises ImportError, naming the file, if a file of the package defines none or several.
    """
    found = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if info.name == "base":
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        members = [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, base) and member.__module__ == module.__name__
        ]
        if len(members) != 1:
            raise ImportError(f"{module.__file__}: must define one {base.__name__}, defines {len(members)}")
        found[info.name] = members[0]
    return found
