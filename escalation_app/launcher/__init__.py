"""Builds the front end when it must be built, and serves the product from one process."""
