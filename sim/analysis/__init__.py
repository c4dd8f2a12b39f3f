"""Analysis of a finished sweep from its stored files alone: what drives the results, and where options fail.

`stored` reads the folder; `responses` makes of it one number a point, y: a level, or the paired difference against
another scenario. One file a method then takes plain tables and returns one: `sobol`, `morris` (sensitivity indices),
`dependence` (mean of y along one factor), `tornado` and `switching` (how far one factor moves y, and where it turns its
sign), `prim` (where the bad cases lie; `cases` says which are bad), `regret` (what is lost by an option if another was
better). `findings` puts the tables into sentences; `analysing` says which method suits which design and does them all.
"""

from sim.analysis.analysing import Analysis, analyse

__all__ = ["Analysis", "analyse"]
