"""The company and the browsers of the tenants' tests."""

from tests.tenants.conftest import browser, firm, join, owner

__all__ = ["browser", "firm", "join", "owner"]
