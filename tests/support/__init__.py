"""What tests share: real processes, upstreams that remember, a raw client, a real kube-apiserver."""
