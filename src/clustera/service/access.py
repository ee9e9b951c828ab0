"""What each address needs: the one place where that is said. What is not named here is not answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from starlette.routing import compile_path

from clustera.service.persons import ROLES, Role

Did = Literal["", "saw", "changed", "exported"]
ANYONE = "anyone"
_A = "/api/v1"

# Who is nobody yet.
_ANYONE = """
GET /enter
GET /login
POST /login
GET /login/oidc
GET /login/oidc/callback
GET /welcome
POST /welcome
GET /static/{version}/{name}
GET /health
GET /ready
"""
# Groups of customers, and what was found about them; never one customer, so no list, no id and no condition of one's own,
# which could be about one customer.
_VIEWER = f"""
GET /
GET /docs
GET /runs
GET /runs.json
GET /runs.csv
GET /runs/{{name}}
GET /runs/{{name}}/overview
GET /runs/{{name}}/overview.json
GET /runs/{{name}}/overview.csv
GET /runs/{{name}}/method
GET /runs/{{name}}/method.json
GET /runs/{{name}}/method.csv
GET /runs/{{name}}/number
GET /runs/{{name}}/number.json
GET /runs/{{name}}/number.csv
GET /runs/{{name}}/report.html
GET /runs/{{name}}/report.pdf
GET /runs/{{name}}/segments/{{number}}
GET /runs/{{name}}/segments/{{number}}.json
GET /runs/{{name}}/segments/{{number}}.csv
GET /runs/{{name}}/segments/{{number}}/pairs.json
GET /runs/{{name}}/segments/{{number}}/pairs.csv
GET /runs/{{name}}/differences
GET /runs/{{name}}/differences.json
GET /runs/{{name}}/differences.csv
GET /runs/{{name}}/moves
GET /runs/{{name}}/moves.json
GET /runs/{{name}}/moves.csv
GET /runs/{{name}}/notes.json
GET /runs/{{name}}/notes.csv
GET /runs/{{name}}/audiences
GET /runs/{{name}}/audiences.json
GET /runs/{{name}}/audiences.csv
GET /runs/{{name}}/what-if
GET /runs/{{name}}/what-if.json
GET /runs/{{name}}/what-if.csv
GET {_A}/openapi.json
GET {_A}/runs
GET {_A}/runs/{{run}}
GET {_A}/runs/{{run}}/segments
GET {_A}/runs/{{run}}/segments/{{segment}}
GET {_A}/runs/{{run}}/audiences
GET {_A}/runs/{{run}}/audiences/{{audience}}
GET {_A}/runs/{{run}}/differences
GET {_A}/runs/{{run}}/moves
GET {_A}/runs/{{run}}/notes
POST {_A}/runs/{{run}}/predict
GET /metrics
GET /account
POST /account/password
POST /account/sessions
POST /account/keys
POST /account/keys/{{key}}/remove
POST /logout
"""
_ANALYST = f"""
GET /runs/{{name}}/customers
GET /runs/{{name}}/customers.json
GET /runs/{{name}}/customers.csv
GET /runs/{{name}}/customer
GET /runs/{{name}}/customer.json
GET /runs/{{name}}/mailing.csv
GET /runs/{{name}}/audience
GET /runs/{{name}}/audience.json
GET /runs/{{name}}/audience.csv
GET /runs/{{name}}/audience-words.json
POST /runs/{{name}}/audience
POST /runs/{{name}}/audience/contacts
POST /runs/{{name}}/audience/restore
POST /runs/{{name}}/audience/freeze
POST /runs/{{name}}/audience/delete
GET /runs/{{name}}/overlap
GET /runs/{{name}}/overlap.json
GET /runs/{{name}}/overlap.csv
GET /runs/{{name}}/priority
GET /runs/{{name}}/priority.json
GET /runs/{{name}}/priority.csv
GET /runs/{{name}}/recommendations.json
GET /runs/{{name}}/recommendations.csv
GET /runs/{{name}}/offers
POST /runs/{{name}}/offers
POST /runs/{{name}}/offers/audience
GET /runs/{{name}}/offers.toml
GET /runs/{{name}}/offers.json
GET /runs/{{name}}/offers.csv
GET /runs/{{name}}/campaigns
GET /runs/{{name}}/campaigns.json
GET /runs/{{name}}/campaigns.csv
POST /runs/{{name}}/campaigns
GET /runs/{{name}}/campaign
GET /runs/{{name}}/campaign.json
GET /runs/{{name}}/campaign.csv
GET /runs/{{name}}/campaign/{{id_}}
GET /runs/{{name}}/campaign/{{id_}}.json
GET /runs/{{name}}/campaign/{{id_}}.csv
POST /runs/{{name}}/campaign/{{id_}}
GET /runs/{{name}}/campaigns/{{campaign}}
GET /runs/{{name}}/campaigns/{{campaign}}.json
GET /runs/{{name}}/campaigns/{{campaign}}.csv
POST /runs/{{name}}/campaigns/{{campaign}}
POST /runs/{{name}}/campaigns/{{campaign}}/audience
GET /runs/{{name}}/campaigns/{{campaign}}/{{what}}.csv
GET /runs/{{name}}/export
GET /runs/{{name}}/export.json
GET /runs/{{name}}/export.csv
POST /runs/{{name}}/export
GET /runs/{{name}}/export/{{id_}}
GET /runs/{{name}}/export/{{id_}}.json
GET /runs/{{name}}/export/{{id_}}.csv
POST /runs/{{name}}/export/{{id_}}
GET /runs/{{name}}/export/{{id_}}/{{what}}.csv
POST /runs/{{name}}/number
POST /runs/{{name}}/use
POST /runs/{{name}}/recommend
POST /runs/{{name}}/notes
POST /runs/{{name}}/notes/{{number}}/remove
POST /runs/{{name}}/segments/{{number}}/name
GET /new
POST /new
POST /example
GET /new/tables
GET /new/{{draft}}
POST /new/{{draft}}
GET /contacts
POST /contacts/{{file}}/remove
GET /schedules
GET /schedules.json
GET /schedules.csv
POST /schedules
POST /schedules/{{name}}/run
POST /schedules/{{name}}/pause
POST /schedules/{{name}}/remove
GET /jobs/{{job}}
GET /jobs/{{job}}.json
POST /jobs/{{job}}/cancel
GET /jobs/{{job}}/events
POST {_A}/runs
POST {_A}/runs/upload
GET {_A}/jobs
GET {_A}/jobs/{{job}}
POST {_A}/jobs/{{job}}/cancel
GET {_A}/jobs/{{job}}/events
GET {_A}/runs/{{run}}/customers
GET {_A}/runs/{{run}}/customer
GET {_A}/runs/{{run}}/audience-count
GET {_A}/runs/{{run}}/audience-members
PUT {_A}/runs/{{run}}/audiences/{{audience}}
GET {_A}/runs/{{run}}/overlap
GET {_A}/runs/{{run}}/priority
GET {_A}/runs/{{run}}/recommendations
GET {_A}/runs/{{run}}/offers
POST {_A}/runs/{{run}}/offers/audience
GET {_A}/runs/{{run}}/offered
POST {_A}/runs/{{run}}/notes
DELETE {_A}/runs/{{run}}/notes/{{number}}
GET {_A}/databases
GET {_A}/databases/{{database}}
GET {_A}/schedules
PUT {_A}/schedules/{{schedule}}
DELETE {_A}/schedules/{{schedule}}
POST {_A}/schedules/{{schedule}}/run
POST {_A}/schedules/{{schedule}}/pause
POST {_A}/schedules/{{schedule}}/resume
GET {_A}/runs/{{run}}/campaigns
POST {_A}/runs/{{run}}/campaigns
POST {_A}/runs/{{run}}/campaigns/count
GET {_A}/runs/{{run}}/campaign-plan
GET {_A}/runs/{{run}}/campaigns/{{campaign}}
GET {_A}/runs/{{run}}/campaigns/{{campaign}}/results
POST {_A}/runs/{{run}}/campaigns/{{campaign}}/results
POST {_A}/runs/{{run}}/campaigns/{{campaign}}/results/upload
POST {_A}/runs/{{run}}/campaigns/{{campaign}}/audience
GET {_A}/runs/{{run}}/campaigns/{{campaign}}/{{file}}.csv
GET {_A}/contacts
GET {_A}/exports
POST {_A}/runs/{{run}}/exports
POST {_A}/runs/{{run}}/exports/upload
GET {_A}/runs/{{run}}/exports/{{export}}
POST {_A}/runs/{{run}}/exports/{{export}}/write
GET {_A}/runs/{{run}}/exports/{{export}}/{{file}}.csv
"""
_ADMIN = """
GET /admin/users
POST /admin/users
POST /admin/users/{account}
GET /admin/keys
POST /admin/keys/{key}/remove
GET /admin/databases
POST /admin/databases
POST /admin/databases/{name}/remove
GET /admin/audit
GET /admin/audit.json
GET /admin/audit.csv
"""
# What only a person at a browser may do: a key that leaks makes no further key and no account.
_BROWSER = ("/account", "/admin", "/logout")
# Nothing of a customer is in them: polls of what is being made, and what a page needs to work.
_UNRECORDED = re.compile(r"^/$|/jobs|/events$|-words\.json$|/openapi\.json$|^/metrics$|^/docs$|^/account$")
_FILES = re.compile(r"\.csv$|/report\.(html|pdf)$|/audience-members$")


@dataclass(frozen=True, slots=True)
class Rule:
    """What an address needs."""

    method: str
    path: str  # as the route has it
    role: Role | Literal["anyone"]
    did: Did  # what the record says; "" keeps none
    browser: bool  # no key will do


@cache
def rules() -> tuple[Rule, ...]:
    """Every address that is answered."""
    found = []
    for role, lines in zip((ANYONE, *ROLES), (_ANYONE, _VIEWER, _ANALYST, _ADMIN), strict=True):
        for line in lines.split("\n"):
            method, _, path = line.partition(" ")
            if path:
                found.append(Rule(method, path, role, _did(role, method, path), path.startswith(_BROWSER)))  # type: ignore[arg-type]
    return tuple(found)


@lru_cache(256)
def rule_of(method: str, path: str) -> Rule | None:
    """What a request needs; the strictest rule where several match. None: there is no such page.

    >>> rule_of("GET", "/runs/december/customers").role
    'analyst'
    """
    return max(
        (rule for rule in rules() if rule.method == method and _pattern(rule.path).match(path)),
        key=lambda rule: (ANYONE, *ROLES).index(rule.role),
        default=None,
    )


def is_known(path: str) -> bool:
    """Whether an address is answered to another method."""
    return any(_pattern(rule.path).match(path) for rule in rules())


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


def _did(role: str, method: str, path: str) -> Did:
    if role == ANYONE:
        return ""
    if method != "GET":
        return "saw" if path.endswith("/predict") else "exported" if path.endswith("/write") else "changed"
    if _UNRECORDED.search(path):
        return ""
    return "exported" if _FILES.search(path) else "saw"
