"""Frontends and backends from TOML files, followed while they change.

Owns which files are read, when, and what becomes of one that is broken. Knows no frontend's meaning.
"""

from pointsman.providers.file.provider import FileProvider

__all__ = ["FileProvider"]
