"""The monitors as a suite of Spidermon, with its actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.utils.misc import load_object
from spidermon import Monitor, MonitorSuite
from spidermon import monitors as decorators
from spidermon.contrib.scrapy.monitors.monitors import ItemCountMonitor
from spidermon.exceptions import NotConfigured
from spidermon.runners import MonitorRunner

from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.monitoring import checks

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from kompas_crawler.monitoring.checks import Check, Evidence

_CONTRIB = "spidermon.contrib.actions"
ACTIONS = {
    "SPIDERMON_TELEGRAM_": f"{_CONTRIB}.telegram.notifiers.SendTelegramMessageSpiderFinished",
    "SPIDERMON_SLACK_": f"{_CONTRIB}.slack.notifiers.SendSlackMessageSpiderFinished",
    "SPIDERMON_EMAIL_": "kompas_crawler.monitoring.mail.SendMail",
    "SPIDERMON_SENTRY_": f"{_CONTRIB}.sentry.SendSentryMessage",
}
"""Each is taken where a setting begins with its prefix."""
_NAME = "kompas-crawler"
_DEFAULTS = {
    "SPIDERMON_SLACK_SENDER_NAME": _NAME,
    "SPIDERMON_SENTRY_PROJECT_NAME": _NAME,
}


class Suite:
    """All monitors; ``run`` judges and tells. Spidermon's own extension is not used.

    That one runs beside the end of the run, which has to know the outcome, logs each step
    with tracebacks, and calls what Scrapy will remove.
    """

    def __init__(self, crawler: Crawler) -> None:
        chosen = [monitor(name, check) for name, check in checks.CHECKS.items()]
        if crawler.settings["SPIDERMON_MIN_ITEMS"]:
            chosen.append(ItemCountMonitor)
        self._crawler = crawler
        self._suite = MonitorSuite(monitors=chosen, crawler=_Named(crawler))
        try:
            self._suite.add_monitors_failed_actions(_actions(crawler.settings))
        except NotConfigured as error:
            raise ConfigurationProblem(f"KOMPAS_MONITORS: {error}") from None

    def run(self, evidence: Evidence) -> tuple[dict[str, str], list[str]]:
        """What each monitor says of *evidence*, and which actions went wrong, a line each."""
        runner = MonitorRunner()
        spider = self._crawler.spider
        result = runner.run(
            self._suite,
            evidence=evidence,
            stats=dict(evidence.stats),
            crawler=self._crawler,
            spider=spider,
            sc_spider_name=spider.name if spider else "",
            job=None,
        )
        said = {one.monitor.monitor_name: _why(one) for one in result.monitor_results}
        actions = result.monitors_failed_action_results
        return said, [f"{one.action.name}: {_last(one.error)}" for one in actions if one.error]


def monitor(name: str, check: Check) -> type[Any]:
    """A monitor of Spidermon from a check: it fails with the line that the check returns."""

    def test(self: Any) -> None:
        if line := check(self.data.evidence):
            self.fail(line)

    test.__doc__ = check.__doc__
    return decorators.name(name)(type("CheckMonitor", (Monitor,), {"test": test}))  # type: ignore[no-any-return]


def _actions(settings: BaseSettings) -> list[type[Any]]:
    given = [str(name) for name in settings if str(name).startswith("SPIDERMON_")]
    return [
        load_object(path)
        for prefix, path in ACTIONS.items()
        if any(name.startswith(prefix) for name in given)
    ]


def _why(result: Any) -> str:
    """Why a monitor failed; empty where it did not."""
    if not result.error:
        return ""
    return str(result.reason or _last(result.error))


def _last(traceback: str) -> str:
    return traceback.strip().splitlines()[-1]


class _Named:
    """The crawler, with settings that also hold our name where an action asks for one."""

    def __init__(self, crawler: Crawler) -> None:
        self.settings = crawler.settings.copy()
        for name, value in _DEFAULTS.items():
            if not self.settings[name]:
                self.settings.set(name, value)
