"""The company and the browsers of the tenants' tests."""

from tests.tenants.conftest import browser, firm

__all__ = ["browser", "firm"]
