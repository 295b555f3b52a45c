"""The demo: an invented support organisation with a past, and what keeps it at work."""
