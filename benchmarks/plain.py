"""Settings of a bare Scrapy: its defaults."""
