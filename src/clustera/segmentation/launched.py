"""A campaign that was launched, and what it brought."""

from __future__ import annotations

import datetime
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustera import frames, pipeline, texts
from clustera.arguments import arguments_checked
from clustera.days import as_day
from clustera.errors import RunError
from clustera.records import Campaign, CampaignResults
from clustera.segmentation.exporting import kept_from_lists
from clustera.segmentation.spoken import Sentences
from clustera.segmentation.terms import check_amounts
from clustera.segmentation.uplift import MeasuredUplift, contactable_uplift
from clustera.settings import gather_settings
from clustera.store import Campaigns

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Day = str | datetime.date


@arguments_checked
@dataclass(frozen=True, repr=False)
class MeasuredCampaign(Sentences):
    """What a campaign brought; prints itself. Made by `LaunchedCampaign.results` or `clustera.measure_campaign`.

    `decision` is "too early", "works", "harms", "no difference shown", "too few", "not randomized", "groups differ",
    "outcomes missing" or "no control group".

    >>> import clustera
    >>> import numpy as np
    >>> import pandas as pd
    >>> who = pd.DataFrame({"customer": range(2000), "group": ["control", "contact"] * 1000})
    >>> bought = pd.DataFrame({"customer": range(2000), "outcome": [int(i % 20 < 2 or i % 10 == 3) for i in range(2000)]})
    >>> found = clustera.measure_campaign(who, outcomes=bought, day="2024-05-01", days=30, randomized=True, share=0.5)
    >>> found
    Campaign without a name, May 1, 2024 to May 30, 2024 (30 of 30 days): 1,000 customers contacted, 1,000 in the control group.
    It works.
    30% of those contacted bought, 10% of the control group. ...
    """

    _table_shown = "parts"

    record: CampaignResults

    @property
    def decision(self) -> str:
        """The answer, in one of the words above.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(2000), "group": ["control", "contact"] * 1000})
        >>> bought = pd.DataFrame({"customer": range(2000), "outcome": [int(i % 20 < 2 or i % 10 == 3) for i in range(2000)]})
        >>> found = clustera.measure_campaign(who, outcomes=bought, day="2024-05-01", days=30, randomized=True, share=0.5)
        >>> found.decision
        'works'
        """
        return self.record.decision

    @cached_property
    def parts(self) -> pd.DataFrame:
        """One row for all customers, then one per segment: what both groups did, the differences and their intervals.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(2000), "group": ["control", "contact"] * 1000})
        >>> bought = pd.DataFrame({"customer": range(2000), "outcome": [int(i % 20 < 2 or i % 10 == 3) for i in range(2000)]})
        >>> found = clustera.measure_campaign(who, outcomes=bought, day="2024-05-01", days=30, randomized=True, share=0.5)
        >>> found.parts[["contact_buyers", "control_buyers", "buyers_difference", "buyers_low", "buyers_high"]].round(3)
           contact_buyers  control_buyers  buyers_difference  buyers_low  buyers_high
        0             300             100                0.2       0.163        0.237
        """
        return frames.campaign_results_frame(self.record)

    def sentences(self) -> list[str]:
        """The answer, what it rests on, and all that is to be known with it.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> who = pd.DataFrame({"customer": range(2000), "group": ["control", "contact"] * 1000})
        >>> bought = pd.DataFrame({"customer": range(2000), "outcome": [int(i % 20 < 2 or i % 10 == 3) for i in range(2000)]})
        >>> found = clustera.measure_campaign(who, outcomes=bought, day="2024-05-01", days=30, randomized=True, share=0.5)
        >>> found.sentences()[1]
        'It works.'
        """
        found = self.record
        return [
            texts.results_head(found),
            texts.decision_title(found),
            texts.decision_sentence(found),
            *texts.results_money(found),
            *texts.results_notes(found),
        ]


@arguments_checked
class LaunchedCampaign:
    """A campaign with its groups. Made by `seg.launch_campaign` or `clustera.load_campaign`.

    >>> import clustera
    >>> campaign = clustera.load("march").launch_campaign("spring", segments=[3], control=0.5, day="2025-04-01")
    >>> campaign
    Campaign spring: 51 customers to contact, 43 in the control group, from April 1, 2025
    """

    def __init__(self, record: Campaign, store: Campaigns) -> None:
        self.record = record
        self._store = store

    @property
    def name(self) -> str:
        """Its name.

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("spring", segments=[3], control=0.5, day="2025-04-01")
        >>> campaign.name
        'spring'
        """
        return self.record.name

    @property
    def folder(self) -> Path:
        """Where contact.csv and assignments.csv are.

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("spring", segments=[3], control=0.5, day="2025-04-01")
        >>> campaign.folder.as_posix()
        'runs/campaigns/spring'
        """
        return self._store.folder / self.name

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """One row per customer: customer, segment, group (contact or control).

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("spring", segments=[3], control=0.5, day="2025-04-01")
        >>> campaign.assignments.head(3)
          customer  segment    group
        0     C000        3  contact
        1     C001        3  control
        2     C002        3  control
        """
        frame: pd.DataFrame = self._store.assignments(self.name).to_pandas()
        return frame

    @property
    def last_results(self) -> MeasuredCampaign | None:
        """What it brought when it was last looked at; None where nobody did.

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("spring", segments=[3], control=0.5, day="2025-04-01")
        >>> print(campaign.last_results)
        None
        """
        found = self._store.results(self.name)
        return None if found is None else MeasuredCampaign(found)

    @property
    def last_uplift(self) -> MeasuredUplift | None:
        """Who responded, as `uplift` found it last; None where nobody asked, or the groups are not as they were drawn.

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("spring", segments=[3], control=0.5, day="2025-04-01")
        >>> print(campaign.last_uplift)
        None
        """
        found = self._store.uplift(self.name)
        if found is None:
            return None
        return self._contactable(pipeline.FoundUplift(found, self._store.ranking(self.name) if found.best else None))

    def results(
        self,
        orders: object = None,
        *,
        outcomes: object = None,
        contacted: object = None,
        until: Day | None = None,
        discounts: float = 0.0,
        randomized: bool = True,
        settings: str | Path | None = None,
        **options: Any,  # noqa: ANN401 - see docs/settings.md
    ) -> MeasuredCampaign:
        """What the campaign brought so far; kept beside it, so that its action says so from then on.

        Args:
            orders: A log of orders that covers the days of the campaign; better also the quarter before.
            outcomes: Instead of it, one row per customer: the id, and 1 or 0 or an amount.
            contacted: Who was really reached, where that is known.
            until: Last day to count. Default: the last complete day of the log.
            discounts: Cost of discounts that the amounts of the log do not include.
            randomized: False where somebody changed the groups by hand after they were drawn.
            settings: A TOML file with options.
            options: Any option of `docs/settings.md` on how the tables are read.

        Raises:
            InputError: the log ends before the campaign began, a table can't be used, or the discounts are below 0.

        Here with made outcomes: 90 % of those contacted bought, 30 % of the control group.

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("spring", segments=[3], control=0.5, day="2025-04-01")
        >>> import numpy as np
        >>> import pandas as pd
        >>> groups = campaign.assignments
        >>> share = np.where(groups["group"] == "contact", 0.9, 0.3)
        >>> bought = np.random.default_rng(0).random(len(groups)) < share
        >>> outcomes = pd.DataFrame({"customer": groups["customer"], "outcome": bought.astype(int)})
        >>> campaign.results(outcomes=outcomes).decision
        'works'
        >>> campaign.last_results.decision
        'works'
        """
        check_amounts(discounts=discounts)
        campaign = self.record if randomized else replace(self.record, randomized=False)
        asked = self.record.options | {name: value for name, value in options.items() if value is not None}
        groups = self._store.assignments(self.name)
        found = pipeline.campaign_results(
            campaign,
            groups,
            pipeline.CampaignSources(orders, outcomes, contacted),
            gather_settings(file=Path(settings) if settings is not None else None, **asked),
            until=None if until is None else as_day(until),
            discounts=discounts,
        )
        found = replace(found, elsewhere=pipeline.contacted_by_others(groups, self._unforeseen(found.days)))
        self._store.keep_results(found)
        return MeasuredCampaign(found)

    def _unforeseen(self, days: int) -> dict[str, pa.Table]:
        """The groups of campaigns that go on in the first days of this one, and that it did not know when it was launched."""
        known = {self.name, *(overlap.campaign for overlap in self.record.overlaps)}
        found = {}
        for other in pipeline.running_between(self._store.list(), self.record.day, days):
            if other.name not in known:
                with suppress(RunError):
                    found[other.name] = self._store.assignments(other.name)
        return found

    def uplift(
        self,
        orders: object,
        *,
        until: Day | None = None,
        settings: str | Path | None = None,
        **options: Any,  # noqa: ANN401 - see docs/settings.md
    ) -> MeasuredUplift:
        """Who responded to the campaign: a T-learner and a DR-learner beside the simple rule (the customer's segment).

        The answer is kept beside the campaign; the report of its run shows it from then on.

        Args:
            orders: A log of orders that covers all days of the campaign and those before.
            until: Last day of the log to use; its last complete day when left out.
            settings: A TOML file with options.
            options: Any option of `docs/settings.md` on how the log is read.

        Returns:
            What prints itself: `record.best` (the rule to choose by; empty where none is better than a choice at random), `rules`
            with the Qini figure of each and its interval, `ranking`, the customers to contact first next time: without those
            whom an audience holds out, and those in the control group of another running campaign.

        Raises:
            InputError: the groups were not drawn at random or are not as they were drawn, the campaign is not over, or too few
                customers took part or bought.

        >>> import clustera
        >>> campaign = clustera.load("march").launch_campaign("uplift", control=0.5, day="2025-03-25")
        >>> campaign.uplift(orders)
        Traceback (most recent call last):
        clustera.errors.InputError: The orders are complete up to ...
        """
        asked = self.record.options | {name: value for name, value in options.items() if value is not None}
        found = pipeline.campaign_uplift(
            self.record,
            self._store.assignments(self.name),
            orders,
            gather_settings(file=Path(settings) if settings is not None else None, **asked),
            until=None if until is None else as_day(until),
        )
        self._store.keep_uplift(found.results, found.ranking)
        return self._contactable(found)

    def _contactable(self, found: pipeline.FoundUplift) -> MeasuredUplift:
        """Without those whom nobody may contact as of now."""
        runs = self._store.folder.parent
        return contactable_uplift(found, kept_from_lists(runs, apart=self.name))

    def __repr__(self) -> str:
        record = self.record
        contact = texts.translate_count(record.contact, "{n} customer to contact", "{n} customers to contact")
        return (
            f"Campaign {record.name}: {contact}, {record.control:,} in the control group, "
            f"from {texts.format_day(record.day)}"
        )
