"""Calibration: the market held against the patterns of the real one.

`targets.csv` holds what was observed, with its source; `patterns` computes the same of a run;
`verdicts` compares the two over seeds; `calibrating` runs what it takes.

The fit (`weishang calibrate fit`): `moments` are what is compared, `free` the parameters that are searched;
`proposals` says which points are tried, `evaluation` lives worlds there, `identifiability` says how well the moments
tell the parameters; `fitting` does these in turn for a `task`, and `fit_tables` and `fit_page` write it down.
"""
