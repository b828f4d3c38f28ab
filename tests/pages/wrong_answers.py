"""What comes in the place of whatever was asked for."""

from __future__ import annotations

Body = str | bytes

AWS = (
    "<!DOCTYPE html><html><head><title></title><script>window.awsWafCookieDomainList = [];"
    'window.gokuProps = {"key": "x"};</script></head><body><div id="challenge-container"></div>'
    "<noscript><h1>JavaScript is disabled</h1></noscript></body></html>"
)
CHALLENGES: dict[str, Body] = {
    "AWS": AWS,
    "AWS, the domains alone": "<script>var awsWafCookieDomainList = ['x']</script>",
    "Cloudflare": '<title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/h/b">',
    "Cloudflare's form": '<form id="cf-chl-widget"><input name="cf-turnstile-response"></form>',
    "Incapsula": '<iframe src="/_Incapsula_Resource?CWUDNSAI=1"></iframe>',
    "DataDome": '<script src="https://ct.captcha-delivery.com/c.js"></script>',
    "PerimeterX": '<div id="px-captcha"></div>',
    "reCAPTCHA": '<form><div class="g-recaptcha" data-sitekey="x"></div></form>',
    "hCaptcha": '<form><div class="h-captcha" data-sitekey="x"></div></form>',
}
LOGIN_WALLS: dict[str, Body] = {
    "title": "<html><head><title>Masuk - Akun</title></head><body><form></form></body></html>",
    "title in English": "<title> Log in to continue</title><form><input name=email></form>",
    "password": '<h1>Lanjut membaca</h1><form><input type="password" name="p"></form>',
    "password without quotes": "<form><input name=p type=password></form>",
}
EMPTY: dict[str, Body] = {"nothing": "", "spaces": " \n\t ", "lines": "\r\n\r\n"}
OUTAGES: dict[str, Body] = {
    "outage in HTML": "<html><body><h1>Maaf, sedang ada gangguan</h1></body></html>",
    "outage in a line": "Sedang ada gangguan, silakan coba beberapa saat lagi",
    "outage of a proxy": "<html><head><title>502</title></head><body><hr>nginx</body></html>",
    "maintenance": "<title>Pemeliharaan</title><p>Situs sedang dalam pemeliharaan.</p>",
    "maintenance in English": "<h1>We'll be back soon</h1><p>Scheduled maintenance</p>",
    "maintenance with a picture": '<html><body><img src="/perbaikan.png"></body></html>',
}
NO_PAGES: dict[str, Body] = {
    "JSON of an error": '{"status": 500, "message": "gangguan"}',
    "an empty JSON list": "[]",
    "JSON of an article": '{"data": {"title": "Judul", "body": "Satu dua tiga."}}',
    "XML of an error": "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "a script": "window.location.reload();",
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "a domain for sale": "<title>kompas</title><a href='https://contoh.example/'>Buy it</a>",
}
PROVES_NOTHING = EMPTY | OUTAGES | NO_PAGES
