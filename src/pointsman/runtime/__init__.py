"""The controller's tasks: aggregator, applier, link to the proxy, back-off."""
