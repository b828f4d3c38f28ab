"""Commands. Scrapy imports this package before it runs any command, also one of its own."""

from kompas_crawler.log.terminal import print_any_letter

print_any_letter()
