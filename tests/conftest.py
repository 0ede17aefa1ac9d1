"""Settings of every test: Hypothesis without a deadline, since a loaded machine is no failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("trustcert", deadline=None)
settings.load_profile("trustcert")
