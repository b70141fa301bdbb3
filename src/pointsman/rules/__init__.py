"""The rule language: Traefik 1.7's `Host:a;PathPrefix:/b` to plan matchers and modifiers, and the default priority.

Pure. Knows no provider and no request.
"""
