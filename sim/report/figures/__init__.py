"""Figures of the decision report: each takes a table and returns a plotly figure; usable alone, e.g. in a notebook.

They import no model and read no files. The tables are those of `sim.report.tables`, or any with the same columns:

    from sim.report import figures, tables
    table = tables.fan(result.weekly, "welfare", "like_ban", "baseline")
    figures.fans({"welfare": table})
"""

from sim.report.figures.fans import fans
from sim.report.figures.forest import forest, panels
from sim.report.figures.money import waterfall, yuan_split
from sim.report.figures.people import winners_and_losers
from sim.report.figures.schedule import schedule
from sim.report.figures.tornado import tornado

__all__ = ["fans", "forest", "panels", "schedule", "tornado", "waterfall", "winners_and_losers", "yuan_split"]
