from __future__ import annotations

import pytest
from tests.codes import sentences
from tests.dirty_files import ALWAYS, Dirty, corpus

from clustera.check import check
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read
from clustera.texts import finding_cure, finding_message, finding_rule

CORPUS = corpus()


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.fixture(scope="module")
def clean_values(engine, tmp_path_factory):
    path = tmp_path_factory.mktemp("clean") / "clean.csv"
    path.write_bytes(CORPUS[0].data)
    return features(check(read(path, engine=engine)))


def features(checked):
    return checked.rows.query("select _id, _key, gender, age, income, score from {rows} order by _id").to_pylist()


def test_the_corpus_is_large_and_its_names_differ():
    assert len({dirty.name for dirty in CORPUS}) == len(CORPUS) >= 170


@pytest.mark.parametrize("dirty", [dirty for dirty in CORPUS if not dirty.refused], ids=lambda dirty: dirty.name)
def test_a_dirty_file_raises_its_findings_and_no_others(dirty: Dirty, engine, tmp_path, clean_values):
    path = tmp_path / "dirty.csv"
    path.write_bytes(dirty.data)
    checked = check(read(path, engine=engine))
    found = {finding.code for finding in checked.findings}
    assert found - ALWAYS == dirty.findings
    assert checked.balance.quarantined == checked.quarantine.count() == dirty.quarantined
    assert checked.balance.closes
    if dirty.same:
        assert features(checked) == clean_values
    for finding in checked.findings:
        said = (finding_message(finding), finding_rule(finding), finding_cure(finding))
        assert all(said)
        assert not [text for text in said if "{" in text]
        assert list(sentences(finding)) == []


@pytest.mark.parametrize("dirty", [dirty for dirty in CORPUS if dirty.refused], ids=lambda dirty: dirty.name)
def test_a_file_that_cannot_be_segmented_is_refused_with_a_cure(dirty: Dirty, engine, tmp_path):
    path = tmp_path / "dirty.csv"
    path.write_bytes(dirty.data)
    with pytest.raises(InputError, match=dirty.refused) as caught:
        check(read(path, engine=engine))
    assert caught.value.hint
