"""Contacts with several addresses and numbers of one customer: all are matched, and networks that take several get them."""

import pyarrow as pa
import pytest

from clustera.audiences import NETWORKS, Member, Suppression, choose_contacts, contact_table, export_rows
from clustera.audiences.addresses import sha256
from clustera.engines import Engine
from clustera.records import Contact, ExportColumn
from clustera.texts import addresses_sentence


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def opened(engine, columns, **options):
    count = len(next(iter(columns.values())))
    ids = list(map(str, range(count)))
    table = pa.table({"id": ids, "consent": ["yes"] * count} | columns)
    customers = engine.arrow(pa.table({"id": ids}))
    return contact_table(engine.arrow(table), source="crm.csv", customers=customers, named={}, country="DE", **options)


def listed(table, network, count, *, suppressed=""):
    members = [Member(str(n), 1, n) for n in range(count)]
    suppression = Suppression(emails={suppressed} - {""})
    chosen = choose_contacts(members, table, NETWORKS[network], suppression=suppression)
    return export_rows(chosen, NETWORKS[network], names={}, audience="A")


@pytest.mark.parametrize(
    ("email", "phone"),
    [("email2", "mobile"), ("secondary_email", "Phone 2"), ("E-Mail privat", "Handy"), ("Correo 2", "Celular"), ("email (other)", "landline phone")],
)  # fmt: skip
def test_further_columns_are_recognized_and_told(engine, email, phone):
    table = opened(engine, {"email": ["a@x.example", "b@x.example"], email: ["c@x.example", ""],
                            "telephone": ["0151 1234567", "0151 1234568"], phone: ["", "0170 1234567"]})  # fmt: skip
    told = {(column.field, column.column) for column in table.described()}
    assert {("email", email), ("phone", phone)} <= told


@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_who_objects_with_any_address_is_in_no_list(engine, network):
    table = opened(engine, {"email": ["a@x.example", "b@x.example"], "email2": ["c@x.example", "d@x.example"]})
    _header, rows = listed(table, network, 2, suppressed="c@x.example")
    cells = {cell for row in rows for cell in row}
    assert len(rows) == 1
    assert not cells & {f"{one}@x.example" for one in "ac"}
    assert not cells & {sha256(f"{one}@x.example") for one in "ac"}


@pytest.mark.parametrize("network", ["meta", "google", "tiktok"])
def test_networks_that_take_several_get_each_in_a_column_of_the_same_name(engine, network):
    table = opened(engine, {"email": ["a@x.example", "b@x.example"], "email2": ["c@x.example", "A@X.example"],
                            "phone": ["0151 12345678", "0151 12345679"], "mobile": ["", "0170 1234567"]})  # fmt: skip
    header, rows = listed(table, network, 2)
    kinds = [title.lower().removesuffix("_sha256") for title in header]
    assert [kinds.count("email"), kinds.count("phone")] == [2, 2]
    first, second = rows
    assert [first[0], first[1]] == [sha256("a@x.example"), sha256("c@x.example")]
    assert [second[0], second[1]] == [sha256("b@x.example"), ""]  # the other one is in the first row
    assert second[3]


@pytest.mark.parametrize("network", ["klaviyo", "mailchimp", "hubspot", "linkedin", "generic"])
def test_the_others_get_the_first_valid_one(engine, network):
    table = opened(engine, {"email": ["no address", "b@x.example"], "email2": ["c@x.example", "d@x.example"]})
    header, rows = listed(table, network, 2)
    assert len([title for title in header if "email" in title.lower() and "consent" not in title.lower()]) == 1
    found = {row[0] for row in rows}
    assert found in ({"c@x.example", "b@x.example"}, {sha256("c@x.example"), sha256("b@x.example")})


@pytest.mark.parametrize("name", ["account manager email", "Referrer e-mail", "E-Mail Berater", "email of the shop"])
def test_the_address_of_somebody_else_is_no_further_address(engine, name):
    count = 40
    table = opened(
        engine,
        {"email": [f"c{n}@x.example" if n % 2 else "" for n in range(count)], name: ["rep@shop.example"] * count},
    )
    assert [c.column for c in table.described() if c.field == "email"] == ["email"]
    assert {row.contact.email for row in table} == {"", *(f"c{n}@x.example" for n in range(1, count, 2))}


def test_a_column_that_is_only_named_like_addresses_is_none(engine):
    table = opened(
        engine,
        {
            "email": ["a@x.example", ""],
            "emails opened": ["4", "7"],
            "phone": ["0151 1234567", ""],
            "phone model": ["iPhone 14", "A52"],
        },
    )
    assert [(c.field, c.column) for c in table.described() if c.field in ("email", "phone")] == [
        ("email", "email"),
        ("phone", "phone"),
    ]


def test_it_is_said_which_addresses_are_in_the_list():
    columns = [ExportColumn("email", "email"), ExportColumn("email", "email2")]
    assert addresses_sentence(columns[:1], "Meta", 3) == ""
    assert "up to 3 addresses and 3 numbers" in addresses_sentence(columns, "Meta", 3)
    assert "the first valid address" in addresses_sentence(columns, "Klaviyo", 1)


def test_columns_are_as_many_as_one_contact_needs():
    contacts = [Contact("1", "a@x.example", more_emails=("b@x.example", "c@x.example", "d@x.example"))]
    titles = [title for title, _ in NETWORKS["meta"].columns_for(contacts)]
    assert titles.count("email") == 3
    assert titles.count("phone") == 1
