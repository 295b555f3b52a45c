"""What every test may use."""

from hypothesis import settings

pytest_plugins = ["tests.support.databases", "tests.support.people"]

# How long an example takes says something about the machine alone.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
