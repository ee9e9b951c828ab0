"""What the service refuses with a status of its own."""

from __future__ import annotations

from clustera.errors import ClusteraError


class StillWorkingError(ClusteraError):
    """The first request with this key is being worked on."""
