"""E-mail addresses, phone numbers, names and countries as mail tools and advertising networks want them."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"=\\]+@[^\s@,;:<>()\[\]\"=\\]+\.[^\s@,;:<>()\[\]\"=\\.]{2,}")
_NAMED = re.compile(r"[^<>]*<([^<>\s]+)>")  # Ann Lee <ann@shop.example>
_GMAIL = ("gmail.com", "googlemail.com")
_BEGINS = re.compile(
    r"[\w!#$%&'*/?^`{|}~]"
)  # the first character of an address; none that a spreadsheet calculates with
_COUNTRIES = {
    "UK": "GB", "USA": "US", "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "UNITED KINGDOM": "GB",
    "GREAT BRITAIN": "GB", "ENGLAND": "GB", "GERMANY": "DE", "DEUTSCHLAND": "DE", "FRANCE": "FR", "FRANKREICH": "FR",
    "SPAIN": "ES", "ESPANA": "ES", "ITALY": "IT", "ITALIA": "IT", "AUSTRIA": "AT", "OSTERREICH": "AT",
    "SWITZERLAND": "CH", "SCHWEIZ": "CH", "SUISSE": "CH", "NETHERLANDS": "NL", "NEDERLAND": "NL", "BELGIUM": "BE",
    "BELGIQUE": "BE", "BELGIE": "BE", "POLAND": "PL", "POLSKA": "PL", "SWEDEN": "SE", "SVERIGE": "SE", "NORWAY": "NO",
    "NORGE": "NO", "DENMARK": "DK", "DANMARK": "DK", "FINLAND": "FI", "SUOMI": "FI", "PORTUGAL": "PT", "IRELAND": "IE",
    "CANADA": "CA", "AUSTRALIA": "AU", "NEW ZEALAND": "NZ", "JAPAN": "JP", "BRAZIL": "BR", "BRASIL": "BR",
    "MEXICO": "MX", "CZECHIA": "CZ", "CZECH REPUBLIC": "CZ", "TURKEY": "TR", "TURKIYE": "TR", "INDIA": "IN",
}  # fmt: skip


def clean_email(text: str) -> str:
    """An address in lower case without blanks around it; empty where it is none.

    >>> clean_email(" Ann.Lee@Shop.Example "), clean_email("no address"), clean_email("=1+1@x.example")
    ('ann.lee@shop.example', '', '')
    >>> clean_email("Ann Lee <Ann@Shop.Example>")
    'ann@shop.example'
    """
    named = _NAMED.fullmatch(text.strip())
    address = unicodedata.normalize("NFC", named[1] if named else text).strip().lower().removeprefix("mailto:")
    # Characters that can't be seen stand in many exports; with one of them nobody is found.
    address = "".join(c for c in address if unicodedata.category(c) not in ("Cf", "Cc"))
    return address if _EMAIL.fullmatch(address) and _BEGINS.match(address) and ".." not in address else ""


def email_key(address: str) -> str:
    """What an address is recognized by in any spelling: one mailbox has one key.

    Google ignores dots and what stands behind a plus; others deliver "ann+shop" to "ann" as well.

    >>> email_key("an.n+shop@googlemail.com"), email_key("ann.lee+shop@shop.example")
    ('ann@gmail.com', 'ann.lee@shop.example')
    >>> email_key("ann@xn--mller-kva.example")
    'ann@müller.example'
    """
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    domain = ".".join(map(_readable_label, domain.split("."))) if "xn--" in domain else domain
    return f"{local.replace('.', '')}@gmail.com" if domain in _GMAIL else f"{local}@{domain}"


def _readable_label(label: str) -> str:
    """A part of a domain in its own letters: the network writes ü and others as xn--."""
    try:
        return label[4:].encode().decode("punycode").lower() if label.startswith("xn--") else label
    except UnicodeError:
        return label


def google_email(address: str) -> str:
    """An address as Google hashes it: dots before gmail.com and googlemail.com are left out.

    >>> google_email("ann.lee@gmail.com"), google_email("ann.lee@shop.example")
    ('annlee@gmail.com', 'ann.lee@shop.example')
    """
    local, _, domain = address.rpartition("@")
    return f"{local.replace('.', '')}@{domain}" if domain in _GMAIL else address


def tiktok_email(address: str) -> str:
    """An address as TikTok hashes it: without a plus and what follows it.

    >>> tiktok_email("ann.lee+shop@gmail.com"), tiktok_email("")
    ('ann.lee@gmail.com', '')
    """
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def clean_phone(text: str, country: str = "") -> str:
    """A phone number as E.164, such as +4915112345678; empty where it is none, or its country is not known.

    Args:
        text: As it stands.
        country: Two letters; of a number that has no country code.

    >>> clean_phone("0151 123 456 78", "DE"), clean_phone("0049 151 12345678"), clean_phone("0151 12345678")
    ('+4915112345678', '+4915112345678', '')
    """
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

    written = text.strip()
    if not any(character.isdigit() for character in written):
        return ""
    if written.startswith("00"):
        written = f"+{written[2:]}"
    try:
        number = parse(written, country or None)
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else ""


def clean_country(text: str) -> str:
    """The two letters of a country (ISO 3166-1); empty where they are not known.

    >>> clean_country("de"), clean_country("United Kingdom"), clean_country("Österreich"), clean_country("?")
    ('DE', 'GB', 'AT', '')
    """
    plain = unicodedata.normalize("NFKD", text.strip().upper())
    name = "".join(character for character in plain if not unicodedata.combining(character))
    found = _COUNTRIES.get(name, name)
    return found if re.fullmatch("[A-Z]{2}", found) else ""


def plain_name(text: str) -> str:
    """A name as Meta hashes it: letters only, in lower case.

    >>> plain_name(" Mary-Jane O'Neil "), plain_name("Zoë")
    ('maryjaneoneil', 'zoë')
    """
    return "".join(c for c in unicodedata.normalize("NFC", text.strip().lower()) if c.isalpha())


def lower_name(text: str) -> str:
    """A name as Google hashes it: in lower case, without blanks.

    >>> lower_name(" Mary Jane ")
    'maryjane'
    """
    return "".join(text.lower().split())


def plain_postcode(text: str, country: str = "") -> str:
    """A postal code as Meta hashes it: lower case, no blanks or dashes, five digits in the United States.

    >>> plain_postcode("94035-1234", "US"), plain_postcode("SW1A 1AA", "GB")
    ('94035', 'sw1a1aa')
    """
    code = "".join(character for character in text.lower() if character.isalnum())
    return code[:5] if country == "US" else code


def sha256(text: str) -> str:
    """The hash that networks match by, as 64 digits; empty for an empty text.

    >>> sha256("")
    ''
    """
    return hashlib.sha256(text.encode()).hexdigest() if text else ""
