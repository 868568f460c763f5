"""Mail: SES in the cloud; on the laptop an inbox in the table that the page `/dev/mail` shows. Texts stand in
`templates/<name>.<locale>.txt`: the subject on the first line, then the body. Nothing of a mail is ever logged.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel import codec
from chalicelib.kernel.context import PLATFORM, Context
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import metering
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read, single
from chalicelib.storage.client import client
from chalicelib.storage.table import Item

_TEMPLATES = Path(__file__).with_name("templates")
_INBOX = "MAIL"
_KEPT = timedelta(days=7)
_LINK = re.compile(r"https?://[^\s<>\"]+")


@entity
class Mail:
    """One message as it was, or would have been, sent."""

    id: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str


@cache
def _template(name: str, locale: str) -> tuple[Template, Template]:
    text = (_TEMPLATES / f"{name}.{locale}.txt").read_text("utf-8")
    subject, _, body = text.partition("\n")
    return Template(subject.strip()), Template(body.strip() + "\n")


def as_html(text: str) -> str:
    """A plain text as simple HTML: paragraphs, line breaks, links; everything else escaped."""
    linked = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', html.escape(text.strip()))
    paragraphs = "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in linked.split("\n\n"))
    return f'<!doctype html><html><body style="font-family:sans-serif;max-width:36em">{paragraphs}</body></html>'


def compose(ctx: Context, to: str, template: str, values: Mapping[str, str | Sequence[str]]) -> Mail:
    """The message in the context's language. A value missing from `values` is a defect and raises KeyError; line
    breaks in values are flattened, so that no value writes a header or a paragraph of its own; a list stands line by line."""
    subject, body = _template(template, ctx.locale if ctx.locale in ("fr", "en") else "fr")
    flat = {name: " ".join(value.split()) if isinstance(value, str) else "\n".join(" ".join(line.split()) for line in value)
            for name, value in values.items()}
    text = body.substitute(flat)
    return Mail(id=ctx.new_id("mail"), at=ctx.now, to=to, subject=" ".join(subject.substitute(flat).split()), text=text,
                html=as_html(text))


def send(ctx: Context, to: str, template: str, values: Mapping[str, str | Sequence[str]],
         headers: Mapping[str, str] = MappingProxyType({})) -> None:
    """Sends `template` to one address. Raises Unavailable, for the worker's queue to try again. `headers` are further ones
    (List-Unsubscribe)."""
    message = compose(ctx, to, template, values)
    metering.mail_sent(ctx)
    if settings().mail_mode == "inbox":
        _keep(ctx, message)
        return
    content: dict[str, Any] = {"Simple": {"Subject": {"Data": message.subject, "Charset": "UTF-8"}, "Body": {
        "Text": {"Data": message.text, "Charset": "UTF-8"}, "Html": {"Data": message.html, "Charset": "UTF-8"}}}}
    if headers:
        content["Simple"]["Headers"] = [{"Name": name, "Value": value} for name, value in headers.items()]
    try:
        client("sesv2").send_email(FromEmailAddress=settings().mail_from, Destination={"ToAddresses": [to]},
                                   Content=content)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable() from error


def _keep(ctx: Context, message: Mail) -> None:
    platform = replace(ctx, tenant_id=PLATFORM)
    item = Item(keys.platform(platform, _INBOX, "inbox", message.id), "mail", PLATFORM, codec.store(message),
                expires_at=int((ctx.now + _KEPT).timestamp()))
    single.put(platform, item)


def inbox(ctx: Context, limit: int = 50) -> list[Mail]:
    """The last messages of the laptop's inbox, newest first; empty in any other stage."""
    if not settings().is_local:
        return []
    stored, _ = read.collection(replace(ctx, tenant_id=PLATFORM), f"{_INBOX}#inbox", newest_first=True, limit=limit)
    return [codec.adapter(Mail).validate_json(item.data) for item in stored]


def dev_mail(ctx: Context, request: Request[None]) -> Answer:
    """`/dev/mail`: the inbox as a page, one message with `?id=`, JSON with `Accept: application/json`.

    Raises NotFound in every stage but the local one.
    """
    if not settings().is_local:
        raise NotFound("page")
    messages = inbox(ctx)
    if "application/json" in request.headers.get("accept", ""):
        return Answer({"items": [codec.plain(message) for message in messages]})
    wanted = request.query.get("id")
    if wanted:
        chosen = next((message for message in messages if message.id == wanted), None)
        if chosen is None:
            raise NotFound("mail")
        return Answer(chosen.html, content_type="text/html; charset=utf-8")
    rows = "".join(
        f'<tr><td>{message.at:%Y-%m-%d %H:%M:%S}</td><td>{html.escape(message.to)}</td>'
        f'<td><a href="?id={message.id}">{html.escape(message.subject)}</a></td></tr>' for message in messages)
    page = f"<!doctype html><html lang=en><title>Mail</title><h1>Mail</h1><table>{rows}</table></html>"
    return Answer(page, content_type="text/html; charset=utf-8")
