"""The public door: pages for readers, webhooks of providers, health and metrics.

app       the routes                         door      what every page needs
shield    headers, limits, who is asking     together  many requests, one transaction
joining   subscribe and confirm              leaving   unsubscribe, and choose
reading   archive, feed, search, issues      hooks     what providers report
postman   confirmation emails                pages     templates in the reader's language
"""
