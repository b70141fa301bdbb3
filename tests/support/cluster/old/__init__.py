"""A proxy that makes today's API server look like one of Kubernetes 1.15: old groups served, today's hidden.

Everything is the real API server's: objects, versions, watches, and the rights, asked of it under the old names.
"""
