"""The command line: run, demo, check, explain, version, healthcheck."""
