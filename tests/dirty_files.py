"""A corpus of dirty customer files, each with the findings it must raise and no others.

python -m tests.dirty_files FOLDER      # writes them, to look at
"""

from __future__ import annotations

import gzip
import io
import json
import random
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROWS = 120
HEAD = ["customer_id", "gender", "age", "income", "score"]
ALWAYS = frozenset({"sensitive"})  # age forms the segments


@dataclass(frozen=True)
class Dirty:
    """One dirty file."""

    name: str
    data: bytes
    findings: frozenset[str]  # besides ALWAYS
    quarantined: int = 0
    same: bool = False  # whether its values are those of the clean file
    refused: str = ""  # part of the sentence, for a file that can't be segmented


def base() -> list[list[str]]:
    """The clean table: names, then one row per customer."""
    draw = random.Random(11)
    rows = [
        [str(2000 + 3 * n), draw.choice(["female", "male"]), str(draw.randint(19, 88)),
         f"{draw.lognormvariate(10.4, 0.4):.2f}", str(draw.randint(1, 99))]
        for n in range(ROWS)
    ]  # fmt: skip
    return [HEAD, *rows]


def text(rows: list[list[str]], separator: str = ",", end: str = "\n") -> str:
    return "".join(separator.join(row) + end for row in rows)


def edited(edit: Callable[[list[list[str]]], object]) -> bytes:
    """The clean table after an edit in place, as a CSV file."""
    rows = [list(row) for row in base()]
    edit(rows)
    return text(rows).encode()


def cell(row: int, column: int, value: str) -> Callable[[list[list[str]]], object]:
    return lambda rows: rows[row].__setitem__(column, value)


def cells(column: int, change: Callable[[str], str], every: int = 1) -> Callable[[list[list[str]]], object]:
    def edit(rows: list[list[str]]) -> None:
        for row in rows[1::every]:
            row[column] = change(row[column])

    return edit


def both(*edits: Callable[[list[list[str]]], object]) -> Callable[[list[list[str]]], object]:
    return lambda rows: [edit(rows) for edit in edits]


def added(name: str, value: Callable[[int], str]) -> Callable[[list[list[str]]], object]:
    """A further column."""

    def edit(rows: list[list[str]]) -> None:
        rows[0].append(name)
        for number, row in enumerate(rows[1:]):
            row.append(value(number))

    return edit


def german(value: str) -> str:
    whole, _, part = f"{float(value):,.2f}".partition(".")
    return whole.replace(",", ".") + "," + part


def indian(value: str) -> str:
    whole, _, part = value.partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, at - 2) : at] for at in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail]) + "." + part


def twice(value: str) -> str:
    """A text in UTF-8 that a program took for cp1252."""
    return "".join(
        bytes([byte]).decode("latin-1" if byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "cp1252")
        for byte in value.encode()
    )


def zipped(*texts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, content in enumerate(texts):
            archive.writestr(f"part-{number}.csv", content)
    return out.getvalue()


def sqlite_of(rows: list[list[str]]) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table customers ({', '.join(rows[0])})")
    connection.executemany("insert into customers values (?, ?, ?, ?, ?)", rows[1:])
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data


def workbook_of(rows: list[list[str]]) -> bytes:
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def elsewhere(add: Callable[..., None]) -> None:
    """Figures, signs, words and characters of other places."""
    for label, zero in (("arabic", "٠"), ("persian", "۰"), ("full-width", "０")):
        figures = {figure: ord(zero) + figure - 48 for figure in range(48, 58)}
        change = cells(2, lambda v, figures=figures: v.translate(figures))
        add(
            f"{label} figures",
            edited(both(change, cells(3, lambda v, figures=figures: v.translate(figures)))),
            same=True,
        )
    add("characters without a shape", edited(both(cells(0, lambda v: v + "\u200b", 4), cells(1, lambda v: f"{v[:2]}\u00ad{v[2:]}", 3),
        cells(2, lambda v: f"\u200e{v}\u200f"), cell(0, 3, "\u200bincome"))), same=True)  # fmt: skip
    add(
        "apostrophes of a spreadsheet",
        edited(both(cells(0, lambda v: f"'{v}"), cells(2, lambda v: f"'{v}", 2))),
        same=True,
    )
    add(
        "amounts without cents",
        text([[*r[:3], f"{r[3].split('.')[0]},-" if n else r[3], r[4]] for n, r in enumerate(base())], ";"),
    )
    add("swiss francs", edited(cells(3, lambda v: f"CHF {v.split('.')[0]}.--")))
    add("ages in french", edited(cells(2, lambda v: f"{v} ans")), same=True)
    add("numbers without end", edited(both(cell(3, 3, "inf"), cell(4, 3, "1e400"))), "missing-values")
    add("nulls of MySQL", edited(cell(5, 3, "\\N")), "missing-values")
    for label, yes, no in (("polish", "tak", "nie"), ("turkish", "evet", "hayır"), ("japanese", "はい", "いいえ"), ("mixed", "TRUE", "0"),
                           ("marked", "x", "")):  # fmt: skip
        add(f"{label} answers", edited(added("member", lambda n, yes=yes, no=no: yes if n % 3 else no)), same=True)


def named_like_ours(add: Callable[..., None]) -> None:
    """Columns that are called as the program calls something itself."""
    for name in ("t", "step", "source", "pair", "segment", "distance", "place", "outlier"):
        add(f"a column called {name}", edited(both(added(name, lambda n: "abc"[n % 3]), cells(1, str.upper, 9), cell(7, 2, "-3"))),
            "category-spelling", "impossible-values", "missing-values", *(["leaked-label"] if name == "segment" else []))  # fmt: skip


def corpus() -> list[Dirty]:
    """All files."""
    clean = text(base())
    made: list[Dirty] = []

    def add(
        name: str, data: bytes | str, *findings: str, quarantined: int = 0, same: bool = False, refused: str = ""
    ) -> None:
        data = data.encode() if isinstance(data, str) else data
        made.append(Dirty(name, data, frozenset(findings), quarantined, same, refused))

    # How the text is written
    add("clean", clean, same=True)
    for label, separator in (("semicolons", ";"), ("tabs", "\t"), ("pipes", "|"), ("carets", "^")):
        add(label, text(base(), separator), same=True)
    for label, end in (("crlf", "\r\n"), ("old mac line ends", "\r")):
        add(label, text(base(), end=end), same=True)
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"):
        add(f"encoding {encoding}", clean.encode(encoding), same=True)
    add("gzip", gzip.compress(clean.encode()), same=True)
    add("all quoted", text([[f'"{cell}"' for cell in row] for row in base()]), same=True)
    add("no last line end", clean.rstrip("\n"), same=True)
    add("blank lines", clean.replace("\n", "\n\n"), same=True)
    add("mixed line ends", clean.replace("\n", "\r\n", 40), same=True)
    add("ctrl-z at the end", clean + "\x1a", same=True)
    add("excel separator line", "sep=;\n" + text(base(), ";"), "lines-above", same=True)
    add("title above", "Customers of May\n\n" + clean, "lines-above", same=True)
    add("three lines above", "Customers\nExported on 2024-05-01\nby CRM\n" + clean, "lines-above", same=True)
    add("names of merged cells above", "Person,Person,Person,Money,Money\n" + clean, "lines-above", same=True)
    add("names of merged cells with gaps", "Person,,,Money,\n" + clean, "lines-above", same=True)
    add("padded names", clean.replace("customer_id,gender,age", " customer_id , gender , age "), same=True)
    add("padded cells", edited(both(cells(1, lambda v: f"  {v} "), cells(2, lambda v: f" {v}"))), same=True)
    add("no-break spaces", edited(cells(3, lambda v: f"\u00a0{v}\u00a0")), same=True)
    add("trailing separators", clean.replace("\n", ",\n"), "renamed-columns", same=True)
    add("two marks", b"\xef\xbb\xbf" + clean.encode("utf-8-sig"), same=True)
    add("lines quoted whole", "".join(f'"{line}"\n' for line in clean.splitlines()), same=True)
    add("single quotes", text([[f"'{cell}'" for cell in row] for row in base()]), same=True)
    add("quotes by backslash", edited(added("note", lambda n: f'"say \\"hi\\" {n % 3}"')), same=True)
    add(
        "a quote left open", edited(added("note", lambda n: '"a' if n == 4 else f"b{n % 3}")), "stray-quotes", same=True
    )
    add("a quote left open above an inch mark", edited(added("note", lambda n: {4: '"a', 19: 'TV 40"'}.get(n, f"b{n % 3}"))),
        "stray-quotes", same=True)  # fmt: skip
    damaged = bytearray(clean.encode("utf-16"))
    damaged.insert(len(damaged) // 2 | 1, 0)
    add("a byte too many in utf-16", bytes(damaged), "damaged-encoding", "unreadable-row", quarantined=1)
    add("line ends in cells", edited(added("note", lambda n: f'"a\nb{n % 3}"')), "line-ends-in-cells", same=True)
    add("zero bytes", clean.replace("\n", "\0\n", 3), same=True)
    add(
        "names underlined",
        clean.replace("\n", "\n-----------,------,---,--------,-----\n", 1),
        "footer",
        quarantined=1,
        same=True,
    )
    add("a database's print", "".join(f" {line.replace(',', ' | ')}\n" for line in clean.splitlines()) + "(120 rows)\n",
        "footer", quarantined=1, same=True)  # fmt: skip
    add("a page of markdown", "".join(f"| {line.replace(',', ' | ')} |\n" for line in clean.replace("\n", "\n---,---,---,---,---\n", 1).splitlines()),
        "footer", "renamed-columns", quarantined=1, same=True)  # fmt: skip
    add("cities in cp1252", text([[*row, ("Köln", "Genève")[n % 2] if n else "city"] for n, row in enumerate(base())]).encode("cp1252"),
        "assumed-encoding", same=True)  # fmt: skip
    add("cities in cp1251", text([[*row, ("Москва", "Казань")[n % 2] if n else "city"] for n, row in enumerate(base())]).encode("cp1251"),
        "assumed-encoding", same=True)  # fmt: skip
    add("a line in another encoding", text([[*row, "Köln" if n else "city"] for n, row in enumerate(base())]).encode() + "9999,male,33,5000.00,7,Bonn ä\n".encode("cp1252"),
        "mixed-encoding")  # fmt: skip
    cities = added("city", lambda n: ("Köln", "Łódź", "Lyon", "Orléans")[n % 4])
    for label, times in (("twice", twice), ("three times", lambda v: twice(twice(v)))):
        add(f"cities encoded {label}", edited(both(cities, cells(5, times))), "double-encoding", same=True)
    add("euros encoded twice", edited(cells(3, lambda v: twice(f"{v}\u00a0€"))), "double-encoding", same=True)
    add(
        "names encoded twice",
        edited(added(twice("Straßengröße"), lambda n: "abc"[n % 3])),
        "double-encoding",
        same=True,
    )
    add("some cities encoded twice", edited(both(cities, cells(5, twice, every=3))), "double-encoding", same=True)
    add("odd cities in UTF-8", edited(added("city", lambda n: ("SÃO PAULO", "MANHÃ…", "NESTLÉ®", "„MALMÖ“", "café\u00a0»")[n % 5])),
        same=True)  # fmt: skip
    # Other formats
    rows = [dict(zip(HEAD, row, strict=True)) for row in base()[1:]]
    add("json lines", "".join(json.dumps(row) + "\n" for row in rows), same=True)
    add("a json list", json.dumps(rows, indent=2), same=True)
    add(
        "a broken json line",
        "".join(json.dumps(row) + "\n" for row in rows) + '{"customer_id": "9"\n',
        "unreadable-row",
        quarantined=1,
        same=True,
    )
    add("a json list within an object", json.dumps({"count": ROWS, "data": rows}, indent=1), same=True)
    add("json lines of changing keys", "".join(json.dumps(row if n % 3 else {k: row[k] for k in HEAD[::-1]}) + "\n" for n, row in enumerate(rows)),
        same=True)  # fmt: skip
    add("zip", zipped(clean), same=True)
    add("sqlite", sqlite_of(base()), same=True)
    add("a workbook", workbook_of(base()), same=True)
    # How values are written
    add(
        "decimal commas",
        text([[*r[:3], r[3].replace(".", ",") if n else r[3], r[4]] for n, r in enumerate(base())], ";"),
        same=True,
    )
    add(
        "german thousands",
        text([[*r[:3], german(r[3]) if n else r[3], r[4]] for n, r in enumerate(base())], ";"),
        same=True,
    )
    add("dollars", edited(cells(3, lambda v: f'"${float(v):,.2f}"')), same=True)
    add("euros", edited(cells(3, lambda v: f"{v} €")), same=True)
    add("euros behind a no-break space", edited(cells(3, lambda v: f"{v}\u00a0€")), same=True)
    add("accounting", edited(cells(3, lambda v: f'"USD {float(v):,.2f}"')), same=True)
    add("indian thousands", edited(cells(3, lambda v: f'"{indian(v)}"')), same=True)
    add("thousands as k", edited(cells(3, lambda v: f"{float(v) / 1000:.5f}k", every=4)), same=True)
    add("percent signs", edited(cells(4, lambda v: f"{v}%")), same=True)
    add("ids kept from a spreadsheet", edited(cells(0, lambda v: f'="{v}"')), same=True)
    add(
        "dollars and euros",
        edited(cells(3, lambda v: f"€{v}" if int(v[-1]) < 3 else f"${v}")),
        "mixed-units",
        same=True,
    )
    add("german export", ("Kundenexport\r\n\r\n" + "\r\n".join(";".join([*r[:3], german(r[3]) + " €" if n else r[3], r[4]]) for n, r in enumerate(base()))
        + "\r\nSumme;;;;\r\n").encode("cp1252"), "lines-above", "footer", quarantined=1, same=True)  # fmt: skip
    add(
        "quoted tabs in utf-16",
        text([[f'"{cell}"' for cell in row] for row in base()], "\t", "\r\n").encode("utf-16"),
        same=True,
    )
    add("swiss thousands", edited(cells(3, lambda v: f"{float(v):,.2f}".replace(",", "'"))), same=True)
    add("ages with units", edited(cells(2, lambda v: f"{v} years")), same=True)
    add("ids with decimals", edited(cells(0, lambda v: f"{v}.0")), same=True)
    add("ids in exponents", edited(cells(0, lambda v: f"{float(v):.3E}")), same=True)
    add("ids that lost digits", edited(cells(0, lambda v: f"{4e12 + 12_345_678 * int(v):.5E}")), "lost-digits")
    add(
        "ids that lost zeros",
        edited(both(cells(0, lambda v: f"0{v}"), cells(0, lambda v: v.lstrip("0"), every=5))),
        "lost-zeros",
    )
    add("exponents", edited(cells(2, lambda v: f"{float(v):e}")), same=True)
    add("gender in capitals", edited(cells(1, str.upper, every=9)), "category-spelling", same=True)
    add("gender with blanks", edited(cells(1, lambda v: v + " ", every=7)), same=True)
    elsewhere(add)
    # What is missing
    for label, word in (
        ("empty", ""),
        ("na", "N/A"),
        ("null", "NULL"),
        ("div", "#DIV/0!"),
        ("dash", "-"),
        ("unknown", "unknown"),
    ):
        add(f"missing as {label}", edited(cell(5, 3, word)), "missing-values")
    add("a tenth missing", edited(cells(3, lambda _: "", every=10)), "missing-values")
    add("a row of nothing", edited(cell(5, slice(2, 5), ["", "", ""])), "no-values", quarantined=1)
    add("a missing id", edited(cell(5, 0, "")), "missing-id", "money-total", quarantined=1)
    add("sentinel income", edited(cell(5, 3, "9999999")), "sentinel", "missing-values", "money-total")
    add("sentinel score", edited(cell(5, 4, "-1")), "sentinel", "missing-values")
    add("missing by gender", edited(lambda rows: [row.__setitem__(3, "") for n, row in enumerate(rows) if row[1] == "male" and n % 2]),
        "missing-values", "missing-depends")  # fmt: skip
    add("missing by age", edited(lambda rows: [row.__setitem__(3, "") for row in rows[1:] if int(row[2]) > 60]),
        "missing-values", "missing-depends")  # fmt: skip
    add("missing together", edited(lambda rows: [row.__setitem__(slice(3, 5), ["", ""]) for row in rows[1::4]]),
        "missing-values", "missing-together")  # fmt: skip
    add(
        "errors of a spreadsheet",
        edited(both(cell(5, 3, "#DIV/0!"), cell(6, 3, "#VALUE!"), cell(7, 3, "#N/A"))),
        "missing-values",
    )
    add("dates of a program", edited(added("joined", lambda n: "1900-01-01" if n % 20 == 3 else f"2023-0{1 + n % 9}-1{n % 9}")),
        "sentinel", "missing-values", same=True)  # fmt: skip
    # What can't be
    for label, age in (("127", "127"), ("zero", "0"), ("negative", "-4")):
        add(f"age {label}", edited(cell(5, 2, age)), "impossible-values", "missing-values")
    add("negative income", edited(cell(5, 3, "-5")), "impossible-values", "missing-values", "money-total")
    add("a word among ages", edited(cell(5, 2, "forty")), "mixed-types", "missing-values")
    add(
        "score out of its scale",
        edited(both(cell(0, 4, "Score (1-100)"), cell(5, 4, "210"))),
        "impossible-values",
        "missing-values",
    )
    # Rows
    add("a row twice", edited(lambda rows: rows.append(rows[9])), "duplicate-row", "money-total", quarantined=1)
    add("an id twice", edited(lambda rows: rows.append([rows[9][0], "male", "33", "100.50", "5"])),
        "duplicate-id", "money-total", quarantined=2)  # fmt: skip
    add("a row twice, an id twice", edited(lambda rows: rows.extend([rows[9], [rows[4][0], "male", "33", "100.50", "5"]])),
        "duplicate-row", "duplicate-id", "money-total", quarantined=3)  # fmt: skip
    add("glued rows", edited(lambda rows: rows[5].extend(rows.pop(6))), "unreadable-row", "money-total", quarantined=1)
    add(
        "an unquoted comma", edited(lambda rows: rows[5].insert(1, "x")), "unreadable-row", "money-total", quarantined=1
    )
    add("names repeated", edited(lambda rows: rows.insert(60, rows[0])), "repeated-header", quarantined=1)
    add("two files joined", clean + clean, "repeated-header", "duplicate-row", "money-total", quarantined=ROWS + 1)
    add("a total below", clean + "Total,,5000,3000000.00,6000\n", "footer", "money-total", quarantined=1)
    add("a note below", clean + "Source: CRM\n", "footer", quarantined=1)
    add("a note and a count", clean + "120 rows\nSource: CRM\n", "footer", quarantined=2)
    add("a short row", edited(lambda rows: rows[5].__delitem__(slice(4, 5))), "missing-values")
    add("names on every page", edited(lambda rows: [rows.insert(at, line) for at in (90, 60, 30) for line in (rows[0], ["Page 1"])]),
        "repeated-header", "footer", quarantined=6, same=True)  # fmt: skip
    add("subtotals", edited(lambda rows: [rows.insert(at, ["Subtotal", "", "", "9000.00"]) for at in (90, 60, 30)]),
        "footer", "money-total", quarantined=3, same=True)  # fmt: skip
    add("sums in german", clean + "Gesamtsumme,,5000\n", "footer", quarantined=1, same=True)
    # Columns
    add("no names", text(base()[1:]), "no-header", "may-be-id")
    add("a name twice", edited(both(added("age", lambda n: str(20 + n * 7 % 50)))), "renamed-columns")
    named_like_ours(add)
    add("a constant", edited(added("country", lambda _: "Chile")), same=True)
    add("an empty column", edited(added("fax", lambda _: "")), same=True)
    add("e-mail addresses", edited(added("email", lambda n: f"c{n}@example.com")), "personal-data", same=True)
    add("surnames", edited(added("last_name", lambda n: f"Name{n % 40}")), "personal-data", same=True)
    add("a cluster label", edited(added("cluster", lambda n: str(n % 4))), "leaked-label", same=True)
    add("a row counter", edited(lambda rows: [row.insert(0, str(n - 1) if n else "") for n, row in enumerate(rows)]),
        "renamed-columns", same=True)  # fmt: skip
    add("post codes", edited(added("zip", lambda n: f"{n * 377 % 90000:05d}")), same=True)
    add("income in k twice", edited(lambda rows: [r.append(f"{float(r[3]) / 1000:.5f}" if n else "income_k") for n, r in enumerate(rows)]),
        "near-duplicate", same=True)  # fmt: skip
    add(
        "typing",
        edited(added("area", lambda n: "Surburban" if n == 3 else ("Suburban", "Urban")[n % 2])),
        "category-typing",
        same=True,
    )
    add(
        "ambiguous dates",
        edited(added("joined", lambda n: f"{1 + n % 12:02d}/{1 + n * 5 % 12:02d}/2024")),
        "ambiguous-dates",
        same=True,
    )
    for label, day in (
        ("two-digit years", lambda n: f"{1 + n % 28:02d}/{1 + n % 12:02d}/{10 + n % 14:02d}"),
        ("day numbers of a spreadsheet", lambda n: f"{44000 + n * 3}"),
        ("names of months", lambda n: f"{1 + n % 28} {('Jan', 'Feb', 'March')[n % 3]} 2024"),
        ("months in german", lambda n: f"{1 + n % 28}. {('Jänner', 'März', 'Dez.')[n % 3]} 2023"),
        ("months in french", lambda n: f"{1 + n % 28} {('févr.', 'août', 'Decembre')[n % 3]} 2023"),
        ("months in spanish", lambda n: f"{1 + n % 28}-{('ene', 'dic', 'sept')[n % 3]}-23"),
        ("two orders of dates", lambda n: f"2024-01-{1 + n % 28:02d}" if n % 2 else f"{1 + n % 28:02d}.01.2024"),
        ("seconds since 1970", lambda n: f"{1_672_531_200 + n * 259_200}"),
        ("thousandths of seconds since 1970", lambda n: f"{1_672_531_200_000 + n * 259_200_000}"),
        ("times of day", lambda n: f"{1 + n % 12}/{1 + n % 28}/2024 {1 + n % 12}:30 PM"),
    ):
        add(label, edited(added("joined", day)), same=True)
    add("days that no month has", edited(added("joined", lambda n: "31/02/2023" if n % 20 == 3 else f"{1 + n % 28}/0{1 + n % 9}/2023")),
        "mixed-types", "missing-values", same=True)  # fmt: skip
    add("days that mean never", edited(added("last_purchase", lambda n: {3: "1900-01-01", 4: "9999-12-31"}.get(n % 20, f"2023-0{1 + n % 9}-1{n % 9}"))),
        "sentinel", "missing-values", same=True)  # fmt: skip
    add("days that are zero", edited(added("joined", lambda n: "0000-00-00" if n % 20 == 3 else f"2023-0{1 + n % 9}-1{n % 9}")),
        "missing-values", same=True)  # fmt: skip
    add("a date ahead of its time", edited(added("joined", lambda n: "2999-01-01" if n == 3 else f"2023-0{1 + n % 9}-1{n % 9}")),
        "impossible-values", "missing-values", same=True)  # fmt: skip
    add("money spent in stores", edited(added("store", lambda n: str(n * 377 % 59 * 7))), "code-or-quantity", same=True)
    add("branch numbers", edited(added("branch_no", lambda n: str(1 + n % 7))), same=True)
    add("account numbers", edited(added("account", lambda n: str(4_000_000_000 + n * 7_919_111))), same=True)
    add(
        "a score of an earlier model",
        edited(added("churn_score", lambda n: f"{n * 37 % 100 / 100}")),
        "leaked-label",
        same=True,
    )
    add("mixed units", edited(cells(3, lambda v: f"{float(v) / 1000:.3f}", every=4)), "mixed-units")
    add(
        "age brackets",
        edited(cells(2, lambda v: ("19-29", "30-39", "40-49", "50-59", "60+")[min(4, max(0, int(v) // 10 - 2))])),
        "brackets",
    )
    # Refused
    add("nothing", b"", refused="is empty")
    add("only names", text(base()[:1]), refused="no rows")
    add("one row", text(base()[:2]), refused="fewer than 10")
    add("only text", text([[row[0], f"abc{n} def"] for n, row in enumerate(base())]), refused="no column of numbers")
    add(
        "all missing",
        text([[row[0], "" if n else "age"] for n, row in enumerate(base())]),
        refused="no column of numbers",
    )
    add(
        "an order log",
        "customer_id,amount\n" + "".join(f"{n % 9},{n * 1.5}\n" for n in range(90)),
        refused="one row per order",
    )
    add(
        "a web page",
        "<html><table>" + "".join(f"<tr><td>{line}</td></tr>\n" for line in clean.splitlines()),
        refused="web page",
    )
    add("several files", zipped(clean, clean), refused="holds 2 files")
    add("half a json list", json.dumps(rows)[:5000], refused="is damaged JSON: in line 1 at position")
    add("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, refused="is a picture or recording")
    return made


def write(folder: Path) -> None:
    """Write all files of the corpus into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for dirty in corpus():
        (folder / f"{dirty.name}.csv").write_bytes(dirty.data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
