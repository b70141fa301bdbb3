"""Dynamic to Plan, one file per concern.

Pure: no clock, socket, log or provider's vocabulary. Errors are Problems beside the Plan.
"""
