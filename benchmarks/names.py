"""Names of segments on 25 tables in the manner of the usual public ones, and a test that a fresh reader can take.

Every table is made here, from a seed: segments with stated averages, customers scattered around them. The names are those
of a run with default settings on the right segments, so that only names are judged, not where segments are cut.

    python benchmarks/names.py                  averages and names of every table
    python benchmarks/names.py --blind          averages, shuffled names, and the key at the end
    python benchmarks/names.py --blind mall gym the same for some tables
"""

from __future__ import annotations

import argparse
import string
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from clustera.check.words import title_and_unit
from clustera.engines import Engine
from clustera.profile import describe
from clustera.records import Column, FeaturePreparation, Preparation, SegmentProfile, TrustNumbers

SIZE = 200  # customers of an average segment
SPREAD = 0.25  # of a feature's own standard deviation between segments, within a segment


@dataclass(frozen=True)
class Table:
    """A customer table: column titles, and for each segment its share and averages."""

    columns: str
    segments: tuple[tuple[float, ...], ...]  # share, then one average per column


TABLES = {
    "mall": Table(
        "Age|Annual Income (k$)|Spending Score (1-100)",
        ((0.4, 43, 55, 50), (0.2, 33, 87, 82), (0.18, 41, 88, 17), (0.11, 25, 26, 79), (0.11, 45, 26, 21)),
    ),
    "marketing": Table(
        "Income|Recency|MntWines|MntMeatProducts|NumDealsPurchases|NumWebPurchases|NumStorePurchases",
        (
            (0.27, 76000, 49, 600, 450, 1.3, 5, 8.2), (0.25, 58000, 49, 450, 140, 3.8, 6.5, 7.8),
            (0.28, 30000, 49, 30, 22, 1.8, 2, 3), (0.2, 46000, 49, 70, 30, 2.5, 2.5, 3.5),
        ),
    ),
    "wholesale": Table(
        "Fresh|Milk|Grocery|Frozen|Detergents_Paper|Delicassen",
        (
            (0.3, 6000, 9500, 16000, 1400, 6800, 1700), (0.45, 9000, 2500, 3200, 2000, 700, 900),
            (0.25, 27000, 4500, 5500, 7500, 900, 2900),
        ),
    ),
    "credit_card": Table(
        "BALANCE|PURCHASES|CASH_ADVANCE|PURCHASES_FREQUENCY|CREDIT_LIMIT|PRC_FULL_PAYMENT|TENURE",
        (
            (0.45, 1000, 500, 300, 0.45, 3200, 0.1, 11.5), (0.2, 4500, 400, 4200, 0.2, 7000, 0.03, 11.4),
            (0.1, 2500, 5500, 300, 0.95, 9000, 0.3, 11.9), (0.25, 120, 700, 50, 0.8, 3800, 0.6, 11.4),
        ),
    ),
    "telecom": Table(
        "tenure (months)|MonthlyCharges|Total day minutes|Customer service calls|Number vmail messages",
        ((0.3, 6, 70, 190, 2.8, 3), (0.3, 60, 95, 220, 1.2, 12), (0.4, 34, 25, 150, 1.0, 8)),
    ),
    "insurance": Table(
        "age|bmi|children|charges",
        ((0.4, 26, 29, 0.6, 4200), (0.3, 55, 31, 1.2, 13000), (0.15, 40, 36, 1.1, 41000), (0.15, 41, 30, 3.5, 9500)),
    ),
    "bank": Table(
        "age|balance (€)|duration|campaign|previous",
        ((0.5, 36, 800, 220, 2, 0.3), (0.2, 59, 4200, 260, 2, 0.4), (0.1, 41, 1200, 900, 2, 0.6), (0.2, 42, 900, 180, 8, 0.1)),
    ),
    "ecommerce": Table(
        "Tenure|HourSpendOnApp|OrderCount|DaySinceLastOrder|CashbackAmount|CouponUsed",
        ((0.35, 2, 2.5, 1.8, 3, 145, 1.1), (0.4, 11, 2.9, 2.6, 5, 175, 1.4), (0.25, 19, 3.4, 9.5, 6, 260, 6.2)),
    ),
    "rfm": Table(
        "Recency (days)|Frequency|Monetary",
        ((0.25, 25, 14, 7200), (0.3, 40, 2, 450), (0.2, 220, 1.05, 180), (0.25, 110, 5, 1500)),
    ),
    "travel": Table(
        "Age|MonthlyIncome|NumberOfTrips|DurationOfPitch|NumberOfFollowups",
        ((0.35, 30, 19000, 2, 12, 3), (0.35, 45, 31000, 3, 15, 4), (0.3, 38, 22000, 6.5, 24, 5)),
    ),
    "gym": Table(
        "Age|Avg_class_frequency_total|Lifetime|Avg_additional_charges_total|Month_to_end_contract",
        ((0.4, 27, 1.2, 1.2, 110, 1.6), (0.35, 30, 2.9, 4.5, 150, 9), (0.25, 31, 1.9, 4.2, 290, 4)),
    ),
    "hotel": Table(
        "lead_time (days)|nights_per_stay|adr|booking_changes|total_of_special_requests",
        ((0.4, 20, 1.5, 85, 0.1, 0.3), (0.35, 160, 4.2, 95, 0.3, 0.5), (0.25, 60, 3.5, 190, 0.5, 2.1)),
    ),
    "saas": Table(
        "MRR ($)|Seats|Logins|Support tickets|NPS",
        ((0.5, 60, 4, 18, 1, 35), (0.2, 900, 80, 260, 4, 52), (0.3, 250, 18, 12, 9, -10)),
    ),
    "de_handel": Table(
        "Alter|Jahreseinkommen|Umsatz_gesamt|Anzahl_Bestellungen|Tage_seit_letzter_Bestellung",
        ((0.3, 31, 34000, 150, 2, 40), (0.25, 46, 72000, 1900, 16, 15), (0.25, 58, 45000, 420, 5, 200), (0.2, 60, 68000, 300, 3, 60)),
    ),
    "fr_boutique": Table(
        "Âge|Revenu|Montant_vin|Montant_viande|Nb_visites",
        ((0.4, 34, 24000, 40, 60, 4), (0.3, 55, 58000, 620, 180, 7), (0.3, 44, 39000, 90, 420, 13)),
    ),
    "es_tienda": Table(
        "edad|ingreso_anual|gasto_total|numero_de_pedidos|dias_desde_ultima_compra",
        ((0.4, 28, 18000, 120, 2, 30), (0.3, 50, 52000, 1500, 12, 12), (0.3, 47, 30000, 380, 4, 190)),
    ),
    "pt_loja": Table(
        "idade|renda_mensal|ticket_medio|numero_de_pedidos",
        ((0.45, 27, 2200, 60, 9), (0.3, 44, 8800, 310, 3), (0.25, 61, 4100, 120, 2)),
    ),
    "it_negozio": Table(
        "età|reddito|spesa|giorni_ultimo_acquisto",
        ((0.4, 33, 21000, 130, 35), (0.3, 52, 61000, 1100, 14), (0.3, 64, 33000, 240, 210)),
    ),
    "nl_winkel": Table(
        "leeftijd|inkomen|omzet|aantal bestellingen",
        ((0.5, 35, 33000, 260, 4), (0.25, 52, 68000, 1400, 15), (0.25, 63, 38000, 150, 2)),
    ),
    "tr_magaza": Table(
        "Yaş|Gelir|Harcama|Ziyaret sayısı",
        ((0.4, 25, 14000, 900, 14), (0.3, 43, 52000, 4200, 6), (0.3, 58, 23000, 1100, 3)),
    ),
    "ru_magazin": Table(
        "Возраст|Доход|Сумма покупок|Количество заказов",
        ((0.4, 29, 40000, 3000, 3), (0.3, 45, 120000, 24000, 14), (0.3, 60, 52000, 5200, 6)),
    ),
    "ja_shop": Table(
        "年齢|年収|購入金額|購入回数",
        ((0.4, 27, 320, 12000, 3), (0.3, 48, 860, 98000, 7), (0.3, 56, 480, 41000, 22)),
    ),
    "streaming": Table(
        "hours_watched|devices|months_as_customer|support_contacts",
        ((0.4, 9, 1.4, 5, 0.4), (0.35, 55, 2.6, 30, 0.5), (0.25, 22, 5.6, 41, 2.8)),
    ),
    "charity": Table(
        "number of gifts|avg gift amt|days since last purchase|events_attended",
        ((0.4, 1.5, 25, 400, 0.2), (0.35, 14, 20, 25, 1.1), (0.25, 5, 400, 90, 3.5)),
    ),
    "new_customers": Table(
        "order_days|spend|days_since_last_order|tenure (days)",
        ((0.3, 1.05, 60, 25, 26), (0.25, 1.1, 55, 300, 305), (0.25, 9, 700, 20, 400), (0.2, 4, 220, 160, 420)),
    ),
}  # fmt: skip


def customers(name: str, table: Table) -> pd.DataFrame:
    """The customers of a table, with the segment of each."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    centers = np.array([row[1:] for row in table.segments])
    sd = np.maximum(centers.std(axis=0), 0.02 * np.abs(centers).mean(axis=0)) * SPREAD
    sizes = [max(30, round(row[0] * SIZE * len(table.segments))) for row in table.segments]
    noise = [rng.normal(size=(size, centers.shape[1])) for size in sizes]
    parts = [center + (one - one.mean(axis=0)) * sd for center, one in zip(centers, noise, strict=True)]
    values = np.vstack(parts)
    possible = centers.min(axis=0) >= 0  # nobody buys less than nothing
    frame = pd.DataFrame(np.where(possible, np.maximum(values, 0), values), columns=table.columns.split("|"))
    return frame.assign(segment=np.repeat(np.arange(1, len(sizes) + 1), sizes).astype("int32"))


def segments(frame: pd.DataFrame) -> tuple[SegmentProfile, ...]:
    """The segments of a table as a run describes them."""
    features = [column for column in frame if column != "segment"]
    known, mean, sd = frame[features], frame[features].mean(), frame[features].std(ddof=0)
    original = frame.groupby("segment")[features].mean()
    prepared = tuple(_prepared(feature, float(mean[feature]), float(sd[feature])) for feature in features)
    identities = [int(segment) for segment in original.index]
    table = frame.assign(outlier=False, borderline=False, distance=0.0, _key=np.arange(len(known), dtype=np.uint64))
    with Engine(threads=1) as engine:
        return describe(
            engine.arrow(pa.Table.from_pandas(table, preserve_index=False)),
            checked_columns=[Column(p.name, "feature", "number", p.title, p.unit) for p in prepared],
            preparation=Preparation(prepared, None, 0),
            centers=((original - mean) / sd).to_numpy(),
            centers_original=original.to_numpy(),
            segments=identities,
            trust=[
                TrustNumbers(segment, 0.9, 0.2, identities[segment % len(identities)], 0.02) for segment in identities
            ],
            verdict="clear",
        )


def _prepared(name: str, mean: float, sd: float) -> FeaturePreparation:
    title, unit = title_and_unit(name)
    decimals = int(np.clip(1 - np.floor(np.log10(sd)), 0, 6))
    return FeaturePreparation(name, title, unit, mean, 0, 0.0, None, mean, sd, decimals=decimals)


def main() -> None:
    """Print tables and names."""
    parser = argparse.ArgumentParser(description="Names of segments on public-like tables.")
    parser.add_argument("tables", nargs="*", default=list(TABLES), help="all when left out")
    parser.add_argument("--blind", action="store_true", help="shuffle the names; the key stands at the end")
    options = parser.parse_args()
    key = []
    for name in options.tables:
        frame = customers(name, TABLES[name])
        told = [profile.name for profile in segments(frame)]
        averages = frame.groupby("segment").mean().round(2)
        averages.loc["all"] = frame.drop(columns="segment").mean().round(2)
        print(f"\n== {name}\n{averages.to_string()}")
        order = np.random.default_rng(zlib.crc32(name.encode()) + 1).permutation(len(told))
        if not options.blind:
            order = np.arange(len(told))
        for letter, place in zip(string.ascii_lowercase, order, strict=False):
            print(f"  {letter if options.blind else place + 1}: {told[place]}")
        key.append(f"{name}: " + " ".join(f"{c}={p + 1}" for c, p in zip(string.ascii_lowercase, order, strict=False)))
    if options.blind:
        print("\n" * 3 + "key\n" + "\n".join(key))


if __name__ == "__main__":
    main()
