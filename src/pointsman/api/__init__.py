"""Documents and handlers of the admin API."""
