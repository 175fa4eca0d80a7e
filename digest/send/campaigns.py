"""Hands an issue to a provider that keeps the list itself: one campaign, created once and started once.

The provider is asked before each call that may not be repeated blindly: a campaign is found again by
its name, which is the issue's key, and started only while it is a draft. Each such call is claimed in the store
before its first byte leaves; when its answer is lost and the provider does not show what became of
it, the issue is in doubt, and a later run asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol

import httpx
from msgspec.structs import replace

from digest.config import SendSettings
from digest.errors import DigestError
from digest.models import Answer, Campaign, InDoubt, Settled
from digest.net import guard
from digest.send import outcomes
from digest.send.http import ANSWER_S, CONNECT_S
from digest.send.message import Letter

if TYPE_CHECKING:  # handed in, and slow to import
    from digest.store.campaigns import Campaigns
    from digest.store.issues import IssueRecord

QUIET = timedelta(minutes=10)
"""How long after a lost call the provider's word that nothing came of it is not believed yet."""
SOON = timedelta(minutes=15)
"""An issue that is due earlier than that goes out at once."""

Requests = Generator[httpx.Request, httpx.Response, Campaign]


class CampaignApi(Protocol):
    """A provider's campaigns as pure functions, made as `CampaignApi(letter, own, secrets, name)`.

    `name` is the issue's key. A generator yields requests, is sent their successful responses, and
    returns what they say. `letter.email` holds our fields; the provider's own placeholders take their places.
    """

    def find(self) -> Requests:
        """The campaign of this name; "missing" when there is none."""
        ...

    def create(self) -> Requests:
        """Makes the draft, in one call, and names its id."""
        ...

    def fill(self, campaign: Campaign) -> Requests:
        """Gives a draft its settings and its content, and describes it then. Safe to repeat."""
        ...

    def start(self, campaign: Campaign, at: datetime | None) -> Requests:
        """Sends a draft to its list, now or at that time, and describes it then."""
        ...


@contextmanager
def opened(
    settings: SendSettings, letter: Letter, secrets: Mapping[str, str], name: str
) -> Iterator[tuple[CampaignApi, httpx.Client]]:
    """The campaigns of the provider that the settings name, and a client for as long as the `with` lasts."""
    module = import_module(f"digest.send.providers.{settings.provider}")
    tls = guard.tls()
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    # a connection for each call: one that the server closed meanwhile would leave a call in doubt
    alone = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(verify=tls, trust_env=False, timeout=timeout, limits=alone) as client:
        yield module.Campaigns(letter, settings.own, secrets, name), client


class HandOver:
    """One run's way from an approved issue to a started campaign. The caller holds the store's lock."""

    def __init__(
        self, api: CampaignApi, client: httpx.Client, record: IssueRecord, provider: str, campaigns: Campaigns
    ) -> None:
        self._api, self._client = api, client
        self._record, self._provider, self._campaigns = record, provider, campaigns

    def go(self, clock: Callable[[], datetime], *, at_due: bool = False) -> Campaign:
        """The campaign as the provider describes it now, started if it was not. Safe to repeat.

        `at_due`: it is scheduled for when the issue is due, if that is not soon. Raises DigestError
        when the provider refuses, or cannot be asked: nothing is lost then, and a later run goes on.
        """
        if self._campaigns.get(self._record.id) is None:
            self._claim("create", Campaign("missing"), clock())
        campaign = self._asked(self._api.find())
        if campaign.state == "missing":
            campaign = self._created(clock)
        if campaign.state == "draft":
            campaign = self._asked(self._api.fill(campaign))
        if campaign.state == "draft":
            later = self._record.due - clock() > SOON
            campaign = self._started(campaign, clock, self._record.due if at_due and later else None)
        self._campaigns.seen(self._record.id, campaign, clock())
        return campaign

    def _created(self, clock: Callable[[], datetime]) -> Campaign:
        if doubt := self._lost("create", clock()):
            return doubt
        self._claim("create", Campaign("in doubt", said=_UNTOLD), clock())
        made = self._called(self._api.create())
        if not isinstance(made, InDoubt):
            return made
        found = self._asked(self._api.find())
        return Campaign("in doubt", said=made.reason) if found.state == "missing" else found

    def _started(self, draft: Campaign, clock: Callable[[], datetime], at: datetime | None) -> Campaign:
        if doubt := self._lost("start", clock()):
            return replace(doubt, id=draft.id)
        self._claim("start", replace(draft, state="in doubt", said=_UNTOLD), clock())
        started = self._called(self._api.start(draft, at))
        if not isinstance(started, InDoubt):
            return started
        found = self._asked(self._api.find())
        return replace(found, state="in doubt", said=started.reason) if found.state in ("draft", "missing") else found

    def _claim(self, call: Literal["create", "start"], campaign: Campaign, at: datetime) -> None:
        self._campaigns.claim(self._record.id, self._provider, call, campaign, at)

    def _lost(self, call: Literal["create", "start"], now: datetime) -> Campaign | None:
        """The doubt that an earlier run left, while it is too early to believe that nothing came of its call."""
        before = self._campaigns.get(self._record.id)
        if before is None or before.call != call or before.campaign.state != "in doubt":
            return None
        return before.campaign if now - before.called_at < QUIET else None

    def _asked(self, exchange: Requests) -> Campaign:
        """What questions, and calls that may be repeated, come to; raises DigestError when one has no answer."""
        campaign = self._called(exchange)
        if isinstance(campaign, InDoubt):
            raise self._failed(campaign.reason)
        return campaign

    def _called(self, exchange: Requests) -> Campaign | InDoubt:
        request = next(exchange)
        while True:
            response = self._response(request)
            if isinstance(response, InDoubt):
                return response
            try:
                request = exchange.send(response)
            except StopIteration as end:
                found: Campaign = end.value
                return found

    def _response(self, request: httpx.Request) -> httpx.Response | InDoubt:
        """A successful response; raises DigestError for a refusal, and for a call that never left."""
        answer: Answer
        try:
            response = self._client.send(request)
        except httpx.HTTPError as error:
            answer = outcomes.without_response(error)
        else:
            if response.is_success:
                return response
            answer = outcomes.by_status(response)
        if isinstance(answer, InDoubt):
            return answer
        raise self._failed("" if isinstance(answer, Settled) else answer.reason)

    def _failed(self, reason: str) -> DigestError:
        cure = "mend the cause and run again: the campaign goes out once"
        return DigestError(f"{self._record.key}: {self._provider}: {reason}\n  {cure}")


_UNTOLD = "the sender ended in the middle of the call"
