"""Benchmarks: what the service does beside the least that could do it, as ratios taken side by side in one run.

`make bench` runs all, `python -m benchmarks NAME` some, `--write` puts the table into docs/benchmarks.md. Timings are
never tests: a missed goal is printed, the exit code stays 0.
"""
