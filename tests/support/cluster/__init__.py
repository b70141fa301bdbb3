"""A real Kubernetes control plane for tests: etcd, kube-apiserver and kube-controller-manager, up in seconds.

Owns building the binary, certificates, processes and their end. Knows nothing of Pointsman.
"""
