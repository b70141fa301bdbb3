"""Sources of Dynamic configuration; each publishes Changes, none imports another."""
