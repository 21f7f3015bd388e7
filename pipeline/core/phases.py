"""The phases, in order: the one list of them."""

PHASES = ("tile", "normalize", "translate", "synthesize", "pretrain", "segment", "evaluate", "report")
