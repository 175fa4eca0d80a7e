"""From a frozen email and an audience to one outcome for each recipient.

`issue` runs the loop, `providers.open` gives it the provider, `Letter` is what all recipients
get alike and `Plan` how the run goes about it.
"""

from digest.send.breaker import MOST_BOUNCED, MOST_COMPLAINED, MOST_REJECTED
from digest.send.message import Letter
from digest.send.pace import Pace
from digest.send.plan import Plan
from digest.send.sending import issue

__all__ = ["MOST_BOUNCED", "MOST_COMPLAINED", "MOST_REJECTED", "Letter", "Pace", "Plan", "issue"]
