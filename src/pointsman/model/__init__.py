"""The nouns of the pipeline as frozen structs: Static, Dynamic, Plan, Problem.

Owns shapes and value parsing. Knows no file, socket, clock or log.
"""
