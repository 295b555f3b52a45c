"""Builds the front end when it must be built, and serves the product."""
