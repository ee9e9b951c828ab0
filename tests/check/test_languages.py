"""The same customers in fifteen languages: every column is known for what it is."""

from __future__ import annotations

import datetime
import random

import pytest

ROWS = 60
# id, age, gender, income, date of joining, city, religion, postcode, visits; then two genders, four faiths, and a word for a number of years.
LANGUAGES = {
    "en": ["customer id", "age", "gender", "income", "joined on", "city", "religion", "postcode", "visits"],
    "de": ["Kundennummer", "Alter", "Geschlecht", "Einkommen", "Beitrittsdatum", "Stadt", "Religion", "PLZ", "Besuche"],
    "fr": ["numéro client", "âge", "sexe", "revenu", "date d'inscription", "ville", "religion", "code postal", "visites"],
    "es": ["id_cliente", "edad", "género", "ingresos", "fecha de alta", "ciudad", "religión", "código postal", "visitas"],
    "pt": ["código do cliente", "idade", "sexo", "renda", "data de cadastro", "cidade", "religião", "CEP", "visitas"],
    "it": ["codice cliente", "età", "sesso", "reddito", "data di iscrizione", "città", "religione", "CAP", "visite"],
    "nl": ["klantnummer", "leeftijd", "geslacht", "inkomen", "inschrijfdatum", "stad", "religie", "postcode", "bezoeken"],
    "pl": ["nr klienta", "wiek", "płeć", "dochód", "data rejestracji", "miasto", "religia", "kod pocztowy", "wizyty"],
    "cs": ["číslo zákazníka", "věk", "pohlaví", "příjem", "datum registrace", "město", "náboženství", "PSČ", "návštěvy"],
    "sv": ["kundnummer", "ålder", "kön", "inkomst", "registreringsdatum", "stad", "religion", "postnummer", "besök"],
    "tr": ["müşteri no", "yaş", "cinsiyet", "gelir", "kayıt tarihi", "şehir", "din", "posta kodu", "ziyaret sayısı"],
    "ru": ["номер клиента", "возраст", "пол", "доход", "дата регистрации", "город", "религия", "почтовый индекс", "визиты"],
    "id": ["kode pelanggan", "umur", "jenis kelamin", "pendapatan", "tanggal daftar", "kota", "agama", "kode pos", "kunjungan"],
    "zh": ["客户编号", "年龄", "性别", "收入", "注册日期", "城市", "宗教", "邮编", "访问次数"],
    "ja": ["顧客番号", "年齢", "性別", "収入", "登録日", "都市", "宗教", "郵便番号", "訪問回数"],
}  # fmt: skip
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
}
UNITS = {
    "en": "years", "de": "Jahre", "fr": "ans", "es": "años", "pt": "anos", "it": "anni", "nl": "jaar", "pl": "lat", "cs": "let", "sv": "år",
    "tr": "yıl", "ru": "лет", "id": "tahun", "zh": "岁", "ja": "歳",
}  # fmt: skip


def date_in(language: str, day: datetime.date) -> str:
    if language in ("zh", "ja"):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[language].split()[day.month - 1]} {day.year}"


def table(language: str, *, age_unit: str = "") -> str:
    chance = random.Random(language)
    lines = [";".join(LANGUAGES[language])]
    for number in range(ROWS):
        day = datetime.date(2015, 1, 1) + datetime.timedelta(days=chance.randrange(3_000))
        cells = [
            f"K{number:04d}", f"{chance.randrange(18, 90)}{age_unit}", chance.choice("MF"), chance.randrange(9_000, 90_000),
            date_in(language, day), f"Ort {chance.randrange(9)}", f"Glaube {chance.randrange(4)}", f"{chance.randrange(10_000, 99_999)}",
            chance.randrange(40),
        ]  # fmt: skip
        lines.append(";".join(map(str, cells)))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_are_known_in_every_usual_language(checked, language):
    key, age, gender, income, joined, city, faith, postcode, visits = LANGUAGES[language]
    result = checked(table(language), as_of=datetime.date(2024, 6, 30))
    roles = {column.name: column.role for column in result.columns}
    assert roles[key] == "id"
    assert {age, income, visits} <= {name for name, role in roles.items() if role == "feature"}
    assert {roles[name] for name in (gender, city, faith)} == {"descriptor"}
    assert next(column.kind for column in result.columns if column.name == joined) == "date"
    told = {(finding.code, finding.column) for finding in result.findings if finding.code.startswith("sensitive")}
    assert ("sensitive", age) in told
    assert ("sensitive-descriptor", faith) in told
    assert roles[postcode] != "feature"


@pytest.mark.parametrize("language", LANGUAGES)
def test_years_are_a_unit_in_every_usual_language(checked, language):
    age = LANGUAGES[language][1]
    blank = "" if language in ("zh", "ja") else " "
    result = checked(table(language, age_unit=blank + UNITS[language]))
    column = next(column for column in result.columns if column.name == age)
    assert (column.role, column.kind, column.missing, column.measures) == ("feature", "number", 0, "age")


@pytest.mark.parametrize(
    "form", ["{y}年{m}月{d}日", "{y}年{m:02d}月{d:02d}日 08:30", "{y}년 {m}월 {d}일", "{d} марта {y} г.", "{d} Μαρ {y}"]
)
def test_dates_with_signs_or_in_other_alphabets_are_dates(checked, form):
    head, *lines = table("en").splitlines()
    days = [datetime.date(2019 + at % 4, 3, 1 + at % 28) for at in range(ROWS)]
    cells = [form.format(y=day.year, m=day.month, d=day.day) for day in days]
    result = checked("\n".join([f"{head};since", *(f"{line};{cell}" for line, cell in zip(lines, cells, strict=True))]))
    assert next(column.kind for column in result.columns if column.name == "since") == "date"
    seen = result.rows.query("select since from {rows} order by _row")["since"].to_pylist()
    assert [seen[0] - days_since for days_since in seen] == [(day - days[0]).days for day in days]


@pytest.mark.parametrize("cell", ["{}号", "{}호", "{}階", "{}区"])
def test_numbers_of_rooms_floors_and_districts_are_codes(checked, cell):
    head, *lines = table("en").splitlines()
    text = "\n".join([f"{head};where", *(f"{line};{cell.format(1 + at % 9)}" for at, line in enumerate(lines))])
    assert next(column.role for column in checked(text).columns if column.name == "where") != "feature"
