"""Calibration: the market held against the patterns of the real one.

`targets.csv` holds what was observed, with its source; `patterns` computes the same of a run;
`verdicts` compares the two over seeds; `calibrating` runs what it takes.
"""
