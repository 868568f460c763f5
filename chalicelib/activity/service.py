"""Writes timelines, feed and search words from events; reads them for the portal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.activity import model
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.event import Event
from chalicelib.storage import keys, read, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item

FEED_HOURS = 24
CANDIDATES = 500


def _feed_partition(hour: datetime) -> str:
    return f"CHANGES#{hour:%Y%m%d%H}"


def timeline_item(ctx: Context, event: Event) -> Item:
    """One item serves both readers: its key is the document's timeline, its list index the hour's feed."""
    entry = model.entry(event)
    feed = {name: entry[name] for name in ("at", "type", "kind", "entity_id", "version")}
    place = (_feed_partition(event.at), f"{event.at.isoformat()}#{event.id}")
    index = keys.index(ctx, place)
    assert index is not None
    return Item(keys.child(ctx, "timeline", f"{event.kind}#{event.entity_id}", f"{event.at.isoformat()}#{event.id}"),
                "timeline", ctx.tenant_id, codec.compact(entry), summary=codec.compact(feed), indexes={"by_list": index})


def _word_key(ctx: Context, word: str, kind: str, document_id: str) -> Key:
    return keys.child(ctx, "word", f"{kind}#{word[:2]}", f"{word}#{document_id}")


def _known_words_key(ctx: Context, kind: str, document_id: str) -> Key:
    return keys.child(ctx, "words", f"{kind}#{document_id}", keys.ALONE)


def record(ctx: Context, events: Iterable[Event]) -> None:
    """Puts the events on their timelines and in the feed, and their documents' words where search finds them.

    Every put is of the same item each time, so a repeated delivery changes nothing.
    """
    events = list(events)
    puts = [timeline_item(ctx, event) for event in events]
    documents = list(dict.fromkeys((event.kind, event.entity_id) for event in events))
    word_puts, word_deletes = _word_changes(ctx, documents)
    write.many(ctx, [*puts, *word_puts], word_deletes)


def find_again(ctx: Context, documents: Sequence[tuple[str, str]]) -> None:
    """Puts the words of these documents (kind, id) where search finds them, without an event: after an import, an erasure."""
    puts, deletes = _word_changes(ctx, [each for each in documents if each[0] in model.SEARCHED_KINDS])
    write.many(ctx, puts, deletes)


def _word_changes(ctx: Context, documents: list[tuple[str, str]]) -> tuple[list[Item], list[Key]]:
    wanted: dict[Key, tuple[str, str]] = {}
    for kind, document_id in documents:
        wanted[keys.document(ctx, kind, document_id)] = (kind, document_id)
    known = {_known_words_key(ctx, kind, i): (kind, i) for kind, i in documents}
    stored = read.items(ctx, [*wanted, *known])
    puts: list[Item] = []
    deletes: list[Key] = []
    for key, (kind, document_id) in wanted.items():
        item = stored.get(key)
        known_item = stored.get(_known_words_key(ctx, kind, document_id))
        before = frozenset(codec.load(known_item.data)["words"]) if known_item else frozenset()
        if item is None and known_item is not None:
            deletes += [known_item.key, *(_word_key(ctx, w, kind, document_id) for w in sorted(before))]
        if item is None or item.summary is None or kind not in model.SEARCHED_KINDS:
            continue
        now, word_puts = _words(ctx, kind, document_id, codec.load(item.summary))
        puts += word_puts if now != before else word_puts[:-1]
        deletes += [_word_key(ctx, w, kind, document_id) for w in sorted(before - now)]
    return puts, deletes


def _words(ctx: Context, kind: str, document_id: str, summary: Mapping[str, Any]) -> tuple[frozenset[str], list[Item]]:
    """The words of a document, and their items; the last is the one that says which they are."""
    now = model.words_of(summary)
    shown = codec.compact({"kind": kind, "id": document_id, "title": model.title_of(summary, document_id),
                           "subtitle": model.subtitle_of(summary), "state": str(summary.get("state") or "")})
    return now, [*(Item(_word_key(ctx, w, kind, document_id), "word", ctx.tenant_id, shown) for w in sorted(now)),
                 Item(_known_words_key(ctx, kind, document_id), "words", ctx.tenant_id, codec.compact({"words": sorted(now)}))]


def words_of_new(ctx: Context, kind: str, document_id: str, summary: str) -> list[Item]:
    """The items by which search finds a document that nobody could find before (an import); none for a kind that is not
    searched."""
    return _words(ctx, kind, document_id, codec.load(summary))[1] if kind in model.SEARCHED_KINDS else []


def timeline(ctx: Context, kind: str, document_id: str) -> list[Mapping[str, Any]]:
    """What happened to one document, newest first (at most 200 entries); nothing of one outside the caller's scope."""
    if (kind, document_id) not in read.seen(ctx, [(kind, document_id)]):
        return []
    found, _ = read.collection(ctx, f"TIMELINE#{kind}#{document_id}", newest_first=True, limit=200)
    return [codec.load(item.data) for item in found]


def changes(ctx: Context, since: str) -> tuple[list[Mapping[str, Any]], str]:
    """What changed after the feed position `since` (an instant; "" is now), oldest first, and the next position.

    Looks back at most a day: a client that slept longer reloads what it shows. What is outside the caller's scope is left out
    of what was read, so the position moves on all the same.
    """
    if not since:
        return [], ctx.now.isoformat()
    try:
        begin = datetime.fromisoformat(since.split("#")[0])
    except ValueError:
        raise Invalid("since", "since is a position this feed gave.", {"since": "invalid"}) from None
    if begin.tzinfo is None:
        raise Invalid("since", "since is a position this feed gave.", {"since": "invalid"})
    hour = max(begin, ctx.now - timedelta(hours=FEED_HOURS)).replace(minute=0, second=0, microsecond=0)
    rows: list[Mapping[str, Any]] = []
    while hour <= ctx.now and len(rows) < 200:
        page = read.query(ctx, "by_list", _feed_partition(hour), limit=200 - len(rows), newest_first=False,
                          between=(since + "\x00", "\uffff"))
        rows += page.items
        if page.start is None:
            hour += timedelta(hours=1)
        else:
            break
    position = read.position(rows[-1])["by_list_sk"] if rows else since
    seen = read.seen(ctx, [(str(row["kind"]), str(row["entity_id"])) for row in rows])
    return [{n: row[n] for n in ("at", "type", "kind", "entity_id", "version")} for row in rows
            if (row["kind"], row["entity_id"]) in seen], position


def search(ctx: Context, question: str, limit: int = 20,
           kinds: Sequence[str] = model.SEARCHED_KINDS) -> list[Mapping[str, Any]]:
    """Documents of these kinds in which every word of the question begins a word of theirs.

    The longest word is looked up, kind by kind, so that a shop's thousands of order numbers hide no product; whether the
    others fit is asked of the documents it found, at most `CANDIDATES` of a kind.
    """
    asked = sorted(model.words_of({"name": question}), key=lambda word: (-len(word), word))[:5]
    if not asked:
        return []
    shown: dict[tuple[str, str], Mapping[str, Any]] = {}
    for kind in kinds:
        found, _ = read.collection(ctx, f"WORD#{kind}#{asked[0][:2]}", begins=asked[0], limit=CANDIDATES, consistent=False)
        shown |= {(value["kind"], value["id"]): value for value in (codec.load(item.data) for item in found)}
    known = read.items(ctx, [_known_words_key(ctx, *key) for key in shown])
    hits = {key: set(codec.load(known[at].data)["words"]) for key in shown
            if (at := _known_words_key(ctx, *key)) in known}
    ranked = model.rank(asked, hits)
    seen = read.seen(ctx, ranked) if ctx.scope.is_limited else set(ranked)
    return [shown[key] for key in ranked if key in seen][:limit]
