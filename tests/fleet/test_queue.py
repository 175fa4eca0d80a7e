"""The queue's tables: made when they are first needed, by whoever needs them first."""

import sys
import threading

import pytest

from digest.errors import StoreError
from digest.store.fleet import Jobs
from digest.store.opened import Store
from tests.fleet import scene
from tests.send.scene import frozen


def there(s: Store) -> bool:
    with s._db.read() as connection:
        return connection.exec_driver_sql("select to_regclass('procrastinate_jobs')").scalar() is not None


def test_a_database_has_no_queue_before_it_is_needed_and_one_afterwards(s: Store) -> None:
    record = frozen(s, 20, 10)
    assert (there(s), s.fleet.jobs()) == (False, Jobs(0, 0, 0))
    assert s.fleet.defer(record.id) == 2
    assert (there(s), s.fleet.jobs()) == (True, Jobs(2, 0, 0))


def test_many_that_start_at_once_make_it_once(s: Store, url: str, tmp_path) -> None:
    stores = [scene.opened(url, tmp_path) for _ in range(4)]
    failures = []

    def start(store: Store) -> None:
        try:
            store.fleet.open_queue()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert (failures, there(s)) == ([], True)


def test_without_the_engine_it_is_said_what_to_install(s: Store, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate.schema", None)
    with pytest.raises(StoreError, match=r"pip install 'digest\[worker\]'"):
        s.fleet.open_queue()
    assert not there(s)
