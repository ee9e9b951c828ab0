"""Names that tell what is sensitive about people, and names that only mention it."""

import pytest

from clustera.check.sensitive import PROTECTED
from clustera.check.words import meanings_of_name
from clustera.lexicon import sensitive_words


@pytest.mark.parametrize(
    "name",
    ["SaaS Health Score", "account_health", "customerHealth", "health_score", "Health & Beauty", "santé et beauté", "Systemgesundheit",
     "market_cap", "dog race", "race results", "raza del perro", "race du chien", "Lead-Herkunft", "music genre", "golf handicap",
     "индекс лояльности", "теплый пол", "健康食品購入額", "credit_union_member", "account_disabled", "disabled_at"],
)  # fmt: skip
def test_a_name_that_only_mentions_it_is_not_sensitive(name):
    assert not {*meanings_of_name(name)} & {*sensitive_words()}


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("health_status", "health"), ("diabetes", "health"), ("blood_type", "health"), ("HIV status", "health"),
        ("Schwerbehinderung", "health"), ("Allergien", "health"), ("enceinte", "health"), ("embarazada", "health"),
        ("zwanger", "health"), ("беременность", "health"), ("妊娠", "health"), ("过敏", "health"), ("alergi", "health"),
        ("origen étnico", "ethnicity"), ("skin color", "ethnicity"), ("Migrationshintergrund", "ethnicity"), ("人種", "ethnicity"),
        ("этническая принадлежность", "ethnicity"), ("wiara", "religion"), ("inanç", "religion"), ("confesión religiosa", "religion"),
        ("sexual_orientation", "orientation"), ("sexuelle Orientierung", "orientation"), ("orientation sexuelle", "orientation"),
        ("political party", "politics"), ("Gewerkschaftsmitglied", "politics"), ("partido político", "politics"),
    ],
)  # fmt: skip
def test_what_is_specially_protected_is_known_in_many_languages(name, meaning):
    assert meaning in meanings_of_name(name)
    assert meaning in PROTECTED


@pytest.mark.parametrize("name", ["political_party", "sexual_orientation", "religion"])
def test_numbers_that_stand_for_opinions_form_no_segments(checked, name):
    table = f"id,{name},spend\n" + "\n".join(f"K{n},{n % 7},{100 + n * 7 % 50}" for n in range(60))
    assert next(column.role for column in checked(table).columns if column.name == name) == "descriptor"
