"""Commands, one file each; ``cli.lazy_commands`` gives them to Scrapy."""
