"""Of all unit tests."""

from hypothesis import settings

# How long an example takes says something about the machine, and is no promise of ours.
settings.register_profile("landbridge", deadline=None)
settings.load_profile("landbridge")
