"""Log formats of the product."""
