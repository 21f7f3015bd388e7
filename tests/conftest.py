"""Property tests try the same cases in every run: what passed once passes again."""

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.load_profile("same")
