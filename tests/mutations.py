"""Tables and logs of orders as they should never be, drawn from a seed: for the tests of everything that reads.

Every data row carries a mark of its own (`Q0000A3Z`), so that a lost row is seen whatever became of its cells.

python -m tests.mutations FOLDER FIRST COUNT     # writes them, to look at
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARK_PARTS = (b"Q", *[b"[0-9A-F]"] * 6, b"Z")
MARK = re.compile(b"".join(MARK_PARTS))
ENCODINGS = (
    "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
    "cp1252", "cp1251", "iso8859-2", "mac-roman", "shift_jis", "gb18030", "big5", "euc_kr", "cp037",
)  # fmt: skip
NAMED = {"utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"}  # what needs no word about it
SEPARATORS = (",", ",", ";", "\t", "|", "^", "~", " ", "||", "\x01")
ODD_NAMES = (
    "", " ", "{rows}", "{other}", "{", "}", "{}", '"', '"{rows}"', "'", "''", "a'b", 'a"b', "a\0b", "_row", "_id", "_key", "_extra",
    "_source", "_cells", "_code", "segment", "distance", "t", "a", "b", "x", "n", "step", "source", "rows", "select", "*", "a*", "$",
    "a.b", "a/b", "~", "[0]", "#1", "\\", "\x1b[31m", "\u202e", "\ufeff", "😀", "x" * 5_000, "İ", "ß", "1", "-1", "1.5", "NULL", "null",
    "nan", "group", "order", "key", "value", "text", "row", "weight", "count", "k", "%s", "%(a)s", "?", ":a", "$1", "--", "/*", ";", "name",
    "=1+1", "column_2", "age", "AGE", "Age ", "income", "date", "customer_id", "id", "ID", "<b>", "&amp;", "\t", "日本", "العمر",
)  # fmt: skip
ODD_CELLS = (
    "", " ", "NULL", "NA", "\\N", "-", "--", "?", "#DIV/0!", "nan", "inf", "-inf", "1e309", "-0", "0x1F", "9" * 40, "1e-400", "1,2,3",
    "1.2.3", "٣٤", "１２", "۱۲٫۵", "²", "½", "Ⅷ", "𝟘𝟙", "{rows}", "{other}", "'", "''", '"', '""', "a\0b", "\x1b[2J", "\x07", "\ufeff", "\u202e",
    "\u2028", "\x85", "\x0b", "\x0c", "\x1c", "\x1a", "😀", "2024-02-30", "0000-00-00", "31/12/9999", "1899-12-30", "20240131", "true", "ja",
    "=cmd|' /C calc'!A0", "<script>", "=1+1", "@a", "+49 170 1234567", "a@b.example", "18-24", "65+", "Under 18", "$1,234.50", "1.234,50 €",
    "12.5 %", "15K", "5 kg", "1e5", "17E56", "00417", "1" * 400, "[1, 2]", '{"a": 1}', "12:30", "2024-W03", "März 2024",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A file, and what is said beside it."""

    seed: int
    data: bytes
    suffix: str
    plain: bytes  # unpacked
    encoding: str
    read: dict[str, Any] = field(default_factory=dict)  # options of reading
    check: dict[str, Any] = field(default_factory=dict)  # options of the customer table
    orders: dict[str, Any] = field(default_factory=dict)  # options of the log

    @property
    def marks(self) -> set[bytes]:
        """The marks of the rows that still stand whole in the file, in its own encoding."""
        if not self.encoding.startswith(("utf-16", "utf-32")):
            text = self.plain.decode(self.encoding, "replace").replace("\0", "")
            return set(MARK.findall(text.encode("ascii", "replace")))
        # Wherever the bytes stand: one too many or too few before them damages no mark.
        zeros = rb"\0" * (3 if "32" in self.encoding else 1)
        first, then = (zeros, b"") if self.encoding.endswith("be") else (b"", zeros)
        found = re.findall(b"".join(first + part + then for part in MARK_PARTS), self.plain)
        return {mark.replace(b"\0", b"") for mark in found}


Draw = random.Random
Table = list[list[str]]  # names, then one list of cells per row


def customer_mutant(seed: int) -> Mutant:
    """A customer table, mutated."""
    draw = random.Random(f"customers {seed}")
    rows = draw.choice([1, 3, 12, 12, 40, 40, 120, 300])
    columns = [draw.choice(_COLUMNS) for _ in range(draw.choice([0, 1, 2, 4, 4, 6, 12, 30]))]
    names = [
        "customer_id",
        *(f"{draw.choice(_NAMES)}{draw.choice(['', '', number])}" for number in range(len(columns))),
    ]
    made = [column(draw, rows) for column in columns]
    table = [names, *([_mark(at), *(cells[at] for cells in made)] for at in range(rows))]
    return _mutant(seed, draw, table)


def order_mutant(seed: int) -> Mutant:
    """A log of orders, mutated."""
    draw = random.Random(f"orders {seed}")
    lines = draw.choice([3, 30, 100, 100, 300])
    buyers = [f"C{number:04d}" for number in range(draw.choice([1, 5, 20, 60]))]
    date, money = draw.choice(_DATES), draw.choice(_MONEY)
    names = ["order_id", "customer_id", "order_date", "amount", *draw.sample(["product", "category", "quantity", "currency",
        "status", "discount", "channel", "price", "email"], draw.randint(0, 4))]  # fmt: skip
    table = [names]
    for at in range(lines):
        day = (2020 + draw.randrange(4), draw.randint(1, 12), draw.randint(1, 28))
        cells = [_mark(at), draw.choice(buyers), date(*day), money(draw.lognormvariate(3, 1))]
        table.append([*cells, *(draw.choice(_ORDER_CELLS[name]) for name in names[4:])])
    return _mutant(seed, draw, table)


def _mark(at: int) -> str:
    return f"Q{at * 2_654_435_761 % (1 << 24):06X}Z"


# ---- What columns hold ---------------------------------------------------------------------------------------------------

_NAMES = ("age", "income", "spend", "Alter", "Einkommen", "visits", "gender", "city", "joined", "score", "amount", "birth_date", "x", "Umsatz (€)",
    "customer", "email", "phone", "note", "売上", "возраст", "is_member", "satisfaction (1-10)", "days since last order")  # fmt: skip
_DATES: tuple[Callable[[int, int, int], str], ...] = (
    lambda y, m, d: f"{y}-{m:02d}-{d:02d}",
    lambda y, m, d: f"{d:02d}.{m:02d}.{y}",
    lambda y, m, d: f"{m}/{d}/{y}",
    lambda y, m, d: f"{y}{m:02d}{d:02d}",
    lambda y, m, d: f"{y}-{m:02d}-{d:02d}T08:30:00Z",
    lambda y, m, d: f"{d} Jan {y}",
    lambda y, m, d: str(int((y - 1970) * 31_557_600 + m * 2_629_800 + d * 86_400)),
)
_MONEY: tuple[Callable[[float], str], ...] = (
    lambda x: f"{x:.2f}",
    lambda x: f"${x:,.2f}",
    lambda x: f"{x:.2f}".replace(".", ","),
    lambda x: f"{x:.2f} €",
    lambda x: f"{x:.3E}",
    lambda x: str(int(x)),
)


def _numbers(draw: Draw, rows: int) -> list[str]:
    money, width = draw.choice(_MONEY), draw.choice([0.1, 1, 3])
    return [money(draw.lognormvariate(4, width)) for _ in range(rows)]


def _wholes(draw: Draw, rows: int) -> list[str]:
    low, high = draw.choice([(0, 1), (1, 5), (18, 90), (0, 1000), (-100, 100), (10**8, 10**9), (10**17, 10**18)])
    return [str(draw.randint(low, high)) for _ in range(rows)]


def _words(draw: Draw, rows: int) -> list[str]:
    words = [
        "red",
        "Blue ",
        "green",
        "New York",
        "new york",
        "Köln",
        "Москва",
        "東京",
        "B-",
        "A+",
        *draw.sample(ODD_CELLS, 5),
    ]
    some = draw.sample(words, draw.randint(1, 8))
    return [draw.choice(some) for _ in range(rows)]


def _different(draw: Draw, rows: int) -> list[str]:
    return [
        "".join(draw.choice("abcdefgh ijk-/.0123456789ÄßЖ") for _ in range(draw.randint(1, 30))) for _ in range(rows)
    ]


def _days(draw: Draw, rows: int) -> list[str]:
    date = draw.choice(_DATES)
    return [date(draw.randint(1930, 2024), draw.randint(1, 12), draw.randint(1, 28)) for _ in range(rows)]


def _brackets(draw: Draw, rows: int) -> list[str]:
    return [draw.choice(["Under 18", "18-24", "25-34", "35-44", "65+"]) for _ in range(rows)]


def _odd(draw: Draw, rows: int) -> list[str]:
    return [draw.choice(ODD_CELLS) for _ in range(rows)]


def _constant(draw: Draw, rows: int) -> list[str]:
    return [draw.choice(ODD_CELLS)] * rows


def _mixed(draw: Draw, rows: int) -> list[str]:
    made = [draw.choice(_COLUMNS[:-1])(draw, rows) for _ in range(draw.randint(2, 3))]
    return [draw.choice(made)[at] for at in range(rows)]


def _quoted_numbers(draw: Draw, rows: int) -> list[str]:
    return [f'{draw.randint(10, 99)}"' if draw.random() < 0.3 else str(draw.randint(10, 99)) for _ in range(rows)]


_COLUMNS: tuple[Callable[[Draw, int], list[str]], ...] = (
    _numbers, _numbers, _numbers, _wholes, _wholes, _words, _different, _days, _brackets, _odd, _constant, _quoted_numbers, _mixed,
)  # fmt: skip
_ORDER_CELLS: dict[str, list[str]] = {
    "product": ["P1", "P2", "POST", 'TV 40"', "test", "D", "Ж", "{rows}"],
    "category": ["Food", "food ", "Toys", "", "{other}", "a'b"],
    "quantity": ["1", "2", "-1", "0", "1.5", "", "many"],
    "currency": ["EUR", "EUR", "EUR", "USD", ""],
    "status": ["paid", "completed", "cancelled", "refunded", "", "?"],
    "discount": ["0", "1.50", "", "5%", "-2"],
    "channel": ["web", "shop", ""],
    "price": ["9.99", "1", "-1", "0", ""],
    "email": ["a@b.example", "A@B.example", "", "guest"],
}


# ---- What becomes of a table ---------------------------------------------------------------------------------------------


def _odd_header(draw: Draw, table: Table) -> None:
    for _ in range(draw.randint(1, 4)):
        table[0][draw.randrange(len(table[0]))] = draw.choice([*ODD_NAMES, draw.choice(table[0])])


def _no_header(draw: Draw, table: Table) -> None:
    del table[0]


def _merged_header(draw: Draw, table: Table) -> None:
    table.insert(0, [draw.choice(["Person", "Money", ""]) for _ in table[0]])


def _ragged(draw: Draw, table: Table) -> None:
    for _ in range(draw.randint(1, 5)):
        row = draw.choice(table)
        if draw.random() < 0.5:
            row.extend(draw.choice(ODD_CELLS) for _ in range(draw.randint(1, 4)))
        elif len(row) > 1:
            del row[draw.randrange(1, len(row)) :]


def _odd_cells(draw: Draw, table: Table) -> None:
    for _ in range(draw.choice([1, 3, 20])):
        row = draw.choice(table[1:] or table)
        row[draw.randrange(len(row)) if draw.random() < 0.2 else -1] = draw.choice(ODD_CELLS)


def _giant(draw: Draw, table: Table) -> None:
    row = draw.choice(table)
    row[-1] = draw.choice(["x", "1", "a b ", "9,", "é"]) * draw.choice([1_000, 50_000, 300_000])


def _copies(draw: Draw, table: Table) -> None:
    for _ in range(draw.randint(1, 10)):
        table.insert(draw.randrange(len(table) + 1), list(draw.choice(table)))


def _many_lines(draw: Draw, table: Table) -> None:
    for _ in range(draw.randint(1, 5)):
        table[-draw.randint(1, len(table))][-1] = draw.choice(
            ["a\nb", "\n", "a\r\nb\nc", "x\n" * 60, "see, below\n1,2,3"]
        )


_ON_TABLES: tuple[Callable[[Draw, Table], None], ...] = (
    _odd_header, _odd_header, _no_header, _merged_header, _ragged, _odd_cells, _odd_cells, _giant, _copies, _many_lines,
)  # fmt: skip


def _written(draw: Draw, table: Table) -> tuple[str, dict[str, Any]]:
    """The text of a table, and what is to be said of it."""
    separator, end = draw.choice(SEPARATORS), draw.choice(["\n", "\n", "\n", "\r\n", "\r"])
    quoting = draw.choice(["needed", "needed", "needed", "all", "never", "some", "apostrophes"])
    lines = [separator.join(_quoted(draw, cell, separator, quoting) for cell in row) for row in table]
    for _ in range(draw.choice([0, 0, 0, 1, 3])):
        place = draw.randrange(len(lines) + 1)
        lines.insert(
            place,
            draw.choice(["", " ", separator * 3, "Total", "\x1a", "# exported 2024", "Report of customers", "sep=;"]),
        )
    wrapped = draw.random() < 0.03
    if wrapped:
        lines = ['"' + line.replace('"', '""') + '"' for line in lines]
    if draw.random() < 0.2 and len(lines) > 3:
        _stray(draw, lines, separator)
    said = {"separator": separator} if draw.random() < 0.1 and separator.strip() else {}
    return end.join(lines) + draw.choice([end, end, "", end * 3]), said


def _stray(draw: Draw, lines: list[str], separator: str) -> None:
    """A quote that opens a cell and never closes, and perhaps an inch mark some lines below."""
    first = draw.randrange(1, len(lines) - 1)
    last = min(first + draw.choice([1, 2, 10, 45]), len(lines) - 1)
    for place, change in ((first, lambda cell: f'"{cell}'), (last, lambda cell: f'{cell}"')):
        cells = lines[place].split(separator)
        at = draw.randrange(len(cells))
        cells[at] = change(cells[at])
        lines[place] = separator.join(cells)
        if draw.random() < 0.2:
            return


def _quoted(draw: Draw, cell: str, separator: str, quoting: str) -> str:
    wanted = quoting == "all" or (quoting == "some" and draw.random() < 0.3)
    if quoting == "apostrophes":
        return "'" + cell.replace("'", "''") + "'"
    if quoting != "never" and (wanted or separator in cell or '"' in cell or "\n" in cell or "\r" in cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _as_json(draw: Draw, table: Table) -> str:
    keys = [draw.choice([key, key, key, *ODD_NAMES]) for key in table[0]]
    items: list[Any] = []
    for row in table[1:]:
        item: dict[str, Any] = {}
        for key, cell in zip(keys, row, strict=False):
            roll = draw.random()
            item[key] = (
                _number(cell)
                if roll < 0.3
                else cell
                if roll < 0.97
                else draw.choice([None, True, [1, "a"], {"b": 1, "": 2}, 10**30, float("nan")])
            )
        items.append(item)
    if draw.random() < 0.2:
        items = [{"data": item, draw.choice(ODD_NAMES): {"deep": {"": 1}}} for item in items]
    style = draw.random()
    if style < 0.6:
        return "".join(json.dumps(item, ensure_ascii=draw.random() < 0.5) + "\n" for item in items)
    return json.dumps(items if style < 0.9 else {"data": items, "count": 1}, indent=draw.choice([None, 1]))


def _number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell


def _damaged(draw: Draw, data: bytes) -> bytes:
    """One to three wounds: bytes changed, cut out, doubled or put in."""
    out = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        at, length = draw.randrange(len(out) + 1), draw.choice([1, 1, 1, 2, 3, 8, 60])
        wound = draw.randrange(5)
        if wound == 0 and at < len(out):
            out[at] = draw.randrange(256)
        elif wound == 1:
            del out[at : at + length]
        elif wound == 2:
            out[at:at] = out[at : at + length]
        elif wound == 3:
            out[at:at] = draw.randbytes(length)
        else:
            out[at:at] = draw.choice(
                [b'"', b"'", b"\n", b"\r", b"\0", b";", b",,,,", b"\t", b"\xff", b"\xef\xbb\xbf", b"{", b"\\", b"\x1a"]
            )
    return bytes(out)


def _packed(draw: Draw, data: bytes) -> tuple[bytes, str]:
    roll = draw.random()
    if roll < 0.08:
        return gzip.compress(data, mtime=0), ".csv.gz"
    if roll < 0.12:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("t.csv", data)
        return out.getvalue(), ".zip"
    return data, ".csv"


def _mutant(seed: int, draw: Draw, table: Table) -> Mutant:
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        draw.choice(_ON_TABLES)(draw, table)
        table = table or [["customer_id"]]
    names = list(table[0])
    as_json = draw.random() < 0.15
    text, said = (_as_json(draw, table), {}) if as_json else _written(draw, table)
    encoding = draw.choice(ENCODINGS[:10] if as_json else ENCODINGS)
    plain = text.encode(encoding, "replace")
    if draw.random() < 0.1:
        plain = draw.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]) + plain
    if encoding not in NAMED and not as_json and (encoding == "cp037" or draw.random() < 0.5):
        said["encoding"] = encoding
    if draw.random() < 0.35 and plain:
        plain = _damaged(draw, plain)
    data, suffix = _packed(draw, plain)
    return Mutant(
        seed,
        data,
        ".jsonl" if as_json and suffix == ".csv" else suffix,
        plain,
        encoding,
        said | _read_options(draw),
        _check_options(draw, names),
        _order_options(draw, names),
    )


def _read_options(draw: Draw) -> dict[str, Any]:
    return {"header": draw.randint(0, 3)} if draw.random() < 0.04 else {}


def _check_options(draw: Draw, names: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for option, choices, share in (
        ("id", names, 0.05), ("dates", ["dmy", "mdy"], 0.1), ("decimal", [".", ","], 0.1),
        ("as_of", ["2024-06-30", "1900-01-01"], 0.05), ("keep", [("sentinel",), ("footer", "missing-values", "brackets")], 0.1),
        ("features", [tuple(names[:2]), (draw.choice(names),)], 0.05), ("exclude", [(draw.choice(names),)], 0.05),
        ("descriptors", [(draw.choice(names),)], 0.05),
    ):  # fmt: skip
        if draw.random() < share:
            said[option] = draw.choice(choices)
    return said


def _order_options(draw: Draw, names: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for option, choices, share in (
        ("customer", names, 0.3), ("date", names, 0.1), ("amount", names, 0.1), ("dates", ["dmy", "mdy"], 0.1),
        ("decimal", [".", ","], 0.1), ("duplicates", ["keep", "drop"], 0.1), ("services", [True], 0.1), ("today", ["2024-06-30"], 0.1),
    ):  # fmt: skip
        if draw.random() < share:
            said[option] = draw.choice(choices)
    return said


if __name__ == "__main__":
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        for kind, mutant in (("customers", customer_mutant(seed)), ("orders", order_mutant(seed))):
            (folder / f"{kind}-{seed}{mutant.suffix}").write_bytes(mutant.data)
