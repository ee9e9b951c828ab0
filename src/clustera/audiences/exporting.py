"""Who of an audience may be written into a file for another system, who is held out, and why the others are not in it.

Objections, missing consent and the suppression list come first, whatever else is asked for. They belong to a person's
addresses, not only to one row: no address and no number of somebody who may not be written to is in any file, in whatever
spelling and on whoever else's row.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clustera.audiences.addresses import email_key
from clustera.audiences.blocking import FIRST_TOLD, BlockedContacts, blocked_contacts
from clustera.audiences.contacts import ContactRow, ContactTable
from clustera.audiences.networks import Network
from clustera.audiences.suppression import Suppression
from clustera.errors import InputError
from clustera.records import Assignment, Contact, ExportStep, ExportStepCode, LeftOut, LeftOutCode
from clustera.texts import translate_count


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of the audience."""

    id: str
    segment: int
    key: int  # a hash of the id, by which a hold-out is drawn


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is written, who is held out, and who is left out."""

    written: tuple[tuple[Member, Contact], ...]
    assignments: tuple[Assignment, ...]
    left_out: tuple[LeftOut, ...]
    steps: tuple[ExportStep, ...]


def choose_contacts(
    members: Sequence[Member],
    contacts: ContactTable,
    network: Network,
    *,
    suppression: Suppression,
    holdout: float = 0.0,
    seed: str = "",
    earlier: Mapping[str, str] | None = None,
    controls: Collection[str] = (),
) -> Chosen:
    """Who of an audience is written for a network.

    Args:
        members: The customers of the audience.
        contacts: The table of contacts.
        network: Where they go.
        suppression: Whom nothing may be sent to.
        holdout: Share of each segment that is held out.
        seed: Enters the draw beside the customer's key.
        earlier: Customer -> "contact" or "control", as drawn before: who was held out stays so, and who was contacted
            is not held out later.
        controls: Customers whom another control group or hold-out keeps out: no list may have them.
    """
    earlier = earlier or {}
    held_before = {customer for customer, group in earlier.items() if group == "control"}
    blocked, own = blocked_contacts(contacts, {member.id for member in members}, suppression, held_before, controls)
    left: dict[str, LeftOutCode] = {}
    units: dict[str, tuple[Member, Contact]] = {}
    for member in members:
        found = _usable(member, own.get(member.id, ()), blocked, network)
        if not isinstance(found, Contact):
            # Who only shares an address with somebody who is held out was not drawn, and is in neither group.
            shared = found == "held-out" and member.id not in held_before
            left[member.id] = "same-address" if shared else found
        elif units.setdefault(_address(found), (member, found))[0] is not member:
            left[member.id] = "same-address"
    eligible = list(units.values())
    held = _draw_held([m for m, _ in eligible if m.id not in earlier], holdout, seed)
    left |= dict.fromkeys(held, "held-out")
    kept = _without_held(eligible, held, own, left)
    return Chosen(
        written=tuple(kept),
        assignments=_assigned_groups(members, {member.id for member, _ in eligible}, left)
        if holdout or held_before
        else (),
        left_out=tuple(LeftOut(m.id, m.segment, left[m.id]) for m in members if m.id in left),
        steps=_export_steps(len(members), left.values(), len(kept)),
    )


def _assigned_groups(
    members: Sequence[Member], eligible: set[str], left: Mapping[str, LeftOutCode]
) -> tuple[Assignment, ...]:
    """The group of everybody who is held out or could be contacted, in the order of the audience."""
    found = []
    for member in members:
        code = left.get(member.id)
        if code == "held-out":
            found.append(Assignment(member.id, member.segment, "control"))
        elif code is None and member.id in eligible:
            found.append(Assignment(member.id, member.segment, "contact"))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Reached:
    """Who of an audience may be written to, before anybody is left out as control group; no two share an address."""

    people: tuple[tuple[Member, Contact], ...]
    left_out: tuple[LeftOut, ...]
    rows: Mapping[str, Sequence[ContactRow]]  # customer -> the rows of contacts


def reach_people(
    members: Sequence[Member],
    contacts: ContactTable,
    network: Network,
    *,
    suppression: Suppression,
    controls: Collection[str] = (),
) -> Reached:
    """Who may be written to for a network, whatever group each will be in.

    Of customers who share an address, on whichever of their rows, only the first is reached: so no address of somebody
    who is left out later stands in another's row, and whoever is drawn changes nobody else.

    Args:
        members: The customers of the audience.
        contacts: The table of contacts.
        network: Where they go.
        suppression: Whom nothing may be sent to.
        controls: Customers whom another control group or hold-out keeps out: nobody is reached at their addresses.
    """
    blocked, own = blocked_contacts(contacts, {member.id for member in members}, suppression, set(), controls)
    people: list[tuple[Member, Contact]] = []
    left: list[LeftOut] = []
    names: set[str] = set()  # every address and number of those who are reached
    written: set[str] = set()  # the address, else the number, of each
    for member in members:
        found = _usable(member, own.get(member.id, ()), blocked, network)
        if not isinstance(found, Contact):
            left.append(LeftOut(member.id, member.segment, found))
            continue
        rows = [row.contact for row in own[member.id]]
        emails, phones = {email_key(c.email) for c in rows if c.email}, {c.phone for c in rows if c.phone}
        if (emails | {_address(found)}) & names or phones & written:
            left.append(LeftOut(member.id, member.segment, "same-address"))
            continue
        names |= emails | phones
        written.add(_address(found))
        people.append((member, found))
    return Reached(tuple(people), tuple(left), own)


def choose_contacted(reached: Reached, held: Collection[str]) -> Chosen:
    """The list of those who are reached, without a control group.

    Args:
        reached: Who may be written to.
        held: Ids of the control group.
    """
    codes: dict[str, LeftOutCode] = {}
    kept = _without_held(reached.people, set(held), reached.rows, codes)
    assert not codes, "two who are reached share an address"
    out = (*reached.left_out, *(LeftOut(m.id, m.segment, "held-out") for m, _ in reached.people if m.id in held))
    return Chosen(
        written=tuple(kept),
        assignments=tuple(
            Assignment(m.id, m.segment, "control" if m.id in held else "contact") for m, _ in reached.people
        ),
        left_out=out,
        steps=_export_steps(
            len(reached.people) + len(reached.left_out),
            [gone.code for gone in out],
            len(kept),
            last="not-control",
        ),
    )


def _usable(
    member: Member, rows: Sequence[ContactRow], blocked: BlockedContacts, network: Network
) -> Contact | LeftOutCode:
    """The contact by which a customer may be written to, or why there is none: of the steps of an export the first."""
    code = blocked.ids.get(member.id)
    reachable = [row for row in rows if _has_needed(row.contact, network)]
    if code or not reachable:
        return _left_out_first(code, rows, reachable)
    with_address = [row.contact for row in reachable]
    opened = [(contact, blocked.open_part(contact, network)) for contact in with_address]
    # Of a row whose address is blocked the number is not used either.
    free = [one for contact, one in opened if _has_needed(one, network) and (one.email or not contact.email)]
    if free:
        return _persons_together(free)
    codes = [code for contact in with_address for code in blocked.codes_of(contact)]
    return min(codes, key=FIRST_TOLD.index, default="no-address")


def _left_out_first(
    code: LeftOutCode | None, rows: Sequence[ContactRow], reachable: Sequence[ContactRow]
) -> LeftOutCode:
    """The first step of an export at which a customer is left out who may not be written to, or has no address."""
    if not rows:
        return "no-contact" if code in {None, "suppressed"} else code
    if not reachable or code is None:
        return "no-address"
    agreed = any(row.consent == "yes" for row in reachable)
    return "no-consent" if code == "suppressed" and not agreed else code


def _has_needed(contact: Contact, network: Network) -> bool:
    """Whether a contact has one of what a network needs."""
    return any(getattr(contact, need) for need in network.needs)


def _persons_together(free: Sequence[Contact]) -> Contact:
    """A customer's contact: the first with an address, the first number, and all other addresses and numbers."""
    first = next((contact for contact in free if contact.email), free[0])
    emails: dict[str, str] = {}
    for contact in (first, *free):
        if contact.email:
            emails.setdefault(email_key(contact.email), contact.email)
    phones = list(dict.fromkeys(contact.phone for contact in (first, *free) if contact.phone))
    return replace(
        first, phone=next(iter(phones), ""), more_emails=tuple(emails.values())[1:], more_phones=tuple(phones[1:])
    )


def _address(contact: Contact) -> str:
    return email_key(contact.email) if contact.email else contact.phone


def _draw_held(members: Sequence[Member], share: float, seed: str) -> set[str]:
    """The same share of every segment, by a hash of the seed and the customer's key."""
    by_segment: dict[int, list[tuple[bytes, str]]] = defaultdict(list)
    for member in members:
        drawn = hashlib.sha256(f"{seed}\n{member.key}".encode()).digest()
        by_segment[member.segment].append((drawn, member.id))
    return {name for drawn in by_segment.values() for _, name in sorted(drawn)[: int(share * len(drawn) + 0.5)]}


def _without_held(
    eligible: Sequence[tuple[Member, Contact]],
    held: set[str],
    own: Mapping[str, Sequence[ContactRow]],
    left: dict[str, LeftOutCode],
) -> list[tuple[Member, Contact]]:
    """Who is written: nobody who is held out, and none of their addresses and numbers on another's row."""
    contacts = [row.contact for name in held for row in own[name]]
    names = {email_key(contact.email) for contact in contacts if contact.email} | {c.phone for c in contacts if c.phone}
    kept: list[tuple[Member, Contact]] = []
    for member, contact in eligible:
        if member.id in held:
            continue
        if _address(contact) in names:
            left[member.id] = "same-address"
        else:
            phones = [phone for phone in (contact.phone, *contact.more_phones) if phone and phone not in names]
            kept.append((member, replace(contact, phone=next(iter(phones), ""), more_phones=tuple(phones[1:]))))
    names |= {_address(contact) for _, contact in kept}  # each address stands in one row only
    return [(member, _without_addresses(contact, names)) for member, contact in kept]


def _without_addresses(contact: Contact, names: set[str]) -> Contact:
    """A contact without further addresses that are another's; those that stay are added to the names."""
    more = [email for email in contact.more_emails if email_key(email) not in names]
    names |= set(map(email_key, more))
    return replace(contact, more_emails=tuple(more))


def _export_steps(
    members: int, codes: Iterable[LeftOutCode], written: int, *, last: ExportStepCode = "not-held-out"
) -> tuple[ExportStep, ...]:
    counts: dict[str, int] = defaultdict(int)
    for code in codes:
        counts[code] += 1
    steps, customers = [ExportStep("audience", members)], members
    following: tuple[tuple[ExportStepCode, tuple[LeftOutCode, ...]], ...] = (
        ("address", ("no-contact", "no-address")),
        ("consent", ("objected", "no-consent")),
        ("suppression", ("suppressed",)),
        ("same-address", ("same-address",)),
        ("other-control", ("control-group",)),
        (last, ("held-out",)),
    )
    for step, gone in following:
        if gone == ("control-group",) and not counts["control-group"]:
            continue
        customers -= sum(counts[code] for code in gone)
        steps.append(ExportStep(step, customers))
    assert customers == written, "a customer was lost"
    return tuple(steps)


def check_size(written: int, network: Network, *, minimum: int, hint: str = "") -> None:
    """Refuse a list that is smaller or larger than it may be.

    Args:
        written: Its rows.
        network: Where it goes.
        minimum: Of the audience.
        hint: Why most are left out.

    Raises:
        InputError: it is.
    """
    least = max(minimum, network.minimum, 1)
    if written < least:
        whose = (
            f"The minimum of the audience is {least:,}"
            if minimum >= network.minimum and minimum
            else f"{network.title} needs a list of at least {least:,}"
        )
        if not minimum and not network.minimum:
            raise InputError("Nobody in the audience may be contacted, so nothing was written.", hint=hint)
        raise InputError(
            translate_count(
                written,
                "Only {n} customer may be contacted. {whose}, so nothing was written.",
                "Only {n} customers may be contacted. {whose}, so nothing was written.",
                whose=whose,
            ),
            hint=f"{hint} Make the audience larger{', or its minimum smaller' if minimum > network.minimum else ''}.".lstrip(),
        )
    if network.maximum is not None and written > network.maximum:
        raise InputError(
            f"The list has {written:,} rows; {network.title} takes at most {network.maximum:,}.",
            hint="Split the audience, for example by segment.",
        )


def export_rows(
    chosen: Chosen, network: Network, *, names: Mapping[int, str], audience: str, key: bytes = b""
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Header and rows of the file.

    Args:
        chosen: Who is written.
        network: Where they go.
        names: Of segments.
        audience: Its name.
        key: Where given, ids are written as a hash with this key (HMAC-SHA256).
    """
    columns = network.columns_for(contact for _, contact in chosen.written)
    header = (*(title for title, _ in columns), *network.extras)

    def extras(member: Member) -> list[str]:
        told = hmac.new(key, member.id.encode(), hashlib.sha256).hexdigest() if key else member.id
        values = [told, names.get(member.segment, ""), audience, network.consent]
        return values[: len(network.extras)]

    rows = tuple((*(write(contact) for _, write in columns), *extras(member)) for member, contact in chosen.written)
    return header, rows
