"""Sweeps: designs over parameters and policies, run so that nothing is lost and nothing is done twice."""
