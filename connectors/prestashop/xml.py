"""PrestaShop's XML as plain values, and back. Everything from outside is parsed by defusedxml. Pure.

A resource is a mapping of its fields: a text, for a multilingual field a mapping of language id to text, and under
`associations` a list of resources for each kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

Resource = dict[str, Any]
Collections = dict[str, Any]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BEFORE_XML_BYTES = 20_000
_DEEPEST = 30


class UnreadableXml(ValueError):
    """The text is not XML that we accept; the message says why, without quoting it."""


def parse(raw: bytes) -> Element:
    """The root element. What a PHP shop with `display_errors` on prints before its XML is skipped.

    Raises UnreadableXml: no XML, entities or a DTD in it, nested too deeply.
    """
    begins = raw[:_BEFORE_XML_BYTES].find(b"<?xml")
    try:
        root: Element = fromstring(raw[begins:] if begins > 0 else raw, forbid_dtd=True)
    except ParseError as problem:
        raise UnreadableXml(f"not XML, {str(problem).partition(':')[0]}") from None
    except DefusedXmlException:
        raise UnreadableXml("the XML declares entities or a document type") from None
    except (ValueError, LookupError, RecursionError):
        raise UnreadableXml("the XML cannot be decoded") from None
    _check_depth(root)
    return root


def _check_depth(root: Element) -> None:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return
    raise UnreadableXml("the XML is nested too deeply")


def resource(element: Element) -> Resource:
    """The fields of one resource; a field that comes twice keeps its last value, as in PHP."""
    found: Resource = {}
    for child in element:
        if child.tag == "associations":
            found["associations"] = {kind.tag: [resource(entry) for entry in kind] for kind in child}
        elif any(grandchild.tag == "language" for grandchild in child):
            found[child.tag] = {each.get("id", ""): each.text or "" for each in child if each.tag == "language"}
        else:
            found[child.tag] = child.text or ""
    if "id" not in found and element.get("id"):
        found["id"] = element.get("id")
    return found


def collections(root: Element) -> Collections:
    """What stands in a document: a list for each collection in it, a resource for each single one."""
    found: Collections = {}
    for child in root:
        if len(child) == 0 or all(_is_resource(entry) for entry in child):
            found[child.tag] = [resource(entry) for entry in child]
        else:
            found[child.tag] = resource(child)
    return found


def _is_resource(element: Element) -> bool:
    """Whether the element is one of a collection, not a field: it has fields, or an id as an attribute."""
    if element.tag in ("associations", "language"):
        return False
    return element.get("id") is not None or any(child.tag != "language" for child in element)


def single(root: Element, name: str) -> Resource | None:
    """The one resource `name` of a document, even where the shop wraps it in its collection; None without it."""
    for child in root:
        if child.tag == name:
            return resource(child)
        for entry in child:
            if entry.tag == name:
                return resource(entry)
    return None


def listed(root: Element) -> list[Resource]:
    """The resources of a list; nothing found is an empty collection, or none at all."""
    return [resource(entry) for child in root for entry in child]


def read_only_fields(root: Element) -> frozenset[str]:
    """Fields that a synopsis schema marks as not to be written (`read_only`, in some versions `readOnly`)."""
    return frozenset(
        field.tag for shape in root for field in shape if "true" in (field.get("read_only"), field.get("readOnly"))
    )


def document(name: str, fields: Mapping[str, Any]) -> bytes:
    """A document with one resource `name`, as POST and PUT want it."""
    root = Element("prestashop")
    _fill(SubElement(root, name), fields)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: Element, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        child = SubElement(element, name)
        if name == "associations":
            _fill_associations(child, value)
        elif isinstance(value, Mapping):
            for language, text in value.items():
                SubElement(child, "language", id=language).text = _clean(text)
        else:
            child.text = _clean(value)


def _fill_associations(element: Element, kinds: Mapping[str, Iterable[tuple[str, Mapping[str, Any]]]]) -> None:
    for kind, entries in kinds.items():
        place = SubElement(element, kind)
        for name, fields in entries:
            _fill(SubElement(place, name), fields)


def _clean(value: object) -> str:
    """Text without the characters that XML 1.0 cannot hold (§2.2)."""
    return _NOT_XML.sub("", str(value))
