"""The tests mirror `digest/`; values are in `builders`, providers in `fakes`, real parts in `real`."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # timings are judged in benchmarks, not in tests
settings.load_profile("untimed")
