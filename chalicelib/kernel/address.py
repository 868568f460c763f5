"""A postal address, as customers have it and as it stood on a document."""

from __future__ import annotations

from chalicelib.kernel.shapes import entity


@entity
class Address:
    """A postal address (UBL PostalAddress); `country_code` is ISO 3166-1 alpha-2."""

    name: str = ""
    company_name: str = ""
    line1: str = ""
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country_code: str = ""
    phone: str = ""
