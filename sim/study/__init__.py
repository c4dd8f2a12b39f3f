"""Studies: running worlds, keeping what they yield, and the statistics over seeds."""
