"""What the application holds, and who asks: each by one function of a request."""

from __future__ import annotations

from fastapi import Request
from starlette.exceptions import HTTPException

from clustera.service.drafts import Drafts
from clustera.service.entrance import Entrance
from clustera.service.jobs import Job, Jobs
from clustera.service.kept_contacts import KeptFiles
from clustera.service.library import Library
from clustera.service.lists import ListDrafts
from clustera.service.oidc import Provider
from clustera.service.persons import Person


def library_of(request: Request) -> Library:
    """The runs that are served."""
    found: Library = request.app.state.library
    return found


def theme_of(request: Request) -> str:
    """The color scheme that a person chose; "" for that of the system."""
    chosen = request.cookies.get("clustera_theme", "")
    return chosen if chosen in ("light", "dark") else ""


def drafts_of(request: Request) -> Drafts:
    """Files that are not segmented yet."""
    found: Drafts = request.app.state.drafts
    return found


def jobs_of(request: Request) -> Jobs:
    """The segmentations that were asked for.

    Raises:
        SetupError: the folder of runs can't be written.
    """
    found: Jobs = request.app.state.jobs()
    return found


def job_of(request: Request, job: str) -> Job:
    """The job of an id; 404 where there is none."""
    known: Jobs | None = request.app.state.known_jobs()
    found = known.get(job) if known else None
    if found is None:
        raise HTTPException(404)
    return found


def lists_of(request: Request) -> ListDrafts:
    """Lists that are being prepared."""
    found: ListDrafts = request.app.state.lists
    return found


def entrance_of(request: Request) -> Entrance:
    """The door of the service."""
    found: Entrance = request.app.state.entrance
    return found


def person_of(request: Request) -> Person:
    """Who asks."""
    found: Person = request.state.person
    return found


def record(request: Request, what: str) -> None:
    """Say in words what a request changed; its address says too little for the record."""
    request.state.told = what


def kept_files_of(request: Request) -> KeptFiles:
    """The contacts that are kept."""
    found: KeptFiles = request.app.state.kept_files
    return found


def _provider_of(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None or not entrance_of(request).guarded:
        raise HTTPException(404)
    return provider
