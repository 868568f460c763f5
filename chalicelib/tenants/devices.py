"""Which browser on which system a session runs in, as a person says it. Pure.

A user agent names what it wants to pass for first and what it is last, so the order of the two tables is what decides.
"""

from __future__ import annotations

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
            ("python", "Python"))
SYSTEMS = (("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))


def _named(user_agent: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in table if mark.lower() in user_agent.lower()), "")


def device_of(user_agent: str) -> str:
    """`Chrome · Windows`; one of the two when the other is not told, "" when neither is."""
    return " · ".join(filter(None, (_named(user_agent, BROWSERS), _named(user_agent, SYSTEMS))))
