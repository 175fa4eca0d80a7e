"""digest: a news site's tagged articles, sent as one trusted email a week.

The five stages, in order, each a package that takes values and gives values:

    collect   sources               -> articles
    compose   articles              -> an issue           (pure)
    render    an issue              -> an email           (pure)
    check     an issue, an email    -> findings           (pure)
    send      a frozen email, people -> an outcome for each of them

Between compose and render `pictures` makes the issue's covers ready for the email; `probe` asks
others, links and the DNS, what the checks want to know; `audience` reads and writes lists of people.
`pipeline` calls them in this order and is the file to read first. `desk` holds what editors decide,
`schedule` the clock, `web` the preview and the pages for readers. `models` holds the values that
they pass and the words of the project; `store` is the only package that knows SQL, `net` the only
way out to the web, `config` the only reader of config.toml, `cli` the only place that prints.
"""

__version__ = "0.1.0"
