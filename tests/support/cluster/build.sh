#!/bin/sh
# Builds the kube-apiserver of the tests ahead of time; the tests do it themselves when it is absent.
exec python3 "$(dirname "$0")/binary.py"
