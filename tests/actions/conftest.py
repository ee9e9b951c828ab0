"""Segments described from hand-written tables, as the tests of the profile have them."""

from tests.profile.conftest import checked, described, engine, mixed  # noqa: F401 - fixtures
