"""Who responds to a campaign, in Python: `load_campaign(name).uplift(orders)` and `clustera.measure_uplift`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow as pa

from clustera import pipeline, texts
from clustera.arguments import SHARE, TRUTH, arguments_checked, takes
from clustera.errors import InputError
from clustera.records import UpliftResults
from clustera.segmentation.exporting import ExportOptions, export_request
from clustera.segmentation.spoken import Sentences
from clustera.segmentation.terms import control_share
from clustera.settings import gather_settings
from clustera.shares import read_share
from clustera.store import write_table

if TYPE_CHECKING:
    import pandas as pd


@arguments_checked
@dataclass(frozen=True, repr=False)
class MeasuredUplift(Sentences):
    """Who responds to a campaign; prints itself. Made by `LaunchedCampaign.uplift` or `clustera.measure_uplift`.

    `record.best` is the rule to choose customers by next time: "segment", "DR" (the learner), or "" where nothing shows that some
    respond more than others.

    >>> import clustera
    >>> import numpy as np
    >>> import pandas as pd
    >>> who = pd.DataFrame({"customer": range(4000), "group": ["control", "contact"] * 2000, "visits": np.arange(4000) // 2 % 10})
    >>> responds = (who["group"] == "contact") & (who["visits"] > 6)
    >>> who["bought"] = np.random.default_rng(1).random(4000) < np.where(responds, 0.5, 0.2)
    >>> clustera.measure_uplift(who, randomized=True)
    2,000 customers contacted, 2,000 in the control group. Each rule ranks customers from whom it has not learned.
    Choose by the DR-learner next time: it is better than a choice at random. The choice by segment is not shown to be.
    ...
    """

    _table_shown = "rules"

    record: UpliftResults
    table: pa.Table | None  # the ranking
    left_out: int = (
        0  # customers who are not in it: held out by an audience, or in the control group of another campaign
    )
    unreachable: int = 0  # customers who are not in it since they may not or can't be written to

    @property
    def rules(self) -> pd.DataFrame:
        """One row per rule: its Qini figure, what it adds to the simple rule, what the best half of the customers brings more.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(4000), "group": ["control", "contact"] * 2000, "visits": np.arange(4000) // 2 % 10})
        >>> responds = (who["group"] == "contact") & (who["visits"] > 6)
        >>> who["bought"] = np.random.default_rng(1).random(4000) < np.where(responds, 0.5, 0.2)
        >>> clustera.measure_uplift(who, randomized=True).rules.set_index("rule")["qini"].round(2).to_dict()
        {'segment': 0.0, 'DR': 0.03, 'T': 0.03}
        """
        import pandas as pd

        return pd.DataFrame([asdict(rule) for rule in self.record.rules])

    @property
    def ranking(self) -> pd.DataFrame | None:
        """The customers, the first to contact first: customer, segment, expected difference; None where no rule is chosen.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(4000), "group": ["control", "contact"] * 2000, "visits": np.arange(4000) // 2 % 10})
        >>> responds = (who["group"] == "contact") & (who["visits"] > 6)
        >>> who["bought"] = np.random.default_rng(1).random(4000) < np.where(responds, 0.5, 0.2)
        >>> clustera.measure_uplift(who, randomized=True).ranking["expected"].head(2).round(1).tolist()
        [0.3, 0.3]
        """
        frame: pd.DataFrame | None = None if self.table is None else self.table.to_pandas()
        return frame

    def reachable(self, contacts: object, **options: Unpack[ExportOptions]) -> MeasuredUplift:
        """The same, with those customers alone in the ranking whom a campaign with these contacts would write to.

        Args:
            contacts: A table with the customers' ids, addresses and consent: a path, or any table that speaks Arrow.
            options: `suppress`, `columns`, `all_consented` and `country`, as for `seg.prepare_campaign`.

        Raises:
            InputError: the contacts can't be used.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(4000), "group": ["control", "contact"] * 2000, "visits": np.arange(4000) // 2 % 10})
        >>> responds = (who["group"] == "contact") & (who["visits"] > 6)
        >>> who["bought"] = np.random.default_rng(1).random(4000) < np.where(responds, 0.5, 0.2)
        >>> crm = pd.DataFrame({"id": range(4000), "email": [f"c{n}@shop.example" for n in range(4000)], "consent": ["no"] + ["yes"] * 3999})
        >>> found = clustera.measure_uplift(who, randomized=True).reachable(crm, suppress=pd.DataFrame({"id": [1, 2]}))
        >>> len(found.ranking), found.unreachable
        (3997, 3)
        """
        if self.table is None:
            return self
        kept = pipeline.reachable_customers(self.table, export_request("generic", contacts, options))
        return replace(self, table=kept, unreachable=self.unreachable + self.table.num_rows - kept.num_rows)

    def first(self, top: float | str = "33%") -> list[str]:
        """Ids of the customers to contact first next time; none where no rule is better than a choice at random.

        Args:
            top: Share of the customers in the ranking.

        Raises:
            InputError: the share is none.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(1200), "group": ["control", "contact"] * 600, "visits": np.arange(1200) // 2 % 7})
        >>> who["bought"] = np.random.default_rng(1).random(1200) < 0.3
        >>> clustera.measure_uplift(who, randomized=True).first()
        []
        """
        found = self._first(top)
        return [] if found is None else found["customer"].to_pylist()

    def _first(self, top: float | str) -> pa.Table | None:
        share = _written_share(top)
        return None if self.table is None else self.table.slice(0, max(1, round(share * self.table.num_rows)))

    def sentences(self) -> list[str]:
        """Whom to contact next time, and by how much that is better than a choice at random.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(1200), "group": ["control", "contact"] * 600, "visits": np.arange(1200) // 2 % 7})
        >>> who["bought"] = np.random.default_rng(1).random(1200) < 0.3
        >>> clustera.measure_uplift(who, randomized=True).sentences()[1]
        'No evidence that some customers respond more than others: no rule is better than a choice at random. ...'
        """
        return texts.uplift_sentences(self.record)

    def write(self, path: str | Path, *, top: float | str = "33%") -> int:
        """Write the customers to contact first next time.

        Args:
            path: A CSV file: customer, segment, expected.
            top: Share of the customers in the ranking.

        Returns:
            Customers written; 0, and no file, where no rule is better than a choice at random.

        Raises:
            InputError: the share is none.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(1200), "group": ["control", "contact"] * 600, "visits": np.arange(1200) // 2 % 7})
        >>> who["bought"] = np.random.default_rng(1).random(1200) < 0.3
        >>> clustera.measure_uplift(who, randomized=True).write("next.csv")
        0
        """
        found = self._first(top)
        if found is None:
            return 0
        write_table(Path(path), found.to_pylist(), columns=found.column_names)
        return int(found.num_rows)


def contactable_uplift(found: pipeline.FoundUplift, apart: Collection[str]) -> MeasuredUplift:
    """Who responds, with a ranking of the customers who may be contacted.

    Args:
        found: Of a campaign.
        apart: Customers whom nobody may contact.
    """
    import pyarrow.compute as pc

    if found.ranking is None:
        return MeasuredUplift(found.results, None)
    gone = pc.is_in(found.ranking["customer"], value_set=pa.array(sorted(apart), pa.string()))
    kept = found.ranking.filter(pc.invert(gone))
    return MeasuredUplift(found.results, kept, found.ranking.num_rows - kept.num_rows)


@takes(randomized=TRUTH, share=SHARE)
def measure_uplift(
    customers: object,
    *,
    randomized: bool = False,
    share: float | str | None = None,
    **options: Any,  # noqa: ANN401 - see docs/settings.md
) -> MeasuredUplift:
    """Who responds to a campaign that is one table: a T-learner and a DR-learner beside the simple rule.

    Args:
        customers: One row per customer: the id, `group` (contact or control), `outcome` (1 or 0, or an amount; "bought", "revenue" and
            the like do as well), where there is one `segment`, and what was known before the campaign: numbers or texts.
        randomized: The groups were drawn at random. Only then can be said who responds.
        share: Of the control group, as it was meant to be (0.3 or "30%"): checked against what there is.
        options: Any option of `docs/settings.md` on how the table is read.

    Raises:
        InputError: the groups were not drawn at random or are not as they were drawn, too few customers took part or bought, or
            the table can't be used.

    >>> import clustera
    >>> import numpy as np
    >>> import pandas as pd
    >>> who = pd.DataFrame({"customer": range(4000), "group": ["control", "contact"] * 2000, "visits": np.arange(4000) // 2 % 10})
    >>> responds = (who["group"] == "contact") & (who["visits"] > 6)
    >>> who["bought"] = np.random.default_rng(1).random(4000) < np.where(responds, 0.5, 0.2)
    >>> clustera.measure_uplift(who, randomized=True, share=0.5).record.best
    'DR'
    """
    drawn = None if share is None else control_share(share, "share")
    found = pipeline.table_uplift(customers, gather_settings(**options), randomized=randomized, share=drawn)
    return MeasuredUplift(found.results, found.ranking)


def _written_share(text: float | str) -> float:
    share = read_share(text)
    if share is None or not 0 < share <= 1:
        raise InputError(f"{str(text).strip()!r} is not a share of the customers.", hint="For example: --top 33%")
    return share
