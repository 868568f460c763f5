"""Reports that go out by e-mail by themselves: who gets which, when, and how a reader stops them.

A beat every quarter of an hour finds the schedules that are due. One transaction moves a schedule on and says, with an event
for each reader, that a report is wanted; so each is asked for once. What is sent is what the screen would show that reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Forbidden, Invalid
from chalicelib.kernel.event import Event
from chalicelib.kernel.money import round_amount
from chalicelib.reporting import periods, querying
from chalicelib.reporting.answers import Report, Values
from chalicelib.reporting.measures import DIMENSIONS, MEASURES
from chalicelib.reporting.model import REPORT_SCHEDULE, ReportSchedule, ReportScheduleBody
from chalicelib.reporting.periods import FREQUENCIES, TIMES, Period
from chalicelib.runtime import mail, secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import roles
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import USER

MAX_SCHEDULES, MAX_RECIPIENTS, ROWS_SENT = 50, 20, 15
PURPOSE = "report-stop"


def create(ctx: Context, body: ReportScheduleBody) -> ReportSchedule:
    """A new schedule. Raises Invalid, and Conflict `too_many_schedules` beyond fifty."""
    if read.count(ctx, "by_list", "REPORT_SCHEDULE", at_most=MAX_SCHEDULES) >= MAX_SCHEDULES:
        raise Conflict("too_many_schedules", f"A company has at most {MAX_SCHEDULES} scheduled reports.")
    schedule = _checked(ctx, ReportSchedule(id=ctx.new_id("rps"), name="", created_at=ctx.now), body)
    tx = Transaction(ctx)
    created = tx.create(REPORT_SCHEDULE, schedule)
    tx.emit("ReportScheduleCreated", REPORT_SCHEDULE.kind, schedule.id, 1, {"name": schedule.name})
    tx.answers(201, REPORT_SCHEDULE.kind, schedule.id, 1)
    tx.commit()
    return created


def change(ctx: Context, old: ReportSchedule, body: ReportScheduleBody) -> ReportSchedule:
    """Changes a schedule. Raises Invalid, Stale."""
    return _save(ctx, old, _checked(ctx, old, body), "ReportScheduleUpdated")


def remove(ctx: Context, schedule: ReportSchedule) -> None:
    """Ends a schedule. Raises Stale."""
    tx = Transaction(ctx)
    tx.remove(REPORT_SCHEDULE, schedule)
    tx.emit("ReportScheduleRemoved", REPORT_SCHEDULE.kind, schedule.id, schedule.version, {"name": schedule.name})
    tx.commit()


def _save(ctx: Context, old: ReportSchedule, new: ReportSchedule, event: str) -> ReportSchedule:
    tx = Transaction(ctx)
    saved = tx.save(REPORT_SCHEDULE, old, new)
    tx.emit(event, REPORT_SCHEDULE.kind, old.id, saved.version, {"name": new.name})
    tx.answers(200, REPORT_SCHEDULE.kind, old.id, saved.version)
    tx.commit()
    return saved


def _checked(ctx: Context, old: ReportSchedule, body: ReportScheduleBody) -> ReportSchedule:
    """The schedule as it shall be, with the instant it next goes out. Raises Invalid."""
    name = body.name.strip()[:120]
    if not name:
        raise Invalid("name", "A scheduled report has a name.", {"name": "required"})
    if body.frequency not in FREQUENCIES:
        raise Invalid("frequency", f"frequency is one of {', '.join(FREQUENCIES)}.", {"frequency": "unknown"})
    if not 0 <= body.hour <= 23:
        raise Invalid("hour", "An hour is from 0 to 23.", {"hour": "0 to 23"})
    query = {"group_by": body.group_by, "measures": ",".join(body.measures)}
    measures = querying.question(ctx, query).measures if body.measures else ()
    if not body.measures and body.group_by not in (*TIMES, *DIMENSIONS):
        raise Invalid("group_by", f"group_by is one of {', '.join((*TIMES, *DIMENSIONS))}.", {"group_by": "unknown"})
    own = (ctx.actor.id,) if ctx.actor.kind == "user" else ()
    recipients = tuple(dict.fromkeys(body.recipients)) or own
    known = read.get_many(ctx, USER, recipients) if len(recipients) <= MAX_RECIPIENTS else {}
    if not 1 <= len(recipients) <= MAX_RECIPIENTS or any(i not in known or not known[i].is_active for i in recipients):
        raise Invalid("recipients", f"1 to {MAX_RECIPIENTS} active users of the company.", {"recipients": "unknown"})
    zone = ZoneInfo(tenants.tenant(ctx).time_zone)
    return replace(old, name=name, frequency=body.frequency, group_by=body.group_by, measures=measures, hour=body.hour,
                   recipients=recipients, is_active=body.is_active,
                   next_at=next_instant(body.frequency, body.hour, ctx.now, zone) if body.is_active else None)


def next_instant(frequency: str, hour: int, now: datetime, zone: ZoneInfo) -> datetime:
    """The next instant after now at which such a report goes out: at that hour of the company's clock, daily, on Mondays or
    on the first of the month."""
    today = now.astimezone(zone).date()
    if _goes_out_on(frequency, today):
        at = datetime.combine(today, time(hour), zone).astimezone(UTC)
        if at > now:
            return at
    return datetime.combine(periods.next_day(frequency, today), time(hour), zone).astimezone(UTC)


def _goes_out_on(frequency: str, day: date) -> bool:
    return {"daily": True, "weekly": day.weekday() == 0, "monthly": day.day == 1}[frequency]


def send_due(ctx: Context) -> None:
    """The beat: every schedule that is due is moved on, and its report asked for once by each reader. One that a pause of
    the service made miss several turns goes out once, for the last finished period."""
    zone = ZoneInfo(tenants.tenant(ctx).time_zone)
    page = read.query(ctx, "by_due", "DUE#report", between=("0", ctx.now.isoformat() + "\uffff"), newest_first=False)
    for schedule in read.get_many(ctx, REPORT_SCHEDULE, [str(row["id"]) for row in page.items]).values():
        if schedule.next_at is None or schedule.next_at > ctx.now:
            continue
        period = periods.finished(schedule.frequency, ctx.now.astimezone(zone).date())
        tx = Transaction(ctx.step(f"{schedule.id}:{schedule.version}"))
        moved = tx.save(REPORT_SCHEDULE, schedule, replace(
            schedule, next_at=next_instant(schedule.frequency, schedule.hour, ctx.now, zone), last_sent_at=ctx.now))
        for user_id in schedule.recipients:
            tx.emit("ReportRequested", REPORT_SCHEDULE.kind, schedule.id, moved.version, {
                "user_id": user_id, "from": period.first.isoformat(), "to": period.last.isoformat()})
        try:
            tx.commit()
        except (AlreadyDone, Conflict):
            continue


def send(ctx: Context, event: Event) -> None:
    """Sends a report to one reader, with what that reader may see. Nothing to whoever stopped it, left, may see no
    reports any more, or is limited to less than the report tells of. Raises Unavailable, for the queue to try again."""
    schedule = read.find(ctx, REPORT_SCHEDULE, event.entity_id)
    user = read.find(ctx, USER, str(event.data["user_id"]))
    if schedule is None or user is None or not user.is_active or user.id not in schedule.recipients:
        return
    reader = roles.acting_as(ctx, user)
    if not reader.allows("reports.read") or read.item(ctx, keys.marker(ctx, ctx.command.id)) is not None:
        return
    period = Period(date.fromisoformat(str(event.data["from"])), date.fromisoformat(str(event.data["to"])))
    try:
        made = report_for(reader, schedule, period)
    except Forbidden:
        return
    link = f"{settings().public_url}/reports?from={period.first}&to={period.last}&group_by={schedule.group_by}"
    stop = f"{settings().public_url}/stop-report?token={stop_token(ctx, schedule.id, user.id)}"
    mail.send(reader, user.email, "report", {
        "name": schedule.name, "reader": user.name, "from": _day_told(period.first), "to": _day_told(period.last),
        "totals": totals_told(reader, made), "rows": rows_told(reader, made), "link": link, "stop": stop},
        headers={"List-Unsubscribe": f"<{stop_address(ctx, schedule.id, user.id)}>",
                 "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"})
    Transaction(ctx).commit()


def report_for(reader: Context, schedule: ReportSchedule, period: Period) -> Report:
    """The report as the screen would show it to this reader: measures they may not see are left out."""
    measures = [name for name in schedule.measures if querying.may_see(reader, name)]
    query = {"from": period.first.isoformat(), "to": period.last.isoformat(), "group_by": schedule.group_by,
             "measures": ",".join(measures), "top": str(ROWS_SENT)}
    return querying.report(reader, querying.question(reader, query))


def _told(value: Decimal | None, unit: str, locale: str) -> str:
    if value is None:
        return "–"
    text = format(round_amount(value, unit) if len(unit) == 3 else value.normalize() if value else value, ",f")
    if locale == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
    return f"{text} {unit}".strip()


def _day_told(day: date) -> str:
    """Day first, as both languages of the portal have it."""
    return f"{day:%d/%m/%Y}"


def _values_told(made: Report, values: Values, locale: str) -> str:
    return " · ".join(f"{MEASURES[name].label[locale]} {_told(values[name], unit, locale)}"
                      for name, unit in made.units.items())


def totals_told(reader: Context, made: Report) -> Sequence[str]:
    """A line for each measure: its total, and what it was before."""
    before = {"fr": "avant", "en": "before"}[reader.locale]
    lines = []
    for name, unit in made.units.items():
        line = f"{MEASURES[name].label[reader.locale]} : {_told(made.totals[name], unit, reader.locale)}"
        if made.totals_before is not None:
            line += f" ({before} {_told(made.totals_before[name], unit, reader.locale)})"
        lines.append(line if reader.locale == "fr" else line.replace(" :", ":"))
    return lines


def rows_told(reader: Context, made: Report) -> Sequence[str]:
    """A line for each row that holds anything; what was left off is said."""
    rows = [row for row in made.rows if any(row.values.values())]
    lines = [f"{row.label or _day_told(row.first)} – {_values_told(made, row.values, reader.locale)}"
             for row in rows[:ROWS_SENT]]
    more = len(rows) - len(lines) + made.more_rows
    if more:
        lines.append({"fr": f"… et {more} de plus", "en": f"… and {more} more"}[reader.locale])
    return lines or ["–"]


# -- stopping --------------------------------------------------------------------------------------------------------


def stop_token(ctx: Context, schedule_id: str, user_id: str) -> str:
    """What lets whoever holds the mail stop it for its reader, and nothing else. It is good as long as the schedule is."""
    named = f"{ctx.tenant_id}.{schedule_id}.{user_id}"
    return f"{named}.{secrets.sign(ctx, PURPOSE, named)}"


def stop_address(ctx: Context, schedule_id: str, user_id: str) -> str:
    """Where a mail program stops the report by one POST (RFC 8058)."""
    return f"{settings().public_url}/api/reporting/stops?token={stop_token(ctx, schedule_id, user_id)}"


def named_in(token: str) -> tuple[str, str, str, str]:
    """Tenant, schedule, user and signature of a token. Raises Invalid."""
    parts = token.split(".")
    if len(parts) != 4 or not all(parts) or "#" in parts[0]:
        raise Invalid("token", "This link is not one of ours.", {"token": "invalid"})
    return parts[0], parts[1], parts[2], parts[3]


def stop(ctx: Context, token: str) -> Mapping[str, str]:
    """Takes the reader off the schedule; who is off already stays off. Raises Invalid for a token that is not ours."""
    tenant_id, schedule_id, user_id, signature = named_in(token)
    if tenant_id != ctx.tenant_id or not secrets.verify(ctx, PURPOSE, f"{tenant_id}.{schedule_id}.{user_id}", signature):
        raise Invalid("token", "This link is not one of ours.", {"token": "invalid"})
    schedule = read.find(ctx, REPORT_SCHEDULE, schedule_id)
    if schedule is None:
        return {"name": ""}
    if user_id in schedule.recipients:
        left = tuple(each for each in schedule.recipients if each != user_id)
        is_active = schedule.is_active and bool(left)
        tx = Transaction(ctx)
        saved = tx.save(REPORT_SCHEDULE, schedule, replace(
            schedule, recipients=left, is_active=is_active, next_at=schedule.next_at if is_active else None))
        tx.emit("ReportStopped", REPORT_SCHEDULE.kind, schedule_id, saved.version, {"name": schedule.name, "user_id": user_id})
        tx.commit()
    return {"name": schedule.name}
