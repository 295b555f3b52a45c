"""What the next person needs to know, written down from a case: drafted, changed, published."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_WORDS = re.compile(r"\w+")
_SHORTEST = 4
"""Letters of a word that says what a text is about."""
MOST_WORDS = 200
"""Words by which an article is found."""


class ArticleState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What an article says. `category` is the key of one of the process's causes, or ""."""

    title: str
    symptoms: str
    cause: str = ""
    resolution: str = ""
    category: str = ""


@lru_cache(maxsize=8192)
def words_of(text: str) -> frozenset[str]:
    """The words of a text that say what it is about. Those of the newest subjects are asked for
    whenever a ticket is opened."""
    return frozenset(word for word in _WORDS.findall(text.casefold()) if len(word) >= _SHORTEST)


def found_by(text: ArticleText) -> str:
    """The words by which an article is found, with a space before and after each."""
    said = f"{text.title} {text.symptoms} {text.cause}"
    words = dict.fromkeys(
        word for word in _WORDS.findall(said.casefold()) if len(word) >= _SHORTEST
    )
    return f" {' '.join(list(words)[:MOST_WORDS])} "
