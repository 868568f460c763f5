"""The engine stands on private functions of one version of ministack: this fails when any of them changes."""
from __future__ import annotations

import hashlib
import inspect
import re
from importlib.metadata import version

import pytest
from ministack.core import persistence
from ministack.services import dynamodb

from infra.local import durable_tables

PINNED_SOURCES = {
    "_set_item": "4e78ad492132cdba",
    "_remove_item": "5cce50c99688dab8",
    "_items_replaced": "b48626c371f77c18",
    "_ttl_reaper": "66841bfd60279dd7",
    "reset": "88c0e83a7d2f5fe0",
}


def test_the_version_is_the_one_the_engine_was_written_for() -> None:
    assert version("ministack") == durable_tables.REQUIRED_VERSION == "1.5.33"


@pytest.mark.parametrize("function", PINNED_SOURCES)
def test_the_wrapped_functions_are_unchanged(function: str) -> None:
    source = inspect.getsource(getattr(dynamodb, function))
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == PINNED_SOURCES[function]


def test_no_other_function_changes_a_single_item() -> None:
    """A write into a table's items elsewhere would escape the log. Copies of whole tables (backup, import) are not
    part of what the product uses."""
    source = inspect.getsource(dynamodb)
    owners = re.split(r"^(?:async )?def ", source, flags=re.MULTILINE)
    writing = {owner.partition("(")[0] for owner in owners
               if re.search(r'\["items"\]\[[^\]]+\](?:\[[^\]]+\])? = |\["items"\]\.(?:setdefault|pop)\(', owner)}
    assert writing == {"_set_item"}


def test_the_stores_and_codecs_used_are_there() -> None:
    for name in durable_tables._TABLE_SETTINGS:
        assert hasattr(getattr(dynamodb, f"_{name}"), "_data")
    assert callable(persistence._json_default) and callable(persistence._json_object_hook)
