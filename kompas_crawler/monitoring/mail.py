"""Spidermon's e-mail action, sent by Python itself: its own way uses a part of Scrapy that goes."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, Any

from spidermon.contrib.actions.email import SendEmail
from spidermon.exceptions import NotConfigured

if TYPE_CHECKING:
    from email.message import Message

    from scrapy.crawler import Crawler

TIMEOUT = 30.0


class SendMail(SendEmail):  # type: ignore[misc]  # without types
    """Sends what failed, in plain text, through ``SPIDERMON_SMTP_HOST``.

    Settings: ``SPIDERMON_EMAIL_SENDER``, ``_EMAIL_TO``, ``_EMAIL_SUBJECT``, ``_SMTP_HOST``,
    ``_SMTP_PORT``, ``_SMTP_USER``, ``_SMTP_PASSWORD``, ``_SMTP_ENFORCE_TLS``,
    ``_SMTP_ENFORCE_SSL``, as Spidermon documents them; the user may be left out.
    """

    subject = "Kompas archive: {{ data.evidence.end }}"
    body_text = (
        "{{ data.evidence.end }}\n\n"
        "{% for one in result.monitors_failed_results %}"
        "{{ one.monitor.monitor_name }}: {{ one.reason }}\n"
        "{% endfor %}"
    )
    body_html_template = None

    def __init__(self, *, server: dict[str, Any], **known: Any) -> None:
        super().__init__(**known)
        self._server = server
        if not self.fake and not server["host"]:
            raise NotConfigured("You must provide a value for SPIDERMON_SMTP_HOST setting.")

    @classmethod
    def from_crawler_kwargs(cls, crawler: Crawler) -> dict[str, Any]:
        settings = crawler.settings
        server = {
            "host": settings["SPIDERMON_SMTP_HOST"],
            "port": settings.getint("SPIDERMON_SMTP_PORT"),
            "user": settings["SPIDERMON_SMTP_USER"],
            "password": settings["SPIDERMON_SMTP_PASSWORD"],
            "is_tls": settings.getbool("SPIDERMON_SMTP_ENFORCE_TLS"),
            "is_ssl": settings.getbool("SPIDERMON_SMTP_ENFORCE_SSL"),
        }
        return {"server": server, **super().from_crawler_kwargs(crawler)}

    def get_subject(self) -> str:
        return " ".join(str(super().get_subject()).split())  # a header is one line

    def send_message(self, message: Message, **_: Any) -> None:
        """Send it, and wait until the server has it; raises ``OSError`` when it has not."""
        server = self._server
        kind = smtplib.SMTP_SSL if server["is_ssl"] else smtplib.SMTP
        with kind(server["host"], server["port"], timeout=TIMEOUT) as smtp:
            if server["is_tls"] and not server["is_ssl"]:
                smtp.starttls()
            if server["user"]:
                smtp.login(server["user"], server["password"] or "")
            smtp.send_message(message)
