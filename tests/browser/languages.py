"""Words of the other language on a page: what a person would notice and no type checker sees."""

from __future__ import annotations

import re
from functools import cache

from playwright.sync_api import Page

from tests.browser.portal import WORDS

SHORTEST = 4
PARAMETER = re.compile(r"\{\w+(?:, number)?\}")
#: Everything a page says, shown or spoken, text by text; but what it names as being in another language.
TEXTS = """() => {
    const said = [document.title.split(" · ")[0]];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const isOwn = (element) => element.closest("[lang]").lang === document.documentElement.lang;
    while (walker.nextNode()) if (isOwn(walker.currentNode.parentElement)) said.push(walker.currentNode.data);
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]"))
        for (const name of ["aria-label", "placeholder", "title", "alt"]) said.push(element.getAttribute(name) ?? "");
    return [...new Set(said.map((text) => text.trim()))];
}"""


@cache
def foreign_to(language: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """What only the other language says: whole texts, and a pattern of those with parameters."""
    other = next(each for each in WORDS if each != language)
    own = set(WORDS[language].values())
    texts = {text for text in WORDS[other].values() if text not in own and len(text) >= SHORTEST}
    plain = frozenset(text for text in texts if "{" not in text)
    filled = {text: PARAMETER.sub("", text) for text in texts if "{" in text and "plural" not in text}
    known = {PARAMETER.sub("", text) for text in own}
    telling = [text for text, rest in filled.items() if rest not in known and len(rest.strip()) >= 2 * SHORTEST]
    return plain, re.compile("|".join(".+".join(map(re.escape, PARAMETER.split(text))) for text in telling))


def untranslated(page: Page, language: str) -> list[str]:
    """Texts of the page that are words of the other language."""
    plain, pattern = foreign_to(language)
    return [f"not {language}: {text}" for text in page.evaluate(TEXTS) if text in plain or pattern.fullmatch(text)]
