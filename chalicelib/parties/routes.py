"""The endpoints of parties."""

from __future__ import annotations

from chalicelib.parties import service
from chalicelib.parties.model import CUSTOMER, CustomerBody, CustomerRow
from chalicelib.runtime.api import Api
from chalicelib.runtime.resources import Listing, Resource, mount

api = Api("parties")

mount(api, Resource(
    document=CUSTOMER, row=CustomerRow, path="/customers", read="parties.read", write="parties.write",
    listings={"": Listing("by_list", "CUSTOMER", newest_first=False)}, filters=("is_active", "country_code", "city"),
    create=service.create_customer, create_body=CustomerBody, update=service.update_customer, update_body=CustomerBody))
