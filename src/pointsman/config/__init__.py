"""Text to model: TOML, environment and flags become one Tree, and the Tree becomes Static.

Owns syntax, origins and messages about mistakes. Knows no provider and no socket.
"""
