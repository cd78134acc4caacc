"""What holds for all tests: how long an example takes on a busy machine is no property of the program.

Where CI is set the examples are the same for the same commit; everywhere else they are new in each run.
"""

import os

from hypothesis import settings

settings.register_profile("pvsim", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("pvsim")
