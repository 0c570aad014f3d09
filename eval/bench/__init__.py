"""`aparte bench`: ratios against the bare engines, within one run.

Machines are shared and noisy, so absolute times are printed for orientation and ratios are what counts.
"""
