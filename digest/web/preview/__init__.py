"""The editors' window on the very issue that will be sent: loopback only; all that it sends is a test.

session    the issue that is open, made anew when a file changes     watching   tells when one does
screen     which view, in which look, for whom                      cases      odd shapes, odd recipients
outline    the candidates as the editor handles them                shaping    changes of the overlay, undo
places     where a finding points                                   deciding   freeze, approve, hold, test
inbox, headers, links, reading, comparing                           what the views show
pages      the markup          app        the addresses             guard      who may ask
answers    what they answer    replies    asked and answered        server     the loopback server
pictures   fetched by us

`server` and `app` import nothing of the others: the browser loads the page's script while they are imported.
"""
