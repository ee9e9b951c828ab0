"""What each system takes: headers, how values are written or hashed, and how many rows.

Sources, read on 2026-11-30: Google Ads Help 7659867 and 7475964 (several Email and Phone columns) and the page on Customer
Match of its API (dots before gmail.com may stay or go); Meta, Customer Information Parameters, and its help on formatting a
customer list (up to three columns of email and phone, at least 100 people); TikTok Ads Help, How to create a Custom Audience
with a customer file (September 2025: at least 1,000 entries, each header at most three times, a phone number with or without
the plus; its example is hashed without it), and List of supported IDs and formats (without +tag); LinkedIn Help a1489764
(sizes and hashing; the template with its headers is behind a login, so headers are those that a public tool writes); Klaviyo
Help 115005078967 and 360043841811; Mailchimp, Format guidelines for your import file (one address for each contact); HubSpot
Knowledge Base, import, and the options of the property of legal basis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from clustera.audiences.addresses import (
    google_email,
    lower_name,
    plain_name,
    plain_postcode,
    sha256,
    tiktok_email,
)
from clustera.errors import InputError, closest
from clustera.records import Contact

Written = Callable[[Contact], str]


@dataclass(frozen=True, slots=True)
class Network:
    """One system that takes lists of customers."""

    name: str
    title: str
    columns: tuple[tuple[str, Written], ...]  # header -> what stands there
    needs: tuple[str, ...] = ("email",)  # one of these a row must have
    several: int = 1  # addresses, and numbers, of one customer that it takes, each in a column of the same header
    minimum: int = 0  # rows below which it takes no list, or should get none
    maximum: int | None = None
    extras: tuple[str, ...] = ()  # headers of customer id, segment, audience and consent, where it takes such
    consent: str = ""  # what the column of consent says

    @property
    def has_phone(self) -> bool:
        """Whether a phone number leaves."""
        return any(_holds(header) == "phone" for header, _ in self.columns)

    def columns_for(self, contacts: Iterable[Contact]) -> tuple[tuple[str, Written], ...]:
        """Its columns, those of addresses and numbers as often as one of the contacts needs them."""
        emails = phones = 1
        for contact in contacts:
            emails, phones = max(emails, 1 + len(contact.more_emails)), max(phones, 1 + len(contact.more_phones))
        times = {"email": min(emails, self.several), "phone": min(phones, self.several), "": 1}
        return tuple((header, _nth(write, at)) for header, write in self.columns for at in range(times[_holds(header)]))


def _holds(header: str) -> str:
    """What a column of addresses or of numbers holds; empty for another one."""
    return next((kind for kind in ("email", "phone") if kind in header.lower()), "")


def _nth(written: Written, at: int) -> Written:
    """What a column says of the address and the number that a contact has beside the first ones."""
    if not at:
        return written

    def write_further(contact: Contact) -> str:
        emails, phones = ("", *contact.more_emails), ("", *contact.more_phones)
        email, phone = (texts[at] if at < len(texts) else "" for texts in (emails, phones))
        return written(replace(contact, email=email, phone=phone))

    return write_further


def _hashed(written: Written) -> Written:
    return lambda contact: sha256(written(contact))


NETWORKS: Mapping[str, Network] = {
    network.name: network
    for network in (
        Network(
            "generic",
            "a plain file",
            (
                ("email", lambda c: c.email),
                ("phone", lambda c: c.phone),
                ("first_name", lambda c: c.first_name),
                ("last_name", lambda c: c.last_name),
                ("country", lambda c: c.country),
                ("zip", lambda c: c.zip),
            ),
            needs=("email", "phone"),
            extras=("customer_id", "segment", "audience"),
        ),
        Network(
            "klaviyo",
            "Klaviyo",
            (
                ("Email", lambda c: c.email),
                ("Phone Number", lambda c: c.phone),
                ("First Name", lambda c: c.first_name),
                ("Last Name", lambda c: c.last_name),
                ("Country", lambda c: c.country),
                ("Zip Code", lambda c: c.zip),
            ),
            extras=("External ID", "Segment", "Audience", "Email Marketing Consent"),
            consent="Subscribed",
        ),
        Network(
            "mailchimp",
            "Mailchimp",
            (
                ("Email Address", lambda c: c.email),
                ("First Name", lambda c: c.first_name),
                ("Last Name", lambda c: c.last_name),
                ("Phone Number", lambda c: c.phone),
            ),
            extras=("Customer ID", "Segment", "Tags"),
        ),
        Network(
            "hubspot",
            "HubSpot",
            (
                ("Email", lambda c: c.email),
                ("First name", lambda c: c.first_name),
                ("Last name", lambda c: c.last_name),
                ("Phone number", lambda c: c.phone),
                ("Country/Region", lambda c: c.country),
                ("Postal code", lambda c: c.zip),
            ),
            extras=("Customer ID", "Segment", "Audience", "Legal basis for processing contact's data"),
            consent="Freely given consent from contact",
        ),
        Network(
            "meta",
            "Meta",
            (
                ("email", _hashed(lambda c: c.email)),
                ("phone", _hashed(lambda c: c.phone.removeprefix("+"))),
                ("fn", _hashed(lambda c: plain_name(c.first_name))),
                ("ln", _hashed(lambda c: plain_name(c.last_name))),
                ("zip", _hashed(lambda c: plain_postcode(c.zip, c.country))),
                ("country", _hashed(lambda c: c.country.lower())),
            ),
            needs=("email", "phone"),
            several=3,
            minimum=100,
        ),
        Network(
            "google",
            "Google Ads",
            (
                ("Email", _hashed(lambda c: google_email(c.email))),
                ("Phone", _hashed(lambda c: c.phone)),
                ("First Name", _hashed(lambda c: lower_name(c.first_name))),
                ("Last Name", _hashed(lambda c: lower_name(c.last_name))),
                ("Country", lambda c: c.country),
                ("Zip", lambda c: c.zip),
            ),
            needs=("email", "phone"),
            several=3,
        ),
        Network(
            "linkedin",
            "LinkedIn",
            (
                ("email", _hashed(lambda c: c.email)),
                ("firstname", lambda c: c.first_name),
                ("lastname", lambda c: c.last_name),
                ("jobtitle", lambda c: ""),
                ("employeecompany", lambda c: ""),
                ("country", lambda c: c.country),
                ("googleaid", lambda c: ""),
            ),
            minimum=300,
            maximum=300_000,
        ),
        Network(
            "tiktok",
            "TikTok",
            (
                ("Email_SHA256", _hashed(lambda c: tiktok_email(c.email))),
                ("Phone_SHA256", _hashed(lambda c: c.phone.removeprefix("+"))),
            ),
            needs=("email", "phone"),
            several=3,
            minimum=1_000,
        ),
    )
}


def network_of(name: str) -> Network:
    """The network of a name.

    Raises:
        InputError: there is none.
    """
    if name in NETWORKS:
        return NETWORKS[name]
    near = closest(name, NETWORKS)
    raise InputError(
        f"{name!r} is not a destination.",
        hint=f"Did you mean {near!r}?" if near else f"The destinations are: {', '.join(NETWORKS)}.",
    )
