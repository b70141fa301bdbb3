"""Helm and kustomize for tests: one program built from Go modules, once per machine.

Owns building and calling it. Knows nothing of what is in a chart.
"""
