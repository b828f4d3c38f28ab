"""Which articles a page lists: the parameters of its address."""

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from sqlalchemy import Connection

from kompas_crawler.archive.read import results
from kompas_crawler.archive.read.export import NAMES, Filters
from kompas_crawler.site.text import clean
from kompas_crawler.spiders import arguments as read

_DAYS = ("since", "until")
PARAMETERS = ("words", *NAMES, *_DAYS, "copies")


@dataclass(frozen=True, slots=True)
class Asked:
    """Names and values. Each narrows the list; of several names in one value an article has one."""

    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, args: Any) -> Self:
        given = ((name, clean(value)) for name in PARAMETERS for value in args.getlist(name))
        found = ((n, value) for n, value in given if (read.names(value) if n in NAMES else value))
        return cls(tuple(dict.fromkeys(found)))

    def values(self, name: str) -> list[str]:
        return [value for known, value in self.parameters if known == name]

    def text(self, name: str) -> str:
        """The values of *name* as one, for the form."""
        return " ".join(self.values(name))

    def ids(self, connection: Connection, limit: int = results.EVERY) -> list[int]:
        """The first row ids, as ordered by ``results.ids``. ``ValueError`` for a wrong value."""
        filters = [
            Filters(**{name: read.names(value) if name in NAMES else read.day(name, value)})  # type: ignore[arg-type]
            for name, value in self.parameters
            if name in NAMES + _DAYS
        ]
        words, copies = self.text("words"), bool(self.text("copies"))
        return results.ids(connection, filters, words, with_copies=copies, limit=limit)

    def address(self, path: str = "/articles", **more: str | int) -> str:
        """The address of this list, also of its file or another page of it."""
        return f"{path}?{urlencode([*self.parameters, *more.items()])}"

    def narrowed(self, name: str, value: str) -> str:
        """The address of a shorter list, with *value* of the facet *name*."""
        if name == "year":
            kept = [one for one in self.parameters if one[0] not in _DAYS]
            added = [("since", f"{value}-01-01"), ("until", f"{value}-12-31")]
        else:
            kept, added = [*self.parameters], [(name, quoted(value))]
        return Asked(tuple(dict.fromkeys([*kept, *added]))).address()

    def widened(self, one: tuple[str, str]) -> str:
        """The address of the list without the parameter *one*."""
        return Asked(tuple(other for other in self.parameters if other != one)).address()


def quoted(name: str) -> str:
    """Write a *name* so that a comma in it does not part it.

    >>> quoted("banjir"), quoted('Budi "Bob", S.H.')
    ('banjir', '"Budi ""Bob"", S.H."')
    """
    if "," in name or '"' in name:
        return '"' + name.replace('"', '""') + '"'
    return name
