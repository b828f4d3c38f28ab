"""Faults a test asks the sample site's server for: refusals, delays and broken answers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """What the server does instead of, or to, its answer.

    ``status`` with ``body`` replaces the answer (without it the true answer is sent);
    ``times`` counts how often the fault still strikes (``None``: always); ``delay`` is in
    seconds; after ``cut_after`` bytes of the body the connection is closed (0: before the
    first byte of the answer).
    """

    status: int | None = None
    times: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    body: bytes = b""
    cut_after: int | None = None


class Faults(dict[str, Fault]):
    """Faults by true URL or by how it begins; the longest that fits strikes."""

    def take(self, url: str) -> Fault | None:
        """The fault that strikes a request for *url*, counted.

        >>> faults = Faults({"https://money.kompas.com/": Fault(status=503, times=1)})
        >>> faults.take("https://money.kompas.com/?page=2").status
        503
        >>> faults.take("https://money.kompas.com/") is None
        True
        """
        for prefix in sorted((p for p in self if url.startswith(p)), key=len, reverse=True):
            fault = self[prefix]
            if fault.times is None:
                return fault
            if fault.times > 0:
                fault.times -= 1
                return fault
        return None
