"""Choose how a page is read by what it shows: today's template, or one of those before 2017."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.article_2015 import OLDER_TEMPLATES
from kompas_crawler.pages.identity import NotAnArticle

if TYPE_CHECKING:
    from scrapy.http import Response

    from kompas_crawler.pages.article_2015 import OlderArticlePage


def article_page(response: Response) -> ArticlePage | OlderArticlePage:
    """The page of an article, whichever template it is of; raise ``NotAnArticle`` for others.

    Today's template is asked first: other pages alone are looked at a second time.
    """
    try:
        return ArticlePage(response)
    except NotAnArticle:
        for template in OLDER_TEMPLATES:
            if template.is_shown_by(response):
                return template(response)
        raise
