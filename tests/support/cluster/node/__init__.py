"""One node of the test cluster, without Docker and kubelet: pods are processes in namespaces of their own.

Stands in for scheduler, kubelet, container runtime and kube-proxy, as a process of its own (`python -m
support.cluster.node`). Knows the Kubernetes API alone; nothing of Pointsman and of tests.
"""
