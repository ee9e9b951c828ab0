"""What columns hold is decided by their cells; their names, in any usual language, only help."""

from __future__ import annotations

import datetime
import random

import pytest

from clustera.check import CheckOptions
from clustera.check.identifiers import names_an_id
from clustera.errors import InputError
from clustera.texts import column_reason, finding_cure

ROWS = 60


def table(**columns):
    """A CSV text of ROWS customers: an id and what the functions of a number and a source of chance make."""
    chance = random.Random(7)
    lines = [",".join(["customer_id", *columns])]
    for number in range(ROWS):
        lines.append(",".join(map(str, [number * 17 + 3, *(make(number, chance) for make in columns.values())])))
    return "\n".join(lines) + "\n"


def money(number, chance):
    return round(chance.lognormvariate(4, 1), 2)


def column(result, name):
    return next(column for column in result.columns if column.name == name)


def role(result, name):
    return column(result, name).role


def codes(result):
    return {finding.code for finding in result.findings}


def values_of(result, name):
    return result.rows.query(f'select "{name}" as v from {{rows}} order by _row')["v"].to_pylist()


# -- ids --------------------------------------------------------------------------------------------------------------

IDS = [
    "cust_no", "CustomerNumber", "customer_nbr", "ID_INDIVIDU", "policy_number", "CLIENTNUM", "acct_num", "account_no",
    "loyalty_number", "member_ref", "msisdn", "household_key", "custid", "userid", "Kundennummer", "Kunden-Nr.", "KdNr",
    "Mitgliedsnummer", "Vertragsnummer", "n° client", "numero_client", "code client", "identifiant", "matricule",
    "codigo_cliente", "nro_cliente", "num. de cliente", "idcliente", "código do cliente", "codice cliente", "klantnummer",
    "nr klienta", "číslo zákazníka", "kundnr", "medlemsnummer", "müşteri no", "номер клиента", "ид_клиента",
    "kode pelanggan", "id_nasabah", "客户编号", "会员号", "用户ID", "顧客番号", "会員ID", "고객번호", "رقم العميل", "ग्राहक आईडी",
]  # fmt: skip


@pytest.mark.parametrize("name", IDS)
def test_an_id_is_known_by_its_name_in_the_usual_languages(name):
    assert names_an_id(name)


@pytest.mark.parametrize(
    "name",
    ["order_number", "numero de compras", "visits", "spend", "number_of_children", "client_age", "card", "contract",
     "Anzahl Bestellungen", "消费金额", "顾客年龄", "income", "paid", "valid", "postal_code", "numWebVisits", "no_of_orders"],
)  # fmt: skip
def test_what_only_mentions_customers_or_numbers_is_no_id(name):
    assert not names_an_id(name)


@pytest.mark.parametrize(
    "name",
    ["policy_number", "ID_FOYER", "номер клиента", "顧客番号", "cc_num", "reference", "guest", "membership_number", "лицевой счет", "账号"],
)  # fmt: skip
def test_a_number_that_differs_in_every_row_under_an_ids_name_is_the_id(checked, name):
    text = table(**{name: lambda n, c: 100_003 + n * 7_919 % 400_009, "spend": money})
    text = "\n".join(line.partition(",")[2] for line in text.splitlines())
    assert role(checked(text), name) == "id"


@pytest.mark.parametrize("name", ["user_points", "card_balance", "member_miles", "account length"])
def test_a_number_of_customers_that_happens_to_differ_is_no_id(checked, name):
    text = table(**{name: lambda n, c: 1_003 + n * 7_919 % 40_009, "spend": money})
    text = "\n".join(line.partition(",")[2] for line in text.splitlines())
    assert role(checked(text), name) == "feature"


def test_a_second_id_forms_no_segments(checked):
    result = checked(table(ID_FOYER=lambda n, c: c.randrange(10**5, 10**6), depenses=money))
    assert role(result, "ID_FOYER") == "ignored"


def test_a_column_named_like_an_id_that_repeats_is_none(checked):
    result = checked(table(user=lambda n, c: c.randrange(2), spend=money))
    assert (role(result, "user"), role(result, "customer_id")) == ("descriptor", "id")


def test_whole_numbers_that_all_differ_are_told(checked):
    result = checked(table(rb=lambda n, c: 5_003 + n * 7_919 % 90_001, spend=money))
    assert [f.column for f in result.findings if f.code == "may-be-id"] == ["rb"]


def test_an_income_that_differs_in_every_row_is_not_told_as_an_id(checked):
    result = checked(table(income=lambda n, c: 20_003 + n * 7_919 % 90_001, spend=money))
    assert "may-be-id" not in codes(result)


# -- dates ------------------------------------------------------------------------------------------------------------


def day(chance):
    return datetime.date(2015, 1, 1) + datetime.timedelta(days=chance.randrange(1_500))


SPELLED = [
    ("became_member_on", lambda d: f"{d:%Y%m%d}"),
    ("xq7", lambda d: f"{d:%Y%m%d}"),
    ("xq14", lambda d: f"{d:%Y%m%d}{d.day % 24:02}0759"),
    ("stand", lambda d: f"{d:%Y%m%d}{d.day % 24:02}59"),
    ("spend_from", lambda d: f"{d:%d%m%Y}"),
    ("start", lambda d: int(datetime.datetime(d.year, d.month, d.day, tzinfo=datetime.UTC).timestamp())),
    ("created", lambda d: int(datetime.datetime(d.year, d.month, d.day, 7, 13, 5, tzinfo=datetime.UTC).timestamp())),
    ("zeit", lambda d: int(datetime.datetime(d.year, d.month, d.day, tzinfo=datetime.UTC).timestamp()) * 1000),
]


@pytest.mark.parametrize(("name", "spell"), SPELLED)
def test_dates_in_figures_are_dates_whatever_their_column_is_called(checked, name, spell):
    days = [day(random.Random(n)) for n in range(ROWS)]
    result = checked(table(**{name: lambda n, c: spell(days[n]), "spend": money}))
    assert column(result, name).kind == "date"
    if role(result, name) == "date":
        assert values_of(result, name) == days
    else:  # counted as days up to the last one
        assert values_of(result, name) == [(max(days) - d).days for d in days]


def test_numbers_of_eight_figures_that_are_no_dates_stay_numbers(checked):
    result = checked(table(revenue=lambda n, c: c.randrange(10**7, 10**8), visits=lambda n, c: c.randrange(9)))
    assert column(result, "revenue").kind == "number"


def test_phone_numbers_and_ids_in_the_range_of_seconds_are_no_dates(checked):
    text = table(CLIENTNUM=lambda n, c: c.randrange(708_000_000, 828_000_000), spend=money)
    assert column(checked(text), "CLIENTNUM").kind != "date"


# -- ages and births --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dob_years", "birth", "Geburt", "naissance"])
def test_ages_under_the_name_of_births_are_ages(checked, name):
    ages = [19 + n * 13 % 57 for n in range(ROWS)]
    result = checked(table(**{name: lambda n, c: ages[n], "spend": money}))
    assert values_of(result, name) == ages
    assert (column(result, name).title, column(result, name).measures) == ("Age", "age")
    assert "impossible-values" not in codes(result)
    assert "sensitive" in codes(result)


@pytest.mark.parametrize("name", ["age", "birth_year", "année de naissance", "Geburtsjahr", "год рождения"])
def test_years_of_birth_are_read_as_ages_whatever_they_are_called(checked, name):
    years = [1941 + n * 13 % 60 for n in range(ROWS)]
    result = checked(table(**{name: lambda n, c: years[n], "spend": money}), as_of=datetime.date(2024, 6, 30))
    assert values_of(result, name) == [2024 - year for year in years]
    assert column(result, name).title == "Age"


@pytest.mark.parametrize(
    "name", ["âge", "Alter", "edad", "idade", "età", "leeftijd", "wiek", "věk", "ålder", "yaş", "возраст", "umur", "年龄", "年齢", "나이"]
)  # fmt: skip
def test_age_is_told_as_sensitive_in_the_usual_languages(checked, name):
    result = checked(table(**{name: lambda n, c: c.randrange(18, 90), "spend": money}))
    assert "sensitive" in codes(result)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("age", lambda n, c: c.randrange(220, 1_000)),  # months
        ("income", lambda n, c: -c.randrange(1, 9_000)),
        ("score (1-100)", lambda n, c: c.randrange(150, 800)),
        ("orders", lambda n, c: -c.randrange(1, 30)),
    ],
)
def test_a_bound_that_most_values_break_is_dropped_and_told(checked, name, cell):
    result = checked(table(**{name: cell, "spend": money}))
    assert "wrong-bounds" in codes(result)
    assert "impossible-values" not in codes(result)
    assert column(result, name).missing == 0


def test_a_bound_that_few_values_break_holds(checked):
    result = checked(table(age=lambda n, c: 190 if n < 5 else 20 + n, spend=money))
    assert "impossible-values" in codes(result)
    assert column(result, "age").missing == 5


# -- placeholders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "edge"), [("age", 118), ("tenure", 400), ("score", 0.01)])
def test_a_number_at_the_edge_whose_rows_lack_another_column_stands_for_unknown(checked, name, edge):
    known = [50 + n * 13 % 47 for n in range(ROWS)]
    lacking = set(range(0, ROWS, 6))
    result = checked(
        table(
            **{
                name: lambda n, c: edge if n in lacking else known[n],
                "income": lambda n, c: "" if n in lacking else 30_000 + n * 7_919 % 50_000,
                "spend": money,
            }
        )
    )
    told = [finding for finding in result.findings if finding.code == "sentinel"]
    assert [(finding.column, finding.count) for finding in told] == [(name, len(lacking))]
    assert column(result, name).missing == len(lacking)


def test_zero_purchases_without_a_date_of_the_last_are_a_number(checked):
    result = checked(
        table(
            purchases=lambda n, c: 0 if n % 5 == 0 else 10 + n % 30,
            basket=lambda n, c: "" if n % 5 == 0 else money(n, c),
            spend=money,
        )
    )
    assert "sentinel" not in codes(result)


def test_a_highest_value_that_comes_with_no_gaps_is_a_number(checked):
    result = checked(
        table(
            age=lambda n, c: 95 if n % 6 == 0 else 20 + n,
            income=lambda n, c: "" if n % 7 == 3 else n * 901,
            spend=money,
        )
    )
    assert "sentinel" not in codes(result)


# -- parts of dates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("enrollment_month", lambda n, c: c.randrange(1, 13)),
        ("Monat", lambda n, c: c.randrange(1, 13)),
        ("DATE_NAISS_M", lambda n, c: c.randrange(1, 13)),
        ("cancellation_month", lambda n, c: c.choice((0, 0, 4, 7, 11))),
        ("arrival_date", lambda n, c: 1 + n % 31),
        ("day_of_month", lambda n, c: 1 + n % 28),
        ("день", lambda n, c: 1 + n % 31),
        ("weekday", lambda n, c: c.randrange(7)),
        ("曜日", lambda n, c: c.randrange(7)),
        ("WeekOfMonth", lambda n, c: c.randrange(1, 6)),
        ("quarter", lambda n, c: c.randrange(1, 5)),
        ("signup_hour", lambda n, c: c.randrange(24)),
        ("cancellation_year", lambda n, c: c.choice((0, 0, 2016, 2017, 2018))),
        ("annee", lambda n, c: c.choice((2016, 2017, 2018))),
    ],
)
def test_parts_of_a_date_describe(checked, name, cell):
    assert role(checked(table(**{name: cell, "spend": money})), name) == "descriptor"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("spend_last_month", money),
        ("visits per month", lambda n, c: c.randrange(9)),
        ("month", lambda n, c: c.randrange(1, 80)),
        ("monthly_fee", money),
        ("year", lambda n, c: c.randrange(1, 40)),
        ("DaySinceLastOrder", lambda n, c: c.randrange(31)),
        ("years_as_customer", lambda n, c: c.randrange(20)),
        ("minutes_long", lambda n, c: c.uniform(0, 50)),
    ],
)
def test_amounts_that_only_mention_a_month_or_year_form_segments(checked, name, cell):
    assert role(checked(table(**{name: cell, "spend": money})), name) == "feature"


def test_the_year_0_is_told_as_never(checked):
    result = checked(table(cancellation_year=lambda n, c: c.choice((0, 2017, 2018)), spend=money))
    assert "0 stands for never" in column_reason(column(result, "cancellation_year"))


# -- personal data ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("Phone", lambda n, c: c.randrange(2)),
        ("has_phone", lambda n, c: c.choice(("yes", "no"))),
        ("telefono", lambda n, c: c.choice(("si", "no"))),
        ("email", lambda n, c: c.randrange(2)),
        ("Address", lambda n, c: f"NBA{c.randrange(30):03d}"),
        ("AddressChange", lambda n, c: c.choice(("no change", "2 to 3 years", "this year"))),
        ("mobile", lambda n, c: c.choice(("Android", "iOS", "none"))),
    ],
)
def test_flags_and_codes_are_no_personal_data_whatever_they_are_called(checked, name, cell):
    result = checked(table(**{name: cell, "spend": money}))
    assert role(result, name) == "descriptor"
    assert "personal-data" not in codes(result)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("phone", lambda n, c: f"+49 170 {c.randrange(10**6, 10**7)}"),
        ("telefon", lambda n, c: c.randrange(10**9, 10**10)),
        ("correo", lambda n, c: f"ann{n}@shop.example"),
        ("nombre", lambda n, c: c.choice(("Ana", "Luis", "Eva")) + " " + c.choice(("Gil", "Ruiz", "Vega", "Soto"))),
        ("адрес", lambda n, c: f"улица Мира {n}"),
        ("住所", lambda n, c: f"東京都港区 {n}"),
    ],
)
def test_personal_data_is_known_in_the_usual_languages(checked, name, cell):
    assert role(checked(table(**{name: cell, "spend": money})), name) == "personal"


# -- codes, labels, levels ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["custcat", "MARRIAGE", "RepNumber", "CATEGORIE_PROF", "estado civil", "Region", "职业"]
)
def test_codes_in_numbers_describe(checked, name):
    assert role(checked(table(**{name: lambda n, c: c.randrange(5), "spend": money})), name) == "descriptor"


@pytest.mark.parametrize(
    "name",
    ["sales_region", "orders channel", "type of payment", "tipo de gasto", "Vertriebskanal", "magasin d'achats", "消费类别", "week_num", "company",
     "channel used", "last store visited", "language preference", "countryIndex",
     "Filialnummer", "Filial-Nr.", "winkelnummer", "numer sklepu", "číslo pobočky", "butiksnummer", "номер магазина"],
)  # fmt: skip
def test_codes_of_what_is_counted_describe_though_the_name_tells_a_quantity_too(checked, name):
    assert role(checked(table(**{name: lambda n, c: c.randrange(1, 7), "spend": money})), name) == "descriptor"


@pytest.mark.parametrize(
    "name",
    ["JobSatisfaction", "plan price", "promo code uses", "Day Mins", "stays_in_week_nights", "education_years", "checkins_week", "plan_seats", "store credit", "distinct categories", "product variety",
     "compras_tienda", "achats magasin", "Umsatz Filiale", "сумма магазин", "wydatki sklep", "magaza harcama", "n_categories",
     "门店消费金额", "店舗来店回数", "매장 방문 횟수", "月登录次数", "race entries", "City trips", "brand likes", "Hotel",
     "mağaza ziyareti", "Week 1", "Monat 2", "Plan upgrades", "Stunden pro Woche", "heures par semaine", "часов в неделю"],
)  # fmt: skip
def test_a_quantity_of_what_is_a_code_by_itself_forms_segments(checked, name):
    assert role(checked(table(**{name: lambda n, c: c.randrange(1, 7), "spend": money})), name) == "feature"


@pytest.mark.parametrize("period", [" YTD", "_l12m", " LTM", " R12M", " 2025", " FY25", " LY", " last 12 months", " this year", " to date", " since joining"])  # fmt: skip
@pytest.mark.parametrize("name", ["Tier points", "Status miles", "Store returns"])
def test_the_period_behind_a_quantity_of_a_code_makes_no_code_of_it(checked, name, period):
    result = checked(table(**{name + period: lambda n, c: c.randrange(1, 90), "spend": money}))
    assert role(result, name + period) == "feature"


@pytest.mark.parametrize("name", ["Tier 2025", "Status YTD", "Store LY", "Plan last month", "Store since joining"])
def test_a_code_with_a_period_behind_it_stays_one(checked, name):
    assert role(checked(table(**{name: lambda n, c: c.randrange(1, 7), "spend": money})), name) == "descriptor"


@pytest.mark.parametrize("name", ["member_since", "signup_year", "Kunde seit", "last_purchase", "登録年"])
def test_years_in_which_customers_joined_or_came_last_form_no_segments(checked, name):
    result = checked(table(**{name: lambda n, c: c.randrange(2005, 2024), "spend": money}))
    assert role(result, name) == "descriptor"


@pytest.mark.parametrize("name", ["race time", "long flights", "birth weight"])
def test_numbers_with_decimals_that_a_name_can_not_mean_form_segments(checked, name):
    assert role(checked(table(**{name: lambda n, c: round(c.uniform(150, 500), 1), "spend": money})), name) == "feature"


@pytest.mark.parametrize("name", ["CIVILITE", "sexo", "Geschlecht", "пол", "性別", "cinsiyet"])
def test_genders_in_numbers_describe(checked, name):
    assert role(checked(table(**{name: lambda n, c: 1 + c.randrange(3), "spend": money})), name) == "descriptor"


@pytest.mark.parametrize("name", ["y", "class", "target", "Klasse"])
def test_a_label_that_the_others_predict_forms_no_segments(checked, name):
    text = table(**{name: lambda n, c: n % 3, "spend": lambda n, c: 100 * (n % 3) + c.gauss(0, 20), "visits": money})
    result = checked(text)
    assert role(result, name) == "descriptor"
    assert "leaked-label" in codes(result)


@pytest.mark.parametrize("size", [1e-155, 1e-300])
def test_a_label_is_known_beside_values_too_small_to_be_squared(checked, size):
    cell = lambda n, c: f"{(2 * (n % 2) - 1 + c.gauss(0, 0.1)) * size!r}"  # noqa: E731
    result = checked(table(target=lambda n, c: n % 2, reading=cell, spend=money))
    assert role(result, "target") != "feature"


@pytest.mark.parametrize("name", ["y", "class", "target"])
def test_a_number_that_is_only_called_a_label_forms_segments(checked, name):
    result = checked(table(**{name: lambda n, c: c.gauss(50, 9), "spend": money}))
    assert role(result, name) == "feature"
    assert "leaked-label" not in codes(result)


def test_y_beside_x_is_a_coordinate_even_on_a_grid(checked):
    result = checked(table(x=lambda n, c: n % 8, y=lambda n, c: n // 8, spend=money))
    assert {role(result, "x"), role(result, "y")} == {"feature"}


@pytest.mark.parametrize(("name", "low"), [("PAY_2", -2), ("pay_delay", 0), ("amount", -1)])
def test_small_whole_numbers_under_the_name_of_money_are_levels(checked, name, low):
    result = checked(table(**{name: lambda n, c: c.randrange(low, 6), "spend": money}))
    assert role(result, name) == "feature"
    assert column(result, name).measures in {"level", "duration"}


# -- zeros --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zeros", "rounded", "told"), [(0.5, 0.0, False), (0.5, 0.8, True), (0.0, 0.8, True), (0.7, 0, False)]
)
def test_zeros_are_no_rounding(checked, zeros, rounded, told):
    chance = random.Random(3)
    lines = ["customer_id,spend,minutes"]
    for n in range(400):
        minutes = chance.randrange(1, 400)
        minutes = 0 if chance.random() < zeros else round(minutes, -1) if chance.random() < rounded else minutes
        lines.append(f"{n},{chance.uniform(5, 90):.2f},{minutes}")
    assert ("heaping" in codes(checked("\n".join(lines)))) == told


# -- all at once --------------------------------------------------------------------------------------------------------


def test_all_that_is_wrong_with_the_named_columns_is_told_in_one_answer(checked):
    text = table(city=lambda n, c: c.choice(("Ulm", "Bonn")), spend=money, visits=lambda n, c: c.randrange(9))
    with pytest.raises(InputError) as told:
        checked(text, id="customer", features=("spnd", "city", "visits"), descriptors=("visits",), exclude=("vists",))
    for part in ("'customer'", "'spnd'", "'vists'", "can't be both", "can't be a feature"):
        assert part in told.value.message
    assert "'spend' for 'spnd'" in told.value.hint


def test_all_columns_that_a_later_table_lacks_are_told_with_what_comes_near(checked):
    first = checked(table(spend=money, visits=lambda n, c: c.randrange(9)))
    with pytest.raises(InputError) as told:
        checked(table(spent=money, visit=lambda n, c: c.randrange(9)), like=first.columns)
    assert "'spend', 'visits'" in told.value.message
    assert "'spent' to 'spend'" in told.value.hint
    assert "'visit' to 'visits'" in told.value.hint


def test_a_table_of_orders_is_told_how_to_be_read(checked):
    orders = "\n".join(
        ["customer_id,order_date,amount", *(f"{n // 4},2024-03-{1 + n % 28:02d},{n}.5" for n in range(80))]
    )
    with pytest.raises(InputError) as told:
        checked(orders)
    assert "--orders" in told.value.hint
    some = "\n".join(["uid,bought,amount", *(f"{n * 3 // 5},2024-03-{1 + n % 28:02d},{n}.5" for n in range(80))])
    cure = next(finding_cure(finding) for finding in checked(some).findings if finding.code == "duplicate-id")
    assert "--orders" in cure


def test_a_later_table_is_read_as_the_first_was_whatever_its_cells_look_like(checked):
    first = checked(table(dob_years=lambda n, c: c.randrange(18, 80), spend=money))
    later = checked(table(dob_years=lambda n, c: 2000, spend=money), like=first.columns)
    assert column(later, "dob_years").measures == "age"


def test_options_are_the_same_in_any_case_and_accent(checked):
    result = checked(table(Âge=lambda n, c: c.randrange(18, 80), spend=money), exclude=("age",))
    assert role(result, "Âge") == "ignored"
    assert CheckOptions().exclude == ()


@pytest.mark.parametrize("name", ["Company", "Firma", "razon_social", "公司名称", "Bedrift", "Virksomhed"])
def test_businesses_that_all_differ_are_the_ids_where_nothing_else_is(checked, name):
    assert (
        role(checked(without_ids(table(**{name: lambda n, c: f"Firm {chr(65 + n % 26)}{n}", "spend": money}))), name)
        == "id"
    )


@pytest.mark.parametrize("name", ["Company", "Firma"])
def test_businesses_describe_where_there_is_an_id_or_some_are_there_twice(checked, name):
    assert role(checked(table(**{name: lambda n, c: f"Firm {n}", "spend": money})), name) != "id"
    assert (
        role(checked(without_ids(table(**{name: lambda n, c: f"Firm {n % 9}", "spend": money}))), name) == "descriptor"
    )


@pytest.mark.parametrize(("name", "letter"), [("Company", "Firm "), ("Ref", "C-")])
def test_ids_that_only_copies_of_a_row_share_stay_ids_and_the_copies_are_left_out(checked, name, letter):
    lines = without_ids(table(**{name: lambda n, c: f"{letter}{10000 + n}", "spend": money})).splitlines()
    copied = checked("\n".join([*lines, lines[5]]) + "\n")
    assert role(copied, name) == "id"
    assert [finding.count for finding in copied.findings if finding.code == "duplicate-row"] == [1]
    shared = checked("\n".join([*lines, f"{lines[5].split(',')[0]},7"]) + "\n")
    assert role(shared, name) != "id"


def without_ids(text):
    return "\n".join(line.split(",", 1)[1] for line in text.splitlines()) + "\n"
