"""What the students' page and a report take of the server; what the browser adds is in `benchmarks/page.py`."""

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sim.bench.base import FEW, MANY, Part, Row, alone, typical

WEEKS = 156


def page() -> tuple[float, float]:
    """Return the seconds of a drawn week and of going back to a distant week; called in a process of its own."""
    from sim.explore.page import parts_of
    from sim.explore.session import Session

    session = Session()
    session.act({"do": "open", "link": "", "language": "en"})

    def go(week: int) -> None:
        session.act({"do": "goto", "week": week})
        parts_of(session, ready=True)

    a_week = typical(lambda: go(session.setup.week + 1), WEEKS)
    return a_week, typical(lambda: go(WEEKS - FEW if session.setup.week < WEEKS // 2 else FEW), MANY)


def report() -> float:
    """Return the seconds of a report of three options; called in a process of its own."""
    import sim

    with tempfile.TemporaryDirectory() as folder:
        results = sim.compare(
            ["baseline", "like_ban", "way_out"], n_people=500, weeks=104, replications=10, output=f"{folder}/compare"
        )
        return typical(lambda: results.report(Path(folder) / "page.html"), FEW)


class PageAndReport(Part):
    """The server's part of a drawn week, of going to any week, and a report."""

    title = "Page and report"

    def rows(self, *, is_large: bool) -> Iterator[Row]:
        """Yield seconds; the page needs its extra installed."""
        if find_spec("solara"):
            a_week, far = alone(page)
            yield Row("page: a week of both towns, lived and made into views", a_week, "s", 0.1)
            yield Row("page: going to a distant week", far, "s", 0.3)
        yield Row("report of three options x 10 pairs", alone(report), "s")
