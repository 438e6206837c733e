"""How long and how often a benchmark measures."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    quick: bool
    rounds: int
    seconds: float      # measured, of each run
    warmup: float       # before them
    jit_seconds: float  # before all runs, for each shape: JVMs compile

    @staticmethod
    def of(options, rounds=3, seconds=4, warmup=1, jit_seconds=6):
        """What a benchmark does by default, unless the options say otherwise."""
        if options.quick:
            rounds, seconds, warmup, jit_seconds = 1, 1, 0.5, 1
        return Plan(options.quick, options.rounds or rounds, options.seconds or seconds, warmup, jit_seconds)
