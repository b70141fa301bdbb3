"""`pointsman demo`: Ingress manifests as people wrote them for Traefik 1.7, servers behind them, and a tour with curl.

Owns the manifests, the demo servers and the expectations. Knows the product only from outside.
"""
