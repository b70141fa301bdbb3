"""The walk-through of the documentation on a test cluster: its manifests, its images, and a user's hand.

Knows Pointsman from outside alone: manifests in, requests and kubectl out.
"""
