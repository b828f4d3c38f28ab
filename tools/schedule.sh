#!/bin/sh
# Print or install a schedule: schedule.sh [systemd|cron]. Without an argument, print both.
set -eu
project=$(cd "$(dirname "$0")/.." && pwd)

filled() { sed "s|@PROJECT@|$project|g" "$project/deploy/$1"; }

case "${1-}" in
"")
    echo "# Prefer systemd if it is available: it catches up after a pause and keeps a journal."
    echo "# Nothing is installed yet. To install: make schedule ARGS=systemd, or ARGS=cron"
    for name in kompas-crawler.service kompas-crawler.timer crontab; do
        printf '\n# --- %s\n' "$name"
        filled "$name"
    done
    ;;
systemd)
    units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
    mkdir -p "$units" "$project/data"
    (umask 077 && : >>"$project/data/environment") # private, as it may contain tokens
    filled kompas-crawler.service >"$units/kompas-crawler.service"
    filled kompas-crawler.timer >"$units/kompas-crawler.timer"
    echo "Written to $units. Settings go into $project/data/environment"
    if systemctl --user daemon-reload 2>/dev/null; then
        systemctl --user enable --now kompas-crawler.timer
        echo "The timer is enabled. To list it: systemctl --user list-timers kompas-crawler.timer"
        echo "To run it while you are logged out: loginctl enable-linger"
    else
        echo "systemd is not available for this user. To start the timer later:"
        echo "  systemctl --user enable --now kompas-crawler.timer"
    fi
    ;;
cron)
    command -v crontab >/dev/null || { echo "there is no crontab on this machine" >&2; exit 1; }
    line=$(filled crontab | grep -v '^#')
    { crontab -l 2>/dev/null | grep -vF "$project' && PATH=/usr/bin:/bin .venv/bin/scrapy crawl kompas" || true
      echo "$line"; } | crontab -
    echo "Installed for this user: $line"
    ;;
*)
    echo "make schedule [ARGS=systemd|cron]" >&2
    exit 2
    ;;
esac
