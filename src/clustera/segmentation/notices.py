"""What people hear of a scheduled segmentation: alerts, the report by mail, a signed message to a webhook."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from email.message import EmailMessage

from clustera import texts
from clustera.errors import ClusteraError, RunError
from clustera.outbound import WAYS_OUT, UnsentError, WaysOut, post_signed, send_mail
from clustera.records import Reason, Schedule, ScheduledRun
from clustera.report import unlink_files
from clustera.segmentation.segmentation import Segmentation
from clustera.store import Run, Store
from clustera.texts.findings import month_warnings
from clustera.texts.schedules import unchanged_alert
from clustera.texts.verdicts import run_headline

FAR_FEWER = 0.5  # of the customers of the run before: told without being asked for
_LARGEST = 10 << 20  # bytes of a report that mail takes


def _share_alerts(earlier: Segmentation, seg: Segmentation, most: float) -> list[str]:
    """The segments whose share of the customers changed by as much, in words."""
    before = {segment.segment: segment.share for segment in earlier.outcome.segments}
    return [
        texts.share_alert(seg.names[segment.segment], before[segment.segment], segment.share)
        for segment in seg.outcome.segments
        if segment.segment in before and abs(segment.share - before[segment.segment]) >= most
    ]


def alerts_of(schedule: Schedule, earlier: Segmentation | None, seg: Segmentation, run: str) -> tuple[str, ...]:
    """What changed since the run before by more than the schedule allows, in words.

    Always: that most customers are gone, and why what changed may not be so.

    Args:
        schedule: What is allowed.
        earlier: The run before; without one nothing changed.
        seg: The new one.
        run: Its name.
    """
    allowed = schedule.alerts
    if earlier is None:
        return ()
    customers, now = (one.outcome.balance.segmented for one in (earlier, seg))
    far_fewer = now < FAR_FEWER * customers
    with texts.speaking(seg.outcome.locale):
        said = month_warnings(seg.outcome.findings)
        if allowed.share is not None:
            said += _share_alerts(earlier, seg, allowed.share)
        if allowed.drift is not None:
            found = seg.outcome.comparison
            if found is not None and not found.common:
                said.append(texts.note_text(Reason("nobody-matched")))
            elif found is not None and 1 - found.stayed >= allowed.drift:
                said.append(texts.moved_alert(1 - found.stayed, found.before))
        if far_fewer or (allowed.size is not None and customers and abs(now - customers) / customers >= allowed.size):
            said.append(texts.size_alert(customers, now))
    return tuple(said)


def unchanged_alerts(schedule: Schedule, before: Run | None, seg: Segmentation) -> tuple[str, ...]:
    """That the one file of a schedule is what it was when it ran before, in words: whatever writes it may have stopped.

    Args:
        schedule: What is segmented.
        before: Its run before; without one nothing is known.
        seg: The new one.
    """
    source = seg.outcome.source  # of customers and orders together that of the customers only
    one_table = len({"customers", "orders"} & schedule.files.keys()) == 1
    if before is None or not one_table or not source.sha256 or source.sha256 != before.manifest.source.sha256:
        return ()
    with texts.speaking(seg.outcome.locale):
        return (unchanged_alert(source.name, before.name),)


def send_notices(
    schedule: Schedule, entry: ScheduledRun, store: Store, ways_out: Callable[[], WaysOut]
) -> tuple[str, ...]:
    """Tell whoever wants to hear of a run: mail always, a webhook always; returns what could not be sent, and why.

    Args:
        schedule: Whom to tell.
        entry: What became of it.
        store: The runs.
        ways_out: Reads how mail and webhooks are sent.
    """
    unsent: list[str] = []
    steps: list[Callable[[WaysOut], None]] = []
    if schedule.mail:
        steps.append(lambda ways: _mail(schedule, entry, store, ways))
    if schedule.webhook:
        steps.append(lambda ways: _post(schedule, entry, ways))
    for step in steps:
        try:
            step(ways_out())
        except ClusteraError as error:
            unsent.append(f"{error.message} {error.hint}".strip())
    return tuple(unsent)


def _mail(schedule: Schedule, entry: ScheduledRun, store: Store, ways: WaysOut) -> None:
    if ways.mail is None:
        raise UnsentError(
            "Mail can't be sent: no mail server is set up.",
            hint=f"Whoever runs the service names one under [mail] in {WAYS_OUT} beside the runs (docs/schedules.md).",
        )
    message = EmailMessage()
    message["Subject"] = " ".join(texts.schedule_subject(schedule, entry).split())
    message["From"] = ways.mail.sender
    message["To"] = ", ".join(schedule.mail)
    report, said = b"", ""
    if entry.run:
        run = store.open(entry.run)
        with texts.speaking(run.outcome().locale):
            said = run_headline(run.outcome())
        try:
            report = unlink_files((run.path / "report.html").read_text(encoding="utf-8")).encode()
        except OSError as error:
            raise RunError(f"{run.name} has no report that can be read.") from error
    message.set_content(texts.schedule_message(schedule, entry, said))
    if report and len(report) <= _LARGEST:
        message.add_attachment(report, maintype="text", subtype="html", filename=f"{entry.run}.html")
    send_mail(ways.mail, message)


def _post(schedule: Schedule, entry: ScheduledRun, ways: WaysOut) -> None:
    state = "failed" if entry.failed else "done"
    told = {name: value for name, value in asdict(entry).items() if name not in ("unsent", "stopped")}
    body = json.dumps({"schedule": schedule.name, "state": state} | told, ensure_ascii=False).encode()
    post_signed(schedule.webhook, body, secret=schedule.secret, networks=ways.networks)
