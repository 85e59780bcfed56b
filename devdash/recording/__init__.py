"""Recording a training as it goes: what is logged, and checkpoints, in a run folder that the app shows."""
