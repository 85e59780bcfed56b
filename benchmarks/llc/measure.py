"""What both sides' workers share: time and peak memory of a call. Linux."""

import time
from pathlib import Path


class Meter:
    """Context that measures a call: cpu_s and peak_mb above the start.

    On a processor the CPU time of all threads and the highest resident size; on a CUDA device the time on
    the clock until the device is idle, and the most memory that was allocated there.
    """

    def __init__(self, device: str = "cpu"):
        self.cuda, self.start_mb, self.start_s, self.peak_mb, self.cpu_s = None, 0.0, 0.0, 0.0, 0.0
        if device != "cpu":
            import torch

            self.cuda = torch.cuda

    def __enter__(self):
        if self.cuda:
            self.cuda.synchronize()
            self.cuda.reset_peak_memory_stats()
        else:
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        self.start_mb, self.start_s = self._resident_mb("VmRSS"), self._seconds()
        return self

    def __exit__(self, *_):
        self.cpu_s = self._seconds() - self.start_s
        self.peak_mb = self._resident_mb("VmHWM") - self.start_mb

    def _seconds(self) -> float:
        if self.cuda:
            self.cuda.synchronize()
            return time.perf_counter()
        return time.process_time()

    def _resident_mb(self, field: str) -> float:
        if self.cuda:
            peak = field == "VmHWM"
            return (self.cuda.max_memory_allocated() if peak else self.cuda.memory_allocated()) / 2**20
        status = Path("/proc/self/status").read_text()
        return int(status.split(f"{field}:")[1].split()[0]) / 1024
