"""Every figure and comparative of a report's visible text, recomputed with pandas from the raw orders.

Nothing of Clustera is imported (the logs besides the demo's come from another script): the page is read as a person sees it, the orders as they came. The test
`tests/report/test_claims.py` does the same on generated data.

    python examples/households.py        # leaves orders and runs in runs/
    python benchmarks/claims.py                 the grocer, CDNOW's sample and a made log like Online Retail
    python benchmarks/claims.py cdnow           one of them
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from claims_shop import QUARTER, Shop

UNSEEN = re.compile(r'<(\w+)[^>]*class="(?:unseen|skip)"[^>]*>.*?</\1>', re.DOTALL)
BLOCKS = re.compile(r"</(?:p|td|th|dd|dt|li|h1|h2|h3|tr|caption|summary|small|strong|b)>|<br>")
AUDIENCE = (
    r"(?:(active|overdue|lapsed|new) customers?( \(sales above average\))?(?: \((?:sales average or less|first purchase in the last 3 months)\))?"
    r"|(?:best )?customers? who (came back|(?:are|is) likely lost|buys? less))"
)
NUMBER = r"[−-]?[\d,]+(?:\.\d+)?"


def visible_text(page: str) -> str:
    """The text of a page or a part of it, one piece per line; what only screen readers get is left out."""
    body = re.sub(r"<(style|svg|head)\b.*?</\1>", "", page, flags=re.DOTALL)
    lines = re.sub(r"<[^>]+>", "", BLOCKS.sub("\n", UNSEEN.sub("", body))).splitlines()
    return "\n".join(filter(None, (" ".join(html.unescape(line).split()) for line in lines)))


def agrees(shown: str, value: float) -> bool:
    """Whether a number as it is shown is a value, rounded to the digits that are shown.

    >>> agrees("1,234", 1233.6), agrees("12%", 0.1249), agrees("12%", 0.126)
    (True, True, False)
    """
    told = re.sub(r"[^\d.−-]", "", shown).replace("−", "-")
    scale = 100 if shown.endswith("%") else 1
    half = 0.5 * 10.0 ** -len(told.partition(".")[2])
    return abs(float(told) - scale * value) <= half * (1 + 1e-9) + 1e-9 * abs(scale * value)


def compares(shown: str, ratio: float) -> bool:
    """Whether "46% more", "3% less often", "3.3 times" or "average" is a ratio to the average of all customers."""
    if shown == "average":
        return abs(ratio - 1) <= 0.005 + 1e-9
    if shown.endswith(" times"):
        return agrees(shown.removesuffix(" times"), ratio)
    share, _, more = shown.partition(" ")
    return agrees(share, ratio - 1 if more.startswith("more") else 1 - ratio)


def first_screen(text: str, shop: Shop) -> Iterator[tuple[str, bool]]:
    """What stands above the cards: headline, key figures, table of segments, changes, overdue customers."""
    customers, orders = shop.customers, shop.orders
    by_segment = orders.groupby("segment").amount.sum()
    total, everyone = by_segment.sum(), len(customers)
    value = customers.value.sum() if "value" in customers else None
    yield from figure(text, rf"Sales\n({NUMBER})\n", total)
    yield from figure(text, rf"\nCustomers\n({NUMBER})\n(?:.* left out\n)?Overdue", everyone)
    yield from figure(text, rf"Overdue customers\n({NUMBER})\n", shop.overdue.sum())
    if value is not None:
        yield from figure(text, rf"Expected sales, 12 months\n({NUMBER})\n", value)
        low, high = re.search(rf"80% likely between ({NUMBER}) and ({NUMBER})", text).groups()
        yield f"{low} to {high}", float(low.replace(",", "")) <= value <= float(high.replace(",", ""))
    brought: dict[int, float] = {}
    for segment, own in customers.groupby("segment"):
        want = [len(own) / everyone, len(own), by_segment[segment] / total, by_segment[segment]]
        want += [own.value.sum()] if value is not None else []
        row = re.search(rf"\n{segment} {re.escape(own.name.iloc[0])}\n((?:{NUMBER}%?[ \n])+)", text)
        brought[segment] = by_segment[segment] / len(own)
        yield f"row of segment {segment}", row is not None
        before = re.search(rf"\n{segment} {re.escape(own.name.iloc[0])}\n(?:.*\n)+?({NUMBER}) \(({NUMBER})\)\n", text)
        if value is not None and before and "Expected sales (last 12 months)" in text:
            yield f"row of segment {segment}, before", agrees(before[2], shop.year_spend[own.index].sum())
        shown = row[1].split() if row else []
        yield f"row of segment {segment}: {shown}", len(shown) == len(want) and all(map(agrees, shown, want))
    yield "1 brings most per customer", list(brought.values()) == sorted(brought.values(), reverse=True)
    yield from moves(text, shop)
    yield from best_who_buy_less(text, shop)
    if shop.overdue.any():
        late, year = shop.year_spend[shop.overdue].sum(), shop.year_spend.sum()
        want = shop.overdue.sum(), (shop.gaps["count"] >= 3).sum(), late, late / year
        found = re.search(rf"\n({NUMBER})\nof ({NUMBER}) repeat customers: .*: ({NUMBER}) \((\S+%) of all\)", text)
        yield found[0] if found else "overdue", found is not None and all(map(agrees, found.groups(), want))
    if found := re.search(rf"({NUMBER}) unusual customers bring (\S+%) of sales", text):
        outliers = customers.index[customers.outlier.astype(bool)]
        share = orders[orders.id.isin(outliers)].amount.sum() / total
        yield found[0], agrees(found[1], len(outliers)) and agrees(found[2], share)


def figure(text: str, pattern: str, value: float) -> Iterator[tuple[str, bool]]:
    """One figure that must stand in the text, and be what the data say."""
    found = re.search(pattern, text)
    yield (found[0] if found else pattern), found is not None and agrees(found[1], value)


def moves(text: str, shop: Shop) -> Iterator[tuple[str, bool]]:
    """Who moved, from where each customer was before."""
    found = re.search(rf"({NUMBER}) customers moved up .*?, ({NUMBER}) moved down; (\S+%) of ({NUMBER}) stayed", text)
    if not found or "segment_before" not in shop.customers:
        return
    known = shop.customers.dropna(subset="segment_before")
    if "expected to spend more" in found[0]:
        spend = shop.customers.value
    elif "spend more now" in found[0]:
        spend = shop.feature("Spend, last 3 months").astype(float)
        if (
            "or did before" in found[0]
        ):  # of segments that spent nothing lately, the one that spent more before stands above
            spend += 1e-6 * shop.year_spend
    else:
        title = re.search(r"\n(Spend, last (?!3 months).*)\n", text)
        spend = shop.feature(title[1]) if title else shop.year_spend
    rank = shop.customers.assign(spend=spend).groupby("segment").spend.mean().rank()
    change = known.segment.map(rank) - known.segment_before.astype(int).map(rank)
    want = [(change > 0).sum(), (change < 0).sum(), (change == 0).mean(), len(known)]
    yield found[0], all(map(agrees, found.groups(), want))
    if said := re.search(r"(?:Usual in|In the) [^:]*: .* up \(now (\S+%)\), .* down \(now (\S+%)\)", text):
        yield said[0], agrees(said[1], (change > 0).mean()) and agrees(said[2], (change < 0).mean())
    unshown = re.search(rf"Not compared: ({NUMBER}) customers? without an earlier segment", text)
    yield "Not compared", agrees(unshown[1] if unshown else "0", len(shop.customers) - len(known))
    if said := re.search(rf"({NUMBER}) of the ({NUMBER}) who moved (?:is|are) close to a border", text):
        moved = known[known.segment != known.segment_before]
        yield said[0], agrees(said[1], moved.borderline.astype(bool).sum()) and agrees(said[2], len(moved))
    if said := re.search(rf"Sales in the last [^:]*: ({NUMBER}) \S*\s?of those who moved up, ({NUMBER})", text):
        yield said[0], agrees(said[1], shop.year_spend[change.index[change > 0]].sum())
        yield said[0], agrees(said[2], shop.year_spend[change.index[change < 0]].sum())
    if said := re.search(rf": ({NUMBER}) of ({NUMBER}) moved down", text):
        best = known[known.segment_before == rank.idxmax()]
        fell = best.index[best.segment != rank.idxmax()]
        yield said[0], agrees(said[1], len(fell)) and agrees(said[2], len(best))
        yield from figure(text, rf"moved down \((?:.*; )?sales, [^:;]*: ({NUMBER})", shop.year_spend[fell].sum())


def best_who_buy_less(text: str, shop: Shop) -> Iterator[tuple[str, bool]]:
    """How many of the top customers buy less, their money, and that each has the action and its place in the order."""
    falling = shop.group.index[shop.fallen(shop.group)]
    found = re.search(
        rf"({NUMBER}|One) (?:customer )?of the top fifth .*? Sales, [^:]*: ({NUMBER}) \((\S+%) of all\)", text
    )
    yield f"{len(falling)} top customers buy less", (found is not None) == (len(falling) > 0)
    if found:
        money = shop.year_spend[falling].sum()
        want = len(falling), money, money / shop.year_spend.sum()
        yield found[0], all(map(agrees, (found[1].replace("One", "1"), found[2], found[3]), want))
    for label, group in (("Overdue call", "above average"), ("Personal check-in", "falling")):
        theirs = shop.customers[(shop.group == group) & ~shop.customers.control.astype(bool)]
        yield f"{label}: {len(theirs)}", set(theirs.action) <= {label}
    listed = shop.customers[shop.customers.action.isin(["Overdue call", "Personal check-in"])]
    ranked = listed[~listed.control.astype(bool)].contact_order.sort_values()
    yield "one order of calls", list(ranked) == list(range(1, len(ranked) + 1))
    if "value" in shop.customers:
        lost = (shop.year_spend - shop.year_days / 365.25 * shop.customers.value)[ranked.index].round(1)
        called = shop.customers.contact_by[ranked.index]
        yield "calls first", called.eq("call").astype(int).is_monotonic_decreasing
        for way in ("call", "write"):
            yield f"{way}: most to lose first", lost[called == way].is_monotonic_decreasing


def plan(text: str, shop: Shop) -> Iterator[tuple[str, bool]]:
    """Whom each action is sent and who is left out, counted in customers.csv."""
    customers = shop.customers
    for label, own in customers.groupby("action"):
        rows = re.findall(
            rf"\n{re.escape(label)}(?: \d+ of .*)?\n([\d ]+)\n({NUMBER})\n({NUMBER})\n(?:({NUMBER})\n)?", text
        )
        covered = 0
        for segments, sales, sent, left in rows:
            part = own[own.segment.isin(map(int, segments.split()))]
            control = part.control.astype(bool)
            covered += len(part)
            want = (~control).sum(), control.sum(), shop.year_spend[part.index].sum()
            yield f"{label}, segments {segments}: {sent}, {left}", all(map(agrees, (sent, left or "0", sales), want))
        yield f"{label} is planned for all {len(own)}", covered == len(own) or not rows
    if begin := re.search(rf"Start with (.+): (?:send to )?({NUMBER})(?:, leave out {NUMBER}| customers?)", text):
        first = re.search(
            rf"\nWhat to send\n(?:.+\n)+?{re.escape(begin[1])}(?: \d+ of .*)?\n.*\n.*\n({NUMBER})\n(?:({NUMBER})\n)?",
            text,
        )
        yield begin[0], first is not None and agrees(begin[2], float(first[1].replace(",", "")))
    gets = customers.action[shop.fallen(shop.group)].value_counts()
    if found := re.search(rf"({NUMBER}) of ({NUMBER}) top customers who buy less\.(?: Others: (.*)\.)?", text):
        told = dict(re.findall(rf"([^,(]+?) \(({NUMBER})\)", (found[3] or "").replace(", ", ",")))
        others = gets.drop("Personal check-in", errors="ignore")
        yield found[0], agrees(found[1], gets.get("Personal check-in", 0)) and agrees(found[2], gets.sum())
        yield found[0], set(told) == set(others.index) and all(agrees(told[name], n) for name, n in others.items())


def cards(page: str, shop: Shop) -> Iterator[tuple[str, bool]]:
    """The card of every segment: its money, averages, who they are, its actions, and what its name says."""
    revenue = shop.orders.groupby("segment").amount.sum()
    for part in page.split('<article class="segment ')[1:]:
        text = visible_text("<article " + part.split("</article>")[0])
        segment = int(re.findall(r'id="segment-(\d+)"', part)[0])
        own = shop.members(segment)
        yield from figure(text, rf"\n({NUMBER}%)\n{len(own):,} customers", len(own) / len(shop.customers))
        yield from figure(text, rf"Sales\n({NUMBER})\n", revenue[segment])
        yield from figure(text, rf"Per customer\n({NUMBER})\n", revenue[segment] / len(own))
        if "value" in shop.customers:
            expected = rf"Expected sales, 12 months: ({NUMBER}), (?:80% likely|most likely nothing)"
            yield from figure(text, expected, shop.customers.value[own].sum())
        averages = rf"^((?:Days|Purchase days|Spend)\b.*)\n({NUMBER})\n((?:\S+% (?:more|less)(?: often)?|[\d.]+ times|average)(?= \(all: )|(?=all: )|[−+]?[\d.]+ sd)(?: ?\(?all: ({NUMBER})\)?)?$"
        rows = re.findall(averages, text, re.MULTILINE)
        yield f"segment {segment}: averages", len(rows) >= 3
        for title, mean, against, everybody in rows:
            feature = shop.feature(title)
            yield f"{title} {mean}", agrees(mean, feature[own].mean())
            if everybody:
                yield f"{title}, all: {everybody}", agrees(everybody, feature.mean())
            if against and not against.endswith(" sd"):
                yield f"{title} {against}", compares(against, feature[own].mean() / feature.mean())
        yield from who_they_are(text, shop, own)
        yield from actions(text, shop, segment)
        yield from sentence_shares(text, shop, own)
        yield from what_a_name_says(shop.customers.name[own].iloc[0], shop, own)


def who_they_are(text: str, shop: Shop, own: pd.Index) -> Iterator[tuple[str, bool]]:
    """Shares of what the customer table says, among those of whom it is known."""
    if shop.people is None:
        return
    by_title = {letters(name): name for name in shop.people.columns}
    shown = rf"^([^\n:]+): ([^\n]+)\n({NUMBER}%) \((?:({NUMBER}) known; )?all ({NUMBER}%)\)$"
    for title, value, share, known, overall in re.findall(shown, text, re.MULTILINE):
        column = shop.people.set_index("id")[by_title[letters(title)]].dropna().astype(str)
        all_known = column[column.index.isin(shop.customers.index)]
        mine = all_known[all_known.index.isin(own)]
        yield f"{title}: {value} {share}", agrees(share, (mine == value).mean())
        yield f"{title}: {value}, all {overall}", agrees(overall, (all_known == value).mean())
        if known:
            yield f"{title}: {known} known", agrees(known, len(mine))


def letters(name: str) -> str:
    """What a column's name and its title have in common: "household_comp" and "Household composition"."""
    return re.sub("[^a-z]", "", name.lower())[:13]


def actions(text: str, shop: Shop, segment: int) -> Iterator[tuple[str, bool]]:
    """For whom each action is, the money at stake, and what its sentence claims."""
    own = shop.members(segment)
    for found in re.finditer(rf"({NUMBER}|\b[Oo]ne) {AUDIENCE}", text):
        n = found[1].lower().replace("one", "1")
        yield f"segment {segment}: {found[0]}", agrees(n, len(shop.members(segment, audience(found))))
    first = re.search(rf"\n({NUMBER}|One) {AUDIENCE}(?: of {NUMBER})?\n", text)
    whom = shop.members(segment, audience(first)) if first else own
    money = rf"They spent ({NUMBER}) in the last 12 months \((\S+%) of all spend\)\."
    money += rf"(?: Without the action, we expect them to spend ({NUMBER}) in the next 12 months)?"
    if first and (found := re.search(money, text)):
        spent = shop.year_spend[whom].sum()
        yield found[0], agrees(found[1], spent) and agrees(found[2], spent / shop.year_spend.sum())
        if found[3]:
            yield found[0], agrees(found[3], shop.customers.value[whom].sum())
    if found := re.search(rf"({NUMBER}) customers are marked control = true", text):
        yield found[0], agrees(found[1], shop.customers.control[whom].astype(bool).sum())
    if found := re.search(r"Suggest (.+?): it is (\S+%) of all customers' spend and only (\S+%) of this", text):
        lines = shop.orders
        mine = lines[lines.segment == segment]
        everybody = lines.amount[lines.category == found[1]].sum() / lines.amount.sum()
        share = mine.amount[mine.category == found[1]].sum() / mine.amount.sum()
        yield found[0], agrees(found[2], everybody) and agrees(found[3], share) and share < everybody
    if found := re.search(r"No discount: (\S+%) of them bought in the last 3 months", text):
        yield found[0], agrees(found[1], (shop.silence[whom] < QUARTER).mean())
    if found := re.search(rf"none of them has bought for ({NUMBER}) days", text):
        lapsed = shop.members(segment, "lapsed")
        yield found[0], agrees(found[1], shop.silence[lapsed].min())
    if "hey are overdue" in text:
        late = own[shop.stage.reindex(own) == "overdue"]
        yield "overdue", len(late) > 0 and (shop.silence[late] > 1.5 * shop.gaps["max"][late]).all()
    if "their sales in the last 12 months are above average" in text:
        late = shop.members(segment, "above average")
        yield "sales above average", len(late) > 0 and (shop.year_spend[late] > shop.year_spend.mean()).all()


def audience(found: re.Match[str]) -> str:
    """The group of customers that one match of AUDIENCE names."""
    stage, above, after = found.groups()[-3:]
    groups = {"came back": "returned", "are likely lost": "likely lost", "is likely lost": "likely lost"}
    groups |= {"buy less": "falling", "buys less": "falling"}
    return groups.get(after or "", "above average" if above else stage or "")


def sentence_shares(text: str, shop: Shop, own: pd.Index) -> Iterator[tuple[str, bool]]:
    """The sentence with averages: "679 of 2,469 customers (28%), last seen 10 days ago (average 21)"."""
    found = re.search(rf"({NUMBER}) of ({NUMBER}) customers \((\S+%)\), (.*)", text)
    if not found:
        return
    n, everyone = len(own), len(shop.customers)
    yield found[0], all(map(agrees, found.groups()[:3], (n, everyone, n / everyone)))
    if told := re.search(
        rf"last seen ({NUMBER}) days? ago \((?:average|([\d.]+) times the average of) ({NUMBER})\)", found[4]
    ):
        ratio = shop.silence[own].mean() / shop.silence.mean()
        yield told[0], agrees(told[1], shop.silence[own].mean())
        yield told[0], agrees(told[3], shop.silence.mean()) and (not told[2] or agrees(told[2], ratio))
    spend = re.findall(rf"spend, last 3 months ({NUMBER}) \(average ({NUMBER})\)", found[4])
    for mean, average in spend:
        recent = shop.feature("Spend, last 3 months")
        yield f"spend, last 3 months {mean}", agrees(mean, recent[own].mean())
        yield f"average {average}", agrees(average, recent.mean())


def what_a_name_says(name: str, shop: Shop, own: pd.Index) -> Iterator[tuple[str, bool]]:
    """Adjectives and nouns of a name against the segment's own averages and those of all customers."""
    spent, often = (shop.year_spend, shop.feature("Purchase days, last 12 months"))
    spend, visits = (values[own].mean() / values.mean() for values in (spent, often))
    silence, ever = shop.silence[own], shop.silence.mean()
    lately = shop.feature("Spend, last 3 months")
    claims = {
        "top spenders": spend > 1.5,
        "big spenders": spend > 1,
        "above-average": spend > 1,
        "low spenders": spend < 1,
        "frequent": visits > 1,
        "loyal": visits > 1 and silence.mean() < ever,
        "occasional": visits < 1,
        "rarely seen": silence.mean() >= 90 and visits < 1,
        "lapsed": silence.mean() >= 90 and (silence.dropna() >= 90).mean() >= 0.75,
        "recently quiet": lately[own].mean() < lately.mean(),
        "recently active": lately[own].mean() > lately.mean(),
        "higher recent spend": lately[own].mean() > lately.mean(),
        "lower recent spend": lately[own].mean() < lately.mean(),
        "less recent": silence.mean() > ever,
        "more recent": silence.mean() < ever,
        "(?<!less )active": silence.mean() < 45,
        "one-time": (shop.days[shop.days.id.isin(own)].groupby("id").size() == 1).mean() > 0.5,
    }
    for word, holds in claims.items():
        if re.search(rf"\b{word}\b", name.lower()):
            yield f"{name}: {word}", bool(holds)


def monthly(text: str, shop: Shop) -> Iterator[tuple[str, bool]]:
    """The table of revenue by month and segment, whole and by column."""
    want = shop.orders.assign(month=shop.orders.day.dt.strftime("%b %Y")).pivot_table(
        index="month", columns="segment", values="amount", aggfunc="sum", fill_value=0.0
    )
    wide = "\n".join([rf"({NUMBER})"] * (want.shape[1] + 1))
    rows = re.findall(rf"^(\w{{3}} \d{{4}})\*?\n{wide}$", text, re.MULTILINE)
    want = want.reindex(want.index.union([month for month, *_ in rows]), fill_value=0.0)  # months without orders
    yield f"{len(rows)} months", 0 < len(rows) <= len(want)
    for month, *shown in rows:
        values = [*want.loc[month], want.loc[month].sum()]
        yield f"{month}: {shown}", all(map(agrees, shown, values))


def refuted(page: str, shop: Shop) -> tuple[int, list[str]]:
    """How many claims of a report by orders were tested, and those that the raw orders refute."""
    text = visible_text(page)
    tested = [*first_screen(text, shop), *plan(text, shop), *cards(page, shop), *monthly(text, shop)]
    return len(tested), [claim for claim, holds in tested if not holds]


def grocer() -> tuple[Path, Shop]:
    """The run of the grocer's orders that the demo leaves in runs/, and its orders."""
    folder = max(Path("runs").glob("*-transactions"))
    orders = pd.read_parquet("runs/transactions.parquet").merge(
        pd.read_parquet("runs/products.parquet")[["product_id", "department"]], on="product_id", how="left"
    )
    lines = pd.DataFrame(
        {
            "id": orders.household_id.astype(str),
            "day": orders.transaction_timestamp,
            "amount": orders.sales_value,
            "category": orders.department,
        }
    )
    people = pd.read_parquet("runs/demographics.parquet").rename(columns={"household_id": "id"})
    customers = pd.read_csv(folder / "customers.csv", dtype={"id": str})
    return folder, Shop(lines, customers, pd.Timestamp("2017-12-31"), people.assign(id=people.id.astype(str)))


def run_of(lines: pd.DataFrame, folder: Path) -> tuple[Path, Shop]:
    """A log of orders segmented by the command, and the log as the shop has it."""
    lines.to_csv(folder / "orders.csv", index=False)
    command = [sys.executable, "-m", "clustera", "segment", "--orders", str(folder / "orders.csv")]
    subprocess.run([*command, "--runs", str(folder / "runs"), "--quiet"], check=True)
    run = max((folder / "runs").glob("*-orders"))
    days = pd.to_datetime(lines["date"].astype(str))
    known = pd.DataFrame({"id": lines.customer_id.astype(str), "day": days, "amount": lines.amount})
    if "category" in lines:
        known["category"] = lines.category
    customers = pd.read_csv(run / "customers.csv", dtype={"id": str})
    return run, Shop(known, customers, days.max().normalize())


def main() -> None:
    """Test the reports of the logs that are named, or of all three."""
    from orders_usefulness import cdnow_lines, gift_shop_lines

    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        for name in sys.argv[1:] or ("grocer", "cdnow", "gift-shop"):
            folder = Path(place) / name
            folder.mkdir()
            if name == "grocer":
                run, shop = grocer()
            else:
                run, shop = run_of({"cdnow": cdnow_lines, "gift-shop": gift_shop_lines}[name](), folder)
            tested, found = refuted((run / "report.html").read_text(encoding="utf-8"), shop)
            print(f"{name}: {tested} claims of report.html tested, {len(found)} refuted", *found, sep="\n  ")
            wrong += len(found)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
