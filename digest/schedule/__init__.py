"""It runs by itself, and says so when it does not.

due       what the clock asks for at one moment      (pure)
standing  where a newsletter's issues stand
ticking   does what is due, of every edition
notices   what people are told, in words             (pure)
telling   by email, webhook and ping, each once
daemon    ticks every 30 seconds
"""

from digest.schedule.due import FIRST_LOOK_BACK, TRY_AGAIN, Position, Standing, Step
from digest.schedule.ticking import news, run, steps, tick

__all__ = ["FIRST_LOOK_BACK", "TRY_AGAIN", "Position", "Standing", "Step", "news", "run", "steps", "tick"]
