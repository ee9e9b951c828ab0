"""However long a cell or a name is, it is looked through in time that grows with its length, never with its square."""

from __future__ import annotations

import contextlib
import time

import pytest
from tests.check.conftest import customers

from clustera.check import check
from clustera.check.personal import mask_personal
from clustera.check.titles import short_title
from clustera.check.words import title_and_unit
from clustera.engines import Engine
from clustera.errors import ClusteraError
from clustera.read import read
from clustera.records import Column

LONG = 60_000
PARTS = ["x", "1", "_", " ", ".", "(", "9,", "a b ", "a@", "x.", "é", "00 ", "a_", "(a", " - "]


def spent(work):
    begin = time.process_time()
    work()
    return time.process_time() - begin


def giant(part):
    return part * (LONG // len(part))


@pytest.mark.parametrize("part", PARTS)
def test_a_giant_cell_is_masked_in_a_moment(part):
    assert spent(lambda: mask_personal(f"{giant(part)}!")) < 2


def test_an_address_in_a_giant_cell_is_hidden():
    text = f"{giant('a b ')} ann@shop.example {giant('x')}"
    assert mask_personal(text) == f"{giant('a b ')} (e-mail) {giant('x')}"


@pytest.mark.parametrize("part", PARTS)
def test_a_giant_name_has_its_title_in_a_moment(part):
    name = f"a{giant(part)}z?"
    assert spent(lambda: short_title(Column(name, "feature", "number", title_and_unit(name)[0]))) < 2


@pytest.mark.parametrize("part", ["x", "_"])
def test_a_giant_cell_in_the_row_that_is_left_out_or_in_a_category_takes_no_minutes(tmp_path, part):
    cell = giant(part).replace('"', "")
    head, *lines = customers().splitlines()
    lines = [f'{line},"{cell if at % 2 else "b"}"' for at, line in enumerate(lines)][:20]
    lines.append(f'{lines[3].split(",")[0]},1,2,"{cell}"')  # the same customer twice
    path = tmp_path / "t.csv"
    path.write_text("\n".join([f"{head},what", *lines]), encoding="utf-8")

    def whole():
        with Engine(threads=1) as engine, contextlib.suppress(ClusteraError):
            check(read(path, engine=engine))

    assert spent(whole) < 10
