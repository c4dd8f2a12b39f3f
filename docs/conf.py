"""How Sphinx builds this site: `python -m sphinx -n -W --keep-going -b html docs FOLDER`."""

import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ["NUMBA_DISABLE_JIT"] = "1"  # nothing is compiled; kernels are plain functions whose docstrings show

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generate  # noqa: E402
from docstrings import as_rst  # noqa: E402

import sim  # noqa: E402

project, author, project_copyright = "weishang 微商", "The weishang authors", "The weishang authors"
version = release = sim.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_design"]
exclude_patterns = ["**.ipynb"]

html_theme = "furo"
html_title = "weishang 微商"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

default_role = "code"  # single backticks in docstrings
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 100
nitpick_ignore_regex = [("py:.*", ".*")]  # types in signatures need no page; links between pages are all checked


def link_to_copies(app: Any, docname: str, source: list[str]) -> None:
    """Let links from pages to CHANGELOG.md and the like lead to their copies in this site."""
    names = "|".join(map(re.escape, generate.COPIES))
    source[0] = re.sub(rf"\]\((?:\.\./)+({names})", lambda match: f"](/{generate.copy_of(match[1])}", source[0])


def setup(app: Any) -> None:
    """Write the generated pages, then let pages and docstrings be read."""
    generate.write(HERE / "generated")
    app.connect("source-read", link_to_copies)
    app.connect("autodoc-process-docstring", as_rst)
