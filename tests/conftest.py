"""Settings of every test: properties are tried the same way each time and without a clock, since a busy machine is no defect."""

from hypothesis import settings

settings.register_profile("perfagent", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("perfagent")
