"""The Kubernetes provider: API or manifests to slim objects, slim objects to Dynamic."""
