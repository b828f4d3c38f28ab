"""Choose the template of a page: the current one, or one before 2017."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.article_2015 import OLDER_TEMPLATES
from kompas_crawler.pages.identity import NotAnArticle

if TYPE_CHECKING:
    from scrapy.http import Response


def article_page(response: Response) -> ArticlePage:
    """Parse an article of any template; raise ``NotAnArticle`` for other pages."""
    try:
        return ArticlePage(response)
    except NotAnArticle:
        for template in OLDER_TEMPLATES:
            if template.is_shown_by(response):
                return template(response)
        raise
