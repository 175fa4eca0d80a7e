"""What breaks while an issue goes out: kills, faults of the system, lying providers, restarts, and mutants of ours.

The provider's list of what it accepted is the truth, the ledger is the claim. `python -m tests.faults`
is the long form and prints its tables; `test_*` are the short one.
"""
