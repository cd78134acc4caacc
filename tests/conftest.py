"""What holds for all tests: how long an example takes on a busy machine is no property of the program."""

from hypothesis import settings

settings.register_profile("pvsim", deadline=None)
settings.load_profile("pvsim")
