"""Addresses and numbers that nothing may be sent to: of whom, for which reason, and what of a person may still be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from clustera.audiences.addresses import email_key
from clustera.audiences.contacts import ContactRow, ContactTable
from clustera.audiences.networks import Network
from clustera.audiences.suppression import Suppression
from clustera.records import Contact, LeftOutCode

# The first that applies is told.
FIRST_TOLD: tuple[LeftOutCode, ...] = ("objected", "suppressed", "held-out", "control-group", "no-consent")


@dataclass(slots=True)
class BlockedContacts:
    """Ids, addresses and numbers that may be in no file, each with the reason."""

    ids: dict[str, LeftOutCode]
    addresses: dict[str, LeftOutCode]  # keys of e-mail addresses and numbers

    def add(self, found: dict[str, LeftOutCode], name: str, code: LeftOutCode) -> None:
        """Block an id, an address or a number, for the reason that is told first."""
        if name and (name not in found or FIRST_TOLD.index(code) < FIRST_TOLD.index(found[name])):
            found[name] = code

    def codes_of(self, contact: Contact) -> list[LeftOutCode]:
        """Why the address and the number of a contact may be in no file."""
        names = (email_key(contact.email) if contact.email else "", contact.phone)
        return [self.addresses[name] for name in names if name in self.addresses]

    def open_part(self, contact: Contact, network: Network) -> Contact:
        """A contact without an address or a number that is blocked, or that the network does not take."""
        blocked = bool(contact.email) and email_key(contact.email) in self.addresses
        closed = contact.phone in self.addresses or not network.has_phone
        return replace(contact, email="" if blocked else contact.email, phone="" if closed else contact.phone)


def blocked_contacts(
    contacts: ContactTable,
    members: set[str],
    suppression: Suppression,
    held: Collection[str],
    controls: Collection[str] = (),
) -> tuple[BlockedContacts, Mapping[str, Sequence[ContactRow]]]:
    """What may be in no file, and the rows of the members."""
    blocked = BlockedContacts({}, {})
    own: dict[str, list[ContactRow]] = defaultdict(list)
    known: list[tuple[str, str, str]] = []  # of every row: id, key of the address, number
    for row in contacts:
        contact = row.contact
        name, address = contact.customer, email_key(contact.email) if contact.email else ""
        known.append((name, address, contact.phone))
        if name in members:
            own[name].append(row)
        code = _code(row, suppression, held, controls)
        if code:
            blocked.add(blocked.addresses, address, code)
            blocked.add(blocked.addresses, contact.phone, code)
            if code != "no-consent" or row.consent == "no":
                blocked.add(blocked.ids, name, code)
    for customer in filter(suppression.has_id, members):
        blocked.add(blocked.ids, customer, "suppressed")
    for name, address, phone in known:
        if code := blocked.ids.get(name) if name else None:
            blocked.add(blocked.addresses, address, code)
            blocked.add(blocked.addresses, phone, code)
    return blocked, own


def _code(
    row: ContactRow, suppression: Suppression, held: Collection[str], controls: Collection[str]
) -> LeftOutCode | None:
    listed = suppression.names(row.contact)
    if row.objected:
        return "objected"
    if listed:
        return "suppressed"
    if row.contact.customer in held:
        return "held-out"
    if row.contact.customer in controls:
        return "control-group"
    return None if row.consent == "yes" else "no-consent"
